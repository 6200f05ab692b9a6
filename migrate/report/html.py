"""The report as one web page that needs nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from migrate.report.figures import counted, density, dollars, duration, kept_by_design, sentence
from migrate.report.highlight import colours, highlighted_c, highlighted_rust
from migrate.report.picture import Node, Picture, draw
from migrate.report.report import HoleReport, Report
from migrate.report.slugs import place_slug
from migrate.report.states import STATE_NAMES
from repair.evidence.proof import floored
from repair.plug import PlugKind

_MOST_COLOURED = 1_000
"""With the elements that colours take, browsers would stall on the code of more functions than that."""
_PLUG_NAMES = {
    PlugKind.RUST: "Rust",
    PlugKind.TRANSPILED: "Transpiled",
    PlugKind.C: "C",
    PlugKind.UNIMPLEMENTED: "Unimplemented",
}


def render_html(report: Report, home: str = "") -> str:
    """Return the page for a report; `home` is where a link back to an overview leads, if there is one."""
    makers = {each.name: each.macro for each in report.facts.furniture}
    is_coloured = len(report.holes) <= _MOST_COLOURED
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            home=home,
            kept=kept_by_design(makers) if makers else "",
            picture=_picture(report.holes),
            plug_names=_PLUG_NAMES,
            state_names=STATE_NAMES,
            c=highlighted_c if is_coloured else str,
            rust=highlighted_rust if is_coloured else str,
        )
    )


def _picture(holes: Sequence[HoleReport]) -> Picture | None:
    """Draw who calls whom; None where an older report does not say, or there is nothing to see."""
    calls = {hole.name: hole.calls.inside for hole in holes}
    return draw([_node(hole) for hole in holes], calls) if any(calls.values()) else None


def _node(hole: HoleReport) -> Node:
    href = f"#{place_slug(hole.name)}"
    return Node(hole.name, hole.name, href, hole.state, STATE_NAMES[hole.state])


@cache
def environment() -> Environment:
    """Return what pages are made with: the templates of this folder, their filters and their style."""
    environment = Environment(
        loader=PackageLoader("migrate.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "counted": counted,
        "density": density,
        "percent": floored,
        "dollars": dollars,
        "duration": duration,
        "sentence": sentence,
        "place": place_slug,
    }
    script = _text("sort.js")
    environment.globals |= {
        "page_css": Markup(_css()),
        "page_script": Markup(script),
        "page_script_hash": f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}",
    }
    return environment


@cache
def look() -> str:
    """Return a hash of all that decides what a page looks like besides its report."""
    files = sorted(resources.files("migrate.report").iterdir(), key=lambda file: file.name)
    held = sha256(version("pygments").encode())
    for file in files:
        if file.is_file():
            held.update(file.read_bytes())
    return held.hexdigest()


def _text(name: str) -> str:
    return resources.files("migrate.report").joinpath(name).read_text("utf-8")


def _css() -> str:
    return f"{_text('report.css')}\n{colours()}"
