"""What a batch and its runs say to each other: JSON objects, one a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias

from migrate.model.budget import Amount


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that a run tells a display: the name of the method and its arguments."""

    what: str
    arguments: tuple[str | int | float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Reserve:
    """Ask for an amount to be set aside for one call."""

    number: int
    """The same in the answer, and when it is settled or released."""
    amount: Amount


@dataclass(frozen=True, slots=True)
class Settle:
    """Say what a call did cost."""

    number: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class Release:
    """Give back what was set aside for a call that was not answered."""

    number: int


@dataclass(frozen=True, slots=True)
class Slowed:
    """Say that the provider wants its callers to wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """Say how a run ended; the last message."""

    exit: int
    message: str = ""
    totals: Mapping[str, int] = field(default_factory=dict)
    """Numbers of holes by what fills them, as `report.json` has them."""


@dataclass(frozen=True, slots=True)
class Granted:
    """Say that an amount is set aside."""

    number: int


@dataclass(frozen=True, slots=True)
class Short:
    """Say that there is not enough, now or for good."""

    number: int
    sentence: str
    is_temporary: bool


@dataclass(frozen=True, slots=True)
class Eased:
    """Say that what was short may be there now."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Tell a run to keep what it has and to end."""


FromRun: TypeAlias = Shown | Reserve | Settle | Release | Slowed | Ended
ToRun: TypeAlias = Granted | Short | Eased | Stop
Message: TypeAlias = FromRun | ToRun

_KINDS: Mapping[str, type[Message]] = MappingProxyType(
    {
        kind.__name__.lower(): kind
        for kind in (Shown, Reserve, Settle, Release, Slowed, Ended, Granted, Short, Eased, Stop)
    }
)


def to_line(message: Message) -> bytes:
    """Return a message as one line, without its end."""
    fields = {"kind": type(message).__name__.lower(), **asdict(message)}
    return json.dumps(fields, default=str, separators=(",", ":")).encode()


def from_line(line: bytes) -> Message:
    """Read a message. Raise ValueError when the line is none."""
    try:
        fields: dict[str, Any] = json.loads(line)
        kind = _KINDS[fields.pop("kind")]
        if "amount" in fields:
            usd, tokens = fields["amount"]["usd"], fields["amount"]["tokens"]
            fields["amount"] = Amount(Decimal(usd), int(tokens))
        if "arguments" in fields:
            fields["arguments"] = tuple(fields["arguments"])
        return kind(**fields)
    except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"not a message: {line[:200]!r}") from error
