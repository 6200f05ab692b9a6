from __future__ import annotations

import pytest

from repair.excuse import Excuse, read_claims, read_excuses

CODE = "```rust\nfn f() {}\n// NOT NEEDED: line 1: because it is code\n```\n"


@pytest.mark.parametrize(
    ("line", "excuse"),
    [
        ("NOT NEEDED: lines 12-14: because drop frees it", Excuse(12, 14, "because drop frees it")),
        ("NOT NEEDED: line 12: because it is dead", Excuse(12, 12, "because it is dead")),
        ("- **NOT NEEDED:** lines 12 to 14: because it is dead", Excuse(12, 14, "because it is dead")),
        ("not needed: lines 14-12: because it is dead", Excuse(12, 14, "because it is dead")),
    ],
)
def test_a_line_outside_the_code_says_what_is_not_needed(line: str, excuse: Excuse) -> None:
    assert read_excuses(f"{CODE}{line}\n") == (excuse,)
    assert read_excuses(f"{line}\r\n{CODE}") == (excuse,)


@pytest.mark.parametrize(
    "line",
    [
        "NOT NEEDED: lines 12-14:",
        "NOT NEEDED: because it is dead",
        "It is NOT NEEDED: lines 12-14: because it is dead",
        "Lines 12-14 are not needed.",
    ],
)
def test_without_lines_or_a_reason_there_is_no_excuse(line: str) -> None:
    assert read_excuses(CODE + line) == ()


def test_an_excuse_covers_its_lines_both_ends_included() -> None:
    excuse = Excuse(12, 14, "because")
    assert [line in excuse for line in (11, 12, 14, 15)] == [False, True, True, False]


def test_what_a_driver_cannot_show_is_no_excuse_for_a_translation() -> None:
    claim = "NOT POSSIBLE: lines 3-4: because it was checked before\n"
    assert read_claims(CODE + claim) == (Excuse(3, 4, "because it was checked before"),)
    assert read_excuses(CODE + claim) == ()
    assert read_claims(CODE + claim.replace("POSSIBLE", "NEEDED")) == ()
