"""What rustc and clippy say of a crate, and which hole each word is about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from repair.plug import Lines
from repair.verdict import Finding, Gate


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a file that a diagnostic points at."""

    file: str
    line: int
    end_line: int
    column: int
    end_column: int
    byte_start: int
    byte_end: int
    primary: bool
    label: str
    replacement: str | None
    applicability: str | None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error or warning."""

    level: str
    message: str
    code: str | None
    places: tuple[Place, ...]
    notes: tuple[tuple[str, str], ...]
    """Level and text of each note and help below it."""
    suggestions: tuple[Place, ...]
    """Places with a replacement, from the help messages."""

    @property
    def is_error(self) -> bool:
        """Whether the compiler stops because of it."""
        return self.level.startswith("error")

    def about(self, holes: Mapping[str, Lines]) -> str | None:
        """Return the hole whose lines a primary place stands in, else any place, or None."""
        ordered = sorted(self.places, key=lambda place: not place.primary)
        for place in ordered:
            for ident, lines in holes.items():
                if (place.file, place.line) in lines:
                    return ident
        return None


def read_diagnostics(stdout: bytes) -> tuple[Diagnostic, ...]:
    """Read `--message-format=json` output of cargo, without the summaries that point nowhere."""
    return tuple(_diagnostics(stdout))


def _diagnostics(stdout: bytes) -> Iterator[Diagnostic]:
    seen: set[Diagnostic] = set()
    for line in stdout.splitlines():
        if not line.startswith(b"{"):
            continue
        entry = json.loads(line)
        if entry.get("reason") != "compiler-message":
            continue
        diagnostic = _diagnostic(entry["message"])
        if diagnostic.places and diagnostic not in seen:
            seen.add(diagnostic)
            yield diagnostic


def _diagnostic(message: dict[str, object]) -> Diagnostic:
    children = _list(message["children"])
    code = message.get("code")
    return Diagnostic(
        level=str(message["level"]),
        message=str(message["message"]),
        code=str(code["code"]) if isinstance(code, dict) else None,
        places=tuple(_place(span) for span in _list(message["spans"])),
        notes=tuple((str(child["level"]), str(child["message"])) for child in children),
        suggestions=tuple(
            place
            for child in children
            for place in map(_place, _list(child["spans"]))
            if place.replacement is not None
        ),
    )


def _list(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []


def _place(span: dict[str, object]) -> Place:
    expansion = span.get("expansion")
    # A span inside a macro of the standard library: what matters is where our text invokes it.
    if isinstance(expansion, dict) and not str(span["file_name"]).startswith("src/"):
        outer = _place(expansion["span"])
        return replace(outer, primary=bool(span["is_primary"]), label=str(span["label"] or ""))
    return Place(
        file=str(span["file_name"]),
        line=int(str(span["line_start"])),
        end_line=int(str(span["line_end"])),
        column=int(str(span["column_start"])),
        end_column=int(str(span["column_end"])),
        byte_start=int(str(span["byte_start"])),
        byte_end=int(str(span["byte_end"])),
        primary=bool(span["is_primary"]),
        label=str(span["label"] or ""),
        replacement=None if span["suggested_replacement"] is None else str(span["suggested_replacement"]),
        applicability=None
        if span["suggestion_applicability"] is None
        else str(span["suggestion_applicability"]),
    )


def finding(diagnostic: Diagnostic, lines: Lines, text: str) -> Finding:
    """Say a diagnostic in terms of the candidate's own lines, so that it reads the same in every crate."""
    gate = Gate.COMPILE if _stops_compiler(diagnostic) else Gate.LINT
    code = f"[{diagnostic.code}]" if diagnostic.code else ""
    message = f"{'error' if gate is Gate.COMPILE else 'lint'}{code}: {diagnostic.message}"
    shown = [shown for place in diagnostic.places for shown in _shown(place, lines, text.split("\n"))]
    notes = [f"= {level}: {note}" for level, note in diagnostic.notes if not _is_noise(note)]
    return Finding(gate, message, "\n".join((*shown, *notes)), diagnostic.code)


def _stops_compiler(diagnostic: Diagnostic) -> bool:
    return diagnostic.is_error and not (diagnostic.code or "").startswith("clippy::")


def _is_noise(note: str) -> bool:
    return note.startswith(("for further information visit", "for more information", "`#[", "requested on"))


def _shown(place: Place, lines: Lines, text: list[str]) -> Iterator[str]:
    if (place.file, place.line) not in lines:
        if place.label:
            yield f"(elsewhere: {place.label})"
        return
    number = place.line - lines.first
    yield f"{number + 1:>4} | {text[number]}"
    if place.end_line == place.line:
        width = max(1, place.end_column - place.column)
        mark = ("^" if place.primary else "-") * width
        yield f"     | {' ' * (place.column - 1)}{mark} {place.label}".rstrip()
    elif place.label:
        yield f"     | ... to line {place.end_line - lines.first + 1}: {place.label}"
