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


def stores(structure: Structure) -> list[tuple[UnitKind, set[str]]]:
    kinds = {UnitKind.LOCAL, UnitKind.PLACE}
    return [(unit.kind, set(unit.names)) for unit in structure.units if unit.kind in kinds]


PUSH = "unsafe fn push(q: *mut s, c: u8) { (*q).buf = c; }"


@pytest.mark.parametrize(
    ("calls", "times"),
    [
        ("push(p, 1); push(p, 2); push(p, 3);", 3),
        ("if n > 0 { push(p, 1) } else { unsafe { push::<u8>(p, 2) } }", 2),
        ("self::push(p, 1);", 1),
        ("", 0),
    ],
)
def test_a_function_inside_does_what_it_does_at_each_call(calls: str, times: int) -> None:
    assert names(read(f"{PUSH} {calls}"), UnitKind.PLACE) == [{"buf"}] * times
    assert names(read(f"{calls} {PUSH}"), UnitKind.PLACE) == [{"buf"}] * times


def test_a_function_beside_does_what_it_does_at_each_call() -> None:
    found = rust_structure(f"fn f(p: *mut s) {{ push(p, 1);\npush(p, 2); }} {PUSH}")
    assert [unit.line for unit in found.units if unit.kind is UnitKind.PLACE] == [0, 1]


@pytest.mark.parametrize(
    "use",
    [
        "each.map(push);",
        "(*p).run = Some(push);",
        "vec![push(p, 1)];",
        "struct g(c_int); impl Drop for g { fn drop(&mut self) { (*p).buf = 0; } }",
    ],
)
def test_a_function_that_others_call_does_it_where_it_is_written(use: str) -> None:
    assert {"buf"} in names(read(f"{PUSH} {use}"), UnitKind.PLACE)


def test_methods_of_a_record_do_what_they_do_at_each_call() -> None:
    methods = "fn add(&mut self, by: u8) { self.at += by; } fn idle(&self) { self.at = 0; }"
    record = f"struct t {{ at: u8 }} impl t {{ {methods} }}"
    found = read(f"{record} st.add(1); t::add(&mut st, 2); Self::add(&mut st, 2); other::add(2);")
    assert names(found, UnitKind.LOCAL) == [{"at"}] * 3


@pytest.mark.parametrize("outer_first", [True, False])
def test_the_nearest_function_of_a_name_is_the_one_that_is_called(outer_first: bool) -> None:
    outer, block = "fn g() { (*p).x = 1 }", "if n > 0 { fn g() { (*p).y = 1 } g(); }"
    found = read(f"{outer} {block} g();" if outer_first else f"{block} g(); {outer}")
    assert names(found, UnitKind.PLACE) == [{"y"}, {"x"}]


def test_functions_that_call_themselves_or_one_another_come_to_an_end() -> None:
    again = "fn again(k: c_int) { (*p).x = k; again(k - 1); }"
    ping = "fn ping(k: c_int) { (*p).y = k; pong(k); } fn pong(k: c_int) { (*p).z = k; ping(k); }"
    found = read(f"{again} {ping} again(3); ping(2);")
    assert names(found, UnitKind.PLACE) == [{"x"}, {"y"}, {"z"}]


def test_calls_that_multiply_are_not_followed_without_end() -> None:
    doubling = "".join(f"fn g{at}() {{ g{at + 1}(); g{at + 1}(); }} " for at in range(40))
    found = read(f"{doubling} fn g40() {{ (*p).x = 1; }} g0();")
    assert len(found.units) <= 5000


@pytest.mark.parametrize(
    ("argument", "store"),
    [
        ("&mut count", (UnitKind.LOCAL, {"at", "count"})),
        ("&raw mut count", (UnitKind.LOCAL, {"at", "count"})),
        ("&mut (*p).used", (UnitKind.PLACE, {"at", "used"})),
        ("(*p).used", (UnitKind.PLACE, {"at", "used"})),
        ("p", (UnitKind.PLACE, {"at", "p"})),
        ("&mut *p", (UnitKind.PLACE, {"at", "p"})),
        ("p.add(1)", (UnitKind.PLACE, {"at", "p"})),
    ],
)
def test_a_store_through_a_parameter_is_one_to_what_the_argument_points_at(
    argument: str, store: tuple[UnitKind, set[str]]
) -> None:
    within = "fn set(at: &mut c_int) { *at = 1; }"
    given = "fn pass(at: &mut c_int) { set(at); }"
    assert stores(read(f"{within} let count; set({argument});")) == [store]
    assert stores(read(f"{within} {given} let count; pass({argument});")) == [store]


def test_an_element_of_a_local_is_no_local() -> None:
    found = read("fn set(at: &mut [u8], i: usize) { at[i] = 1; } let table; set(&mut table, 2);")
    assert stores(found) == [(UnitKind.PLACE, {"at", "table"})]


def test_a_store_to_a_parameter_is_none_to_the_argument() -> None:
    found = read("fn count(mut k: c_int) { k -= 1; } count(n);")
    assert stores(found) == [(UnitKind.LOCAL, {"k"})]


def test_a_field_with_the_name_of_a_parameter_stays_what_it_is() -> None:
    found = read("fn set(q: *mut s, x: c_int) { (*q).x = x; } set(p, n);")
    (store,) = (unit for unit in found.units if unit.kind is UnitKind.PLACE)
    assert store.names == {"x"}
    assert "n" in store.atoms


def test_a_result_stands_for_what_the_function_gives_back() -> None:
    found = read("fn size(q: *mut s) -> c_int { (*q).len } let k = size(p); if k > 0 { g(); }")
    test = next(unit for unit in found.units if unit.kind is UnitKind.TEST)
    assert {"size", "len", "p"} <= test.more


@pytest.mark.parametrize(
    ("use", "way"),
    [
        ("check(n)?; g(); 0", Way.OUT),
        ("if check(n).is_err() { return 1; } g(); 0", Way.OUT),
        ("let Ok(k) = check(n) else { return 1 }; g(); 0", Way.OUT),
        ("match check(n) { Ok(()) => {} Err(err) => return err } g(); 0", Way.OUT),
        ("let err = check(n); if err != 0 { return err; } 0", Way.OUT),
        ("check(n)", Way.OUT),
        ("return check(n);", Way.OUT),
        ("check(n); g(); 0", Way.ON),
        ("let _ = check(n); g(); 0", Way.ON),
        ("if check(n).is_err() { h(); } g(); 0", Way.ON),
        ("loop { check(n); }", Way.CONTINUE),
    ],
)
def test_an_early_return_of_a_helper_goes_where_its_result_leads(use: str, way: Way) -> None:
    inside = "fn check(k: c_int) -> Result<(), c_int> { if k > 3 { return Err(k); } Ok(()) }"
    closure = "let check = |k: c_int| -> Result<(), c_int> { if k > 3 { return Err(k); } Ok(()) };"
    for helper in (inside, closure):
        test = next(unit for unit in read(f"{helper} {use}").units if unit.relation == ">")
        assert test.way is way


def test_an_early_return_goes_no_further_than_to_the_caller_of_the_helper() -> None:
    inner = "fn inner(k: c_int) { if k > 3 { return; } g(); }"
    found = read(f"{inner} fn outer(k: c_int) {{ inner(k); h(); }} outer(n); return 1;")
    assert [unit.way for unit in found.units if unit.kind is UnitKind.TEST] == [Way.ON]


def test_the_call_of_a_helper_is_not_one_of_what_it_calls() -> None:
    found = read("fn tail(k: c_int) -> c_int { step(k) } tail(n); tail(n);")
    calls = [unit for unit in found.units if unit.kind is UnitKind.CALL]
    assert [("step" in unit.names, "step" in unit.more) for unit in calls] == [
        (True, False),
        (False, False),
    ] * 2


def test_a_choice_among_arguments_is_one_in_what_is_done_with_them() -> None:
    found = read("fn set(q: *mut s, x: c_int) { (*q).x = x; } set(p, if n > 0 { 1 } else { 2 });")
    assert [unit.choice for unit in found.units if unit.kind is UnitKind.PLACE] == [1]


@pytest.mark.parametrize(("rest", "way"), [("return 1;", Way.OUT), ("g(); 0", Way.ON)])
def test_what_a_helper_does_in_a_row_leads_to_what_is_behind_its_call(rest: str, way: Way) -> None:
    for body in ("(*q).x = 1; (*q).y = 2;", "unsafe { (*q).x = 1; (*q).y = 2; }"):
        found = read(f"fn save(q: *mut s) {{ {body} }} save(p); {rest}")
        assert [unit.way for unit in found.units if unit.kind is UnitKind.PLACE] == [way, way]


RECORD = "struct t { at: u8, end: u8 }"


@pytest.mark.parametrize(
    "body",
    [
        "let mut st = t { at: n, end }; st.at = 1;",
        "st.at = n; let st: t; st.at += 1;",
        "let at = n; fn step(st: &mut t) { (*st).at += 1; } step(&mut st);",
        "let at = n; impl t { fn step(&mut self) { self.at += 1; } } st.step();",
        "let at = n; fn add(to: &mut u8) { *to += 1; } let st: t; add(&mut st.at);",
    ],
)
def test_a_field_of_a_record_of_its_own_is_a_local(body: str) -> None:
    found = read(f"{RECORD} {body}")
    assert [each & {"at", "st"} for each in names(found, UnitKind.LOCAL)] == [{"at"}, {"at"}]
    assert names(found, UnitKind.PLACE) == []
    assert "at" in found.locals


@pytest.mark.parametrize("body", ["(*p).at = n;", "q.at = n;", "let w: *mut t = p.cast(); (*w).at = n;"])
def test_a_field_of_another_record_is_none(body: str) -> None:
    assert names(read(f"{RECORD} {body}"), UnitKind.PLACE) == [{"at"}]
