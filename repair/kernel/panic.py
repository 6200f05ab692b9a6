"""What ties a panic of Rust code to the kernel's own end: the texts that go into a crate and its shim."""

from __future__ import annotations

from pathlib import Path

_RUNTIME = Path(__file__).parent / "runtime"
PANIC_C = _RUNTIME / "panic.c"
"""A C text that one part of a module is compiled with; see `repair.kernel.objects.Part`."""


def panic_handler() -> str:
    """Return the items that a crate without `std` needs once: its panic handler.

    It prints file, line and column with the kernel's own printk, and the message only where that is a
    constant, so that nothing of `core::fmt` is linked for it. Source of `PanicMessage::as_str`: Rust 1.81.
    """
    return (_RUNTIME / "panic.rs").read_text()
