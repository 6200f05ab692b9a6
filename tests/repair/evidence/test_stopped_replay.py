"""What a program that was stopped halfway has said counts, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from analysis.process import Completed
from repair.evidence.lab import Lab
from repair.evidence.replay import End, first_killers, replay

LOG = b"00112233445566ff"


class Stopped:
    """A lab whose programs are stopped in the middle of a line."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def run(self, *_: object) -> Completed:
        return Completed((), -9, self._said, b"", 1.0, timed_out=True)


def test_half_a_line_is_no_run(tmp_path: Path) -> None:
    lab = cast(Lab, Stopped(b"0 finished %b 2 00000000000000aa\n1 finished 0" % LOG))
    runs = replay(lab, tmp_path / "program", [b"a", b"b", b"c"], 100)
    assert [each.end for each in runs] == [End.FINISHED, End.EXITED, End.EXITED]


def test_a_line_that_cannot_be_read_costs_its_own_input_only(tmp_path: Path) -> None:
    lines = (
        b"0 finished %b 2 00000000000000aa",
        b"",
        b"1 finish",
        b"\xff\x00",
        b"2 exit:3 %b 2 00000000000000aa",
        b"7 finished %b 2 00000000000000aa",
    )
    said = b"\n".join(line.replace(b"%b", LOG) for line in lines) + b"\n"
    runs = replay(cast(Lab, Stopped(said)), tmp_path / "program", [b"a", b"b", b"c"], 100)
    assert [(each.end, each.log) for each in runs] == [
        (End.FINISHED, LOG.decode()),
        (End.EXITED, ""),
        (End.EXITED, LOG.decode()),
    ]


def test_an_input_that_is_spoken_of_twice_counts_as_none(tmp_path: Path) -> None:
    said = (
        b"0 finished %b 2 00000000000000aa\n"
        b"0 finished %b 3 00000000000000aa\n"
        b"1 finished %b 2 00000000000000aa\n" % (LOG, LOG, LOG)
    )
    runs = replay(cast(Lab, Stopped(said)), tmp_path / "program", [b"a", b"b"], 100)
    assert [each.end for each in runs] == [End.EXITED, End.FINISHED]


def test_inputs_are_skipped_only_after_others_that_do_not_end(tmp_path: Path) -> None:
    class Ended(Stopped):
        def run(self, *_: object) -> Completed:
            return Completed((), 0, self._said, b"", 1.0, timed_out=False)

    def ends(said: bytes) -> list[End]:
        runs = replay(cast(Lab, Ended(said)), tmp_path / "program", [b"a", b"b"], 100, most_endless=1)
        return [each.end for each in runs]

    assert ends(b"0 signal:27 %b 2 00000000000000aa\n" % LOG) == [End.ENDLESS, End.SKIPPED]
    assert ends(b"0 outgrew %b 2 00000000000000aa\n" % LOG) == [End.OUTGREW, End.SKIPPED]
    assert ends(b"0 finished %b 2 00000000000000aa\n" % LOG) == [End.FINISHED, End.EXITED]
    assert ends(b"") == [End.EXITED, End.EXITED]


def test_without_mutants_nothing_is_run(tmp_path: Path) -> None:
    lab = cast(Lab, Stopped(b""))
    assert first_killers(lab, tmp_path / "program", [b"a"], []) == {}


def test_mutants_that_there_was_no_time_for_are_left_out(tmp_path: Path) -> None:
    lab = cast(Lab, Stopped(b"1 -1\n2 0\n3 1"))
    assert first_killers(lab, tmp_path / "program", [b"a"], [1, 2, 3]) == {1: None, 2: 0}
