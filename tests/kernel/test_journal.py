from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from repair.kernel.journal import BuildInUse, Journal
from repair.kernel.swap import swapping
from tests.kernel.builds import opened, write_build

ROOT = Path(__file__).resolve().parent.parent.parent
_KILLED = """
import os, signal, sys
from pathlib import Path
from repair.kernel.build import open_build
from repair.kernel.swap import swapping
build = open_build(Path(sys.argv[1]))
with swapping(build) as swap:
    assert swap.link({"lib/twice.o": build.folder / "lib" / "three.o"}).ok
    print("swapped", flush=True)
    if sys.argv[2] == "wait":
        sys.stdin.readline()
    os.kill(os.getpid(), int(sys.argv[2]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_build(tmp_path)


def child(folder: Path, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _KILLED, folder, how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_objects_are_linked_while_swapped_and_the_c_is_linked_again_after(folder: Path) -> None:
    build = opened(folder)
    was, other = ((folder / "lib" / name).read_bytes() for name in ("twice.o", "three.o"))
    with swapping(build) as swap:
        made = swap.link({"lib/twice.o": folder / "lib" / "three.o"})
        assert made.ok, made.problem
        assert (folder / "lib" / "twice.o").read_bytes() == other
        assert (folder / "linux").read_bytes() == other + other
        assert build.kept("lib/twice.o").read_bytes() == was
    assert (folder / "lib" / "twice.o").read_bytes() == was
    assert (folder / "linux").read_bytes() == was + other
    assert build.kept("lib/twice.o") == folder / "lib" / "twice.o"


def test_the_next_link_puts_back_what_it_does_not_name(folder: Path) -> None:
    build = opened(folder)
    one, other = folder / "lib" / "twice.o", folder / "lib" / "three.o"
    was = one.read_bytes(), other.read_bytes()
    with swapping(build) as swap:
        swap.link({"lib/twice.o": other})
        swap.link({"lib/three.o": build.kept("lib/twice.o")})
        assert (one.read_bytes(), other.read_bytes()) == (was[0], was[0])
        assert swap.link({}).ok
        assert (one.read_bytes(), other.read_bytes()) == was


def test_an_exception_puts_the_c_back(folder: Path) -> None:
    was = (folder / "lib" / "twice.o").read_bytes()
    with pytest.raises(KeyboardInterrupt), swapping(opened(folder)) as swap:
        swap.link({"lib/twice.o": folder / "lib" / "three.o"})
        raise KeyboardInterrupt
    assert (folder / "lib" / "twice.o").read_bytes() == was
    assert Journal(folder / ".llmigrate").replaced == ()


def test_after_a_kill_the_next_opening_puts_the_c_back(folder: Path) -> None:
    was = (folder / "lib" / "twice.o").read_bytes()
    with child(folder, str(int(signal.SIGKILL))) as killed:
        assert killed.wait(60) == -signal.SIGKILL
    assert (folder / "lib" / "twice.o").read_bytes() != was
    opened(folder)
    assert (folder / "lib" / "twice.o").read_bytes() == was
    assert not (folder / ".llmigrate" / "kept").exists()


def test_two_runs_cannot_hold_one_build_and_opening_it_leaves_the_first_alone(folder: Path) -> None:
    build = opened(folder)
    was = (folder / "lib" / "twice.o").read_bytes()
    with child(folder, "wait") as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "swapped\n"
        with pytest.raises(BuildInUse, match="in use by another run"), swapping(build):
            pass
        opened(folder)
        assert (folder / "lib" / "twice.o").read_bytes() != was
        first.kill()


def test_an_object_that_make_compiles_again_is_no_success(folder: Path) -> None:
    build = opened(folder)
    source = build.tree / "lib" / "twice.c"
    with swapping(build) as swap:
        os.utime(source, (2**32, 2**32))
        made = swap.link({"lib/twice.o": folder / "lib" / "three.o"})
    assert (made.ok, made.problem) == (False, "make compiled lib/twice.o again from the C")
