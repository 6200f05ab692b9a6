"""C text that reports values by their types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from analysis.shapes import (
    Array,
    Field,
    FunctionPointer,
    Integer,
    Named,
    Opaque,
    Pointer,
    Real,
    Record,
    Shape,
    flat,
)
from repair.evidence.spelling import c_type, defined, holds_pointer, is_spelled
from repair.evidence.target import Target


@dataclass
class ObserverWriter:
    """Writes one C function for each type that is reported."""

    target: Target
    _names: dict[Shape, str] = field(default_factory=dict)
    _texts: dict[Shape, str] = field(default_factory=dict)

    def report(self, shape: Shape, what: str, at: str) -> str:
        """Return a statement that reports the value at an address; both are C expressions."""
        return f"{self._function(shape)}({what}, {at});"

    def functions(self) -> list[str]:
        """Return the functions that the statements call, declared before any is defined."""
        declared = [f"static void {name}(const char *what, const void *at);" for name in self._names.values()]
        return ["\n".join(declared), *self._texts.values()] if declared else []

    def watch(self, target: Shape, pointer: str) -> str:
        """Return a statement that has what a pointer leads to reported at the end, or nothing."""
        if isinstance(target, Opaque | FunctionPointer) or not is_spelled(target, self.target):
            return ""
        record = self.target.shapes.record(target.name) if isinstance(target, Named) else None
        # A record with a tail is alone in its block.
        is_alone = record is not None and record.is_flexible
        size = f"llm_room_at({pointer})" if is_alone else f"sizeof({c_type(target, self.target)})"
        return f"llm_watch({pointer}, {size}, {self._function(target)});"

    def watch_table(self, target: Integer | Real, pointer: str, count: int) -> str:
        """Return a statement that has so many values of a table reported at the end."""
        size = f"sizeof({c_type(target, self.target)})"
        return f"llm_watch_table({pointer}, {size}, {count}, {self._function(target)});"

    def _function(self, shape: Shape) -> str:
        if shape not in self._names:
            name = self._names[shape] = f"llm_report_{len(self._names) + 1}"
            lines = [line for line in self._lines(shape) if line]
            self._texts[shape] = defined(f"static void {name}(const char *what, const void *at)", lines)
        return self._names[shape]

    def _lines(self, shape: Shape) -> Iterator[str]:
        match shape:
            case Integer():
                kind = "int" if shape.signed else "uint"
                yield f"report_{kind}(what, *(const {c_type(shape, self.target)} *)at);"
            case Real():
                yield f"report_real(what, *(const {c_type(shape, self.target)} *)at);"
            case Pointer():
                yield from self._pointer(shape)
            case FunctionPointer():
                yield "report_pointer(what, *(void *const *)at);"
            case Array():
                yield from self._array(shape)
            case Named():
                yield from self._record(shape)
            case Opaque():
                yield "(void)what, (void)at;"

    def _pointer(self, shape: Pointer) -> Iterator[str]:
        yield "const void *pointer = *(void *const *)at;"
        yield "report_pointer(what, pointer);"
        if isinstance(shape.target, Integer) and shape.target.is_char and shape.const:
            # Text that is in no block stands in the program itself.
            yield "if (llm_is_elsewhere(pointer))"
            yield "\treport_text(what, pointer);"
        elif isinstance(shape.target, Integer) and shape.target.is_char:
            yield "if (llm_is_static(pointer))"
            yield "\treport_text(what, pointer);"
        yield self.watch(shape.target, "pointer")

    def _array(self, shape: Array) -> Iterator[str]:
        shape = flat(shape)
        element = shape.element
        if isinstance(element, Integer) and element.bits <= 8:
            yield f"report_bytes(what, at, {shape.length});"
            return
        if not is_spelled(element, self.target):
            yield "(void)what, (void)at;"
            return
        size = f"sizeof({c_type(element, self.target)})"
        yield f"for (size_t i = 0; i < {shape.length}; i++)"
        yield f'\t{self._function(element)}(llm_part(what, "[]"), (const char *)at + i * {size});'

    def _record(self, shape: Named) -> Iterator[str]:
        record = self.target.shapes.record(shape.name)
        if record is None or not is_spelled(shape, self.target):
            yield "(void)what, (void)at;"
            return
        yield f"const {c_type(shape, self.target)} *value = at;"
        fields = self._told(record)
        if len(fields) < len(record.fields):
            # Where code and variables are is nothing that both sides could agree on.
            yield "if (llm_is_program(*(void *const *)at)) {"
            yield "\treport_pointer(what, *(void *const *)at);"
            yield "\treturn;"
            yield "}"
        for each in fields:
            yield self._field(each)
        if record.is_flexible:
            yield "if (llm_tail(at, sizeof(*value)))"
            yield '\treport_bytes(llm_part(what, "[]"), value + 1, llm_tail(at, sizeof(*value)));'
        elif not fields:
            yield "(void)what, (void)value;"

    def _told(self, record: Record) -> tuple[Field, ...]:
        """Return the parts that are reported: of a union, those without addresses."""
        if not record.is_union:
            return record.fields
        return tuple(each for each in record.fields if not holds_pointer(each.shape, self.target))

    def _field(self, part: Field) -> str:
        label = f'llm_part(what, ".{part.name}")'
        if part.bit_width is not None:
            return f"report_int({label}, value->{part.name});"
        return self.report(part.shape, label, f"&value->{part.name}")
