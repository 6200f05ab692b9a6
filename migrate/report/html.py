"""The report as one web page that needs nothing else."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import CLexer, RustLexer

from migrate.report.figures import counted, density, dollars, duration, kept_by_design, sentence
from migrate.report.report import Report
from repair.plug import PlugKind

# Of the styles that Pygments has, the ones with the best contrast on white and on dark.
_LIGHT = "xcode"
_DARK = "github-dark"

_PLUG_NAMES = {
    PlugKind.RUST: "Rust",
    PlugKind.TRANSPILED: "Transpiled",
    PlugKind.C: "C",
    PlugKind.UNIMPLEMENTED: "Unimplemented",
}


def render_html(report: Report) -> str:
    """Return the page for a report."""
    template = _environment().get_template("report.html.j2")
    makers = {each.name: each.macro for each in report.facts.furniture}
    kept = kept_by_design(makers) if makers else ""
    return template.render(report=report, kept=kept, plug_names=_PLUG_NAMES, css=Markup(_css()))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("migrate.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "c": _highlighted_c,
        "rust": _highlighted_rust,
        "counted": counted,
        "density": density,
        "dollars": dollars,
        "duration": duration,
        "sentence": sentence,
    }
    return environment


def _highlighted_c(text: str) -> Markup:
    return Markup(highlight(text, CLexer(), HtmlFormatter(nowrap=True)))


def _highlighted_rust(text: str) -> Markup:
    return Markup(highlight(text, RustLexer(), HtmlFormatter(nowrap=True)))


@cache
def _css() -> str:
    own = resources.files("migrate.report").joinpath("report.css").read_text("utf-8")
    return f"{own}\n{_tokens(_LIGHT, 'light')}\n{_tokens(_DARK, 'dark')}"


def _tokens(style: str, scheme: str) -> str:
    formatter: Any = HtmlFormatter(style=style)  # Its stub leaves the next method untyped.
    rules = "\n".join(formatter.get_token_style_defs(".code"))
    return f"@media (prefers-color-scheme: {scheme}) {{\n{rules}\n}}"
