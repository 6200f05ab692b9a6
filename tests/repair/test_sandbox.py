"""What a program that a model had a hand in can reach. Each sandbox that works here is tried."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.process import Completed, run
from repair.sandbox import Sandbox, SandboxKind, find_sandbox

KEY = "sk-not-a-real-key"
PROGRAMS = {SandboxKind.BUBBLEWRAP: "bwrap", SandboxKind.UNSHARE: "unshare"}


@pytest.fixture(params=SandboxKind, ids=lambda kind: kind.value)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    kind: SandboxKind = request.param
    if shutil.which(PROGRAMS[kind]) is None:
        pytest.skip(f"{PROGRAMS[kind]} is not installed")
    tried = Sandbox(kind).run(("/bin/true",), cwd=Path("/usr"), visible=(Path("/usr"),), timeout=20)
    if not tried.ok:
        pytest.skip(f"{kind} does not work here: {tried.errors.strip()}")
    return Sandbox(kind)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """Make the one folder that a program may see."""
    folder = tmp_path / "my module"
    folder.mkdir()
    (folder / "data.txt").write_text("data of the test\n")
    return folder


def shell(sandbox: Sandbox, module: Path, script: str, timeout: float = 20) -> Completed:
    return sandbox.run(("/bin/sh", "-c", script), cwd=module, visible=(module,), timeout=timeout)


def test_it_runs_in_the_modules_folder_and_sees_its_files(sandbox: Sandbox, module: Path) -> None:
    ended = shell(sandbox, module, "pwd; cat data.txt; echo problem >&2; exit 3")
    assert ended.stdout.decode() == f"{module}\ndata of the test\n"
    assert ended.errors == "problem\n"
    assert ended.status == 3


def test_it_has_none_of_the_users_environment(
    sandbox: Sandbox, module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    printed = shell(sandbox, module, "env").stdout.decode().splitlines()
    assert {line.partition("=")[0] for line in printed} <= {
        *("PATH", "LANG", "HOME", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_"),
    }


@pytest.fixture
def holder_of_a_key() -> Iterator[None]:
    """Run another program of the user's, which has a key in its environment."""
    other = subprocess.Popen(["sleep", "60.125"], env={**os.environ, "OPENAI_API_KEY": KEY})
    yield
    other.kill()
    other.wait()


@pytest.mark.usefixtures("holder_of_a_key")
def test_it_sees_no_other_program_of_the_users(sandbox: Sandbox, module: Path) -> None:
    read = shell(sandbox, module, "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null")
    assert b"HOME=" in read.stdout
    assert KEY.encode() not in read.stdout
    assert b"60.125" not in read.stdout


def test_it_sees_nothing_in_the_home_folder_and_writes_nothing_there(sandbox: Sandbox, module: Path) -> None:
    with_name = f"llmigrate-test-{os.getpid()}"
    script = f'ls -A "{Path.home()}"; echo mine > "{Path.home() / with_name}"'
    ended = shell(sandbox, module, script)
    assert not (Path.home() / with_name).exists()
    assert any(Path.home().iterdir())
    on_the_way = Path.home() in module.parents
    assert ended.stdout == b"" or on_the_way


def test_other_files_under_tmp_are_out_of_sight(sandbox: Sandbox, module: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    ended = shell(sandbox, module, f'cat "{tmp_path / "secret.txt"}"')
    assert (ended.ok, ended.stdout) == (False, b"")


def test_it_writes_nowhere_that_lasts(sandbox: Sandbox, module: Path) -> None:
    name = f"llmigrate-test-{os.getpid()}"
    places = [module, Path.cwd().parents[0], Path("/var/tmp"), Path("/dev/shm"), Path("/tmp"), Path("/usr")]
    shell(sandbox, module, "\n".join(f'echo mine > "{place / name}"' for place in places))
    assert [place for place in places if (place / name).exists()] == []
    assert (module / "data.txt").read_text() == "data of the test\n"


CONNECTS = """\
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
int main(int count, char **words)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(words[count - 1])) };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof(to)) == 0 ? 0 : 9;
}
"""


def test_it_has_no_network(sandbox: Sandbox, module: Path) -> None:
    (module / "connect.c").write_text(CONNECTS)
    program = module / "connect"
    subprocess.run(["gcc", "-o", program, module / "connect.c"], check=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        assert subprocess.run([program, port], check=False).returncode == 0
        ended = sandbox.run((program, port), cwd=module, visible=(module,), timeout=20)
    assert ended.status == 9


def test_it_does_not_outlive_its_time_nor_do_its_children(sandbox: Sandbox, module: Path) -> None:
    ended = shell(sandbox, module, "sleep 4321 & while :; do :; done", timeout=1)
    assert ended.timed_out
    # The kernel ends what is left of a namespace a moment after its first process.
    deadline = time.monotonic() + 10
    while _is_running(b"sleep\0004321"):
        assert time.monotonic() < deadline


def _is_running(command: bytes) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if command in path.read_bytes():
                return True
    return False


def test_a_file_cannot_fill_the_disk(sandbox: Sandbox, module: Path) -> None:
    ended = shell(sandbox, module, "head -c 400000000 /dev/zero > /tmp/big")
    assert not ended.ok


def test_the_first_sandbox_that_works_is_found() -> None:
    assert find_sandbox() is not None


ESCAPE = """\
#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
int main(int count, char **arguments)
{
	int uncovered = umount2(arguments[1], MNT_DETACH);
	int opened = mount(0, "/", 0, MS_REMOUNT | MS_BIND, 0);
	printf("%d %d %d", uncovered, opened, errno == EPERM);
	return 0;
}
"""


def test_it_cannot_take_the_covers_off(sandbox: Sandbox, module: Path) -> None:
    (module / "escape.c").write_text(ESCAPE)
    built = run(("gcc", module / "escape.c", "-o", module / "escape"))
    assert built.ok, built.errors
    ended = sandbox.run((module / "escape", Path.home()), cwd=module, visible=(module,), timeout=20)
    assert ended.stdout == b"-1 -1 1"


def test_a_program_that_prints_without_end_is_ended_and_only_its_last_words_are_kept(
    sandbox: Sandbox, module: Path
) -> None:
    ended = shell(sandbox, module, "yes", timeout=30)
    assert not ended.ok and not ended.timed_out
    assert 0 < len(ended.stdout) <= 1 << 20
