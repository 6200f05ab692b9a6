"""Signatures and types are read, and written as they were."""

from __future__ import annotations

import pytest

from migrate.ffi.argument import NoRule
from migrate.ffi.shim import CSide, RustSide, shim_of
from migrate.ffi.signature import signature_of
from migrate.ffi.type_tree import Closure, FunctionPointer, Named, Other, Reference, type_of, written
from tests.migrate.ffi.workshop import Workshop


@pytest.mark.parametrize(
    "text",
    [
        "u32",
        "core::ffi::c_int",
        "*const *mut c_void",
        "&mut [u8]",
        "&'static str",
        "[[u8; 4]; N]",
        "(u32, &i8)",
        "(u32,)",
        "()",
        "!",
        "Option<Box<Self>>",
        'Option<unsafe extern "C" fn(*const T, *mut c_void) -> c_int>',
        "fn(u8)",
        "impl FnMut(&T, &T) -> Ordering",
        "&mut dyn Fn(u8) -> bool",
        "Box<dyn Fn(u8) + Send>",
    ],
)
def test_a_type_is_written_as_it_was_read(text: str) -> None:
    assert not isinstance(type_of(text), Other) or text == "!"
    assert written(type_of(text)) == text


def test_lifetimes_and_names_of_parameters_are_left_out() -> None:
    text = "for<'a> unsafe extern \"C\" fn(a: *const T, /* b */ b: &'a u8)"
    kind = type_of(text)
    assert isinstance(kind, FunctionPointer)
    assert [written(each) for each in kind.parameters] == ["*const T", "&u8"]
    assert written(type_of("Parser<'a, u8>")) == "Parser<u8>"


def test_brackets_around_a_type_mean_nothing() -> None:
    kind = type_of("&(dyn Fn(u8) + Send)")
    assert isinstance(kind, Reference)
    assert isinstance(kind.target, Closure)
    assert kind.target.bounds == ("Send",)


def test_a_signature_is_taken_apart() -> None:
    found = signature_of(
        "pub fn push<'a, T: Copy, F>(&mut self, mut x: T, _: u8, f: F) -> Result<(), E>\n"
        "where F: for<'b> FnMut(&'b T) -> bool + 'a, T: Ord"
    )
    assert found is not None
    assert [each.name for each in found.parameters] == ["self", "x", "_", "f"]
    assert found.parameters[0].type == Reference(Named("Self", "Self"), True)
    assert written(found.result) == "Result<(), E>"
    first, second = found.generics
    assert (first.name, first.bounds) == ("T", ("Copy", "Ord"))
    assert second.closure is not None
    assert written(second.closure) == "impl FnMut(&T) -> bool"


@pytest.mark.parametrize("text", ["", "pub static x: u8", "fn (", "struct X;", "fn f(x: )"])
def test_what_is_no_signature_makes_no_shim(text: str) -> None:
    assert isinstance(shim_of(CSide(text, "f"), RustSide("crate::f", "fn f()"), {}), NoRule)
    assert isinstance(shim_of(CSide("fn f()", "f"), RustSide("crate::f", text), {}), NoRule)


@pytest.mark.parametrize(
    ("rust", "c", "why"),
    [
        ("pub async fn f() {}", "f()", "no rule for a function with `async`"),
        ("pub unsafe fn f() {}", "f()", "no rule for a function with `unsafe`"),
        ("pub fn f<const N: usize>(x: [u8; N]) {}", "f(x: *mut u8)", "no rule for a function with `const`"),
        ("pub fn f(x: u32) {}", "f(x: u32, ...)", "it takes a variable number of arguments"),
        ("pub fn f(x: Vec<u8>) {}", "f(x: *mut u8)", "parameter x: no rule for Vec<u8> over *mut u8"),
        ("pub fn f(x: impl Into<u8>) {}", "f(x: u8)", "parameter x: no rule for impl Into<u8> over u8"),
        ("pub fn f<T>(x: T) {}", "f(x: *mut c_void)", "parameter x: no rule for T over *mut c_void"),
        ("pub fn f(x: u32) {}", "f(x: f64)", "parameter x: no rule for u32 over f64"),
        ("pub fn f(x: u32) {}", "f(x: u32, y: u32)", "parameter y: nothing in Rust takes it or returns it"),
    ],
)
def test_what_no_rule_is_about_is_told(rust: str, c: str, why: str) -> None:
    assert Workshop(rust).made(c, "f") == NoRule(why)


def test_parameters_find_each_other_by_name_wherever_they_stand() -> None:
    made = Workshop("pub fn f(len: u32, at: u32) {}").made("f(at: c_int, len: c_int)", "f")
    assert not isinstance(made, NoRule)
    assert made.steps == ("crate::f(len as u32, at as u32);",)


def test_parameters_without_the_same_name_keep_their_order() -> None:
    made = Workshop("pub fn f(from: u32, to: u32) {}").made("f(a: u32, b: u32)", "f")
    assert not isinstance(made, NoRule)
    assert made.steps == ("crate::f(a, b);",)


def test_the_type_nearest_to_the_function_is_meant() -> None:
    rust = "pub struct A; pub mod m { #[repr(u8)] pub enum A { X } pub fn f(a: A) {} }"
    shop = Workshop(rust)
    made = shop.made("f(a: u8)", "m::f")
    assert not isinstance(made, NoRule)
    assert "m_a_from" in made.steps[0]
