"""C functions that stand in for callbacks: they log how they are called and answer out of the input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from analysis.shapes import FunctionPointer, Integer, Named, Opaque, Pointer, Real, Shape
from repair.evidence.observers import ObserverWriter
from repair.evidence.spelling import c_type, defined, is_spelled
from repair.evidence.target import Target

_SIZE = Integer(64, signed=False)


@dataclass
class CallbackWriter:
    """Writes one C function for each type of callback and place that holds one."""

    target: Target
    observers: ObserverWriter
    made: Callable[[Shape], str]
    """Returns an expression for a pointer that a callback may give."""
    _texts: dict[tuple[FunctionPointer, str], tuple[str, str]] = field(default_factory=dict)

    def name(self, shape: FunctionPointer, place: str) -> str:
        """Return the name of the function that stands in for callbacks of a type.

        Each parameter and each part of a record has one of its own, so that one is not called for another.
        """
        key = (shape, place)
        if key not in self._texts:
            name = f"llm_callback_{len(self._texts) + 1}"
            self._texts[key] = (name, "")
            self._texts[key] = (name, self._text(name, shape))
        return self._texts[key][0]

    def names(self) -> list[str]:
        """Return the names of the functions that were named."""
        return [name for name, _ in self._texts.values()]

    def functions(self) -> list[str]:
        """Return the functions that were named."""
        prototypes = [f"{text.partition(chr(10))[0]};" for _, text in self._texts.values()]
        return [*(["\n".join(prototypes)] if prototypes else []), *(text for _, text in self._texts.values())]

    def _text(self, name: str, shape: FunctionPointer) -> str:
        kinds = [c_type(each, self.target) for each in shape.parameters]
        listed = ", ".join(f"{kind} given_{index + 1}" for index, kind in enumerate(kinds)) or "void"
        result = c_type(shape.result, self.target) if shape.result else "void"
        called = f'report_call("{name.removeprefix("llm_")}");'
        return defined(f"static {result} {name}({listed})", (called, *self._lines(shape)))

    def _lines(self, shape: FunctionPointer) -> Iterator[str]:
        for index in range(len(shape.parameters)):
            yield from self._reports(shape.parameters, index)
        if shape.result is not None:
            yield from self._answer(shape)

    def _reports(self, parameters: Sequence[Shape], index: int) -> Iterator[str]:
        """Yield statements that report an argument, and what it leads to as long as that is there."""
        shape, given = parameters[index], f"given_{index + 1}"
        if isinstance(shape, Pointer) and not isinstance(shape.target, Pointer | FunctionPointer):
            yield f'report_pointer("{given}", {given});'
        else:
            yield self.observers.report(shape, f'"{given}"', f"&{given}")
        if isinstance(shape, Pointer):
            size = f"given_{index + 2}" if parameters[index + 1 : index + 2] == (_SIZE,) else None
            yield from self._led_to(shape, given, size)

    def _led_to(self, shape: Pointer, given: str, size: str | None) -> Iterator[str]:
        target, name = shape.target, f'"*{given}"'
        is_text = isinstance(target, Integer) and target.is_char
        if shape.const and is_text:
            yield f"llm_report_text({name}, {given}, {size or '(size_t)-1'});"
        elif shape.const and size and isinstance(target, Opaque | Integer):
            yield f"if (llm_can_read({given}, {size}))"
            yield f"\treport_bytes({name}, {given}, {size});"
        elif isinstance(target, Named | Integer | Real) and is_spelled(target, self.target) and not is_text:
            # A single value that a callback may write is often not there yet.
            is_there = "llm_can_read" if shape.const or isinstance(target, Named) else "llm_room_at"
            room = f"sizeof({c_type(target, self.target)})"
            asked = f"({given}, {room})" if is_there == "llm_can_read" else f"({given}) >= {room}"
            yield f"if ({is_there}{asked})"
            yield f"\t{self.observers.report(target, name, given)}"

    def _answer(self, shape: FunctionPointer) -> Iterator[str]:
        result = shape.result
        match result:
            case Integer() if (compared := _compared(shape)) is not None:
                is_untyped = _is_untyped(shape.parameters[compared[0]])
                compare = "llm_compare_bytes" if is_untyped else "llm_compare_places"
                one, other = (f"given_{index + 1}" for index in compared)
                yield f"return {compare}({one}, {other});"
            case Integer():
                yield f"return ({c_type(result, self.target)})take_number({result.bits});"
            case Real():
                yield "return take_real();"
            case Named():
                yield f"{c_type(result, self.target)} answer;"
                yield ""
                yield "memset(&answer, 0, sizeof(answer));"
                yield "return answer;"
            case Pointer() if (sizes := _sizes(shape)) and isinstance(result.target, Opaque):
                yield f"return llm_answer_block({' * '.join(sizes)}, {_old(shape)});"
            case Pointer() | FunctionPointer():
                yield f"return {self.made(result)};"
            case _:
                yield "return NULL;"


def _sizes(shape: FunctionPointer) -> list[str]:
    """Return the sizes that an allocator is called with, none for other callbacks."""
    return [f"given_{index + 1}" for index, each in enumerate(shape.parameters) if each == _SIZE]


def _old(shape: FunctionPointer) -> str:
    """Return the block that an allocator is to make larger or smaller, or NULL."""
    pointers = [index for index, each in enumerate(shape.parameters) if isinstance(each, Pointer)]
    return f"given_{pointers[-1] + 1}" if pointers else "NULL"


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
