"""What a batch knows of modules that have left no report: those that wait, and those that cannot be run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from migrate.batch.snapshot import FILE_NAME, FORMAT, MODULES
from migrate.errors import OutputError, newer_format


def modules_of(out: Path) -> Mapping[Path, str]:
    """Return the output folder of each module of a batch, and why it is not Rust, if the batch says so.

    Raise OutputError when a newer llmigrate wrote what the batch has left. What cannot be read says nothing:
    `llmigrate batch` is to complain of it.
    """
    path = out / FILE_NAME
    try:
        content = json.loads(path.read_bytes())
        found = content["format"]
        rows = [_row(each) for each in content["modules"]] if found == FORMAT else []
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    if found != FORMAT:
        raise OutputError(newer_format(path, found, FORMAT))
    return {out / MODULES / folder: why for folder, why in rows}


def _row(row: Mapping[str, Any]) -> tuple[str, str]:
    folder, message = row["folder"], row["message"]
    if not isinstance(folder, str) or not isinstance(message, str) or Path(folder).name != folder:
        raise ValueError
    return folder, message
