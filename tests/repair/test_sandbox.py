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
from repair.limits import Limits
from repair.sandbox import NO_SANDBOX, Sandbox, SandboxKind, find_sandbox

KEY = "sk-not-a-real-key"
PROGRAMS = {SandboxKind.BUBBLEWRAP: "bwrap", SandboxKind.UNSHARE: "unshare"}


@pytest.fixture(params=PROGRAMS, ids=lambda kind: kind.value)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    kind: SandboxKind = request.param
    if shutil.which(PROGRAMS[kind]) is None:
        pytest.skip(f"{PROGRAMS[kind]} is not installed")
    tried = Sandbox(kind).run(("/bin/true",), cwd=Path("/usr"), limits=Limits(20))
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
    return sandbox.run(("/bin/sh", "-c", script), cwd=module, visible=(module,), limits=Limits(timeout))


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


def test_of_the_machine_it_can_read_programs_and_libraries_only(sandbox: Sandbox, module: Path) -> None:
    places = [Path("/etc/shadow"), Path("/etc/hostname"), Path("/boot"), Path("/sys/kernel"), Path("/opt")]
    places += [Path.home(), Path(__file__), Path(__file__).parents[2] / ".git"]
    said = shell(sandbox, module, "\n".join(f'ls -Ad "{place}/" "{place}"' for place in places))
    assert said.stdout == b""
    assert "No such file" in said.errors


def test_its_root_is_not_to_be_written_and_holds_what_is_needed(sandbox: Sandbox, module: Path) -> None:
    listed = shell(sandbox, module, "ls /").stdout.decode().split()
    system = {"bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "nix", "gnu", "proc", "run", "sbin"}
    assert set(listed) <= system | {"tmp", "usr", module.parts[1]}
    assert not shell(sandbox, module, "echo mine > /x").ok
    assert not shell(sandbox, module, "mkdir /x").ok


def test_a_compiler_works_in_it(sandbox: Sandbox, module: Path) -> None:
    script = "echo 'int main(void) { return 7; }' > /tmp/a.c && gcc -o /tmp/a /tmp/a.c && /tmp/a"
    assert shell(sandbox, module, script).status == 7


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
        ended = sandbox.run((program, port), cwd=module, visible=(module,), limits=Limits(20))
    assert ended.status == 9


def test_it_does_not_outlive_its_time_nor_do_its_children(sandbox: Sandbox, module: Path) -> None:
    ended = shell(sandbox, module, "sleep 4321 & while :; do :; done", timeout=1)
    assert ended.timed_out
    wait_for_the_end_of(b"sleep\0004321")


def wait_for_the_end_of(command: bytes) -> None:
    # The kernel ends what is left of a namespace a moment after its first process.
    deadline = time.monotonic() + 10
    while _is_running(command):
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
    ended = sandbox.run((module / "escape", Path.home()), cwd=module, visible=(module,), limits=Limits(20))
    assert ended.stdout == b"-1 -1 1"


def test_a_program_that_prints_without_end_is_ended(sandbox: Sandbox, module: Path) -> None:
    limits = Limits(30, output=1 << 20)
    ended = sandbox.run(("/bin/sh", "-c", "yes"), cwd=module, visible=(module,), limits=limits)
    assert ended.flooded and not ended.ok and not ended.timed_out
    assert 1 << 20 < len(ended.stdout) < 2 << 20


BOMB = """\
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
int main(void)
{
	int children = 0, child;

	while (children < 2000 && (child = fork()) > 0)
		children++;
	if (child == 0)
		pause();
	printf("%d %s", children, strerror(errno));
	return 0;
}
"""


def test_processes_are_limited_whoever_the_user_is_and_none_is_left(sandbox: Sandbox, module: Path) -> None:
    program = compiled(module, "bomb", BOMB)
    ended = sandbox.run((program,), cwd=module, visible=(module,), limits=Limits(20, processes=40))
    children, said = ended.stdout.decode().split(maxsplit=1)
    assert said == "Resource temporarily unavailable"
    assert 20 < int(children) < 40
    wait_for_the_end_of(str(program).encode())


def test_a_bomb_that_never_stops_forking_dies_with_its_time(sandbox: Sandbox, module: Path) -> None:
    program = compiled(module, "endless", "#include <unistd.h>\nint main(void) { for (;;) fork(); }\n")
    ended = sandbox.run((program,), cwd=module, visible=(module,), limits=Limits(0.5))
    assert ended.timed_out
    wait_for_the_end_of(str(program).encode())


def test_an_allocation_beyond_the_limit_fails(sandbox: Sandbox, module: Path) -> None:
    text = "#include <stdlib.h>\nint main(void) { volatile char *p = malloc(3ul << 30); return p ? 0 : 9; }\n"
    program = compiled(module, "allocate", text)
    tried = {
        memory: sandbox.run(
            (program,), cwd=module, visible=(module,), limits=Limits(20, memory=memory)
        ).status
        for memory in (4 << 30, 2 << 30, None)
    }
    assert tried == {4 << 30: 0, 2 << 30: 9, None: 0}


def test_only_writable_folders_keep_what_is_written(sandbox: Sandbox, module: Path) -> None:
    (module / "scratch").mkdir(mode=0o700)
    ended = sandbox.run(
        ("/bin/sh", "-c", "echo mine > scratch/a; echo mine > b"),
        cwd=module,
        visible=(module,),
        writable=(module / "scratch",),
        limits=Limits(20),
    )
    assert not ended.ok
    assert sorted(path.name for path in module.rglob("*")) == ["a", "data.txt", "scratch"]
    shutil.rmtree(module / "scratch")


def test_it_gets_what_is_added_to_the_environment_and_its_input(sandbox: Sandbox, module: Path) -> None:
    ended = sandbox.run(
        ("/bin/sh", "-c", 'echo "$MORE"; cat'),
        cwd=module,
        visible=(module,),
        limits=Limits(20),
        environment={"MORE": "more"},
        stdin=b"input\n",
    )
    assert ended.stdout == b"more\ninput\n"


def test_it_sees_no_disk_and_changes_no_kernel_setting(sandbox: Sandbox, module: Path) -> None:
    ended = shell(
        sandbox, module, "ls /dev; cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern"
    )
    devices = {"console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin"}
    assert set(ended.stdout.decode().split()) <= devices | {"stdout", "tty", "urandom", "zero"}
    assert not ended.ok


def test_folders_of_people_and_services_are_covered(sandbox: Sandbox, module: Path) -> None:
    for folder in ("/home", "/root", "/var", "/run"):
        assert shell(sandbox, module, f"ls -A {folder}").stdout == b"" or Path(folder) in module.parents


def test_without_a_sandbox_environment_time_and_output_are_bounded_all_the_same(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert KEY.encode() not in shell(NO_SANDBOX, module, "env; pwd").stdout
    assert shell(NO_SANDBOX, module, "sleep 4322 & while :; do :; done", timeout=0.5).timed_out
    wait_for_the_end_of(b"sleep\0004322")
    assert shell(NO_SANDBOX, module, "yes").flooded


def compiled(folder: Path, name: str, text: str) -> Path:
    (folder / f"{name}.c").write_text(text)
    built = run(("gcc", folder / f"{name}.c", "-o", folder / name))
    assert built.ok, built.errors
    return folder / name
