"""The workflow and the job in the documents do what they say, line by line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.migrate.check.conftest import Stored
from tests.migrate.check.test_check import git

PAGE = Path(__file__).resolve().parents[3] / "docs" / "check.md"
_GITHUB_LINE = re.compile(r"^ +- run: (.+)$", re.MULTILINE)
_GITLAB_LINE = re.compile(r"^    - (.+)$", re.MULTILINE)


def lines_of(name: str) -> list[str]:
    """Return the shell lines of the file in the documents that begins with its name."""
    block = PAGE.read_text().partition(f"# {name}\n")[2].partition("```")[0]
    text = block.partition("  artifacts:")[0].partition("  script:")[2] if "gitlab" in name else block
    lines: list[str] = (_GITLAB_LINE if "gitlab" in name else _GITHUB_LINE).findall(text)
    assert len(lines) >= 2
    return lines


@pytest.fixture
def checkout(stored: Stored, tmp_path: Path) -> Path:
    """Make a repository of two commits with the sample and its store, as the documents have them."""
    top = tmp_path / "checkout"
    (top / "samples").mkdir(parents=True)
    shutil.copytree(stored.module, top / "samples" / "sort")
    shutil.copytree(stored.store, top / "migrated")
    git(top, "init", "-q")
    git(top, "add", ".")
    git(top, "commit", "-qm", "Migrate sort")
    git(top, "commit", "-q", "--allow-empty", "-m", "Go on")
    return top


def run_lines(top: Path, lines: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the lines in one shell, as a runner does, but for the line that installs the command."""
    installed = [line for line in lines if "pip install" not in line]
    assert len(installed) == len(lines) - 1
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}
    script = "\n".join(("set -e", *installed))
    return subprocess.run(
        ("bash", "-c", script), cwd=top, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("name", "written"), [(".github/workflows/migrated.yml", "check.sarif"), (".gitlab-ci.yml", "check.xml")]
)
def test_the_lines_pass_on_what_was_migrated_and_fail_on_drift(
    checkout: Path, name: str, written: str
) -> None:
    passed = run_lines(checkout, lines_of(name))
    assert passed.returncode == 0, passed.stdout + passed.stderr
    source = checkout / "samples" / "sort" / "sort.c"
    source.write_text(source.read_text().replace("#define SWAP_BYTES\t3", "#define SWAP_BYTES\t4"))
    git(checkout, "commit", "-qam", "Drift")
    failed = run_lines(checkout, lines_of(name))
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "do_swap changed after its Rust was accepted: macro SWAP_BYTES in sort.c." in failed.stdout
    assert "do_swap" in (checkout / written).read_text()
