"""C text that makes a function's arguments out of the input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
    c_name,
)
from repair.evidence.callbacks import CallbackWriter
from repair.evidence.observers import ObserverWriter
from repair.evidence.spelling import c_type, holds_pointer, is_spelled
from repair.evidence.target import Target

MOST_ELEMENTS = 48
"""Bytes of a buffer, or elements and their size; enough for every loop to run more than once."""
_LENGTH = re.compile(
    r"^(?:n|num|nr|len|length|size|sz|count|cnt|n?bytes|nmemb|.*_(?:len|length|size|sz|count|num|n|bytes))_?$"
)
_PART_LENGTH = "(?:len|length|size|sz|count|num|n)"


@dataclass
class ArgumentWriter:
    """Writes the statements that make the arguments, and the functions that make records."""

    target: Target
    observers: ObserverWriter
    passed: list[str] = field(default_factory=list)
    """The arguments as the call spells them, in order."""
    _makers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.callbacks = CallbackWriter(self.target, self.observers)

    def lines(self) -> list[str]:
        """Return the statements that make the arguments."""
        parameters = self.target.shape.parameters
        lengths = _lengths(parameters)
        lines: list[str] = []
        for index in sorted({each for group in lengths.values() for each in group}):
            lines.append(f"size_t argument_{index + 1} = (size_t)take_range(0, {MOST_ELEMENTS});")
        for index, (name, shape) in enumerate(parameters):
            variable = f"argument_{index + 1}"
            self.passed.append(variable)
            if any(index in group for group in lengths.values()):
                continue
            lines += self._argument(
                variable, name, shape, [f"argument_{each + 1}" for each in lengths.get(index, ())]
            )
        return lines

    def reports(self) -> Iterator[str]:
        """Return statements that report the arguments and what they lead to."""
        for index, (name, shape) in enumerate(self.target.shape.parameters):
            yield self.observers.report(shape, f'"{c_name(name)}"', f"&argument_{index + 1}")
        yield "report_watched();"

    def functions(self) -> list[str]:
        """Return the functions that the statements call."""
        prototypes = [text.partition("\n{")[0] + ";" for text in self._makers.values()]
        return [
            *(["\n".join(prototypes)] if prototypes else []),
            *self.callbacks.functions(),
            *self._makers.values(),
        ]

    def _argument(self, variable: str, name: str, shape: Shape, lengths: Sequence[str]) -> Iterator[str]:
        if lengths:
            yield f"void *{variable} = take_block({' * '.join(lengths)});"
            yield f"watch_values({variable}, 1, NULL);"
        elif isinstance(shape, Named):
            yield f"{c_type(shape, self.target)} {variable};"
            yield f"memset(&{variable}, 0, sizeof({variable}));"
            yield from self._fill(shape, variable, "0")
        else:
            value = self._value(shape, self._may_be_null(name), "0")
            yield f"{c_type(shape, self.target)} {variable} = {value};"

    def _may_be_null(self, name: str) -> bool:
        bare = re.escape(name.rstrip("_"))
        checks = rf"!\s*{bare}\b(?!\s*(?:->|\[|\())|\b{bare}\s*[!=]=\s*NULL|\bNULL\s*[!=]=\s*{bare}\b"
        checks += rf"|\(\s*{bare}\s*\)|&&\s*{bare}\s*[)&|]|\b{bare}\s*(?:\?|&&|\|\|)|\|\|\s*{bare}\s*[)&|]"
        body = self.target.hole.c_text.partition("{")[2]
        return re.search(rf"(?:if|while|\?|&&|\|\||!|=|\()[^;]*?(?:{checks})", body) is not None

    def _value(self, shape: Shape, nullable: bool, depth: str) -> str:
        """Return an expression for a value of a type that is no record."""
        match shape:
            case Integer():
                return f"({c_type(shape, self.target)})take_number({shape.bits})"
            case Real():
                return "take_real()"
            case FunctionPointer():
                callback = f"(void *){self.callbacks.name(shape)}"
                return f"take_range(0, 7) == 7 ? NULL : {callback}" if nullable else callback
            case Pointer():
                made = self._pointed(shape.target, depth)
                return f"take_range(0, 7) == 7 ? NULL : {made}" if nullable else made
            case _:
                return "0"

    def _pointed(self, shape: Shape, depth: str) -> str:
        """Return an expression for a pointer to values of a type."""
        match shape:
            case Integer(is_char=True):
                return "watched_string(take_string(24))"
            case Named() if self.target.variables_of(shape.name):
                return f"{self._chooser(shape)}({depth})"
            case Named() if is_spelled(shape, self.target) and self.target.shapes.record(shape.name):
                return f"{self._maker(shape)}({depth})"
            case Pointer():
                return f"{self._row_maker(shape)}({depth})"
            case Integer() | Real():
                return self._single(shape)
            case FunctionPointer():
                return f"{self._row_maker(shape)}({depth})"
            case _:
                return "watched_block(16)"

    def _single(self, shape: Integer | Real) -> str:
        name = f"make_{c_type(shape, self.target)}"
        kind = c_type(shape, self.target)
        if name not in self._makers:
            self._makers[name] = (
                f"static void *{name}(void)\n{{\n\t{kind} *value = new_block(sizeof(*value));\n\n"
                f"\t*value = {self._value(shape, False, '0')};\n"
                f"\t{self.observers.watch(shape, 'value')}\n\treturn value;\n}}"
            )
        return f"{name}()"

    def _row_maker(self, shape: Pointer | FunctionPointer) -> str:
        """Write a function that makes a row of pointers, NULL at its end."""
        name = f"make_row_{len([each for each in self._makers if each.startswith('make_row_')]) + 1}"
        known = next((key for key, text in self._makers.items() if text.endswith(f"/* {shape} */")), None)
        if known is not None:
            return known
        self._makers[name] = ""
        self._makers[name] = (
            f"static void *{name}(int depth)\n{{\n\tsize_t count = (size_t)take_range(1, 4);\n"
            "\tvoid **row = new_block((count + 1) * sizeof(*row));\n\n"
            "\tfor (size_t i = 0; i < count; i++)\n"
            f"\t\trow[i] = {self._value(shape, True, 'depth + 1')};\n"
            f"\t{self.observers.watch(shape, 'row')}\n\treturn row;\n}}"
        )
        return name

    def _chooser(self, shape: Named) -> str:
        """Write a function that gives one of the module's own records, or makes one."""
        name = f"choose_{shape.name}"
        known = self.target.variables_of(shape.name)
        if name not in self._makers:
            made = f"{self._maker(shape)}(depth)" if is_spelled(shape, self.target) else "NULL"
            listed = ", ".join(f"(void *){each}" for each in known)
            self._makers[name] = (
                f"static void *{name}(int depth)\n{{\n\tvoid *const known[] = {{ {listed} }};\n"
                f"\tint chosen = (int)take_range(0, {2 * len(known)});\n\n"
                f"\treturn chosen < {len(known)} ? known[chosen] : {made};\n}}"
            )
        return name

    def _maker(self, shape: Named) -> str:
        """Write a function that makes a record, or gives one that was made before."""
        name, kind = f"make_{shape.name}", c_type(shape, self.target)
        if name in self._makers:
            return name
        self._makers[name] = ""
        record = self.target.shapes.record(shape.name)
        tail = " + (size_t)take_range(0, 24)" if record is not None and record.is_flexible else ""
        fill = "\n".join(f"\t{line}" for line in self._fill(shape, "(*value)", "depth + 1"))
        self._makers[name] = (
            f"static void *{name}(int depth)\n{{\n\tstatic {kind} *made[12];\n\tstatic unsigned long run;\n"
            f"\tstatic int count;\n\t{kind} *value;\n\tint chosen;\n\n"
            "\tif (run != run_number())\n\t\tcount = 0;\n\trun = run_number();\n"
            "\tchosen = depth ? (int)take_range(0, 15) : (int)take_range(0, 3) + 9;\n"
            "\tif (chosen < count)\n\t\treturn made[chosen];\n"
            "\tif (depth && (chosen > 13 || count == 12 || depth > 4))\n\t\treturn NULL;\n"
            "\tif (count == 12)\n\t\treturn made[0];\n"
            f"\tvalue = new_block(sizeof(*value){tail});\n\tmade[count++] = value;\n{fill}\n"
            f"\t{self.observers.watch(shape, 'value')}\n\treturn value;\n}}"
        )
        return name

    def _fill(self, shape: Named, place: str, depth: str) -> Iterator[str]:
        record = self.target.shapes.record(shape.name)
        if record is None:
            return
        yield from self._fill_record(record, place, depth)

    def _fill_record(self, record: Record, place: str, depth: str) -> Iterator[str]:
        if record.is_union:
            yield from self._fill_union(record, place, depth)
            return
        lengths = _part_lengths(record)
        for part in record.fields:
            if part.name in lengths.values():
                continue
            partner = lengths.get(part.name)
            if partner is not None:
                yield f"{place}.{partner} = take_range(0, {MOST_ELEMENTS});"
                yield f"{place}.{part.name} = take_block({place}.{partner});"
                yield f"watch_values({place}.{part.name}, 1, NULL);"
            else:
                yield from self._fill_part(part, f"{place}.{part.name}", depth)

    def _fill_union(self, record: Record, place: str, depth: str) -> Iterator[str]:
        if not record.fields:
            return
        yield f"switch (take_range(0, {len(record.fields) - 1})) {{"
        for number, part in enumerate(record.fields):
            yield f"case {number}:"
            yield from self._fill_part(part, f"{place}.{part.name}", depth)
            yield "break;"
        yield "}"

    def _fill_part(self, part: Field, place: str, depth: str) -> Iterator[str]:
        shape = part.shape
        match shape:
            case Named():
                yield from self._fill(shape, place, depth)
            case Array() if holds_pointer(shape, self.target) or isinstance(shape.element, Named | Array):
                return
            case Array():
                yield f"take_bytes({place}, sizeof({place}));"
            case Opaque():
                return
            case Integer() if part.bit_width is not None:
                yield f"{place} = take_number({part.bit_width});"
            case _:
                yield f"{place} = {self._value(shape, isinstance(shape, Pointer), depth)};"


def _part_lengths(record: Record) -> dict[str, str]:
    """Pair pointers in a record with the part that says how long they are, by name."""
    names = {part.name: part for part in record.fields}
    found: dict[str, str] = {}
    for part in record.fields:
        plain = isinstance(part.shape, Pointer) and isinstance(part.shape.target, Integer | Opaque)
        wanted = re.compile(rf"{re.escape(part.name)}_?{_PART_LENGTH}")
        partner = next((each for each in names if wanted.fullmatch(each)), None)
        if plain and partner is not None and isinstance(names[partner].shape, Integer):
            found[part.name] = partner
    return found


def _lengths(parameters: Sequence[tuple[str, Shape]]) -> dict[int, tuple[int, ...]]:
    """Pair buffers with the parameters that say how long they are: those that follow a run of pointers."""
    found: dict[int, tuple[int, ...]] = {}
    for index, (_, shape) in enumerate(parameters):
        partners: list[int] = []
        for at in range(index + 1, len(parameters)):
            if not _is_length(parameters[at]):
                break
            partners.append(at)
        if not partners or not _is_buffer(shape):
            continue
        counted = tuple(partners[:2]) if _is_void(shape) else (partners[0],)
        for before in range(index, -1, -1):
            if _alike(parameters[before][1], shape):
                found[before] = counted
            else:
                break
    return found


def _is_length(parameter: tuple[str, Shape]) -> bool:
    name, shape = parameter
    return isinstance(shape, Integer) and shape.bits >= 16 and _LENGTH.match(name.lower()) is not None


def _is_buffer(shape: Shape) -> bool:
    return isinstance(shape, Pointer) and (
        _is_void(shape) or (isinstance(shape.target, Integer) and shape.target.bits == 8)
    )


def _is_void(shape: Shape) -> bool:
    return isinstance(shape, Pointer) and isinstance(shape.target, Opaque)


def _alike(one: Shape, other: Shape) -> bool:
    if not isinstance(one, Pointer) or not isinstance(other, Pointer) or not _is_buffer(one):
        return False
    is_text = isinstance(one.target, Integer) and one.target.is_char and one.const
    return one == other or (one.target == other.target and not is_text)
