"""Does the candidate do what the C does, on every input that it was replayed on?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from repair.evidence.comparison import Difference
from repair.evidence.replay import End
from repair.plug import Lines
from repair.verdict import Finding, Gate

_SHOWN_BEFORE = 24
_SHOWN_AFTER = 16
_COMPARED = 64
"""Lines of either side that are set against one another: a log may have thousands."""
_ENDS = {
    End.FINISHED: "The Rust does something else than the C.",
    End.CRASHED: "The Rust crashes where the C does not.",
    End.EXITED: "The Rust ends the program where the C returns.",
    End.ENDLESS: "The Rust does not end where the C does.",
    End.OUTGREW: "The Rust takes more and more memory, or calls back without end, where the C does not.",
}
_UNLINKED = "A program that links with the C does not link with the Rust."


def check(difference: Difference, lines: Lines | None, caller: str | None = None) -> tuple[Finding, ...]:
    """Say what a difference means for the Rust on these lines of the crate.

    It was seen in a call of `caller`, which is C and relies on it; None for a call of its own.
    """
    message = _message(difference, lines)
    if caller is not None:
        message = f"In a call of `{caller}`, {message[0].lower()}{message[1:]}"
    detail = "\n".join(_detail(difference)) if difference.end is not None else difference.rust_log
    return (Finding(Gate.BEHAVIOUR, message, detail),)


def _message(difference: Difference, lines: Lines | None) -> str:
    if difference.end is None:
        return _UNLINKED
    if difference.panic is None:
        return _ENDS[difference.end]
    line = difference.panic.line
    inside = lines is not None and (difference.panic.file, line) in lines
    where = f"on line {line - lines.first + 1}" if lines and inside else "in a function that it calls"
    return f"The Rust panics {where} where the C does not: {difference.panic.message}."


def described(difference: Difference) -> str:
    """Say in one line what a difference is, with the values where it begins."""
    if difference.end is None:
        return _UNLINKED
    told = " ".join(line.strip() for line in _detail(difference) if line.startswith(("C:", "Rust:")))
    return f"{_message(difference, None)} {told}".strip()


def check_variable(difference: Difference, reader: str) -> tuple[Finding, ...]:
    """Say what it means for a variable that a function differs with it and does not with the C's."""
    message = f"`{reader}` does what the C does while this variable is C, and something else with this one."
    detail = "\n".join(_detail(difference)) if difference.end is not None else difference.rust_log
    return (Finding(Gate.BEHAVIOUR, message, detail),)


def _detail(difference: Difference) -> Iterator[str]:
    """Show the call with its values, then what both sides report about it."""
    c_lines, rust_lines = difference.c_log.splitlines(), difference.rust_log.splitlines()
    same = next(
        (n for n, (one, other) in enumerate(zip(c_lines, rust_lines, strict=False)) if one != other),
        min(len(c_lines), len(rust_lines)),
    )
    if same > _SHOWN_BEFORE:
        yield "..."
    yield from (f"  {line}" for line in c_lines[max(0, same - _SHOWN_BEFORE) : same])
    if difference.panic is not None:
        # What follows in its log is the panic's own doing.
        yield from (f"C:    {line}" for line in c_lines[same:][:_SHOWN_AFTER])
        yield "Rust: panics here"
        return
    compared = difflib.ndiff(c_lines[same:][:_COMPARED], rust_lines[same:][:_COMPARED])
    told = [f"{_WHO[each[:2]]}{each[2:]}" for each in compared if each[:2] in _WHO]
    yield from told[:_SHOWN_AFTER]
    if len(told) > _SHOWN_AFTER:
        yield "..."
    if difference.end is not None and difference.end is not End.FINISHED:
        yield f"Rust: ends here ({difference.end.value})"


_WHO = {"- ": "C:    ", "+ ": "Rust: ", "  ": "both: "}
