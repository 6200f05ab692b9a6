"""The states that reports tell holes apart by, from done to nothing."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from repair.plug import WRITTEN, PlugKind

ACCEPTED = "accepted"
"""The verdict on an attempt that no gate had anything against."""


class State(enum.StrEnum):
    """How far a hole has come."""

    RUST = "rust"
    WEAK = "weak"
    """It is Rust, and less was shown for it than was asked for."""
    DIFFERS = "differs"
    """It is Rust, transpiled or not, and does something else than the C."""
    REJECTED = "rejected"
    """It is Rust that compiles, and the crate's own tests speak against it."""
    TRANSPILED = "transpiled"
    C = "c"
    UNIMPLEMENTED = "unimplemented"


STATE_NAMES: Mapping[State, str] = MappingProxyType(
    {
        State.RUST: "Rust",
        State.WEAK: "Rust, weak evidence",
        State.DIFFERS: "Rust that differs",
        State.REJECTED: "Rust that tests reject",
        State.TRANSPILED: "Transpiled",
        State.C: "C",
        State.UNIMPLEMENTED: "Unimplemented",
    }
)
"""What people read."""


def state_of(plug: PlugKind, *, weak: bool, differs: bool, rejected: bool) -> State:
    """Return the state of a hole, given what fills it, and what was shown for that and speaks against it."""
    if differs and plug in WRITTEN:
        return State.DIFFERS
    if plug is not PlugKind.RUST:
        return State(plug.value)
    if rejected:
        return State.REJECTED
    return State.WEAK if weak else State.RUST


def is_rejected(plug: PlugKind, verdicts: Sequence[str]) -> bool:
    """Tell whether something is Rust although its last attempt was rejected: it compiles, and tests fail."""
    return plug is PlugKind.RUST and bool(verdicts) and verdicts[-1] != ACCEPTED
