"""What the macros of a project mean to a parser that does not expand them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from analysis.declarations import Macro
from analysis.lexer import closing, lex
from analysis.macros import read_macros

SPECIFIERS = frozenset(["static", "inline", "extern", "const", "volatile", "register", "restrict", "auto"])
_SPELLINGS = {
    "__inline": "inline",
    "__inline__": "inline",
    "__const": "const",
    "__const__": "const",
    "__volatile": "volatile",
    "__volatile__": "volatile",
    "__restrict": "restrict",
    "__restrict__": "restrict",
}
_SILENT = frozenset(
    [
        "_Noreturn",
        "__extension__",
        "_Thread_local",
        "__thread",
        "noreturn",
        "__declspec",
        "dllimport",
        "dllexport",
    ]
)
_ARGUMENTS = r"\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_ATTRIBUTE = re.compile(rf"(?:__attribute__|__attribute|__declspec|_Pragma|_Alignas){_ARGUMENTS}|\[\[.*?\]\]")
_CALLED = re.compile(rf"(\w+){_ARGUMENTS}")
_PLAIN = re.compile(r"[\w\s()\[\]\",.]*")
_ONLY_WORDS = re.compile(r"[\w\s]*")
_OPEN_HEAD = re.compile(rb"\s*(?:(for|while|if)\b|(\w+))\s*(?=\()")
_OPEN_ELSE = re.compile(rb"\s*(?:\{\s*\}|;)?\s*else\b")

_ANNOTATIONS = (
    b"__extension__ _Noreturn __restrict __restrict__ __user __kernel __iomem __rcu __percpu __force"
    b" __bitwise __init __exit __initdata __initconst __exitdata __read_mostly __ro_after_init __maybe_unused"
    b" __always_unused __must_check __packed __cold __weak __pure noinline asmlinkage"
)
"""What gcc and the kernel's headers define as attributes; a file or header that says otherwise wins."""
_ANNOTATION_CALLS = (
    b"__aligned __printf __scanf __must_hold __acquires __releases __section __counted_by __free __cleanup"
    b" __attribute_alloc_size__ __alloc_size __nonnull __guarded_by"
)
_ALWAYS: Mapping[bytes, frozenset[str]] = {
    **dict.fromkeys(_ANNOTATIONS.split(), frozenset()),
    b"__always_inline": frozenset({"inline"}),
}


@dataclass(frozen=True, slots=True)
class Learned:
    """The macros that a parser of unexpanded C stumbles over, by what they stand for."""

    attributes: Mapping[bytes, frozenset[str]] = field(default_factory=lambda: dict(_ALWAYS))
    """Object-like macros that expand to nothing but attributes and specifiers, with those specifiers."""
    attribute_calls: frozenset[bytes] = frozenset(_ANNOTATION_CALLS.split())
    """Function-like macros that expand to nothing but attributes."""
    loops: frozenset[bytes] = frozenset()
    """Function-like macros whose body is an open `for`, `while` or `if` head."""
    identities: frozenset[bytes] = frozenset()
    """Function-like macros that expand to their only argument."""
    calls: frozenset[bytes] = frozenset()
    """All function-like macros."""

    @classmethod
    def scan(cls, texts: Iterable[bytes]) -> Learned:
        """Learn from the `#define` lines of headers, given as their bytes."""
        macros = [event for text in texts for event in read_macros(lex(text)) if isinstance(event, Macro)]
        return cls().extended(macros)

    def extended(self, macros: Iterable[Macro]) -> Learned:
        """Return this knowledge with further macros, which override what was known of the same names."""
        meanings = _Meanings(self, macros)
        own = {name.encode() for name in meanings.definitions}
        attributes = {name: words for name, words in self.attributes.items() if name not in own}
        attributes.update(meanings.attributes())
        return Learned(
            attributes,
            self.attribute_calls - own | meanings.called(meanings.is_attribute_call),
            self.loops - own | meanings.called(meanings.is_loop),
            self.identities - own | meanings.called(meanings.is_identity),
            self.calls - own | meanings.called(lambda name: True),
        )

    def specifiers(self, words: Iterable[bytes]) -> frozenset[str]:
        """Return the specifiers that the words before a declarator spell or stand for."""
        found: set[str] = set()
        for word in words:
            known = self.attributes.get(word)
            if known is not None:
                found |= known
            else:
                plain = word.decode("utf-8", "replace")
                found.add(_SPELLINGS.get(plain, plain))
        return frozenset(found & SPECIFIERS)


class _Meanings:
    """What a set of macro definitions stands for, each name looked at once."""

    def __init__(self, known: Learned, macros: Iterable[Macro]) -> None:
        self.known = known
        self.definitions: dict[str, list[Macro]] = {}
        for macro in macros:
            self.definitions.setdefault(macro.name, []).append(macro)
        self._specifiers: dict[str, frozenset[str] | None] = {}
        self._loops: dict[str, bool] = {}

    def called(self, wanted: Callable[[str], bool]) -> frozenset[bytes]:
        """Return the function-like macros that have a property."""
        return frozenset(name.encode() for name in self.definitions if self._is_call(name) and wanted(name))

    def attributes(self) -> dict[bytes, frozenset[str]]:
        """Return the object-like macros that are attributes, with the specifiers that they stand for."""
        words = {name: self.specifiers(name) for name in self.definitions if not self._is_call(name)}
        return {name.encode(): found for name, found in words.items() if found is not None}

    def is_attribute_call(self, name: str) -> bool:
        """Tell whether `name(...)` expands to attributes only; always to nothing does not make it one."""
        if name not in self.definitions:
            return name.encode() in self.known.attribute_calls
        bodies = (macro.body for macro in self.definitions[name])
        return self._is_call(name) and any(bodies) and self.specifiers(name) is not None

    def is_identity(self, name: str) -> bool:
        """Tell whether `name(x)` expands to x."""
        return all(macro.parameters == (macro.body,) for macro in self.definitions[name])

    def is_loop(self, name: str) -> bool:
        """Tell whether `name(...)` expands to an open `for`, `while` or `if` head."""
        if name not in self.definitions:
            return name.encode() in self.known.loops
        if name not in self._loops:
            self._loops[name] = False
            self._loops[name] = any(self._is_open_head(macro.body) for macro in self.definitions[name])
        return self._loops[name]

    def specifiers(self, name: str) -> frozenset[str] | None:
        """Return the specifiers that a macro stands for, or None when it is more than attributes."""
        if name not in self.definitions:
            return self.known.attributes.get(name.encode())
        if name not in self._specifiers:
            self._specifiers[name] = None
            found = [self._expansion(macro) for macro in self.definitions[name]]
            if None not in found:
                self._specifiers[name] = frozenset().union(*(words for words in found if words))
        return self._specifiers[name]

    def _is_call(self, name: str) -> bool:
        return self.definitions[name][-1].parameters is not None

    def _expansion(self, macro: Macro) -> frozenset[str] | None:
        if not _PLAIN.fullmatch(macro.body):
            return None
        rest = _ATTRIBUTE.sub(" ", macro.body)
        rest = _CALLED.sub(lambda call: " " if self.is_attribute_call(call.group(1)) else call.group(), rest)
        if not _ONLY_WORDS.fullmatch(rest):
            return None
        found: set[str] = set()
        for word in rest.split():
            meaning = self._meaning(word)
            if meaning is None:
                return None
            found |= meaning
        return frozenset(found)

    def _meaning(self, word: str) -> frozenset[str] | None:
        plain = _SPELLINGS.get(word, word)
        if plain in SPECIFIERS:
            return frozenset({plain})
        return frozenset() if word in _SILENT else self.specifiers(word)

    def _is_open_head(self, body: str) -> bool:
        code = body.encode()
        position = 0
        while match := _OPEN_HEAD.match(code, position):
            keyword, name = match.groups()
            end = closing(code, match.end(), len(code))
            if end < 0 or not (keyword or self.is_loop(name.decode())):
                return False
            otherwise = _OPEN_ELSE.match(code, end + 1)
            position = otherwise.end() if otherwise else end + 1
            if not code[position:].strip():
                return True
        return False
