from __future__ import annotations

import pytest

from analysis.rust_structure import rust_structure
from analysis.structure import Structure, UnitKind, Way


def read(body: str, parameters: str = "p: *mut s, n: c_int") -> Structure:
    return rust_structure(f"unsafe fn f({parameters}) -> c_int {{\n{body}\n}}")


def names(structure: Structure, kind: UnitKind) -> list[set[str]]:
    return [set(unit.names) for unit in structure.units if unit.kind is kind]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ("(*p).x = 1;", "x"),
        ("unsafe { (*p).x += 1 };", "x"),
        ("(*p).set_x(1);", "x"),
        ("*p = 1;", "p"),
        ("*p.add(n) = 1;", "p"),
        ("p.write(1);", "p"),
        ("core::ptr::write(p, 1);", "p"),
        ("core::ptr::copy_nonoverlapping(q, p, 3);", "p"),
        ("core::mem::swap(&mut (*p).x, &mut y);", "x"),
        ("total = 1;", "total"),
        ("let s = s { x: n, y };", "x"),
    ],
)
def test_whatever_stores_to_a_place_is_a_store(body: str, target: str) -> None:
    assert {target} in names(read(body), UnitKind.PLACE)


def test_stores_to_locals_are_by_let_and_assignment() -> None:
    found = read("let mut a = n; a += 1; let (b, c) = g(); a = b + c; let d; d = a; let d = d as u8;")
    assert names(found, UnitKind.LOCAL) == [{"a"}, {"a"}, {"b"}, {"c"}, {"a"}, {"d"}]


@pytest.mark.parametrize(
    "body",
    [
        "if n > 3 { g(); }",
        "while n > 3 { g(); }",
        "(n > 3) as c_int",
        "match n { 3 => g(), _ => {} }",
        "matches!(n, 3 | 4)",
        "if let Some(m) = n { g(m); }",
        "let Some(m) = n else { return 0; };",
        "for i in 0..n { g(i); }",
        "n.max(3)",
        "g(n)?;",
        "if n.is_null() { g(); }",
    ],
)
def test_whatever_asks_is_a_test(body: str) -> None:
    tests = [unit for unit in read(body).units if unit.kind is UnitKind.TEST]
    assert any("n" in unit.names | unit.atoms for unit in tests)


def test_a_call_through_a_field_is_known_by_the_field() -> None:
    found = read(
        "let run = (*p).run; run.unwrap()(p); ((*p).ops).done.unwrap()(n); if let Some(g) = run { g(n) }"
    )
    calls = [unit for unit in found.units if unit.kind is UnitKind.CALL]
    through = [set(unit.names | unit.more) for unit in calls if unit.names != {"unwrap"}]
    assert ["run" in through[0], "done" in through[1], "run" in through[2]] == [True, True, True]


@pytest.mark.parametrize(
    ("body", "way"),
    [
        ("if n > 3 { return 1; } g(); 0", Way.OUT),
        ("if n > 3 { g(); } g(); 0", Way.ON),
        ("if n > 3 { g(); } else { h(); } 0", Way.OUT),
        ("if n > 3 { g(); }", Way.OUT),
        ("loop { if n > 3 { g(); } }", Way.CONTINUE),
        ("'a: { if n > 3 { g(); } } h(); 0", Way.GOTO),
        ("if n > 3 { panic!() } g(); 0", Way.OUT),
        ("let a = n > 3; g(); 0", Way.OUT),
    ],
)
def test_a_condition_knows_where_control_goes_when_it_holds(body: str, way: Way) -> None:
    test = next(unit for unit in read(body).units if unit.kind is UnitKind.TEST)
    assert test.way is way


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        ("if n > 3 {\n} g()", True),
        ("if n > 3 { g() } else { /* nothing */ }", True),
        ("while n > 3 {}", True),
        ("for _ in 0..n { () }", True),
        ("if n > 3 {} else { g() }", False),
        ("while next(n) {}", False),
    ],
)
def test_a_branch_or_loop_that_does_nothing_is_noticed(body: str, empty: bool) -> None:
    assert bool(read(body).unfinished) is empty


@pytest.mark.parametrize(
    ("body", "skipped"),
    [
        ("while i < n { if g(i) { continue; } i += 1; }", True),
        ("while i < n { if g(i) { i += 1; continue; } h(i); }", True),
        ("while i < n { if g(i) { i += 1; continue; } i += 1; }", False),
        ("while i < n { for j in 0..n { if g(j) { continue; } } i += 1; }", False),
    ],
)
def test_a_step_that_some_ways_skip_is_noticed(body: str, skipped: bool) -> None:
    assert ("i" in read(f"let mut i = 0; {body}").skipped) is skipped
