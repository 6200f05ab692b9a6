"""What a program that was stopped halfway has said counts, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from analysis.process import Completed
from repair.evidence.lab import Lab
from repair.evidence.replay import End, first_killers, replay


class Stopped:
    """A lab whose programs are stopped in the middle of a line."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def run(self, *_: object) -> Completed:
        return Completed((), -9, self._said, b"", 1.0, timed_out=True)


def test_half_a_line_is_no_run(tmp_path: Path) -> None:
    lab = cast(Lab, Stopped(b"finished 00ff 2 4\nfinished 0"))
    runs = replay(lab, tmp_path / "program", [b"a", b"b", b"c"], 100)
    assert [each.end for each in runs] == [End.FINISHED, End.EXITED, End.EXITED]


def test_inputs_are_skipped_only_after_others_that_do_not_end(tmp_path: Path) -> None:
    class Ended(Stopped):
        def run(self, *_: object) -> Completed:
            return Completed((), 0, self._said, b"", 1.0, timed_out=False)

    def ends(said: bytes) -> list[End]:
        runs = replay(cast(Lab, Ended(said)), tmp_path / "program", [b"a", b"b"], 100, most_endless=1)
        return [each.end for each in runs]

    assert ends(b"signal:27 00ff 2 4\n") == [End.ENDLESS, End.SKIPPED]
    assert ends(b"outgrew 00ff 2 4\n") == [End.OUTGREW, End.SKIPPED]
    assert ends(b"finished 00ff 2 4\n") == [End.FINISHED, End.EXITED]
    assert ends(b"") == [End.EXITED, End.EXITED]


def test_without_mutants_nothing_is_run(tmp_path: Path) -> None:
    lab = cast(Lab, Stopped(b"finished 00ff 2 4\n"))
    assert first_killers(lab, tmp_path / "program", [b"a"], []) == {}


def test_mutants_that_there_was_no_time_for_are_left_out(tmp_path: Path) -> None:
    lab = cast(Lab, Stopped(b"1 -1\n2 0\n3 1"))
    assert first_killers(lab, tmp_path / "program", [b"a"], [1, 2, 3]) == {1: None, 2: 0}
