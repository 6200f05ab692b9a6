"""C with macros written out, each on the line where it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from analysis.declarations import Macro

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_]\w*|\.?\d(?:[eEpP][+-]|[\w.])*|\s+|##|.",
    re.DOTALL,
)
_MARK = re.compile(r"[\s(]*\(\s*[A-Za-z_][\w\s]*[\s*]*\)\s*\(?\s*(0[xX][\da-fA-F]+|\d+)[uUlL]*[\s)]*")
_LONGEST = 600
_UNREADABLE = re.compile(r"\b(?:__builtin_(?!expect)\w+|_Generic|__?asm\w*|_Static_assert)\b|#")


def expand(text: str, macros: Iterable[Macro]) -> str:
    """Write out macros in a C text, casts of numbers to pointers as numbers; every line keeps its own.

    Macros that are long, use builtins or make tokens stay as they are.
    """
    usable = {each.name: each for each in macros if expandable(each)}
    return "".join(_expanded(_TOKEN.findall(text), usable)) if usable else text


def is_mark(macro: Macro) -> bool:
    """Tell whether a macro is a number cast to another type, as for a pointer that points nowhere."""
    return macro.parameters is None and _MARK.fullmatch(macro.body) is not None


def expandable(macro: Macro) -> bool:
    """Tell whether a macro is one that `expand` writes out."""
    if any("..." in each for each in macro.parameters or ()):
        return False
    return len(macro.body) <= _LONGEST and not _UNREADABLE.search(macro.body)


def _expanded(tokens: Sequence[str], macros: Mapping[str, Macro]) -> list[str]:
    written: list[str] = []
    at = 0
    while at < len(tokens):
        found = _uses(tokens, at, macros)
        if found is None:
            written.append(tokens[at])
            at += 1
            continue
        macro, (arguments, end) = macros[tokens[at]], found
        others = {name: each for name, each in macros.items() if name != macro.name}
        text = _substituted(macro, ["".join(_expanded(_TOKEN.findall(each), macros)) for each in arguments])
        breaks = "".join(tokens[at:end]).count("\n")
        written.append("".join(_expanded(_TOKEN.findall(text), others)).replace("\n", " ") + "\n" * breaks)
        at = end
    return written


def _uses(tokens: Sequence[str], at: int, macros: Mapping[str, Macro]) -> tuple[list[str], int] | None:
    """Read the arguments of the macro that a token is, and where its use ends; None where it is no use."""
    macro = macros.get(tokens[at])
    if macro is None:
        return None
    return ([], at + 1) if macro.parameters is None else _arguments(tokens, at + 1)


def _arguments(tokens: Sequence[str], start: int) -> tuple[list[str], int] | None:
    """Read the arguments of a macro from behind its name, and where they end; None where there are none."""
    at = start
    while at < len(tokens) and tokens[at].isspace():
        at += 1
    if at == len(tokens) or tokens[at] != "(":
        return None
    arguments, depth = [""], 0
    for end in range(at, len(tokens)):
        token = tokens[end]
        depth += (token in "([{") - (token in ")]}")
        if depth == 0:
            return [each.strip() for each in arguments], end + 1
        if token == "," and depth == 1:
            arguments.append("")
        elif not (end == at or token.startswith(("//", "/*"))):
            arguments[-1] += token
    return None


def _substituted(macro: Macro, arguments: Sequence[str]) -> str:
    mark = _MARK.fullmatch(macro.body) if macro.parameters is None else None
    if mark is not None:
        return "NULL" if mark[1].strip("0xX") == "" else mark[1]
    by_name = dict(zip(macro.parameters or (), arguments, strict=False))
    return "".join(by_name.get(token, token) for token in _TOKEN.findall(macro.body))
