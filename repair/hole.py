"""A hole: a place in the crate that one definition of the C fills."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from analysis.declarations import Macro
from analysis.inventory import Kind


@dataclass(frozen=True, slots=True)
class Hole:
    """A typed place in the crate, and the C that stands for it."""

    ident: str
    name: str
    """The Rust identifier."""
    kind: Kind
    file: Path
    """The C file, relative to the module's root."""
    line: int
    end_line: int
    symbol: str
    """Under which C and Rust link to it while there is C left."""
    local: bool
    """No C outside the module's own file, or files that include it, links to it."""
    signature: str
    """Everything before the body or the value: `pub unsafe extern "C" fn f(x: c_int) -> c_int`."""
    c_text: str
    """The C definition, comments above not included."""
    comment: str
    """The C comment above, as Rust line comments, or nothing."""
    names: frozenset[str] = frozenset()
    """Every name in the C definition, also those that its macros bring."""
    taken: frozenset[str] = frozenset()
    """Names of the module that a helper of this hole could be given, and so hide."""
    macros: tuple[Macro, ...] = ()
    """What it uses of function-like macros and of numbers cast to pointers, through macros too."""
    value: str | None = None
    """The whole item where a rule fills it, with no model: a variable without initialiser."""
    stays: str | None = None
    """Why it cannot be Rust at all, or None."""
    maker: str | None = None
    """The macro of headers that makes it and keeps it in C by design, so that it is not to be filled."""

    @property
    def linkage(self) -> str:
        """The attribute under which C links to it."""
        exact = self.symbol == self.name
        return "#[unsafe(no_mangle)]" if exact else f'#[unsafe(export_name = "{self.symbol}")]'

    @property
    def declaration(self) -> str:
        """How Rust declares it where C defines it."""
        text = self.signature.replace('unsafe extern "C" fn', "fn", 1)
        # Safe to read in C as it is once it is Rust, so that code which uses it fits both.
        text = re.sub(r"^(pub )?static (?!mut )", r"\1safe static ", text)
        link = "" if self.symbol == self.name else f'#[link_name = "{self.symbol}"] '
        return f'unsafe extern "C" {{ {link}{text}; }}'
