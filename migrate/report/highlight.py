"""Code with its colours, as little HTML as that takes."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import CLexer, RustLexer
from pygments.token import STANDARD_TYPES, Name, Operator, Punctuation, Text, Whitespace, _TokenType

# Of the styles that Pygments has, the ones with the best contrast on white and on dark.
_LIGHT = "xcode"
_DARK = "github-dark"
_PLAIN = frozenset({Text, Whitespace, Name, Punctuation, Operator})
"""Most of all code; it has the colour of text, and elements for it would make pages four times as large."""
_C, _RUST = CLexer(), RustLexer()


def highlighted_c(text: str) -> Markup:
    """Return C as HTML."""
    return _highlighted(text, _C)


def highlighted_rust(text: str) -> Markup:
    """Return Rust as HTML."""
    return _highlighted(text, _RUST)


def colours() -> str:
    """Return the style that this HTML needs, light and dark."""
    return f"{_rules(_LIGHT, 'light')}\n{_rules(_DARK, 'dark')}"


def _highlighted(text: str, lexer: Lexer) -> Markup:
    return Markup("".join(_element(kind, value) for kind, value in lexer.get_tokens(text)))


def _element(kind: _TokenType, value: str) -> str:
    name, safe = _class_of(kind), _escaped(value)
    return f'<span class="{name}">{safe}</span>' if name else safe


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@cache
def _class_of(kind: _TokenType) -> str:
    """Return the class of the nearest kind that has one; nothing for what is not coloured."""
    known = next(each for each in reversed(kind.split()) if each in STANDARD_TYPES)
    return "" if known in _PLAIN else STANDARD_TYPES[known]


def _rules(style: str, scheme: str) -> str:
    rules = "\n".join(HtmlFormatter(style=style).get_token_style_defs(".code"))  # type: ignore[no-untyped-call]
    return f"@media (prefers-color-scheme: {scheme}) {{\n{rules}\n}}"
