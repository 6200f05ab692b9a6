"""Scripted hostile answers end in the verdict that names what they do, and nothing of them gets out."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from migrate.evidence.driver_prompts import read_driver
from repair.candidate import Candidate
from repair.cargo import Workspace, leased_workspace
from repair.evidence.driver_policy import check_driver
from repair.evidence.target import Target
from repair.judge import Judge, Rejected, read_answer
from repair.module_tests import TestPrograms, compile_programs
from repair.sandbox import NO_SANDBOX, Sandbox, find_sandbox
from repair.verdict import Gate, Verdict
from tests.evidence import Room
from tests.hostile import (
    DRIVERS,
    RUST,
    SEEN_BY_THE_COMPILER,
    SEEN_BY_THE_TESTS,
    SEEN_IN_THE_TEXT,
    Hostile,
    HostileDriver,
)
from tests.repair.holes import PlainCrate, function

KEY = "canary-not-a-real-key"
TEST = "int f(int);\nint main(void) { return f(1) != 7; }\n"


@dataclass(frozen=True)
class Surroundings:
    """What a hostile answer would like to reach."""

    outside: Path
    listener: socket.socket

    def aimed(self, text: str) -> str:
        port = str(self.listener.getsockname()[1])
        aims = {"OUTSIDE": str(self.outside), "PORT": port, "PID": str(os.getpid())}
        for name, meant in aims.items():
            text = text.replace(name, meant)
        return text

    def untouched(self) -> bool:
        """Tell whether no file there has changed or come, and nobody has connected."""
        try:
            self.listener.accept()
        except BlockingIOError:
            return [path.name for path in self.outside.iterdir()] == ["canary"] and (
                self.outside / "canary"
            ).read_text() == "alive"
        return False


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    """Keep a key in the environment, a folder that anybody may write to, and a port that is open."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o777)
    (outside / "canary").write_text("alive")
    (outside / "canary").chmod(0o666)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Surroundings(outside, listener)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Lend a build folder in which nothing was built before."""
    with leased_workspace(tmp_path_factory.mktemp("cache")) as leased:
        yield leased


def read(hostile: Hostile, surroundings: Surroundings, name: str = "f") -> Candidate | Rejected:
    hole = function(name, c_text=hostile.c_text)
    answer = surroundings.aimed(hostile.answer).replace(" fn f(", f" fn {name}(")
    return read_answer(hole, answer)


def programs(folder: Path, sandbox: Sandbox | None = None) -> TestPrograms:
    built, root = folder / "built", folder / "module"
    built.mkdir()
    root.mkdir()
    (root / "test.c").write_text(TEST)
    objects = compile_programs((root / "test.c",), (), root, built)
    assert isinstance(objects, tuple), objects
    chosen = sandbox or find_sandbox()
    assert chosen is not None
    return TestPrograms(objects, (), root, built, 1.0, chosen)


def assert_named(verdict: Verdict, hostile: Hostile) -> None:
    assert verdict.gate is hostile.gate
    said = [f"{each.message}\n{each.detail}" for each in verdict.findings]
    assert any(hostile.said in each for each in said), said
    assert not any(KEY in each for each in said)


def is_running(program: Path) -> bool:
    """Tell whether a process runs a program, by its file or under its name."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(program).encode() in (process / "cmdline").read_bytes():
                return True
    return False


def test_there_are_many_of_them_and_no_two_are_the_same() -> None:
    assert len(RUST) >= 40 and len(DRIVERS) >= 12
    assert len({each.name for each in RUST}) == len({each.answer for each in RUST}) == len(RUST)
    assert len({each.name for each in DRIVERS}) == len({each.text for each in DRIVERS}) == len(DRIVERS)


@pytest.mark.parametrize("hostile", SEEN_IN_THE_TEXT, ids=lambda each: each.name)
def test_what_the_text_shows_reaches_no_compiler(hostile: Hostile, surroundings: Surroundings) -> None:
    rejected = read(hostile, surroundings)
    assert isinstance(rejected, Rejected)
    assert_named(rejected.verdict, hostile)
    assert surroundings.untouched()


def test_what_the_compiler_refuses_is_named_and_spoils_nothing_beside_it(
    surroundings: Surroundings, workspace: Workspace
) -> None:
    names = {f"f{number}": each for number, each in enumerate(SEEN_BY_THE_COMPILER)}
    candidates = [read(each, surroundings, name) for name, each in names.items()]
    harmless = read_answer(function("g"), '```rust\npub unsafe extern "C" fn g(x: c_int) -> c_int { x }\n```')
    holes = (*(function(name) for name in names), function("g"))
    waiting = [each for each in (*candidates, harmless) if isinstance(each, Candidate)]
    assert len(waiting) == len(holes)
    batch = Judge(PlainCrate(holes), workspace, "trial", None).judge({}, waiting)
    verdicts = {each.candidate.hole.name: each.verdict for each in batch.judged}
    assert verdicts.pop("g").accepted
    for name, verdict in verdicts.items():
        assert_named(verdict, names[name])
    assert surroundings.untouched()
    assert not holds(workspace.target, KEY)


@pytest.mark.parametrize("hostile", SEEN_BY_THE_TESTS, ids=lambda each: each.name)
def test_what_runs_gets_nowhere_and_leaves_nothing(
    hostile: Hostile, surroundings: Surroundings, workspace: Workspace, tmp_path: Path
) -> None:
    candidate = read(hostile, surroundings)
    assert isinstance(candidate, Candidate), candidate
    tests = programs(tmp_path)
    judge = Judge(PlainCrate((candidate.hole,)), workspace, "trial", tests)
    (judged,) = judge.judge({}, [candidate]).judged
    assert_named(judged.verdict, hostile)
    assert surroundings.untouched()
    assert sorted(path.name for path in tests.root.iterdir()) == ["test.c"]
    while is_running(tests.objects[0].with_suffix("")):
        pass
    assert not holds(workspace.target, KEY)


def holds(folder: Path, text: str) -> bool:
    files = (path for path in folder.rglob("*") if path.is_file())
    return any(text.encode() in path.read_bytes() for path in files)


REACHING = tuple(
    each
    for each in SEEN_BY_THE_TESTS
    if each.name in {"a file outside", "a socket of C", "a file outside changed"}
)


@pytest.mark.parametrize("hostile", REACHING, ids=lambda each: each.name)
def test_the_same_answers_do_get_out_where_there_is_no_sandbox(
    hostile: Hostile, surroundings: Surroundings, workspace: Workspace, tmp_path: Path
) -> None:
    candidate = read(hostile, surroundings)
    assert isinstance(candidate, Candidate), candidate
    tests = programs(tmp_path, NO_SANDBOX)
    Judge(PlainCrate((candidate.hole,)), workspace, "trial", tests).judge({}, [candidate])
    assert not surroundings.untouched()


@pytest.mark.parametrize("hostile", DRIVERS, ids=lambda each: each.name)
def test_a_driver_that_does_more_than_observe_is_named(hostile: HostileDriver) -> None:
    findings = check_driver(hostile.text, reserved=("f", "helper"))
    assert {each.gate for each in findings} == {Gate.POLICY}
    assert any(hostile.said in each.message for each in findings), findings
    assert all(each.message.endswith(".") and "\n" not in each.message for each in findings)


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """Return the function that hostile drivers are about."""
    text = "static int helper(int x) { return x + 1; }\nint f(int x) { return helper(x); }\n"
    return Room(tmp_path_factory.mktemp("room"), text).target("f")


@pytest.mark.parametrize("hostile", DRIVERS, ids=lambda each: each.name)
def test_no_such_driver_gets_out_of_an_answer(observed: Target, hostile: HostileDriver) -> None:
    said = read_driver(observed, ("f", "helper"), f"```c\n{hostile.text}```")
    assert isinstance(said, str) and hostile.said.replace("does not define", "defines") in said


HARMLESS = """\
#include "driver.h"
#define MOST 16
static int compare(const void *a, const void *b) __attribute__((unused));
static int compare(const void *a, const void *b)
{
	return memcmp(a, b, 1); /* exit(0) and system() are only named here. */
}

void drive(void)
{
	size_t count = (size_t)take_range(0, MOST);
	struct ring *ring = new_block(sizeof(*ring));
	char *text = malloc(count + 1);

	ring->time = take_number(32);
	report_int("open", ring_open(ring, text, count));
	report_text("printf", "main() { exit(0); }");
	free(text);
}
"""


def test_an_honest_driver_is_let_pass() -> None:
    assert check_driver(HARMLESS, reserved=("ring_open",)) == ()


def test_a_name_that_the_module_has_itself_is_spared() -> None:
    text = 'void drive(void) { report_int("r", rand()); }'
    assert check_driver(text)
    assert check_driver(text, spared=("rand",)) == ()


def test_a_member_may_have_the_name_of_a_function_that_drivers_must_not_call() -> None:
    members = "struct node { struct node *link; int times, write[2]; int read : 3; };\n"
    use = "void drive(void) { struct node n = { .link = 0 }; n.times = 1; n.write[0] = n.read; }"
    assert check_driver(members + use) == ()
    for called in ("link", "times", "write"):
        assert check_driver(f"{members}void drive(void) {{ {called}(0, 0, 0); }}")
    assert check_driver("struct node { int a; void link(int); };\nvoid drive(void) { }")
