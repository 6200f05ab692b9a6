"""Whose a difference is, where what a function relies on is Rust as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from repair.blame import Blame, Fault, Replayed
from repair.evidence.comparison import Difference
from repair.evidence.replay import End
from repair.plug import RenderedCrate

Wrong = Callable[[str, frozenset[str]], bool]
"""Tells whether a function differs in a crate in which some holes are Rust."""


@dataclass
class Crate:
    """Stands in for a crate all of whose holes are Rust at first; what differs shows in what is Rust."""

    reached: dict[str, frozenset[str]]
    wrong: Wrong
    builds: bool = True
    built: list[frozenset[str]] = field(default_factory=list)

    @property
    def rust(self) -> frozenset[str]:
        return frozenset().union(*self.reached.values())

    def replayed(self, in_c: frozenset[str], functions: frozenset[str]) -> Replayed:
        rust = self.rust - in_c
        seen = Difference(End.FINISHED, "", " ".join(sorted(rust)), None)
        differing = {each: seen for each in functions if self.wrong(each, rust)}
        return Replayed(RenderedCrate({}, {}), differing)

    def without(self, in_c: frozenset[str], functions: frozenset[str]) -> Replayed | None:
        self.built.append(in_c)
        return self.replayed(in_c, functions) if self.builds else None

    def faults(self, *differing: str, rust: frozenset[str] | None = None) -> dict[str, Fault]:
        now = self.replayed(frozenset(), frozenset(differing))
        assert now.differing.keys() == set(differing)
        return Blame(self.reached, self.rust if rust is None else rust, self.without).faults(now)

    def blamed(self, *differing: str, rust: frozenset[str] | None = None) -> dict[str, str]:
        return {ident: each.shown_by for ident, each in self.faults(*differing, rust=rust).items()}


def calls(**called: str) -> dict[str, frozenset[str]]:
    return {each: frozenset({each, *others.split()}) for each, others in called.items()}


PAIR = calls(f="g", g="")


def test_a_function_that_relies_on_nothing_is_wrong_itself_and_nothing_is_built() -> None:
    crate = Crate(calls(f=""), lambda _, rust: "f" in rust)
    assert crate.blamed("f") == {"f": "f"}
    assert not crate.built


def test_a_caller_that_is_right_once_it_is_c_is_wrong() -> None:
    crate = Crate(PAIR, lambda _, rust: "f" in rust)
    assert crate.blamed("f") == {"f": "f"}
    assert crate.built == [frozenset("f")]


def test_a_caller_that_differs_as_c_too_was_misled_by_what_it_calls() -> None:
    crate = Crate(PAIR, lambda _, rust: "g" in rust)
    assert crate.blamed("f") == {"g": "f"}


def test_where_both_are_wrong_the_callee_comes_first() -> None:
    crate = Crate(PAIR, lambda _, rust: bool(rust & {"f", "g"}))
    assert crate.blamed("f") == {"g": "f"}


def test_what_is_shown_of_a_callee_is_seen_without_the_caller() -> None:
    crate = Crate(PAIR, lambda _, rust: bool(rust & {"f", "g"}))
    assert crate.faults("f")["g"].difference.rust_log == "g"


def test_a_function_that_differs_itself_is_blamed_before_its_callers() -> None:
    crate = Crate(PAIR, lambda _, rust: "g" in rust)
    assert crate.blamed("f", "g") == {"g": "g"}
    assert not crate.built


def test_of_functions_that_call_one_another_the_wrong_one_is_found() -> None:
    for wrong in "fg":
        crate = Crate(calls(f="g", g="f"), lambda _, rust, wrong=wrong: wrong in rust)  # type: ignore[misc]
        assert crate.blamed("f", "g").keys() == {wrong}


def test_what_misleads_two_callers_is_looked_for_once() -> None:
    crate = Crate(calls(e="g h", f="g h", g="", h=""), lambda _, rust: "g" in rust)
    assert crate.blamed("e", "f") == {"g": "e"}
    assert len(crate.built) == 3


def test_two_callers_that_others_mislead_are_told_apart() -> None:
    crate = Crate(calls(e="g", f="h", g="", h=""), lambda each, rust: ("g" if each == "e" else "h") in rust)
    assert crate.blamed("e", "f") == {"g": "e", "h": "f"}
    assert len(crate.built) == 2


def test_who_differs_with_everything_in_c_is_not_accepted_and_blames_nobody_else() -> None:
    assert Crate(PAIR, lambda *_: True).blamed("f") == {"f": "f"}


def test_nobody_is_to_blame_for_c_that_differs_without_any_rust() -> None:
    assert Crate(PAIR, lambda *_: True).blamed("f", rust=frozenset("g")) == {}


def test_c_that_differs_shows_what_is_wrong_with_the_rust_below_it() -> None:
    crate = Crate(PAIR, lambda _, rust: "g" in rust)
    assert crate.blamed("f", rust=frozenset("g")) == {"g": "f"}


def test_a_crate_that_does_not_build_without_the_caller_says_nothing_of_others() -> None:
    assert Crate(PAIR, lambda _, rust: "g" in rust, builds=False).blamed("f") == {"f": "f"}


TABLES = [f"t{number}" for number in range(8)]
READER = calls(f=" ".join(TABLES))


@pytest.mark.parametrize("wrong", TABLES)
def test_one_wrong_table_of_many_is_found_in_few_builds(wrong: str) -> None:
    crate = Crate(READER, lambda _, rust: wrong in rust)
    assert crate.blamed("f") == {wrong: "f"}
    assert len(crate.built) <= 8


def test_tables_that_are_wrong_only_together_are_blamed_together() -> None:
    crate = Crate(READER, lambda _, rust: {"t0", "t7"} <= rust)
    assert crate.blamed("f") == dict.fromkeys(TABLES, "f")
