"""The values: what is known of a module's pointers, each fact with the place that is the reason for it.

Two kinds of facts stand here. May-facts (read, written, freed, kept, returned, handed over) are found without
regard to the order of statements: what is listed may happen on some way through the code, and what is not
listed does not happen, unless code that is not seen does it, which is listed as well. Facts of the other kind
(compared with NULL, NUL-terminated, comes with a length, aliases) are listed only where the code says so of
this very pointer; where nothing is listed, nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.error_convention import ErrorConvention
from analysis.opacity import Opacity
from analysis.pointer_effects import Place


@dataclass(frozen=True, slots=True)
class Reached:
    """Something that is done to what a pointer leads to further on."""

    what: str
    """The pointer that is followed, as C would write it: `p->next`."""
    place: Place
    beyond: bool = False
    """It is done further on from there only."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A pointer is stored where it outlives the call."""

    where: str
    """In the words of a sentence: "`*out`", "what `q->next` leads to"; of what is reached from one parameter
    or variable, the nearest places are named."""
    place: Place


@dataclass(frozen=True, slots=True)
class Count:
    """Parameters whose product says how far code goes in what a pointer leads to."""

    parameters: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Alias:
    """Two arguments of one call lead to the same memory."""

    other: str
    """The other parameter."""
    same: bool
    """They are the same expression; otherwise they lead into the same object."""
    caller: str
    line: int


@dataclass(frozen=True, slots=True)
class Handed:
    """A pointer is handed to code that is not seen."""

    to: str
    """As the C names it; empty where a function could not be followed itself."""
    const: bool
    """The code cannot write through it without a cast."""
    place: Place


@dataclass(frozen=True, slots=True)
class PointerFacts:
    """What a function does with one pointer parameter."""

    name: str
    is_function: bool
    """It leads to a function."""
    read: Place | None = None
    written: Place | None = None
    read_back: Place | None = None
    """What it leads to leads to something of its own type that is read: it may be the same."""
    written_back: Place | None = None
    freed: Place | None = None
    returned: Place | None = None
    called: Place | None = None
    tested: Place | None = None
    """Compared with NULL."""
    terminated: Place | None = None
    """Used as text that ends with a NUL."""
    null_passed: tuple[str, int] | None = None
    """A caller that passes NULL for it, and the line."""
    kept: tuple[Kept, ...] = ()
    tied: tuple[Reached, ...] = ()
    """Where it is stored in what it leads to itself; an empty name where that can only not be ruled out."""
    counts: tuple[Count, ...] = ()
    named_counts: tuple[str, ...] = ()
    """Parameters that are lengths by their names and by where they stand, where the code does not say."""
    aliases: tuple[Alias, ...] = ()
    handed: tuple[Handed, ...] = ()
    written_beyond: tuple[Reached, ...] = ()
    freed_beyond: tuple[Reached, ...] = ()
    returned_beyond: tuple[Reached, ...] = ()
    kept_beyond: tuple[Kept, ...] = ()
    """Pointers that it leads to are stored elsewhere."""
    terminated_beyond: tuple[Reached, ...] = ()
    handed_beyond: tuple[Handed, ...] = ()

    @property
    def is_out(self) -> bool:
        """It is written and never read: it only takes a result."""
        seen = not self.handed and not self.freed and not self.is_function and self.read_back is None
        return self.written is not None and self.read is None and seen


@dataclass(frozen=True, slots=True)
class NewMemory:
    """Memory, or another resource, that a function may allocate and leave behind."""

    where: str
    """The pointer that leads to it after the call, as C would write it; empty where it is returned."""
    beyond: bool
    """It is found further on from that pointer."""
    record: str
    """The record that stands there, as far as types tell."""
    released_by: tuple[str, ...]
    """The functions of the module that free such a record."""


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """What is known of one function."""

    ident: str
    pointers: tuple[PointerFacts, ...]
    error: ErrorConvention
    allocates: tuple[NewMemory, ...] = ()
    releases: tuple[str, ...] = ()
    """Pointers in variables at file scope that lead to what it may free."""
    returns_static: bool = False
    """The result may lead to a variable at file scope or to a string literal."""
    globals_written: tuple[str, ...] = ()
    globals_handed: tuple[str, ...] = ()
    """Those that code which is not seen gets hold of."""
    entangled: bool = False
    """It could not be followed: what it does through its parameters beyond what is plain is not known."""
    unread: int | None = None
    """A line that could not be read: what stands there may do more than is said."""


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What is known of one member of a record."""

    name: str
    freed_by: tuple[str, ...] = ()
    """Functions that free what it leads to."""
    tested: bool = False
    """It is compared with NULL somewhere."""
    counted_by: tuple[str, ...] = ()
    """The member that is handed over beside it as its length, if always the same one is."""
    functions: tuple[str, ...] = ()
    """The functions that are stored in it."""
    only_these: bool = False
    """No others can be."""


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What is known of one record."""

    opacity: Opacity
    used_in: tuple[str, ...]
    """The module's files whose functions access members."""
    members: tuple[MemberFacts, ...]


@dataclass(frozen=True, slots=True)
class GlobalFacts:
    """What is known of one variable at file scope."""

    ident: str
    written_by: tuple[str, ...]
    """Functions that may write it, after its initialiser."""
    handed_by: tuple[str, ...]
    """Functions that let code which is not seen get hold of it."""
    read_by: tuple[str, ...]
    is_const: bool
    kept: bool
    """Its address is stored, so that it may be written where it is not named."""


@dataclass(frozen=True)
class Facts:
    """What is known of a module."""

    functions: Mapping[str, FunctionFacts]
    records: Mapping[str, RecordFacts]
    variables: Mapping[str, GlobalFacts] = field(default_factory=dict)
