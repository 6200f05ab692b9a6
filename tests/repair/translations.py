"""C functions with Rust that does the same in another way, read from `translations.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.declarations import Macro
from analysis.lexer import lex
from analysis.macros import read_macros
from repair.candidate import Candidate
from repair.hole import Hole
from tests.repair.holes import function

_SECTION = re.compile(r"^## ([^\n]+)\n\n```c\n(.*?)\n```\n\n```rust\n(.*?)\n```$", re.DOTALL | re.MULTILINE)

RECORDS = """\
struct item { struct item *next; int key; unsigned flags; char *name; };
struct list { struct item *head; int count; int (*check)(struct item *, int); };
extern int total;
int step(int), undo(int), finish(int), weigh(const char *);
void release(void *);
unsigned short htons(unsigned short);
"""
"""What the C functions use."""

RUST_RECORDS = """\
#![allow(dead_code, unused_imports, non_upper_case_globals, unsafe_op_in_unsafe_fn)]
#![allow(clippy::all)]
use core::ffi::*;
#[repr(C)] #[derive(Clone, Copy)]
pub struct item { pub next: *mut item, pub key: c_int, pub flags: c_uint, pub name: *mut c_char }
#[repr(C)] #[derive(Clone, Copy)]
pub struct list {
    pub head: *mut item,
    pub count: c_int,
    pub check: Option<unsafe extern "C" fn(*mut item, c_int) -> c_int>,
}
unsafe extern "C" {
    static mut total: c_int;
    fn step(x: c_int) -> c_int;
    fn undo(x: c_int) -> c_int;
    fn finish(x: c_int) -> c_int;
    fn weigh(x: *const c_char) -> c_int;
    fn release(x: *mut c_void);
    fn strlen(x: *const c_char) -> usize;
    fn memcpy(to: *mut c_void, from: *const c_void, n: usize) -> *mut c_void;
    fn memset(to: *mut c_void, x: c_int, n: usize) -> *mut c_void;
}
pub const EINVAL: c_int = 22;
pub const ENOMEM: c_int = 12;
pub const EBUSY: c_int = 16;
"""
"""The same for the Rust, with what it uses of the C library."""


@dataclass(frozen=True)
class Translation:
    """A C function and a faithful translation."""

    title: str
    c: str
    rust: str

    @property
    def candidate(self) -> Candidate:
        """The translation as an answer for the C."""
        return Candidate(hole_of(self.c, self.rust), self.rust)


def hole_of(c: str, rust: str, line: int = 1) -> Hole:
    """Make the hole of a C function `f`, macros ahead of it left out, that starts on a line of its file."""
    macros = [each for each in read_macros(lex(c.encode())) if isinstance(each, Macro)]
    text = c[macros[-1].span.end :].strip() if macros else c
    signature = rust[rust.index("pub ") : rust.index("{")].strip()
    return replace(function("f", c_text=text), signature=signature, line=line, macros=tuple(macros))


def faithful() -> tuple[Translation, ...]:
    """Read the translations."""
    text = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
    return tuple(Translation(*section) for section in _SECTION.findall(text))
