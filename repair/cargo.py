"""Run cargo on a scratch crate, with a build folder that outlives the run."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from analysis.process import Completed, run
from repair.diagnostics import Diagnostic, read_diagnostics
from repair.plug import RenderedCrate

_KEPT = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TMPDIR|TERM|USER|CARGO_\w+|RUSTUP_\w+|RUSTC_WRAPPER|SSL_CERT_\w+|CURL_CA_BUNDLE"
    r"|\w+_proxy|\w+_PROXY|CC|AR|LD_LIBRARY_PATH"
)


def cargo_environment(target: Path) -> dict[str, str]:
    """Return the environment for cargo: what it needs to find its tools, and no keys of the user's."""
    kept = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
    secrets = [name for name in kept if re.search(r"TOKEN|SECRET|PASSWORD|_KEY", name)]
    for name in secrets:
        del kept[name]
    return {**kept, "CARGO_TARGET_DIR": str(target), "CARGO_TERM_COLOR": "never", "CARGO_INCREMENTAL": "1"}


@contextmanager
def leased_workspace(cache: Path | None = None) -> Iterator[Workspace]:
    """Lend a scratch crate and build folder that nobody else uses now; they are kept for the next run."""
    folder = (cache or user_cache_path("llmigrate")) / "workspaces"
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    while True:
        with (folder / f"{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                number += 1
                continue
            workspace = Workspace(folder / str(number) / "crate", folder / str(number) / "target")
            shutil.rmtree(workspace.programs, ignore_errors=True)
            workspace.programs.mkdir(parents=True)
            yield workspace
            return


@dataclass(frozen=True, slots=True)
class CargoRun:
    """How one cargo command ended."""

    command: str
    ok: bool
    seconds: float
    diagnostics: tuple[Diagnostic, ...]
    stderr: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """A scratch copy of the crate that candidates are tried in."""

    folder: Path
    target: Path
    timeout: float = 600

    @property
    def programs(self) -> Path:
        """Where test programs are linked."""
        return self.folder.parent / "programs"

    def write(self, crate: RenderedCrate) -> None:
        """Make the folder hold exactly this crate; files that are the same keep their times."""
        write_files(self.folder, crate.files, keep={"Cargo.lock"})

    def clippy(self) -> CargoRun:
        """Compile and lint the crate."""
        return self._cargo("clippy", "--message-format=json", "--lib")

    def build(self) -> CargoRun:
        """Build the static library."""
        return self._cargo("build", "--message-format=json", "--lib")

    def library(self, crate: str) -> Path:
        """Return where `build` leaves the static library."""
        return self.target / "debug" / f"lib{crate}.a"

    def _cargo(self, command: str, *options: str) -> CargoRun:
        result: Completed = run(
            ("cargo", command, "--quiet", *options),
            cwd=self.folder,
            env=cargo_environment(self.target),
            timeout=self.timeout,
        )
        return CargoRun(command, result.ok, result.seconds, read_diagnostics(result.stdout), result.errors)


def write_files(
    folder: Path, files: Mapping[str, bytes], keep: frozenset[str] | set[str] = frozenset()
) -> None:
    """Make a folder hold exactly these files; others in it are removed, same ones left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        name = path.relative_to(folder).as_posix()
        if _is_the_users(path.relative_to(folder)):
            continue
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and name not in files and name not in keep:
            path.unlink()
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.new")
            draft.write_bytes(content)
            draft.replace(path)


def _is_the_users(path: Path) -> bool:
    """Tell whether a file of a crate is none of ours: what cargo built there, a repository, an editor's."""
    return path.parts[0] == "target" or any(
        part.startswith(".") and not part.endswith(".new") for part in path.parts
    )
