from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from repair.diagnostics import Diagnostic, Place
from repair.plug import Lines
from repair.suggestions import ALLOWED, apply_suggestions

TEXT = "fn f() {\n    let mut é = (1);\n    return é;\n}"
START = 100
LINES = Lines("src/a.rs", 10, 13)
PLACE = Place("src/a.rs", 11, 11, 1, 1, 0, 0, True, "", "", "MachineApplicable")


def suggestion(old: str, new: str, code: str = "unused_mut", **changes: Any) -> Diagnostic:
    """Suggest to replace the first occurrence of a text."""
    at = START + TEXT.encode().index(old.encode())
    place = replace(PLACE, byte_start=at, byte_end=at + len(old.encode()), replacement=new)
    return Diagnostic("warning", "m", code, (place,), (), (replace(place, **changes),))


def applied(*diagnostics: Diagnostic) -> str:
    return apply_suggestions(TEXT, START, LINES, diagnostics)


def test_allowed_suggestions_are_applied_by_byte() -> None:
    made = applied(
        suggestion("mut ", ""),
        suggestion("(1)", "1", "unused_parens"),
        suggestion("return é;", "é", "clippy::needless_return"),
    )
    assert made == "fn f() {\n    let é = 1;\n    é\n}"


@pytest.mark.parametrize("code", ["E0308", "E0382", "E0502", "clippy::clone_on_copy", "dead_code", None])
def test_what_is_not_on_the_list_is_never_applied(code: str | None) -> None:
    diagnostic = replace(suggestion("1", "1.try_into().unwrap()"), code=code)
    assert applied(diagnostic) == TEXT


@pytest.mark.parametrize("applicability", ["MaybeIncorrect", "HasPlaceholders", "Unspecified", None])
def test_what_the_compiler_is_not_sure_of_is_not_applied(applicability: str | None) -> None:
    assert applied(suggestion("mut ", "", applicability=applicability)) == TEXT


@pytest.mark.parametrize("elsewhere", [{"file": "src/b.rs"}, {"line": 9}, {"end_line": 14}])
def test_nothing_outside_the_candidate_is_changed(elsewhere: dict[str, Any]) -> None:
    assert applied(suggestion("mut ", "", **elsewhere)) == TEXT


def test_of_two_that_overlap_one_is_left_for_the_next_round() -> None:
    made = applied(suggestion("mut é = (1)", "é = (1)"), suggestion("(1)", "1", "unused_parens"))
    assert made == TEXT.replace("mut é", "é")


def test_the_same_suggestion_twice_is_applied_once() -> None:
    assert applied(suggestion("mut ", ""), suggestion("mut ", "")) == TEXT.replace("mut ", "")


def test_no_error_of_the_compiler_is_on_the_list() -> None:
    assert not [code for code in ALLOWED if code.startswith("E0")]
