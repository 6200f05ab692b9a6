"""Which single edits a Rust text has, and that each is Rust still."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.mutations import MutationKind
from analysis.rust_mutants import RustMutant, rust_mutants
from analysis.syntax import parse_rust

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def mutants(body: str) -> tuple[RustMutant, ...]:
    return rust_mutants(f"fn f(a: u32, b: u32, c: bool, p: *const u8) -> u32 {{\n{body}\n}}\n")


def bodies(body: str, *kinds: MutationKind) -> set[str]:
    found = (each.text.split("{\n", 1)[1] for each in mutants(body) if not kinds or each.kind in kinds)
    return {text.removesuffix("\n}\n") for text in found}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a + b", {"a - b"}),
        ("a & b", {"a | b", "a"}),
        ("a >= b", {"a > b", "a < b"}),
        ("c && a == b", {"c || a == b", "!(c) && a == b", "c && a != b"}),
        ("!c", {"c"}),
        ("!(a == b)", {"!(a != b)"}),
        ("if c { a } else { b }", {"if !(c) { a } else { b }"}),
        ("if let Some(x) = y { a } else { b }", set()),
        ("a as u64", {"a as u8 as u64"}),
        ("a as u8", set()),
        ("(a as u16) as c_int", {"(a as u16) as i8 as c_int", "(a) as c_int", "(a as u8 as u16) as c_int"}),
        ("a as *const u8", set()),
        ("a.wrapping_mul(b)", {"a.wrapping_add(b)", "((a) * (b))"}),
        ("p.add(n)", {"p.add(n + 1)", "p.sub(n)"}),
        ("p.offset(1)", {"p.offset(2)"}),
        ("s[n - 1]", {"s[(n - 1) + 1]", "s[n + 1]", "s[n - 2]"}),
        ("&s[..n]", {"&s[..=n]"}),
        ("g(a, b, p)", {"g(b, a, p)"}),
        ("0xff", {"0xfe"}),
        ("255_u8", {"254u8"}),
        ("true", {"false"}),
        (r"b'\0'", {r"b'\x01'"}),
        ("'&'", {"'%'"}),
        ("[0u8; 16]", {"[1u8; 16]"}),
        ("x.0", set()),
        ("a as u32 >> n", {"(a as u32) << n", "(a as u32)", "a as u8 as u32 >> n"}),
        ('assert!(a > 1, "no")', set()),
        ("match a { 0 => a -= 1, _ => {} }", {
            "match a { 1 => a -= 1, _ => {} }",
            "match a { 0 => {}, _ => {} }",
            "match a { 0 => a += 1, _ => {} }",
            "match a { 0 => a = 1, _ => {} }",
            "match a { 0 => a -= 2, _ => {} }",
        }),
    ],
)  # fmt: skip
def test_each_expression_has_its_own_few_edits(body: str, expected: set[str]) -> None:
    assert bodies(body) == expected


def test_what_only_an_overflow_tells_apart_is_a_kind_of_its_own() -> None:
    assert bodies("a.wrapping_add(b)", MutationKind.OVERFLOW) == {"((a) + (b))"}
    assert bodies("a.wrapping_add(b)", MutationKind.WRAPPING) == {"a.wrapping_sub(b)"}


def test_writes_calls_and_jumps_are_dropped_each_once() -> None:
    body = "*p = x; unsafe { q.x = y }; unsafe { g(); }; loop { if c { break; } h(); } return a;"
    dropped = [each.before for each in mutants(body) if each.kind is MutationKind.DELETION]
    assert dropped == ["*p = x;", "unsafe { q.x = y }", "g();", "break;", "h();"]


def test_types_attributes_and_comments_are_left_alone() -> None:
    head = "#[repr(align(8))]\n/// At 3 + 4.\nfn f(a: [u8; 4]) -> Foo<3> {"
    text = head + '\n    // a + b\n    g::<5>("1 + 1")\n}\n'
    assert rust_mutants(text) == ()


def test_lines_and_numbers_are_in_order() -> None:
    found = rust_mutants("fn f(x: u32) -> u32 {\n    let y = x + 1;\n    y * x\n}\n")
    assert [(each.number, each.line, each.before, each.after) for each in found] == [
        (1, 2, "x + 1", "x - 1"),
        (2, 2, "1", "2"),
        (3, 3, "y * x", "y + x"),
        (4, 3, "y * x", "y"),
    ]


def recorded() -> Iterator[str]:
    """Yield the Rust of every recorded answer."""
    for file in sorted(SAMPLES.glob("*/recording.jsonl")):
        for line in file.read_text().splitlines():
            text = json.loads(line).get("answer", {}).get("text", "")
            yield from re.findall(r"```rust\n(.*?)```", text, re.DOTALL)


def test_each_mutant_of_real_code_is_one_edit_that_still_parses() -> None:
    answers = list(recorded())
    assert len(answers) > 50
    count = 0
    for original in answers:
        if parse_rust(original.encode()).has_error:
            continue
        found = rust_mutants(original)
        assert len({each.text for each in found}) == len(found)
        for each in found:
            count += 1
            assert each.text != original
            start, end = each.span.start, each.span.end
            assert each.text.encode().startswith(original.encode()[:start]), each
            assert each.text.encode().endswith(original.encode()[end:]), each
            assert not parse_rust(each.text.encode()).has_error, each
    assert count > 1000
