"""The result of a check as annotations of GitHub Actions: lines that its runner looks for in the log."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.check.finding import Checked, Finding, Level
from migrate.check.places import named_from

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def annotation_lines(checked: Checked) -> Iterator[str]:
    """Yield a workflow command for each finding."""
    for each in checked.findings:
        yield f"::{_COMMANDS[each.level]} {_properties(checked, each)}::{_data(each.message)}"


def _properties(checked: Checked, finding: Finding) -> str:
    line = {} if finding.line is None else {"line": str(finding.line)}
    values = {"file": named_from(checked.root, finding.file), **line, "title": f"llmigrate: {finding.kind}"}
    return ",".join(f"{name}={_property(value)}" for name, value in values.items())


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
