"""What a batch and the machines of a cluster say to each other, around the wire of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Begun:
    """Ask for a module; where it was begun before and that came to nothing, it begins again."""

    sender: str
    """Of this and of all that follows about this beginning; the answers to it are sent there."""
    name: str
    host: str


@dataclass(frozen=True, slots=True)
class Said:
    """Pass on lines of a run's wire."""

    sender: str
    lines: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Answered:
    """Hand over what was answered and what is at the provider, as both stand in the ledger of the run."""

    sender: str
    rows: Sequence[Sequence[object]]
    orders: str


@dataclass(frozen=True, slots=True)
class Left:
    """Hand over all that a run has left when its process ended."""

    sender: str
    status: int
    """Exit status; negative for a signal."""
    result: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """Say why a run could not be started on a machine."""

    sender: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """Hand over a module, and what is known of it."""

    job: str
    """Its line."""
    files: bytes
    ledger: bytes
    environment: Mapping[str, str]
    """What its process has besides the environment of the machine."""


@dataclass(frozen=True, slots=True)
class Declined:
    """Say that a module is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Word:
    """Pass on a line to a run."""

    line: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """Say that what a run has left is safe, so that the machine may forget it."""


FromMachine: TypeAlias = Begun | Said | Answered | Left | Failed
ToMachine: TypeAlias = Parcel | Declined | Word | Taken
_KINDS: Mapping[str, type[FromMachine | ToMachine]] = MappingProxyType(
    {kind.__name__: kind for kind in (Begun, Said, Answered, Left, Failed, Parcel, Declined, Word, Taken)}
)


def packed(message: FromMachine | ToMachine) -> dict[str, Any]:
    """Return a message as a value that msgpack can carry."""
    return {
        "kind": type(message).__name__,
        **{each.name: getattr(message, each.name) for each in fields(message)},
    }


def unpacked(value: Mapping[str, Any]) -> FromMachine | ToMachine:
    """Read a message back."""
    return _KINDS[value["kind"]](**{key: each for key, each in value.items() if key != "kind"})
