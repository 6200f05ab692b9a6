"""The report as files of the output folder: `report.json` for programs, `report.html` for people."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import cast

from migrate.errors import OutputError, newer_format
from migrate.report.html import render_html
from migrate.report.json_format import FORMAT, ReportJson, report_json
from migrate.report.report import Report

JSON_NAME = "report.json"
HTML_NAME = "report.html"
_HALVES = re.compile(r"\\u[dD][89a-fA-F]")
"""How JSON may spell half a character, which no file can hold."""


def write_report(folder: Path, report: Report) -> None:
    """Write both files, each in one step. Raise OutputError when that is impossible."""
    text = json.dumps(report_json(report), indent=2, ensure_ascii=False) + "\n"
    replace_file(folder / JSON_NAME, text)
    replace_file(folder / HTML_NAME, render_html(report))


def read_report(folder: Path) -> ReportJson:
    """Read `report.json` of an output folder. Raise OutputError when there is none to be read."""
    path = folder / JSON_NAME
    try:
        text = path.read_text("utf-8")
        content = json.loads(text)
        if _HALVES.search(text):
            json.dumps(content, ensure_ascii=False).encode()
    except FileNotFoundError:
        raise OutputError(
            f"{folder} holds no {JSON_NAME}; name the output folder of a run, or run `llmigrate run` first"
        ) from None
    except OSError as error:
        raise OutputError(f"{path} cannot be read ({error.strerror}); check the path") from None
    except ValueError:
        content = None
    if not isinstance(content, dict) or not ReportJson.__required_keys__ <= content.keys():
        raise OutputError(f"{path} is not a report; give the same `llmigrate run` again")
    found = content.get("format", FORMAT)
    if found != FORMAT:
        raise OutputError(newer_format(path, found, FORMAT))
    return cast(ReportJson, content)


def replace_file(path: Path, text: str) -> None:
    """Write a file in one step: it is the old or the new one at any moment. Raise OutputError."""
    draft = path.with_name(f".{path.name}.new")
    try:
        with draft.open("wb") as file:
            file.write(text.encode())
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written ({error.strerror}); make room for it, or choose another folder"
        ) from None
