"""Does the candidate stay within what a translation may do?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from analysis.syntax import descendants, parse_rust, text_of
from repair.candidate import Candidate
from repair.gates import lint
from repair.rust_words import bound_names, imports, invoked_macros, words
from repair.verdict import Finding, Gate

_ASSEMBLY = frozenset({"asm", "global_asm", "naked_asm"})
_REFUSED = {
    **dict.fromkeys(
        ("include", "include_str", "include_bytes", "env", "option_env"),
        "reads files or the environment at compile time; remove it.",
    ),
    **dict.fromkeys(
        ("todo", "unimplemented"), "leaves the translation unfinished; write out what the C does."
    ),
    **dict.fromkeys(_ASSEMBLY, "is inline assembly, which the C does not use; write it in Rust."),
}
"""Macros that no answer may use, and why."""
_MACROS = frozenset(
    {
        *("assert", "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq", "debug_assert_ne", "panic"),
        *("unreachable", "matches", "vec", "format", "format_args", "write", "writeln", "print", "println"),
        *("eprint", "eprintln", "dbg", "offset_of", "addr_of", "addr_of_mut", "concat", "stringify", "line"),
        *("file", "column", "module_path", "thread_local", "compile_error", "is_x86_feature_detected"),
    }
)
"""Macros of the standard library that neither reach outside nor hide items."""
_OUTSIDE = frozenset(
    {
        *("fs", "net", "process", "env", "thread", "os", "time", "panic", "intrinsics"),
        # Nobody asks the file system by a path who has no type for it.
        *("path", "backtrace", "alloc"),
    }
)
_ALLOCATORS = frozenset({"malloc", "calloc", "realloc", "reallocarray", "free", "aligned_alloc"})
_REACHING = frozenset(
    {
        *("system", "popen", "fork", "vfork", "clone", "execl", "execle", "execlp", "execv", "execve"),
        *("execvp", "posix_spawn", "posix_spawnp", "kill", "ptrace", "dlopen", "dlsym", "syscall", "prctl"),
        *("open", "openat", "creat", "fopen", "freopen", "opendir", "unlink", "unlinkat", "remove", "rename"),
        *("mkdir", "rmdir", "symlink", "link", "truncate", "socket", "connect", "bind", "listen", "accept"),
        *("sendto", "recvfrom", "getaddrinfo", "getenv", "secure_getenv", "setenv", "putenv", "environ"),
        *("chmod", "chown", "mount", "mmap", "mprotect", "pthread_create", "time", "clock", "gettimeofday"),
        *("clock_gettime", "rand", "random", "getrandom", "_rdtsc", "__rdtscp", "__cpuid", "_rdrand64_step"),
        # These are Rust's.
        *("stdin", "IsTerminal"),
    }
)
"""Functions of the C library, the processor and `std::io` that touch more than a module's own memory."""
_ENDING = frozenset(
    {
        *("exit", "_exit", "_Exit", "quick_exit", "abort", "atexit", "at_quick_exit", "on_exit"),
        *("longjmp", "_longjmp", "siglongjmp", "raise", "signal", "sigaction", "alarm", "pthread_exit"),
    }
)
"""Functions of the C library that end a program, or change how it ends."""
_RENAMES = frozenset({("extern", "crate"), ("std", "as"), ("self", "as")})
_C_TYPES = ("os", "::", "raw")
_C_PROSE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.DOTALL)
"""Comments and literals of C, where a name is not a call."""
_C_ASSEMBLY = re.compile(r"\b(?:asm|__asm|__asm__)\b")
_ATTRIBUTES = {"allow", "expect", "inline", "cold", "must_use", "derive", "repr", "rustfmt::skip"}


_C_FUNCTION_POINTER = re.compile(r"\(\s*\*\s*\w*\s*\)\s*\(")
_INTEGERS = frozenset({"usize", "isize", "u64", "i64", "u32", "i32", "c_ulong", "c_long", "c_uint", "c_int"})
_PRIMITIVES = _INTEGERS | {"u8", "i8", "u16", "i16", "u128", "i128", "f32", "f64", "bool", "char"}
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
"""Characters that make text look other than a compiler reads it."""


def check(candidate: Candidate) -> tuple[Finding, ...]:
    """Look for what no translation may contain."""
    found = (_macros, _attributes, _items, _paths, _foreign, _reaching, _pointers_from_integers)
    return tuple(finding for look in found for finding in look(candidate))


def _finding(message: str) -> Finding:
    return Finding(Gate.POLICY, message)


def _macros(candidate: Candidate) -> Iterator[Finding]:
    root = parse_rust(candidate.text.encode())
    tokens = words(root)
    invoked = dict.fromkeys(invoked_macros(tokens))
    imported = [word for each in imports(tokens) for word in each if word in _REFUSED]
    refused = [name for name in (*invoked, *imported) if name in _REFUSED]
    if next(descendants(root, frozenset({"macro_definition"})), None) is not None:
        yield _finding("A macro of your own can hide what the code does; write it out, or use a function.")
    elif not refused:
        for name in invoked:
            if name not in _MACROS:
                yield _finding(f"`{name}!` is not among the macros that an answer may use; write it out.")
    for name in dict.fromkeys(refused):
        if name not in _ASSEMBLY or not _C_ASSEMBLY.search(candidate.hole.c_text):
            yield _finding(f"`{name}!` {_REFUSED[name]}")


def _attributes(candidate: Candidate) -> Iterator[Finding]:
    root = parse_rust(candidate.text.encode())
    kinds = frozenset({"attribute_item", "inner_attribute_item"})
    for attribute in descendants(root, kinds):
        text = text_of(attribute)
        name = re.sub(r"^#!?\[\s*", "", text).partition("(")[0].rstrip("] \n").partition("=")[0].strip()
        if attribute.type == "inner_attribute_item" or name not in _ATTRIBUTES:
            yield _finding(f"The attribute `{text}` is not allowed in an answer; remove it.")
        elif name in {"allow", "expect"} and any(map(lint.must_hold, re.findall(r"[\w:]+", text))):
            yield _finding(f"`{text}` switches off a lint that every function must pass; satisfy the lint.")
    for invoked in descendants(root, frozenset({"macro_invocation"})):
        if any(pair in {("#", "["), ("#", "!")} for pair in pairwise(words(invoked))):
            yield _finding("An attribute in a macro's arguments is not allowed in an answer; remove it.")


def _items(candidate: Candidate) -> Iterator[Finding]:
    """Look for items that change more than the function they stand in, and for text that misleads."""
    root = parse_rust(candidate.text.encode())
    if _INVISIBLE.search(candidate.text):
        yield _finding("The answer holds invisible characters that change how it reads; remove them.")
    if "mod" in words(root):
        yield _finding("A module of your own is not allowed in an answer; put its items into the function.")
    types = frozenset({"struct_item", "enum_item", "union_item"})
    names = (each.child_by_field_name("name") for each in descendants(root, types))
    own = {text_of(each) for each in names if each is not None}
    for each in descendants(root, frozenset({"impl_item"})):
        implemented = each.child_by_field_name("type")
        name = words(implemented)[0] if implemented else "?"
        if name not in own:
            yield _finding(f"`impl` for `{name}`, which is not a type of this answer, changes all its users.")


def _paths(candidate: Candidate) -> Iterator[Finding]:
    tokens = words(parse_rust(candidate.text.encode()))
    if _RENAMES & {*pairwise(tokens)}:
        yield _finding("A part of `std` gets another name; use its own name.")
    allocates = not _ALLOCATORS.isdisjoint(_c_names(candidate))
    for found in sorted(set(_outside(tokens)) - ({"alloc"} if allocates else set())):
        yield _finding(
            f"`std::{found}` reaches outside the module, which the C does through its own calls only."
        )


def _outside(tokens: Sequence[str]) -> Iterator[str]:
    for start, word in enumerate(tokens):
        separator, name, *below = [*tokens[start + 1 : start + 5], "", ""]
        if word not in {"std", "core"} or separator != "::" or name not in _OUTSIDE:
            continue
        if below[0] != "!" and (name, *below[:2]) != _C_TYPES:
            yield name
    for imported in imports(tokens):
        if "std" in imported or "core" in imported:
            named = " ".join(imported).replace(" ".join(_C_TYPES), "").split()
            yield from (word for word in named if word in _OUTSIDE or word == "*")


def _foreign(candidate: Candidate) -> Iterator[Finding]:
    root = parse_rust(candidate.text.encode())
    for block in descendants(root, frozenset({"foreign_mod_item"})):
        for declared in descendants(block, frozenset({"function_signature_item", "static_item"})):
            named = declared.child_by_field_name("name")
            name = text_of(named) if named else "?"
            if name not in _c_names(candidate):
                yield _finding(f"`{name}` is declared as an outside function, but the C does not call it.")


def _reaching(candidate: Candidate) -> Iterator[Finding]:
    """Look for C functions that act on more than the module's memory, where the C has none."""
    root = parse_rust(candidate.text.encode())
    declared = {
        text_of(named)
        for each in descendants(root, frozenset({"function_signature_item"}))
        if (named := each.child_by_field_name("name")) is not None
    }
    watched = (_REACHING | _ENDING) - _c_names(candidate) - bound_names(root) - declared
    for name in sorted(set(_used(words(root))) & watched):
        if name in _ENDING:
            yield _finding(f"`{name}` ends or interrupts the program, and the C does not call it; remove it.")
        else:
            yield _finding(f"`{name}` reaches outside the module, and the C does not call it; remove it.")


def _used(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the names that may be those of functions elsewhere: called, or taken the address of."""
    padded = ["", "", *tokens, ""]
    for owner, before, name, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        of_a_type = before == "::" and (owner[:1].isupper() or owner in _PRIMITIVES or owner == ">")
        if before not in {".", "fn", "'"} and after != ":" and not of_a_type:
            yield name


def _pointers_from_integers(candidate: Candidate) -> Iterator[Finding]:
    """Look for calls into addresses that the code makes up, where the C casts no number to a function."""
    tokens = words(parse_rust(candidate.text.encode()))
    body = tokens[tokens.index("{") :] if "{" in tokens else tokens
    spelled = _c_names(candidate)
    for start, word in enumerate(body):
        if not word.startswith("transmute") or _C_FUNCTION_POINTER.search(candidate.hole.c_text):
            continue
        source, target = _transmuted(body[start + 1 :])
        names = {each for each in target if each.isidentifier()} - _PRIMITIVES
        if source:
            made_up = not _INTEGERS.isdisjoint(source) and bool(names) and names.isdisjoint(spelled)
        else:
            made_up = ("fn", "(") in {*pairwise(body)}
        if made_up:
            yield _finding(f"`{word}` makes a pointer to code out of a number, which the C does not do.")


def _transmuted(tokens: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the source and target of the type arguments that stand first, or nothing."""
    if list(tokens[:2]) != ["::", "<"]:
        return [], []
    depth, comma = 1, 0
    for at, word in enumerate(tokens[2:], 2):
        depth += {"<": 1, "(": 1, "[": 1, ">": -1, ")": -1, "]": -1, ">>": -2}.get(word, 0)
        if word == "," and depth == 1 and not comma:
            comma = at
        if depth <= 0:
            return list(tokens[2:comma]), list(tokens[comma + 1 : at])
    return [], []


def _c_names(candidate: Candidate) -> frozenset[str]:
    """Return every name in the C, comments and literals left out."""
    spelled = re.findall(r"[A-Za-z_]\w*", _C_PROSE.sub(" ", candidate.hole.c_text))
    return candidate.hole.names | frozenset(spelled)
