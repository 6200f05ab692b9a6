"""The documents say what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from migrate.errors import Exit

ROOT = Path(__file__).resolve().parent.parent


def test_the_help_texts_in_the_documents_are_those_of_the_command() -> None:
    checked = subprocess.run(
        (sys.executable, "-m", "cogapp", "--check", "docs/commands.md"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_readme_explains_every_exit_code() -> None:
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| ")]
    explained = {row.split("|")[1].strip() for row in rows}
    assert {str(code.value) for code in Exit} <= explained
