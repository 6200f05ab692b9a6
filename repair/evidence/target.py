"""A function whose behaviour is to be shown, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from analysis.lexer import tokenise
from analysis.shapes import Array, FunctionShape, Named, Shape, Shapes, c_name
from repair.evidence.c_library import EXTREMES, NUMBER_READERS
from repair.hole import Hole

_MOST_WORDS = 48
_LONGEST_WORD = 24
_NOT_WORDS = frozenset({r"'\0'", r"'\x00'", r"'\000'"})
_BRACED = re.compile(r"\{[^{}]*\}")
_RETURNED = re.compile(r"\breturn\b([^;]*);")
_LENGTH_OR_VALUES = r"(?:\[\s*([1-9]\d*)\s*\]\s*[=;,]|\[\s*\]\s*=\s*\{([\s\w,.+-]*)\})"
_GROUPED = re.compile(r"\)\s*\([^()]*\)|\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Distant:
    """A variable that a call may read or change and that the function's file does not define."""

    hole: Hole
    shape: Shape

    @property
    def alias(self) -> str:
        """The name under which a driver declares it."""
        return f"llm_{self.hole.symbol}"


@dataclass(frozen=True)
class Target:
    """A function of the module, the types it sees and what it reaches."""

    hole: Hole
    home: Path
    """The C file that it is compiled with, relative to the module's root."""
    shape: FunctionShape
    shapes: Shapes
    c_types: Mapping[str, str]
    """How C spells each record: `struct NAME`, `union NAME` or a typedef's name."""
    variables: tuple[Hole, ...]
    """Variables of the module that a call may read or change, and that its file defines."""
    reached: frozenset[str]
    """Idents of the holes that a call of it may run or read, its own included."""
    names: frozenset[str]
    """Every name that these mention."""
    outside: frozenset[str] = frozenset()
    """Functions that a call of it may run and that neither the module nor a header of its defines."""
    texts: tuple[str, ...] = ()
    """The C of these, in the order of their idents."""
    distant: tuple[Distant, ...] = ()
    """Variables of other files that a call may read or change, as far as their types are known here."""
    handed: tuple[str, ...] = ()
    """Functions of its file whose address is taken by what a call reaches."""
    handles: tuple[str, ...] = ()
    """Records that only functions of the module can make and look into: they may be Rust's own."""
    callable: tuple[str, ...] = ()
    """The functions of the module that a driver may call besides, where not all of it is the C's."""
    needs_author: bool = False
    """Whether its contract is more than types say, so that rules cannot write its driver."""
    has_own_types: bool = False
    """Whether the Rust has types of its own: then pointers lead apart, and no mark stands for a function."""

    @property
    def changeable(self) -> tuple[Hole, ...]:
        """The variables that are no constants."""
        return tuple(each for each in self.variables if not is_constant(each))

    @property
    def remembers(self) -> bool:
        """Tell whether the function has variables of its own that outlive a call."""
        return any(token.text == b"static" for token in tokenise(self._body.encode()))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Short string and character constants in all that a call reaches, as C spells strings.

        Numbers that are too large are among them where a call reads numbers.
        """
        found = (word for text in self.texts for word in _words(text))
        extremes = EXTREMES if self.outside & NUMBER_READERS else ()
        return tuple(islice(dict.fromkeys((*extremes, *found)), _MOST_WORDS))

    @property
    def _body(self) -> str:
        return self.hole.c_text.partition("{")[2]

    @cached_property
    def returned_values(self) -> int:
        """How many values the table has whose beginning the function returns; 0 where that is not certain."""
        returned = {each.strip() for each in _RETURNED.findall(self._body)} - {"NULL", "0"}
        name = returned.pop() if len(returned) == 1 else ""
        if not name.isidentifier():
            return 0
        for each in self.variables:
            shape = self.shapes.of_variable(each.signature)
            if c_name(each.name) == name:
                return shape.length if isinstance(shape, Array) else 0
        # What stands in the function itself no driver can name.
        local = re.search(rf"\bstatic\b[^;={{}}]*\b{name}\s*{_LENGTH_OR_VALUES}", self._body)
        return (
            int(local[1] or 0) or len([each for each in local[2].split(",") if each.strip()]) if local else 0
        )

    @property
    def says_restrict(self) -> bool:
        """Tell whether anything promises that pointers lead apart."""
        return self.has_own_types or any("restrict" in text.lower() for text in self.texts)

    def checks(self, parameter: str) -> bool:
        """Tell whether the function asks if a parameter is NULL."""
        bare = re.escape(c_name(parameter))
        checks = rf"!\s*{bare}\b(?!\s*(?:->|\[|\())|\b{bare}\s*[!=]=\s*NULL|\bNULL\s*[!=]=\s*{bare}\b"
        checks += rf"|\(\s*{bare}\s*\)|&&\s*{bare}\s*[)&|]|\b{bare}\s*(?:\?|&&|\|\|)|\|\|\s*{bare}\s*[)&|]"
        return re.search(rf"(?:if|while|return|\?|&&|\|\||!|=|\()[^;]*?(?:{checks})", self._body) is not None

    def checks_part(self, part: str) -> bool:
        """Tell whether any of the C asks if a part of a record is NULL."""
        place = rf"\w(?:->|\.){re.escape(part)}\b"
        check = rf"!\s*[\w.>-]*{place}(?!\s*\()|{place}\s*(?:[!=]=\s*NULL|\?|&&|\|\||\))"
        return any(re.search(check, text) for text in self.texts)

    def indexes(self, parameter: str) -> bool:
        """Tell whether the function counts from where a parameter points."""
        bare = re.escape(c_name(parameter))
        counted = rf"\b{bare}\s*(?:\[|\+\+|\+=|\+\s*\w|--)|(?:\+\+|\+)\s*{bare}\b"
        return re.search(counted, self._body) is not None

    def has_marks(self, name: str) -> bool:
        """Tell whether any of the C compares a parameter or part with something that is not NULL."""
        compared = rf"\b{re.escape(c_name(name))}\s*[!=]=\s*(?!NULL\b|0\b)[\w(]"
        return not self.has_own_types and any(re.search(compared, text) for text in self.texts)

    def variables_of(self, record: str) -> tuple[str, ...]:
        """Return C expressions for the addresses of variables that are, or begin with, a record of a type."""
        shapes = ((each.name, self.shapes.of_variable(each.signature)) for each in self.variables)
        return tuple(
            f"&{name}" if shape == Named(record) else name
            for name, shape in shapes
            if _begins_with(shape) == Named(record)
        )


def is_constant(variable: Hole) -> bool:
    """Tell whether C forbids to change a variable."""
    if not variable.signature.startswith(("static mut ", "pub static mut ")):
        return True
    # What holds pointers is `mut` in Rust, whatever the C says: there the last `*` decides.
    declared, inner = "", variable.c_text
    while inner != declared:
        declared, inner = inner, _BRACED.sub("", inner)
    declarator = _GROUPED.sub(")", declared.partition("=")[0])
    return re.search(r"\bconst\b", declarator.rpartition("*")[2]) is not None


def _begins_with(shape: Shape) -> Shape:
    return shape.element if isinstance(shape, Array) else shape


def _words(text: str) -> Iterator[str]:
    for token in tokenise(text.encode()):
        spelled = token.text.decode(errors="replace")
        if token.kind == "string" and 2 < len(spelled) <= _LONGEST_WORD and spelled.isascii():
            yield spelled
        elif token.kind == "character" and spelled not in _NOT_WORDS and spelled.isascii():
            yield '"\\""' if spelled == "'\"'" else f'"{spelled[1:-1]}"'
