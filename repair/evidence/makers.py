"""C functions that make what pointers lead to: records, rows of values, strings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from analysis.lengths import pair_parts
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
from repair.evidence.callbacks import CallbackWriter
from repair.evidence.observers import ObserverWriter
from repair.evidence.spelling import c_type, defined, indented, is_foreign, is_spelled
from repair.evidence.target import Target

MOST_VALUES = 48
"""Values in a row, or bytes of a buffer: enough for every loop to run more than once."""
_MOST_SHORT = 8
_MOST_TAIL = 24
_MOST_ROOM = 40
_MOST_MARK = 3


@dataclass
class MakerWriter:
    """Writes one C function for each kind of thing that a pointer leads to."""

    target: Target
    observers: ObserverWriter
    _names: dict[tuple[str, Shape], str] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.callbacks = CallbackWriter(self.target, self.observers, self._answer)

    def functions(self) -> list[str]:
        """Return the functions that the expressions call, declared before any is defined."""
        words = ", ".join(self.target.words) or "NULL"
        prototypes = [f"{text.partition(chr(10))[0]};" for text in self._texts.values()]
        return [
            f"static const char *const llm_words[] = {{ {words} }};",
            *(["\n".join(prototypes)] if prototypes else []),
            *self.callbacks.functions(),
            *self._texts.values(),
        ]

    def value(self, shape: Shape, nullable: bool, depth: str, several: bool = True) -> str:
        """Return an expression for a value of a type that is no record.

        A pointer is NULL at times where it may be; `several` where what it leads to may be a row.
        """
        match shape:
            case Integer():
                return f"({c_type(shape, self.target)})take_number({shape.bits})"
            case Real():
                return "take_real()"
            case FunctionPointer():
                return self.function("", shape, nullable)
            case Pointer() if is_foreign(shape):
                return "NULL"
            case Pointer():
                return _or_null(self._pointed(shape, depth, several), nullable)
            case _:
                return "0"

    def function(self, name: str, shape: FunctionPointer, nullable: bool) -> str:
        """Return an expression for a callback that a parameter or part of a name holds."""
        callback = _or_null(f"(void *){self.callbacks.name(shape, name)}", nullable)
        if name and self.target.has_marks(name):
            # Small numbers that stand for functions are compared before anything is called.
            return f"take_bool() ? (void *)(intptr_t)take_range(0, {_MOST_MARK}) : ({callback})"
        return callback

    def row(self, shape: Shape, count: str, depth: str) -> str:
        """Return an expression for a pointer to so many values of a type."""
        match shape:
            case Integer(bits=8) | Opaque():
                return self.watched_row(shape, f"take_block({count})")
            case _:
                return f"{self._row(shape)}({count}, {depth})"

    def watched_row(self, shape: Shape, block: str) -> str:
        """Return an expression that has a block of such values reported at the end."""
        match shape:
            case Integer(bits=8) | Opaque():
                return f"llm_watched({block})"
            case _:
                return self.observers.watch(shape, block).removesuffix(";")

    def fill(self, shape: Named, place: str, depth: str) -> Iterator[str]:
        """Yield statements that give the parts of a record values."""
        record = self.target.shapes.record(shape.name)
        if record is None:
            return
        if record.is_union:
            yield from self._fill_union(record, place, depth)
            return
        lengths = pair_parts(record)
        for part in record.fields:
            partner = lengths.get(part.name)
            if partner is not None and isinstance(part.shape, Pointer):
                yield f"{place}.{partner} = take_range(0, {MOST_VALUES});"
                row = self.row(part.shape.target, f"(size_t){place}.{partner}", depth)
                yield f"{place}.{part.name} = {row};"
            elif part.name not in lengths.values():
                yield from self._fill_part(part, f"{place}.{part.name}", depth)

    def _fill_union(self, record: Record, place: str, depth: str) -> Iterator[str]:
        if not record.fields:
            return
        yield f"switch (take_range(0, {len(record.fields) - 1})) {{"
        for number, part in enumerate(record.fields):
            yield f"case {number}:"
            yield from indented(self._fill_part(part, f"{place}.{part.name}", depth))
            yield "\tbreak;"
        yield "}"

    def content(self, shape: Shape, place: str) -> Iterator[str]:
        """Yield statements that give a variable another value."""
        yield from self._fill_part(Field("", shape), place, "0")

    def _fill_part(self, part: Field, place: str, depth: str) -> Iterator[str]:
        match part.shape:
            case Named():
                yield from self.fill(part.shape, place, depth)
            case Array():
                yield from self._fill_array(part.shape, place, depth)
            case Opaque():
                return
            case Integer() if part.bit_width is not None:
                yield f"{place} = take_number({part.bit_width});"
            case FunctionPointer():
                nullable = self.target.checks_part(part.name)
                yield f"{place} = {self.function(part.name, part.shape, nullable)};"
            case _:
                yield f"{place} = {self.value(part.shape, True, depth)};"

    def _fill_array(self, shape: Array, place: str, depth: str) -> Iterator[str]:
        element, row = shape.element, flat(shape)
        if isinstance(row.element, Integer) and row.element.bits == 1:
            # A truth value is no other number: C leaves undefined what those would be.
            yield f"for (int i = 0; i < {row.length}; i++)"
            yield f"\t((_Bool *){place})[i] = take_bool();"
        elif isinstance(row.element, Integer | Real):
            yield f"take_bytes({place}, sizeof({place}));"
        elif isinstance(element, Named | Pointer | FunctionPointer) and shape.length:
            # Nested rows stand in blocks of their own, so the same name does for each.
            part = Field("", element)
            yield f"for (int i = 0; i < {min(shape.length, _MOST_SHORT)}; i++) {{"
            yield from indented(self._fill_part(part, f"{place}[i]", depth))
            yield "}"

    def _pointed(self, shape: Pointer, depth: str, several: bool) -> str:
        target = shape.target
        match target:
            case Integer(is_char=True):
                room = "0" if shape.const else f"(size_t)take_range(0, {_MOST_ROOM})"
                return f"llm_watched(llm_take_text(llm_words, {len(self.target.words)}, {room}))"
            case Named() if self.target.variables_of(target.name):
                return f"{self._chooser(target)}({depth})"
            case Named() if is_spelled(target, self.target) and self.target.shapes.record(target.name):
                return f"{self._maker(target)}({depth})"
            case Pointer() | FunctionPointer():
                return f"{self._row(target)}((size_t)take_range(1, 4), {depth})"
            case Integer(bits=8) if several:
                return self.row(target, f"(size_t)take_range(1, {MOST_VALUES})", depth)
            case Integer() | Real():
                count = f"(size_t)take_range(1, {_MOST_SHORT})" if several else "1"
                return f"{self._row(target)}({count}, {depth})"
            case _:
                return "llm_watched(take_block(16))"

    def _define(self, kind: str, shape: Shape, head: str) -> tuple[str, bool]:
        """Return the name of a function, and whether it is yet to be written."""
        known = self._names.get((kind, shape))
        if known is not None:
            return known, False
        name = f"llm_{kind}_{len(self._names) + 1}"
        self._names[kind, shape] = name
        # Its place is taken at once: what it makes may lead back to it.
        self._texts[name] = head.format(name=name)
        return name, True

    def _write(self, name: str, lines: Iterable[str]) -> str:
        self._texts[name] = defined(self._texts[name], lines)
        return name

    def _row(self, shape: Shape) -> str:
        """Write a function that makes values in a row; a NULL follows pointers."""
        name, is_new = self._define("row", shape, "static void *{name}(size_t count, int depth)")
        return self._write(name, self._row_lines(shape)) if is_new else name

    def _row_lines(self, shape: Shape) -> Iterator[str]:
        kind = c_type(shape, self.target)
        count = "(count + 1)" if isinstance(shape, Pointer | FunctionPointer) else "count"
        yield f"{kind} *values = new_block({count} * sizeof(*values));"
        yield ""
        if isinstance(shape, Named):
            yield "for (size_t i = 0; i < count; i++) {"
            yield from indented(self.fill(shape, "values[i]", "depth + 1"))
            yield "}"
        else:
            yield "for (size_t i = 0; i < count; i++)"
            yield f"\tvalues[i] = {self.value(shape, True, 'depth + 1')};"
        yield self.observers.watch(shape, "values")
        yield "return values;"

    def _chooser(self, shape: Named) -> str:
        """Write a function that gives one of the module's own records, or makes one."""
        name, is_new = self._define("choose", shape, "static void *{name}(int depth)")
        return self._write(name, self._chooser_lines(shape)) if is_new else name

    def _chooser_lines(self, shape: Named) -> Iterator[str]:
        known = self.target.variables_of(shape.name)
        made = f"{self._maker(shape)}(depth)" if is_spelled(shape, self.target) else "NULL"
        listed = ", ".join(f"(void *){each}" for each in known)
        yield f"void *const known[] = {{ {listed} }};"
        yield f"int chosen = (int)take_range(0, {2 * len(known)});"
        yield ""
        yield f"return chosen < {len(known)} ? known[chosen] : {made};"

    def _maker(self, shape: Named) -> str:
        """Write a function that makes a record, or gives one that was made before."""
        name, is_new = self._define(f"make_{shape.name}", shape, "static void *{name}(int depth)")
        return self._write(name, self._maker_lines(shape)) if is_new else name

    def _maker_lines(self, shape: Named) -> Iterator[str]:
        record = self.target.shapes.record(shape.name)
        flexible = record is not None and record.is_flexible
        # Behind the tail is a guard: less than a whole unit of it would put the record out of place.
        unit = f"_Alignof({c_type(shape, self.target)})"
        tail = f" + (size_t)take_range(0, {_MOST_TAIL}) / {unit} * {unit}" if flexible else ""
        yield "static struct llm_made made;"
        yield f"{c_type(shape, self.target)} *value;"
        yield ""
        yield "if (llm_reuses(&made, depth, (void **)&value))"
        yield "\treturn value;"
        yield f"value = llm_add(&made, new_block(sizeof(*value){tail}));"
        if flexible:
            yield "take_bytes(value + 1, llm_tail(value, sizeof(*value)));"
        yield from self.fill(shape, "(*value)", "depth + 1")
        yield self.observers.watch(shape, "value")
        yield "return value;"

    def _answer(self, shape: Shape) -> str:
        # Records that a callback gives stand where those stand that others lead to.
        return self.value(shape, True, "1")


def _or_null(expression: str, nullable: bool) -> str:
    return f"llm_rarely() ? NULL : {expression}" if nullable else expression
