"""Public schemas for tests, out of packages that ship them: downloaded once into the user's cache."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from platformdirs import user_cache_path

_TIMEOUT = 300
SARIF = ("sarif-pydantic==0.6.2", "sarif-schema-2.1.0.json")
"""The OASIS schema of SARIF 2.1.0, in the source of a package that is made from it."""
JUNIT = ("pytest==9.0.0", "testing/example_scripts/junit-10.xsd")
"""The schema of the xUnit plugin of Jenkins, which pytest tests its own JUnit XML with."""


def public_schema(package: str, name: str) -> Path:
    """Return a file out of the source of a package on PyPI, or skip the test that asks."""
    folder = user_cache_path("llmigrate") / "schemas"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{package}-{Path(name).name}"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_file():
            try:
                text = _downloaded(package, name, folder / "download")
            except (subprocess.SubprocessError, OSError, tarfile.TarError, StopIteration) as error:
                pytest.skip(f"The source of {package} cannot be had from PyPI: {type(error).__name__}.")
            draft = kept.with_suffix(".new")
            draft.write_bytes(text)
            draft.replace(kept)
    return kept


def _downloaded(package: str, name: str, folder: Path) -> bytes:
    options = ("--no-deps", "--no-binary", ":all:", "-q", "-d", folder)
    command = (sys.executable, "-m", "pip", "download", *options, package)
    subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT)
    archive = next(iter(folder.glob(f"{package.partition('==')[0].replace('-', '_')}-*.tar.gz")))
    with tarfile.open(archive) as opened:
        member = next(each for each in opened.getmembers() if each.name.partition("/")[2] == name)
        found = opened.extractfile(member)
        assert found is not None
        return found.read()
