"""Writes an overview as web pages: an index, and a page for each module."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from migrate.errors import OutputError
from migrate.overview.fleet import Fleet
from migrate.overview.history import NAME, history_text, read_history, snapshot, with_snapshot
from migrate.overview.index import render_index
from migrate.overview.module import ModuleRun
from migrate.overview.reading import understood
from migrate.report.files import JSON_NAME, read_report, replace_file
from migrate.report.html import look, render_html
from migrate.report.reading import report_of
from migrate.run.output import held

INDEX = "index.html"
MODULES = "modules"
_PATIENCE = 60.0
"""Seconds for which another report may be written into the same folder."""
_MADE = ".made.json"
"""Of what each page was made, so that a page whose run did not move is not made again."""


def write_pages(folder: Path, fleet: Fleet) -> Path:
    """Write the pages and return the index.

    Raise OutputError where the folder is not for that, or another report is being written there all the time.
    """
    _require_ours(folder)
    _claim(folder)
    with held(folder, _PATIENCE):
        _write(folder, fleet)
    return folder / INDEX


def _write(folder: Path, fleet: Fleet) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    history = with_snapshot(read_history(folder), snapshot(fleet, now))
    pages = folder / MODULES
    made = _read_made(pages)
    digests = {f"{each.key}.html": _write_page(pages, each, made) for each in fleet.modules}
    replace_file(folder / NAME, history_text(history))
    replace_file(folder / INDEX, render_index(fleet, history, now))
    replace_file(pages / _MADE, json.dumps(digests, indent=1) + "\n")
    for name in made.keys() - digests.keys():
        (pages / name).unlink(missing_ok=True)


def _require_ours(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; choose another folder for --html")
    foreign = [name for name in (INDEX, MODULES) if (folder / name).exists()]
    if foreign and not (folder / NAME).exists():
        raise OutputError(
            f"{folder} holds {foreign[0]}, which is not from `llmigrate report`; "
            "choose an empty or new folder for --html"
        )


def _claim(folder: Path) -> None:
    """Make a folder ours before anything else is in it: what is interrupted can be given again."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / NAME).exists():
            replace_file(folder / NAME, history_text(()))
        (folder / MODULES).mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}); choose another folder") from None


def _read_made(pages: Path) -> Mapping[str, str]:
    try:
        made = json.loads((pages / _MADE).read_bytes())
        return {Path(name).name: str(digest) for name, digest in made.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _write_page(pages: Path, module: ModuleRun, made: Mapping[str, str]) -> str:
    """Write the page of a module unless it is there already; return the digest of what it was made of."""
    out, page = module.folder, pages / f"{module.key}.html"
    digest = hashlib.sha256(f"{look()}\0".encode() + _bytes_of(out / JSON_NAME)).hexdigest()
    if made.get(page.name) != digest or not page.is_file():
        content = read_report(out)
        with understood(out):
            text = render_html(report_of(content), f"../{INDEX}")
        replace_file(page, text)
    return digest


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutputError(f"{path} cannot be read ({error.strerror}); report again") from None
