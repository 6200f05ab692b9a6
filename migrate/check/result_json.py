"""The result of a check as one JSON object; `docs/check.schema.json` is its schema."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from migrate.check.finding import Checked

FORMAT = 1
"""Version of the format."""


def result_json(checked: Checked) -> dict[str, Any]:
    """Return a result as `--json` prints it."""
    return {
        "format": FORMAT,
        "ok": not checked.findings,
        "root": str(checked.root),
        "files": checked.files,
        "functions": checked.functions,
        "findings": [{**asdict(each), "level": each.level.value} for each in checked.findings],
        "ignored": checked.ignored,
        "built": list(checked.built),
        "not_checked": list(checked.not_checked),
    }
