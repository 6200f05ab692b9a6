"""Names that Rust and cargo keep for themselves."""

from __future__ import annotations

_WORDS = """
abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen
if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true
try type typeof unsafe unsized use virtual where while yield"""

KEYWORDS = frozenset(_WORDS.split())
"""Words that are no identifiers in Rust, now or by reservation."""

PACKAGES = KEYWORDS | {
    "test",
    "core",
    "std",
    "alloc",
    "proc_macro",
    "build",
    "deps",
    "examples",
    "incremental",
}
"""Names that cargo refuses for a package, or that clash with what every crate has."""
