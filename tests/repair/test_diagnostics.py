from __future__ import annotations

import json
from typing import Any

from repair.diagnostics import Diagnostic, finding, read_diagnostics
from repair.plug import Lines
from repair.verdict import Gate

TEXT = "fn f() {\n    let a: u8 = b;\n}"
LINES = Lines("src/a.rs", 20, 22)


def span(line: int = 21, column: int = 17, width: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "file_name": "src/a.rs",
        "line_start": line,
        "line_end": line,
        "column_start": column,
        "column_end": column + width,
        "byte_start": 0,
        "byte_end": width,
        "is_primary": True,
        "label": "not found",
        "suggested_replacement": None,
        "suggestion_applicability": None,
        "expansion": None,
        **changes,
    }


def message(*spans: dict[str, Any], **changes: Any) -> bytes:
    said = {
        "level": "error",
        "message": "cannot find value `b`",
        "code": {"code": "E0425"},
        "spans": list(spans),
        "children": [],
        **changes,
    }
    return json.dumps({"reason": "compiler-message", "message": said}).encode() + b"\n"


def read(*lines: bytes) -> Diagnostic:
    (diagnostic,) = read_diagnostics(b"".join(lines))
    return diagnostic


def test_only_messages_with_a_place_are_read_and_each_once() -> None:
    summary = message(message="aborting due to 1 previous error", code=None)
    artifact = json.dumps({"reason": "compiler-artifact"}).encode() + b"\n"
    assert len(read_diagnostics(b"not json\n" + artifact + message(span()) * 2 + summary)) == 1


def test_a_diagnostic_is_about_the_hole_that_its_primary_place_stands_in() -> None:
    other = Lines("src/a.rs", 1, 9)
    holes = {"other": other, "mine": LINES}
    assert read(message(span(5, is_primary=False), span(21))).about(holes) == "mine"
    assert read(message(span(50), span(5, is_primary=False))).about(holes) == "other"
    assert read(message(span(50))).about(holes) is None
    assert read(message(span(21, file_name="src/b.rs"))).about(holes) is None


def test_the_edges_of_a_hole_belong_to_it() -> None:
    for line, ident in ((19, None), (20, "f"), (22, "f"), (23, None)):
        assert read(message(span(line))).about({"f": LINES}) == ident


def test_a_place_in_a_macro_of_the_library_is_where_the_macro_is_used() -> None:
    used = {"span": span(21), "macro_decl_name": "panic!"}
    inside = span(9, file_name="/rustc/library/core/panic.rs", expansion=used)
    assert read(message(inside)).about({"f": LINES}) == "f"


def test_a_finding_counts_the_lines_of_the_candidate() -> None:
    found = finding(read(message(span())), LINES, TEXT)
    assert (found.gate, found.code) == (Gate.COMPILE, "E0425")
    assert found.message == "error[E0425]: cannot find value `b`"
    assert found.detail == "   2 |     let a: u8 = b;\n     |                 ^ not found"


def test_what_a_finding_says_does_not_depend_on_where_the_candidate_stands() -> None:
    moved = finding(read(message(span(121))), Lines("src/b.rs", 120, 122), TEXT)
    assert moved.detail != finding(read(message(span())), LINES, TEXT).detail
    there = finding(read(message(span(121, file_name="src/b.rs"))), Lines("src/b.rs", 120, 122), TEXT)
    assert there == finding(read(message(span())), LINES, TEXT)


def test_a_place_elsewhere_is_told_by_its_label_alone() -> None:
    found = finding(read(message(span(), span(3, is_primary=False, label="defined here"))), LINES, TEXT)
    assert found.detail.endswith("(elsewhere: defined here)")


def test_notes_are_kept_and_advertisements_are_not() -> None:
    children = [
        {"level": "note", "message": "expected because of this", "spans": []},
        {"level": "help", "message": "for further information visit https://example.org", "spans": []},
        {"level": "note", "message": "`#[warn(unused)]` on by default", "spans": []},
    ]
    found = finding(read(message(span(), children=children)), LINES, TEXT)
    assert found.detail.endswith("\n= note: expected because of this")


def test_clippy_is_a_lint_even_where_it_is_an_error() -> None:
    denied = message(span(), code={"code": "clippy::undocumented_unsafe_blocks"})
    assert finding(read(denied), LINES, TEXT).gate is Gate.LINT
    warned = message(span(), level="warning", code={"code": "unused_variables"})
    assert finding(read(warned), LINES, TEXT).gate is Gate.LINT


def test_replacements_in_help_messages_are_suggestions() -> None:
    fix = span(suggested_replacement="a", suggestion_applicability="MachineApplicable")
    child = {"level": "help", "message": "try", "spans": [fix, span()]}
    (place,) = read(message(span(), children=[child])).suggestions
    assert (place.replacement, place.applicability) == ("a", "MachineApplicable")
