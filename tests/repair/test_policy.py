from __future__ import annotations

import pytest

from repair.gates import policy
from repair.verdict import Gate
from tests.repair.holes import candidate, function

READS = "reads files or the environment at compile time"
OUTSIDE = "reaches outside the module"
SYSTEM = 'unsafe extern "C" { fn system(command: *const c_char) -> c_int; }'
MADE_UP = "makes a pointer to code out of a number"
RENAMED = "gets another name"


def findings(body: str, c_text: str = "") -> list[str]:
    found = policy.check(candidate(function("f", c_text=c_text), body))
    assert {each.gate for each in found} <= {Gate.POLICY}
    return [each.message for each in found]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('let _all = include_str!("/etc/passwd"); x', READS),
        ('let _all = core::include_bytes!("/etc/passwd"); x', READS),
        ('include!("/etc/passwd")', READS),
        ('let _key = env!("OPENAI_API_KEY"); x', READS),
        ('let _key = option_env!("OPENAI_API_KEY"); x', READS),
        ('r#include_str!("/etc/passwd").len() as c_int', READS),
        # Inside another macro's arguments, and under another name.
        ('assert!(include_str!("/etc/passwd").is_empty()); x', READS),
        ('use core::include_str as text; text!("/etc/passwd").len() as c_int', READS),
        (
            'macro_rules! m { ($x:ident) => { core::$x!("/etc/passwd") } } m!(include_str); x',
            "A macro of your own",
        ),
        ('std::process::Command::new("sh"); x', "`std::process` " + OUTSIDE),
        ('std::fs::write("/tmp/x", "y"); x', "`std::fs` " + OUTSIDE),
        ('::std::env::var("HOME"); x', "`std::env` " + OUTSIDE),
        ('std :: net :: TcpStream::connect("127.0.0.1:1"); x', "`std::net` " + OUTSIDE),
        ("std::thread::spawn(|| {}); x", "`std::thread` " + OUTSIDE),
        ("let _q = b'\"'; std::fs::read(\"x\"); let _r = b'\"'; x", "`std::fs` " + OUTSIDE),
        ('println!("{:?}", std::env::vars()); x', "`std::env` " + OUTSIDE),
        ('use std::{fs, mem}; fs::read("x"); x', "`std::fs` " + OUTSIDE),
        ('use std::{os::raw, process}; process::Command::new("sh"); x', "`std::process` " + OUTSIDE),
        ('use std::{fs, os::raw::c_int}; fs::read("x"); x', "`std::fs` " + OUTSIDE),
        ('use std::*; fs::read("x"); x', "`std::*` " + OUTSIDE),
        ('use std as s; s::fs::read("x"); x', RENAMED),
        ('extern crate std as s; s::fs::read("x"); x', RENAMED),
        ("todo!()", "leaves the translation unfinished"),
        ('unimplemented!("later")', "leaves the translation unfinished"),
        ("return dbg!(todo!());", "leaves the translation unfinished"),
        ('core::arch::asm!("syscall"); x', "inline assembly"),
        ('use core::arch::asm; asm!("syscall"); x', "inline assembly"),
        (
            'unsafe extern "C" { fn system(command: *const c_char) -> c_int; } x',
            "`system` is declared as an outside",
        ),
        ('unsafe extern "C" { static environ: *const c_char; } x', "`environ` is declared as"),
        ('#[path = "/etc/passwd"] mod m; x', "is not allowed in an answer"),
        ('#[unsafe(link_section = ".init_array")] static S: c_int = 1; x', "is not allowed in an answer"),
        ("#[unsafe(no_mangle)] fn inner() {} x", "is not allowed in an answer"),
        ("#[allow(static_mut_refs)] fn inner() {} x", "switches off a lint"),
        ("#[allow(unused)] fn inner() {} x", "switches off a lint"),
        ("#![allow(warnings)] x", "is not allowed in an answer"),
        ("#[allow(clippy::undocumented_unsafe_blocks)] let y = x; y", "switches off a lint"),
        ("#[allow(long_running_const_eval)] const N: c_int = 1; N", "switches off a lint"),
        ("#[automatically_derived] fn inner() {} x", "is not allowed in an answer"),
        ("cfg_select! { _ => { #[unsafe(no_mangle)] fn malloc() {} } } x", "An attribute in a macro"),
        ("cfg_select! { _ => { fn inner() {} } } x", "not among the macros"),
        ("if cfg!(debug_assertions) { x } else { 0 }", "not among the macros"),
        ("mod inner { pub fn g() {} } inner::g(); x", "A module of your own"),
        ("impl Drop for record { fn drop(&mut self) {} } x", "`impl` for `record`"),
        ("std::panic::set_hook(Box::new(|_| {})); x", "`std::panic` " + OUTSIDE),
        ("std::time::Instant::now(); x", "`std::time` " + OUTSIDE),
        ("core::intrinsics::abort()", "`std::intrinsics` " + OUTSIDE),
        ("crate::other::system(c.as_ptr()); x", "`system` " + OUTSIDE),
        ("let f = system; f(c.as_ptr()); x", "`system` " + OUTSIDE),
        ("use crate::other::socket as s; s(1); x", "`socket` " + OUTSIDE),
        ("exit(0)", "`exit` ends or interrupts the program"),
        ("(signal as usize) as c_int", "`signal` ends or interrupts the program"),
        ("core::arch::x86_64::_rdtsc() as c_int", "`_rdtsc` " + OUTSIDE),
        ('core::mem::transmute::<usize, extern "C" fn()>(4096)(); x', MADE_UP),
        ('let f: extern "C" fn() = core::mem::transmute(4096usize); f(); x', MADE_UP),
        ("// \u202e reversed\n x", "invisible characters"),
    ],
)
def test_what_no_translation_may_contain_is_rejected(body: str, said: str) -> None:
    assert any(said in message for message in findings(body))


@pytest.mark.parametrize(
    "body",
    [
        "let env = x; let todo = !env; if env != todo { env } else { todo }",
        'let _text = c"std::fs::read, todo!() and include_str!()"; x',
        "// std::process is not used, and nothing is todo!()\n    x",
        'let _raw = r#"std::env"#; x',
        "let _size = std::mem::size_of::<std::os::raw::c_int>(); x",
        "use std::os::raw::c_int as number; x as number",
        "#[allow(clippy::needless_return)] return x;",
        "#[inline] fn inner(x: c_int) -> c_int { x } inner(x)",
        "unreachable!()",
        "let path = x; let alloc = path; struct Node { path: c_int } Node { path: alloc }.path",
        "use std::io::Write; std::io::stdout().flush().is_ok() as c_int",
        "fn exists(path: c_int) -> c_int { path } exists(x)",
        "struct Node { stdin: c_int } let metadata = Node { stdin: x }; metadata.stdin",
        "let link = x; let exit = |open: c_int| open; if !(exit(link) == 1) { link } else { link }",
        "struct Own { link: c_int } impl Own { fn open(&self) -> c_int { 0 } } Own { link: x }.open()",
        "let _same: f32 = core::mem::transmute::<u32, f32>(1); x",
        "let _one = core::mem::transmute::<*const c_int, usize>(p); x",
        "match x { 1 => vec![1].remove(0), _ => unreachable!() }",
        "'open: loop { break 'open; } x",
        "let mut numbers = Vec::<c_int>::new(); numbers.truncate(1); Vec::truncate(&mut numbers, 0); x",
        'assert!(!(x > 1), "exit"); x',
    ],
)
def test_what_only_looks_alike_is_allowed(body: str) -> None:
    assert findings(body) == []


def test_an_outside_function_that_the_c_calls_may_be_declared() -> None:
    assert findings(f"{SYSTEM} x", 'int f(int x) { return system("true"); }') == []


@pytest.mark.parametrize(
    "c_text", ["/* the system */ int f(int x) { return x; }", 'char *f(void) { return "system"; }']
)
def test_a_word_in_a_comment_or_string_of_the_c_is_no_call(c_text: str) -> None:
    assert findings(f"{SYSTEM} x", c_text)


@pytest.mark.parametrize(
    ("c_text", "body"),
    [
        ("int f(int x) { exit(x); }", "exit(x)"),
        ("int f(int x) { return getc(stdin); }", "getc(stdin)"),
        ("int f(int x) { char *p = malloc(x); return !p; }", "std::alloc::alloc(of(x)).is_null() as c_int"),
        ("int f(int x) { return (handler)x != 0; }", "core::mem::transmute::<usize, handler>(x as usize); x"),
        ("int f(int x) { return ((int (*)(void))x)(); }", "core::mem::transmute::<usize, fn()>(1); x"),
    ],
)
def test_what_the_c_does_itself_is_allowed(c_text: str, body: str) -> None:
    assert findings(body, c_text) == []


def test_assembly_is_allowed_where_the_c_has_some() -> None:
    assert findings('core::arch::asm!("nop"); x', 'int f(int x) { __asm__("nop"); return x; }') == []


def test_deep_nesting_is_no_fault() -> None:
    assert findings("(" * 3000 + "x" + ")" * 3000) == []
