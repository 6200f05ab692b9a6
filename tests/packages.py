"""Debian source packages for tests: downloaded once into the user's cache, never into the checkout."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from platformdirs import user_cache_path

SUITE = "bookworm"
_MIRROR = "http://deb.debian.org/debian"
_SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d"))
_ENTRY = re.compile(r"^(?:deb|deb-src)\s+(?:\[[^\]]*\]\s+)?(\S+)\s|^URIs:\s*(\S+)", re.MULTILINE)
_TIMEOUT = 300


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why a package cannot be had here, as a sentence."""

    reason: str


def package_source(name: str) -> Path:
    """Return the folder with a source package's upstream files, or skip the test that asks."""
    found = fetch_source(name)
    if isinstance(found, Unavailable):
        pytest.skip(found.reason)
    return found


def fetch_source(name: str, cache: Path | None = None) -> Path | Unavailable:
    """Return the folder with a source package's upstream files, downloaded and unpacked at the first call."""
    if shutil.which("apt-get") is None:
        return Unavailable(f"The Debian source package {name} cannot be had: apt-get is not installed.")
    folder = (cache or user_cache_path("llmigrate")) / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        unpacked = folder / name
        if not unpacked.is_dir():
            try:
                _download(name, folder)
                _unpack(name, folder, unpacked)
            except (subprocess.SubprocessError, tarfile.TarError, OSError, StopIteration) as error:
                return Unavailable(f"The Debian source package {name} cannot be had: {_words(error)}.")
        return unpacked


def _download(name: str, folder: Path) -> None:
    """Have apt fetch a package with lists of our own: the machine's may know no sources."""
    if _archive(name, folder) is not None:
        return
    sources = folder / "sources.list"
    sources.write_text(f"deb-src {_mirror()} {SUITE} main\n")
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    options = (
        *("-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-"),
        *("-o", f"Dir::State::lists={lists}", "-o", "APT::Sandbox::User=root"),
    )
    for command in (("update",), ("source", "--download-only", name)):
        subprocess.run(
            ("apt-get", "-q", *options, *command),
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=_TIMEOUT,
        )


def _mirror() -> str:
    """Return the mirror that the machine itself uses for packages, not for security updates."""
    files = [file for path in _SOURCES for file in ([path] if path.is_file() else sorted(path.glob("*.*")))]
    found = (match[1] or match[2] for file in files for match in _ENTRY.finditer(file.read_text()))
    return next((url for url in found if url.rstrip("/").endswith("debian")), _MIRROR)


def _archive(name: str, folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob(f"{name}_*.orig.tar.*"))), None)


def _unpack(name: str, folder: Path, target: Path) -> None:
    archive = _archive(name, folder)
    if archive is None:
        raise FileNotFoundError(f"apt-get left no {name}_*.orig.tar.*")
    draft = folder / f".{name}"
    shutil.rmtree(draft, ignore_errors=True)
    with tarfile.open(archive) as opened:
        # Debian 12's Python is older than the filter; the archive is Debian's own.
        if hasattr(tarfile, "data_filter"):
            opened.extractall(draft, filter="data")
        else:
            opened.extractall(draft)
    next(draft.iterdir()).replace(target)
    draft.rmdir()


def _words(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        last = error.stderr.decode(errors="replace").strip().splitlines()
        return f"apt-get failed, {last[-1] if last else 'without a word'}".rstrip(".")
    return str(error).rstrip(".")
