"""C text that makes a function's arguments out of the input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from analysis.lengths import Lengths, pair_lengths
from analysis.shapes import FunctionPointer, Integer, Named, Opaque, Pointer, Real, Shape, c_name
from repair.evidence.makers import MOST_VALUES, MakerWriter
from repair.evidence.observers import ObserverWriter
from repair.evidence.spelling import c_type
from repair.evidence.target import Target

_COPYING = frozenset({"memcpy", "mempcpy"})
"""Functions that may not even be told to copy something to where it stands; the screening tells the rest."""
_UNSEEN = frozenset({"memccpy", "sprintf", "snprintf", "vsprintf", "vsnprintf", "sscanf", "vsscanf"})
"""Functions of which nothing tells that what they are given overlaps, though it may not."""


@dataclass
class ArgumentWriter:
    """Writes the statements that make the arguments, and the functions that these call."""

    target: Target
    observers: ObserverWriter
    passed: list[str] = field(default_factory=list)
    """The arguments as the call spells them, in order."""

    def __post_init__(self) -> None:
        self.makers = MakerWriter(self.target, self.observers)

    def lines(self) -> list[str]:
        """Return the statements that make the arguments."""
        parameters = self.target.shape.parameters
        lengths = pair_lengths(parameters, self.target.indexes)
        self.passed += [_argument(index) for index in range(len(parameters))]
        counts = [
            f"{c_type(parameters[index][1], self.target)} {_argument(index)} = take_range(0, {MOST_VALUES});"
            for index in lengths.counts
        ]
        others = [index for index in range(len(parameters)) if index not in lengths.counts]
        made = [line for index in others for line in self._made(index, lengths)]
        return counts + made + list(self._overlaps(lengths))

    def reports(self) -> Iterator[str]:
        """Return statements that report the arguments and what they lead to."""
        for index, (name, shape) in enumerate(self.target.shape.parameters):
            yield self.observers.report(shape, f'"{c_name(name)}"', f"&{_argument(index)}")
        yield "llm_report_watched();"

    def functions(self) -> list[str]:
        """Return the functions that the statements call."""
        return self.makers.functions()

    def _made(self, index: int, lengths: Lengths) -> Iterator[str]:
        name, shape = self.target.shape.parameters[index]
        variable = _argument(index)
        if isinstance(shape, Named):
            yield f"{c_type(shape, self.target)} {variable};"
            yield f"memset(&{variable}, 0, sizeof({variable}));"
            yield from self.makers.fill(shape, variable, "0")
        elif isinstance(shape, Pointer) and index in lengths.of:
            count = " * ".join(f"(size_t){_argument(each)}" for each in lengths.of[index])
            yield f"void *{variable} = {self.makers.row(shape.target, count, '0')};"
        elif isinstance(shape, Pointer) and index in lengths.through.values():
            yield f"size_t {variable}_count = (size_t)take_range(0, {MOST_VALUES});"
            yield f"void *{variable} = {self.makers.row(shape.target, f'{variable}_count', '0')};"
        elif isinstance(shape, Pointer) and index in lengths.through:
            yield f"void *{variable} = {self.makers.row(shape.target, '1', '0')};"
            kind = c_type(shape.target, self.target)
            yield f"*({kind} *){variable} = ({kind}){_argument(lengths.through[index])}_count;"
        else:
            yield f"{c_type(shape, self.target)} {variable} = {self._value(name, shape)};"

    def _overlaps(self, lengths: Lengths) -> Iterator[str]:
        """Yield statements that let rows of the same type overlap at times, where C allows it."""
        if self.target.says_restrict or self.target.names & _UNSEEN:
            return
        rows: dict[Shape, list[str]] = {}
        for index, (_, shape) in enumerate(self.target.shape.parameters):
            if isinstance(shape, Pointer) and _is_plain_row(shape.target, index in lengths.paired):
                rows.setdefault(shape.target, []).append(f"&{_argument(index)}")
        least = int(bool(self.target.names & _COPYING))
        for target, places in rows.items():
            if len(places) > 1:
                unit = 1 if isinstance(target, Opaque) else f"sizeof({c_type(target, self.target)})"
                listed = f"(void **[]){{ {', '.join(places)} }}, {len(places)}"
                block = f"llm_overlapped({listed}, {unit}, {least})"
                yield f"{self.makers.watched_row(target, block)};"

    def _value(self, name: str, shape: Shape) -> str:
        nullable = self.target.checks(name)
        if isinstance(shape, FunctionPointer):
            return self.makers.function(name, shape, nullable)
        return self.makers.value(shape, nullable, "0", self.target.indexes(name))


def _is_plain_row(target: Shape, counted: bool) -> bool:
    """Tell whether a pointer to a type leads to values without addresses and without an end of their own."""
    is_text_or_unknown = isinstance(target, Opaque) or (isinstance(target, Integer) and target.is_char)
    return counted if is_text_or_unknown else isinstance(target, Integer | Real)


def _argument(index: int) -> str:
    return f"argument_{index + 1}"
