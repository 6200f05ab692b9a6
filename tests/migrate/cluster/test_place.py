"""Which workers get modules, what of the environment travels, and what cannot be reached."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from migrate.cluster.dask import WorkerFacts
from migrate.cluster.machine import Machine, Origin, examine_machine, origin
from migrate.cluster.place import connect, travelling_environment
from migrate.cluster.staff import Staff
from migrate.errors import Exit, SettingsError
from tests.command import cli
from tests.tiny import write_module


@dataclass
class FakeCluster:
    """Workers that answer what a test says."""

    answers: dict[str, Any]
    examined: list[str] = field(default_factory=list)

    def workers(self) -> tuple[WorkerFacts, ...]:
        return tuple(WorkerFacts(each, f"host-{each}", 2) for each in self.answers)

    def on_each(self, workers: list[str], *_: object) -> dict[str, Any]:
        self.examined += workers
        return {each: self.answers[each] for each in workers}


def staff_of(**answers: Any) -> tuple[Staff, FakeCluster, list[str]]:
    cluster, notices = FakeCluster(answers), list[str]()
    staff = Staff(cluster, notices.append)  # type: ignore[arg-type]
    staff.look()
    return staff, cluster, notices


def test_a_worker_that_lacks_something_gets_nothing_and_says_what() -> None:
    good, bad = Machine("a", {}), Machine("b", {"cargo": "cargo, which builds the crate: not found"})
    staff, _, notices = staff_of(one=good, two=bad)
    assert staff.fit() == ("one",)
    assert staff.threads == 2
    assert notices == ["the worker two on b gets no modules: cargo, which builds the crate: not found"]


def test_what_only_some_runs_need_keeps_a_worker_from_those_only() -> None:
    staff, _, notices = staff_of(one=Machine("a", {"c2rust": "c2rust, which fills holes: not found"}))
    assert staff.fit() == ("one",)
    assert notices == []
    assert staff.fit(frozenset({"c2rust"})) == ()
    assert staff.shortfall(frozenset({"c2rust"})) == "a lacks c2rust, which fills holes: not found"


def test_a_worker_without_this_program_is_told_apart_from_a_broken_one() -> None:
    missing = ModuleNotFoundError("No module named 'migrate'")
    staff, cluster, notices = staff_of(one=missing, two=TimeoutError("late"))
    staff.look()
    assert staff.fit() == ()
    assert cluster.examined == ["one", "two", "two"]
    assert "llmigrate" in notices[0] and "has to be installed there too" in notices[0]
    assert "an answer (TimeoutError: late)" in notices[1]


def test_each_worker_is_examined_once_and_new_ones_when_they_come() -> None:
    staff, cluster, _ = staff_of(one=Machine("a", {}))
    cluster.answers["two"] = Machine("b", {})
    staff.look()
    staff.look()
    assert cluster.examined == ["one", "two"]
    del cluster.answers["one"]
    staff.look()
    assert staff.fit() == ("two",)


def test_a_worker_that_comes_back_to_its_address_is_examined_again() -> None:
    staff, cluster, notices = staff_of(one=Machine("a", {"gcc": "gcc, which builds the C: not found"}))
    cluster.answers.clear()
    staff.look()
    cluster.answers["one"] = Machine("a", {})
    staff.look()
    assert staff.fit() == ("one",)
    assert len(notices) == 1


def test_a_worker_whose_examination_failed_in_passing_is_examined_until_it_answers() -> None:
    staff, cluster, notices = staff_of(one=TimeoutError("late"))
    cluster.answers["one"] = TimeoutError("late again")
    staff.look()
    assert (staff.fit(), len(notices)) == ((), 1)
    cluster.answers["one"] = Machine("a", {})
    staff.look()
    staff.look()
    assert staff.fit() == ("one",)
    assert cluster.examined == ["one"] * 3


def test_a_worker_that_leaves_while_threads_are_counted_is_no_fault() -> None:
    leaving = list[str]()

    class Leaving(Machine):
        def obstacles(self, needs: frozenset[str] = frozenset()) -> tuple[str, ...]:
            for address in leaving:
                del cluster.answers[address]
                leaving.clear()
                staff.look()
            return ()

    staff, cluster, _ = staff_of(one=Leaving("a", {}), two=Leaving("b", {}))
    leaving.append("two")
    assert staff.threads == 4
    assert staff.threads == 2


def test_a_machine_with_another_version_or_architecture_says_both() -> None:
    own = origin()
    lacks = examine_machine(Origin("0.0.1", "vax")).lacks
    assert lacks["version"] == f"it has llmigrate {own.version}, and the batch 0.0.1"
    assert lacks["architecture"] == f"it is {own.architecture}, and the batch is on vax"
    assert "version" not in examine_machine(own).lacks


@pytest.mark.parametrize(
    ("address", "travels"),
    [
        ("tls://10.0.0.1:8786", True),
        ("tcp://127.0.0.1:8786", True),
        ("localhost:8786", True),
        ("tcp://10.0.0.1:8786", False),
        ("10.0.0.1:8786", False),
    ],
)
def test_the_key_travels_only_where_nobody_can_listen(address: str, travels: bool) -> None:
    own = {"OPENAI_API_KEY": "secret", "LLMIGRATE_MODEL": "m", "HOME": "/home/me"}
    found = travelling_environment(address, own)
    assert found.pop("OPENAI_API_KEY", None) == ("secret" if travels else None)
    assert found == {"LLMIGRATE_MODEL": "m"}


def test_a_scheduler_that_is_not_there_is_one_sentence_and_exit_2(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("migrate.cluster.dask._CONNECT_SECONDS", 0.5)
    write_module(tmp_path / "fleet" / "tiny")
    ended = cli("batch", tmp_path / "fleet", "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9")
    assert ended.exit == Exit.USAGE
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "the scheduler tcp://127.0.0.1:9 cannot be reached" in ended.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["gopher://nowhere", "tcp://", "tls://127.0.0.1:9"])
def test_an_address_that_is_none_is_one_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrate.cluster.dask._CONNECT_SECONDS", 0.5)
    with pytest.raises(SettingsError, match="cannot be reached"):
        connect(address, print)


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("migrate.cluster.dask", "migrate.cluster.staff"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match=r"pip install 'llmigrate\[cluster\]'"):
        connect("tcp://127.0.0.1:9", print)
