"""The states that reports tell holes apart by, from done to nothing."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from repair.plug import PlugKind


class State(enum.StrEnum):
    """How far a hole has come."""

    RUST = "rust"
    WEAK = "weak"
    """It is Rust, and less was shown for it than was asked for."""
    DIFFERS = "differs"
    """It is Rust, and does something else than the C."""
    TRANSPILED = "transpiled"
    C = "c"
    UNIMPLEMENTED = "unimplemented"


STATE_NAMES: Mapping[State, str] = MappingProxyType(
    {
        State.RUST: "Rust",
        State.WEAK: "Rust, weak evidence",
        State.DIFFERS: "Rust that differs",
        State.TRANSPILED: "Transpiled",
        State.C: "C",
        State.UNIMPLEMENTED: "Unimplemented",
    }
)
"""What people read."""


def state_of(plug: PlugKind, *, weak: bool, differs: bool) -> State:
    """Return the state of a hole, given what fills it and what was shown for that."""
    if plug is not PlugKind.RUST:
        return State(plug.value)
    if differs:
        return State.DIFFERS
    return State.WEAK if weak else State.RUST
