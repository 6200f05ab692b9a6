"""Parameters under the names that a function's own text uses, whatever a header called them."""

from __future__ import annotations

import re
from collections.abc import Collection

from analysis.syntax import Node, parse_rust, text_of

_KEYWORDS = frozenset(
    {
        *("Self", "abstract", "as", "async", "await", "become", "box", "crate", "do", "dyn", "else", "enum"),
        *("extern", "false", "final", "fn", "gen", "if", "impl", "in", "let", "loop", "macro", "match"),
        *("move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super"),
        *("trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while"),
        *("break", "const", "continue", "for", "mod", "yield"),
    }
)
_POINTED_NAME = re.compile(r"\(\s*\*[^()]*?(\w+)\s*(?:\[[^]]*\]\s*)?\)")
_LAST_NAME = re.compile(r"(\w+)\s*(?:\[[^]]*\]\s*)*$")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def renamed(signature: str, head: str, name: str, taken: Collection[str]) -> str:
    """Return a Rust signature with the parameter names of a C function's head.

    A name in `taken`, those of constants and statics in scope, or one that is a keyword gets a `_` at its
    end. The signature stays as it is where the head's parameters do not match it.
    """
    names = parameter_names(head, name)
    source = f"{signature} {{}}".encode()
    patterns = _patterns(parse_rust(source))
    if len(names) != len(patterns) or len(set(names)) != len(names):
        return signature
    for pattern, own in reversed(list(zip(patterns, names, strict=True))):
        source = source[: pattern.start_byte] + _in_rust(own, taken).encode() + source[pattern.end_byte :]
    return source.decode().removesuffix(" {}")


def parameter_names(head: str, name: str) -> tuple[str, ...]:
    """Read the parameter names from the text between a function's name and its body, in order."""
    text = _COMMENT.sub(" ", head)
    after = re.search(rf"\b{re.escape(name)}\s*\)?\s*\(", text)
    if after is None:
        return ()
    found = [_name(parameter) for parameter in _split(text[after.end() :])]
    return tuple(each for each in found if each is not None)


def _split(text: str) -> list[str]:
    """Split a parameter list, which stands at the start of a text, at its commas."""
    parameters, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character == "," and depth == 0:
            parameters.append(text[start:position])
            start = position + 1
        elif character in "([":
            depth += 1
        elif character in ")]":
            if depth == 0:
                return [*parameters, text[start:position]]
            depth -= 1
    return []


def _name(parameter: str) -> str | None:
    found = _POINTED_NAME.search(parameter) or _LAST_NAME.search(parameter.strip())
    return found[1] if found and found[1] != "void" else None


def _patterns(root: Node) -> list[Node]:
    function = next((each for each in root.named_children if each.type == "function_item"), None)
    parameters = function.child_by_field_name("parameters") if function else None
    declared = parameters.named_children if parameters else []
    patterns = (each.child_by_field_name("pattern") for each in declared if each.type == "parameter")
    return [each for each in patterns if each is not None and text_of(each)]


def _in_rust(name: str, taken: Collection[str]) -> str:
    return f"{name}_" if name in _KEYWORDS or name in taken else name
