from __future__ import annotations

import pytest

from repair.candidate import Candidate
from repair.gates import interface
from repair.hole import Hole
from repair.verdict import Gate
from tests.repair.holes import function, variable

POINTERS = 'numbers: *mut c_int, visit: Option<unsafe extern "C" fn(c_int) -> c_int>'


def findings(text: str, hole: Hole | None = None) -> list[str]:
    found = interface.check(Candidate(hole or function("f"), text))
    assert {each.gate for each in found} <= {Gate.INTERFACE}
    return [each.message for each in found]


def with_signature(signature: str) -> str:
    return f"{signature} {{\n    x\n}}"


@pytest.mark.parametrize(
    "signature",
    [
        'pub unsafe extern "C" fn f(x: c_int) -> c_int',
        'pub unsafe extern "C" fn f(mut x: c_int) -> c_int',
        'pub unsafe extern "C" fn f(_number: c_int) -> c_int',
        'pub unsafe extern "C" fn f(\n    x: core::ffi::c_int,\n) -> ::core::ffi::c_int',
        'pub unsafe extern "C" fn f(x: std::os::raw::c_int) -> c_int',
        'pub unsafe extern "C" fn f(/* any */ x: c_int) -> c_int',
    ],
)
def test_the_same_signature_may_be_written_in_several_ways(signature: str) -> None:
    assert findings(with_signature(signature)) == []


@pytest.mark.parametrize(
    "signature",
    [
        'pub unsafe extern "C" fn f(x: c_int) -> c_long',
        'pub unsafe extern "C" fn f(x: c_uint) -> c_int',
        'pub unsafe extern "C" fn f(x: c_int, y: c_int) -> c_int',
        'pub unsafe extern "C" fn f() -> c_int',
        'pub unsafe extern "C" fn f(x: c_int)',
        'pub unsafe extern "C" fn f<T>(x: c_int) -> c_int',
        'pub extern "C" fn f(x: c_int) -> c_int',
        'pub unsafe extern "system" fn f(x: c_int) -> c_int',
        "pub unsafe fn f(x: c_int) -> c_int",
        'unsafe extern "C" fn f(x: c_int) -> c_int',
        'pub(crate) unsafe extern "C" fn f(x: c_int) -> c_int',
    ],
)
def test_another_signature_is_rejected(signature: str) -> None:
    assert findings(with_signature(signature)) == ["The signature of `f` must stay exactly as it was given."]


def test_the_finding_shows_both_signatures() -> None:
    hole = function("f")
    (finding,) = interface.check(Candidate(hole, with_signature("fn f(x: u8) -> c_int")))
    assert finding.detail == f"expected: {hole.signature}\nfound:    fn f(x: u8) -> c_int"


def test_pointers_and_callbacks_are_compared_as_a_whole() -> None:
    hole = function("f", POINTERS)
    assert findings(with_signature(hole.signature), hole) == []
    assert findings(with_signature(hole.signature.replace("*mut", "*const")), hole)
    assert findings(with_signature(hole.signature.replace("Option<", "").replace("c_int>)", "c_int)")), hole)


def test_the_type_of_a_static_must_stay() -> None:
    hole = variable("limit", "[c_int; 2]")
    assert findings("pub static mut limit: [c_int; 2] = [1, 2];", hole) == []
    assert findings("pub static limit: [c_int; 2] = [1, 2];", hole)
    assert findings("pub static mut limit: [c_int; 3] = [1, 2, 3];", hole)


@pytest.mark.parametrize(
    "helper",
    [
        "fn f_step() {}",
        "const f_LIMIT: c_int = 1;",
        "static mut f_state: c_int = 0;",
        "struct f_pair(c_int);",
    ],
)
def test_a_private_helper_with_the_functions_name_in_front_is_allowed(helper: str) -> None:
    assert findings(f"{with_signature(function('f').signature)}\n\n{helper}") == []


@pytest.mark.parametrize(
    "helper",
    [
        "fn step() {}",
        "pub fn f_step() {}",
        "pub(crate) fn f_step() {}",
        "use std::collections::HashMap;",
        'unsafe extern "C" {\n    fn f_system(x: c_int) -> c_int;\n}',
        "macro_rules! f_step { () => {} }",
        "mod f_step {}",
        "extern crate std as f_std;",
        "impl Drop for other {\n    fn drop(&mut self) {}\n}",
    ],
)
def test_anything_else_beside_the_function_is_rejected(helper: str) -> None:
    (message,) = findings(f"{with_signature(function('f').signature)}\n\n{helper}")
    assert "does not belong to this answer" in message
