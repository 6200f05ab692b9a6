"""A hash of C text that white space and comments do not change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from analysis.lexer import tokenise

_SPLICE = re.compile(rb"\\[ \t]*\r?\n")


def token_hash(text: bytes) -> str:
    """Return the SHA-256 over the tokens of a text, in hexadecimal.

    Where a preprocessor line ends counts, how it is continued does not.
    """
    digest = hashlib.sha256()
    for token in _tokens(text):
        digest.update(token)
        digest.update(b"\0")
    return digest.hexdigest()


def _tokens(text: bytes) -> Iterator[bytes]:
    for token in tokenise(text):
        if token.kind == "directive":
            yield b"#"
            yield from _tokens(_SPLICE.sub(b" ", token.text.lstrip(b" \t")[1:]))
            yield b"\n"
        elif token.kind != "comment":
            yield token.text
