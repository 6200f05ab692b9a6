"""Does the candidate stay within what a translation may do?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from analysis.syntax import Node, descendants, parse_rust, text_of
from repair.candidate import Candidate
from repair.gates import lint
from repair.verdict import Finding, Gate

_COMPILE_TIME_ACCESS = {"include", "include_str", "include_bytes", "env", "option_env"}
_ASSEMBLY = {"asm", "global_asm", "naked_asm"}
_UNFINISHED = {"todo", "unimplemented"}
_OUTSIDE = frozenset({"fs", "net", "process", "env", "thread", "os"})
_REACHING = frozenset(
    {
        *(
            "system",
            "popen",
            "fork",
            "vfork",
            "clone",
            "execl",
            "execle",
            "execlp",
            "execv",
            "execve",
            "execvp",
        ),
        *("posix_spawn", "posix_spawnp", "kill", "ptrace", "dlopen", "syscall", "chmod", "chown", "mount"),
        *("open", "openat", "creat", "fopen", "freopen", "opendir", "unlink", "unlinkat", "remove", "rename"),
        *("mkdir", "rmdir", "symlink", "link", "truncate", "socket", "connect", "bind", "listen", "accept"),
        *("sendto", "recvfrom", "getaddrinfo", "getenv", "secure_getenv", "setenv", "putenv"),
    }
)
"""Functions of the C library that touch processes, files, the network or the environment."""
_RENAMES = frozenset({("extern", "crate"), ("std", "as"), ("self", "as")})
_C_TYPES = ("os", "::", "raw")
_TEXT = frozenset({"string_literal", "raw_string_literal", "char_literal", "line_comment", "block_comment"})
_C_PROSE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.DOTALL)
"""Comments and literals of C, where a name is not a call."""
_C_ASSEMBLY = re.compile(r"\b(?:asm|__asm|__asm__)\b")
_ATTRIBUTES = {"allow", "expect", "inline", "cold", "must_use", "derive", "repr", "rustfmt::skip"}


def check(candidate: Candidate) -> tuple[Finding, ...]:
    """Look for what no translation may contain."""
    found = (_macros, _attributes, _paths, _foreign, _reaching)
    return tuple(finding for look in found for finding in look(candidate))


def _finding(message: str) -> Finding:
    return Finding(Gate.POLICY, message)


def _macros(candidate: Candidate) -> Iterator[Finding]:
    root = parse_rust(candidate.text.encode())
    if next(descendants(root, frozenset({"macro_definition"})), None) is not None:
        yield _finding("A macro of your own can hide what the code does; write it out, or use a function.")
    for name in dict.fromkeys(_macro_names(_words(root))):
        if name in _COMPILE_TIME_ACCESS:
            yield _finding(f"`{name}!` reads files or the environment at compile time; remove it.")
        elif name in _UNFINISHED:
            yield _finding(f"`{name}!` leaves the translation unfinished; write out what the C does.")
        elif name in _ASSEMBLY and not _C_ASSEMBLY.search(candidate.hole.c_text):
            yield _finding(f"`{name}!` is inline assembly, which the C does not use; write it in Rust.")


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


def _paths(candidate: Candidate) -> Iterator[Finding]:
    words = _words(parse_rust(candidate.text.encode()))
    if _RENAMES & {*pairwise(words)}:
        yield _finding("A part of `std` gets another name; use its own name.")
    for found in sorted(set(_outside(words))):
        yield _finding(
            f"`std::{found}` reaches outside the module, which the C does through its own calls only."
        )


def _foreign(candidate: Candidate) -> Iterator[Finding]:
    root = parse_rust(candidate.text.encode())
    for block in descendants(root, frozenset({"foreign_mod_item"})):
        for declared in descendants(block, frozenset({"function_signature_item", "static_item"})):
            named = declared.child_by_field_name("name")
            name = text_of(named) if named else "?"
            if name not in _c_names(candidate):
                yield _finding(f"`{name}` is declared as an outside function, but the C does not call it.")


def _reaching(candidate: Candidate) -> Iterator[Finding]:
    """Look for C functions that start programs, open files or talk to the network, where the C has none."""
    words = _words(parse_rust(candidate.text.encode()))
    before_and_after = zip(["", *words], words, [*words[1:], ""], strict=False)
    called = {
        name for before, name, after in before_and_after if after == "(" and before not in {".", "::", "fn"}
    }
    for name in sorted(called & _REACHING - _c_names(candidate)):
        yield _finding(f"`{name}` reaches outside the module, and the C does not call it; remove it.")


def _c_names(candidate: Candidate) -> frozenset[str]:
    """Return every name in the C, comments and literals left out."""
    spelled = re.findall(r"[A-Za-z_]\w*", _C_PROSE.sub(" ", candidate.hole.c_text))
    return candidate.hole.names | frozenset(spelled)


def _words(root: Node) -> list[str]:
    """Return the tokens of Rust code, those inside macro arguments too, comments and literals left out."""
    words: list[str] = []
    pending = [root]
    while pending:
        node = pending.pop()
        if node.children and node.type not in _TEXT:
            pending += reversed(node.children)
        elif node.type not in _TEXT:
            words.append(text_of(node).removeprefix("r#"))
    return words


def _macro_names(words: Sequence[str]) -> list[str]:
    """Return the macros that are invoked, and those that a `use` could give another name."""
    invoked = [word for word, next_word in pairwise(words) if next_word == "!"]
    known = _COMPILE_TIME_ACCESS | _ASSEMBLY | _UNFINISHED
    return invoked + [word for imported in _imports(words) for word in imported if word in known]


def _outside(words: Sequence[str]) -> Iterator[str]:
    for start, word in enumerate(words):
        separator, name, *below = [*words[start + 1 : start + 5], "", ""]
        if (word, separator) == ("std", "::") and name in _OUTSIDE and (name, *below[:2]) != _C_TYPES:
            yield name
    for imported in _imports(words):
        if "std" in imported:
            named = " ".join(imported).replace(" ".join(_C_TYPES), "").split()
            yield from (word for word in named if word in _OUTSIDE or word == "*")


def _imports(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the tokens of each `use` declaration."""
    for start, word in enumerate(words):
        if word == "use":
            end = next((at for at in range(start, len(words)) if words[at] == ";"), len(words))
            yield words[start + 1 : end]
