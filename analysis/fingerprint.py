"""A hash of C text that white space and comments do not change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from analysis.lexer import tokenise

_OPERATORS = frozenset(b"++ -- << >> <= >= == != && || += -= *= /= %= &= |= ^= <<= >>= ##".split())
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
    """Yield tokens as C has them: operators of several characters are one."""
    operator, end = b"", -1
    for token in tokenise(text):
        is_punctuation = token.kind == "punctuation"
        if is_punctuation and token.start == end and operator + token.text in _OPERATORS:
            operator, end = operator + token.text, token.end
            continue
        if operator:
            yield operator
        operator, end = (token.text, token.end) if is_punctuation else (b"", -1)
        if token.kind == "directive":
            yield b"#"
            yield from _tokens(_SPLICE.sub(b" ", token.text.lstrip(b" \t")[1:]))
            yield b"\n"
        elif not is_punctuation and token.kind != "comment":
            yield token.text
    if operator:
        yield operator
