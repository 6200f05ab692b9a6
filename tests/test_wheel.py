"""What people install is all that the repository holds of the program."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("analysis", "migrate", "prompts", "repair")


def kept() -> list[str]:
    """Name every file of the program that is not ignored."""
    listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES)
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [name for name in names if name and (ROOT / name).exists()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build a wheel from a copy, where nothing of an earlier build lies, and name what is in it."""
    source, wheels = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheels")
    for name in (*kept(), "pyproject.toml", "README.md"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    pip = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index")
    built = subprocess.run((*pip, "-w", wheels, source), capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def test_every_file_of_the_program_is_installed(installed: set[str]) -> None:
    assert set(kept()) - installed == set()
    endings = {Path(name).suffix for name in installed}
    assert endings == {".py", ".j2", ".css", ".js", ".config", ".c", ".h", ".rs"}


def test_nothing_else_is_installed(installed: set[str]) -> None:
    assert installed - set(kept()) == set()
