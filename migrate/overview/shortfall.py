"""What functions lack, in kinds that other tools can count."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from migrate.check.places import named_from, uri_of
from migrate.overview.module import ModuleRun, Part
from migrate.report.sarif import Rule
from migrate.report.states import State


class Lack(enum.StrEnum):
    """What a function or variable may lack, the worst first."""

    DIFFERS = "differs"
    REJECTED = "rejected"
    OMITTED = "omitted"
    NOT_RUST = "not-rust"
    WEAK = "weak-evidence"


RULES: Mapping[Lack, Rule] = MappingProxyType(
    {
        Lack.DIFFERS: Rule("differs", "The Rust does something else than the C.", "error"),
        Lack.REJECTED: Rule("rejected", "The crate's own tests speak against the Rust.", "error"),
        Lack.OMITTED: Rule("omitted", "The model left it, or something in it, out.", "warning"),
        Lack.NOT_RUST: Rule("not-rust", "It is not Rust yet.", "note"),
        Lack.WEAK: Rule("weak-evidence", "Less is shown for the Rust than was asked for.", "warning"),
    }
)


_LACKS: Mapping[State, Lack] = MappingProxyType(
    {State.DIFFERS: Lack.DIFFERS, State.REJECTED: Lack.REJECTED, State.WEAK: Lack.WEAK}
)


def lack_of(part: Part) -> Lack | None:
    """Return what a part lacks; None where it is done."""
    if part.is_done:
        return None
    if part.state in _LACKS:
        return _LACKS[part.state]
    return Lack.OMITTED if part.omitted else Lack.NOT_RUST


def uri(module: ModuleRun, part: Part) -> str:
    """Return where a part's C is, as a URI: from the current folder, where its root is known and here."""
    root = Path(module.root)
    return uri_of(named_from(root, part.file)) if module.root and _is_here(root) else quote(part.file)


def _is_here(root: Path) -> bool:
    try:
        return root.is_dir()
    except OSError:
        return False
