"""What a kernel's log says: without what changes from boot to boot, where it complains, and how it died."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

_STAMP = re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[\s*[TC]\d+\])? ?")
_MEASURED = re.compile(
    r"\b\d+\.\d+s\b|\b0x[0-9a-f]{8,}\b|\b[0-9a-f]{16}\b|\((?:lpj|pid)=\d+\)|"
    r"(?<=jiffies )\d+|(?<=pid )\d+|(?<=PID: )\d+",
    re.IGNORECASE,
)
"""Seconds, addresses and process numbers, in the ways in which the kernel writes them."""
_OF_THE_HOST = re.compile(
    r"Linux version |Calibrating delay loop|mconsole |Checking |No pseudo-terminals|Memory: |"
    r"Kernel command line: |Unknown kernel command line|Adding \d+ bytes to physical memory|"
    r"(?:Zone ranges|Movable zone|Early memory)|\s+Normal\s+\[mem|\s+node\s+\d+:|Initmem setup|"
    r"Core dump limits|Unpacking initramfs|Freeing initrd memory|\s+(?:soft|hard) - "
)
"""What depends on the machine, on the size of the kernel or on when it was linked."""
_COMPLAINT = re.compile(
    r"WARNING: |BUG: |BUG at |INFO: (?:task|possible|rcu|suspicious|trying)|Kernel mode fault|Oops|"
    r"=+\[? ?cut here|unreferenced object|Kernel panic|RUST PANIC: |Segfault with no mm|possible .*deadlock|"
    r"Bad page|list_(?:add|del) corruption|refcount_t: "
)
_PANIC = re.compile(r"Kernel panic - not syncing: (.*)")
_RUST = re.compile(r"RUST PANIC: (.+?):(\d+):(\d+)(?:: (.*))?$", re.MULTILINE)
_DETAIL_LINES = 30
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class RustPlace:
    """Where Rust code panicked, and why as far as it said."""

    file: str
    line: int
    column: int
    said: str
    """Empty where the message has parts that only `core::fmt` could have put together."""


@dataclass(frozen=True, slots=True)
class Panic:
    """The end of a kernel."""

    message: str
    """The kernel's own."""
    rust: RustPlace | None
    detail: str
    """The log from the first complaint on, cut."""

    @property
    def sentence(self) -> str:
        """Say it in one line, with the place in the Rust if it has one."""
        if self.rust is None:
            return f"the kernel panicked: {self.message}"
        why = self.rust.said or "Rust code panicked"
        return f"Rust panicked in the kernel at {self.rust.file}:{self.rust.line}:{self.rust.column}: {why}"


def filtered(log: str) -> tuple[str, ...]:
    """Return a log's lines without times, addresses and what is the machine's."""
    lines = (_STAMP.sub("", line.rstrip()) for line in log.splitlines())
    return tuple(_MEASURED.sub("N", line) for line in lines if line and not _OF_THE_HOST.match(line))


def complaints(log: str) -> tuple[str, ...]:
    """Return the lines in which the kernel says that something is wrong."""
    return tuple(line for line in filtered(log) if _COMPLAINT.search(line))


def read_panic(log: str) -> Panic | None:
    """Return the panic in a log, or None where there is none."""
    ended = _PANIC.search(log)
    rust = _RUST.search(log)
    if ended is None and rust is None:
        return None
    lines = log.splitlines()
    first = next((number for number, line in enumerate(lines) if _COMPLAINT.search(line)), 0)
    detail = "\n".join(lines[first : first + _DETAIL_LINES])
    place = RustPlace(rust[1], int(rust[2]), int(rust[3]), rust[4] or "") if rust else None
    return Panic(ended[1].strip() if ended else "BUG!", place, detail)


def differences(c_logs: Sequence[str], other: str) -> tuple[str, ...]:
    """Return the lines that another kernel's log has in excess (`+`) and lacks (`-`), in order.

    `c_logs` are of the same kernel booted once or more; the kinds of lines in which they differ among
    themselves say nothing and are left out.
    """
    expected = [filtered(log) for log in c_logs]
    restless = {_shape(change[1:]) for lines in expected[1:] for change in _changes(expected[0], lines)}
    return tuple(_changes(_steady(expected[0], restless), _steady(filtered(other), restless)))


def _changes(one: Sequence[str], other: Sequence[str]) -> list[str]:
    compared = difflib.unified_diff(one, other, lineterm="", n=0)
    return [line for line in list(compared)[2:] if not line.startswith("@@")]


def _steady(lines: Sequence[str], restless: set[str]) -> list[str]:
    return [line for line in lines if _shape(line) not in restless]


def _shape(line: str) -> str:
    return _DIGITS.sub("0", line)
