"""C functions that stand in for callbacks: they log how they are called and answer out of the input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from analysis.shapes import FunctionPointer, Integer, Named, Opaque, Pointer, Real, Shape
from repair.evidence.observers import ObserverWriter
from repair.evidence.spelling import c_type, is_spelled
from repair.evidence.target import Target


@dataclass
class CallbackWriter:
    """Writes one C function for each type of callback."""

    target: Target
    observers: ObserverWriter
    _texts: dict[FunctionPointer, tuple[str, str]] = field(default_factory=dict)

    def name(self, shape: FunctionPointer) -> str:
        """Return the name of the function that stands in for callbacks of a type."""
        if shape not in self._texts:
            name = f"callback_{len(self._texts) + 1}"
            self._texts[shape] = (name, self._text(name, shape))
        return self._texts[shape][0]

    def names(self) -> list[str]:
        """Return the names of the functions that were named."""
        return [name for name, _ in self._texts.values()]

    def functions(self) -> list[str]:
        """Return the functions that were named."""
        return [text for _, text in self._texts.values()]

    def _text(self, name: str, shape: FunctionPointer) -> str:
        kinds = [c_type(each, self.target) for each in shape.parameters]
        listed = ", ".join(f"{kind} given_{index + 1}" for index, kind in enumerate(kinds)) or "void"
        result = c_type(shape.result, self.target) if shape.result else "void"
        body = "\n".join(f"\t{line}" for line in (f'report_call("{name}");', *self._lines(shape)) if line)
        return f"static {result} {name}({listed})\n{{\n{body}\n}}"

    def _lines(self, shape: FunctionPointer) -> Iterator[str]:
        for index, each in enumerate(shape.parameters):
            yield self._report(each, f"given_{index + 1}")
        if shape.result is not None:
            yield from self._answer(shape)

    def _report(self, shape: Shape, given: str) -> str:
        pointed = shape.target if isinstance(shape, Pointer) else None
        if isinstance(pointed, Named) and is_spelled(pointed, self.target):
            return f'report_pointer("{given}", {given});'
        return self.observers.report(shape, f'"{given}"', f"&{given}")

    def _answer(self, shape: FunctionPointer) -> Iterator[str]:
        compared = _compared(shape)
        result = shape.result
        match result:
            case Integer() if compared is not None:
                one, other = compared
                compare = (
                    "compare_bytes"
                    if isinstance(shape.parameters[one], Pointer) and _is_untyped(shape.parameters[one])
                    else "compare_places"
                )
                yield f"return {compare}(given_{one + 1}, given_{other + 1});"
            case Integer():
                yield f"return ({c_type(result, self.target)})take_number({result.bits});"
            case Real():
                yield "return take_real();"
            case Named():
                yield f"{c_type(result, self.target)} answer;"
                yield "memset(&answer, 0, sizeof(answer));"
                yield "return answer;"
            case _:
                yield "return NULL;"


def _is_untyped(shape: Shape) -> bool:
    return isinstance(shape, Pointer) and isinstance(shape.target, Opaque | Integer)


def _compared(shape: FunctionPointer) -> tuple[int, int] | None:
    """Return which two parameters a comparison compares, or None if it is none."""
    pointers = [index for index, each in enumerate(shape.parameters) if isinstance(each, Pointer)]
    pairs = pairwise(pointers)
    alike = [(a, b) for a, b in pairs if b == a + 1 and shape.parameters[a] == shape.parameters[b]]
    is_order = isinstance(shape.result, Integer) and shape.result.signed
    const = [(a, b) for a, b in alike if isinstance(each := shape.parameters[a], Pointer) and each.const]
    return const[0] if is_order and const else None
