"""How much of a kernel's stack the functions of an object take."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.process import run

_FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$", re.MULTILINE)
_GROWTH = re.compile(r"\bsub\s+\$0x([0-9a-f]+),%rsp$", re.MULTILINE)
_PROBED = re.compile(
    r"\b(?:lea\s+-0x([0-9a-f]+)\(%rsp\),%r11|mov\s+%rsp,%r11\n.*\bsub\s+\$0x([0-9a-f]+),%r11)"
    r"\n.*\bsub\s+\$0x1000,%rsp$",
    re.MULTILINE,
)
"""How far a loop goes that touches every page of a large frame in turn."""
_PAGE = 0x1000


def frames(path: Path) -> dict[str, int]:
    """Return how many bytes of stack each function of an object takes for itself, by name.

    They are read off the instructions, as `scripts/checkstack.pl` of the kernel does it.
    """
    listed = run(("objdump", "-d", "-C", "--no-show-raw-insn", path), timeout=120)
    _, *parts = _FUNCTION.split(listed.stdout.decode(errors="replace"))
    return {name: _frame(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _frame(text: str) -> int:
    grown = sum(int(size, 16) for size in _GROWTH.findall(text))
    probed = [int(one or other, 16) for one, other in _PROBED.findall(text)]
    return grown + sum(size - _PAGE for size in probed)
