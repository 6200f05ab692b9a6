"""A driver: C text that turns bytes into a call of one function and reports what can be observed."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from repair.evidence.c_side import DECLARED


class DriverSource(enum.StrEnum):
    """Who wrote a driver."""

    RULE = "rule"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Driver:
    """The text that follows the declarations of a function's file."""

    ident: str
    """The hole whose function it calls."""
    file: str
    """The C file whose declarations it sees, relative to the module's root."""
    text: str
    source: DriverSource

    def program(self, headers: Sequence[str]) -> str:
        """Return the whole translation unit, which includes these headers."""
        included = "".join(f"#include <{name}>\n" for name in headers)
        module = f'#include "{DECLARED}/{self.file}"\n'
        return f'{module}{included}#include "driver.h"\n#line 1 "driver.c"\n{self.text}'

    @property
    def fingerprint(self) -> str:
        """The hash of its text and of what it is for: two functions may have the same text."""
        return hashlib.sha256(f"{self.ident}\0{self.file}\0{self.text}".encode()).hexdigest()
