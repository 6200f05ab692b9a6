"""Run cargo on a scratch crate in a sandbox, with a build folder that outlives the run."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path

from analysis.process import Completed
from repair.diagnostics import Diagnostic, read_diagnostics
from repair.limits import Limits, size
from repair.plug import RenderedCrate
from repair.sandbox import Sandbox, SandboxKind, find_sandbox
from repair.toolchain import find_toolchain

_MEMORY = 16 << 30
_FILE_SIZE = 4 << 30
_PROCESSES = 4096
"""Cargo starts a compiler for each core, and each compiler a thread for each part of a crate."""
_OUTPUT = 256 << 20
_SHOWN_STDERR = 2000


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
            # It may name versions that are not at hand any more.
            (workspace.folder / "Cargo.lock").unlink(missing_ok=True)
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
    programs: tuple[Path, ...] = ()
    """What was built that can be run."""

    @property
    def errors(self) -> str:
        """What the compiler has against it; where it says nothing, the end of what cargo says."""
        said = "\n".join(each.message for each in self.diagnostics if each.is_error)
        return said or self.stderr[-_SHOWN_STDERR:]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A scratch copy of the crate that candidates are tried in."""

    folder: Path
    target: Path
    timeout: float = 600
    visible: tuple[Path, ...] = ()
    """What a build reads besides: folders with headers that are not the module's."""
    sandbox: Sandbox = field(default_factory=lambda: find_sandbox() or Sandbox(SandboxKind.BUBBLEWRAP))
    """Where none works and nobody has said that there need be none, a build fails."""

    @property
    def programs(self) -> Path:
        """Where test programs are linked."""
        return self.folder.parent / "programs"

    @property
    def dependencies(self) -> Path:
        """Where the source of crates that a build needs is kept, so that it needs no network."""
        return self.target.parent / "dependencies"

    def write(self, crate: RenderedCrate) -> None:
        """Make the folder hold exactly this crate; files that are the same keep their times."""
        write_files(self.folder, crate.files, keep={"Cargo.lock"})

    def clippy(self) -> CargoRun:
        """Compile and lint the crate."""
        return self._cargo("clippy", "--message-format=json", "--lib")

    def lint(self) -> CargoRun:
        """Compile the crate and warn of what clippy warns of by default, whatever the crate says of lints."""
        lints = ("--cap-lints", "allow", "--force-warn", "clippy::all")
        return self._cargo("clippy", "--message-format=json", "--lib", "--", *lints)

    def build(self) -> CargoRun:
        """Build the static library."""
        return self._cargo("build", "--message-format=json", "--lib")

    def build_tests(self) -> CargoRun:
        """Build the crate's own test programs, unit tests and integration tests."""
        return self._cargo("test", "--message-format=json", "--no-run", "--lib", "--tests")

    def library(self, crate: str) -> Path:
        """Return where `build` leaves the static library."""
        return self.target / "debug" / f"lib{crate}.a"

    def _cargo(self, command: str, *options: str) -> CargoRun:
        toolchain = find_toolchain()
        own = self.target / "cargo"
        own.mkdir(parents=True, exist_ok=True)
        readable = (*toolchain.folders, *self.visible, self.dependencies)
        result = self.sandbox.run(
            (toolchain.cargo, command, "--quiet", "--offline", *self._sources(), *options),
            cwd=self.folder,
            limits=Limits(self.timeout, _MEMORY, _PROCESSES, _FILE_SIZE, _OUTPUT),
            visible=[path for path in readable if path.exists()],
            writable=(self.folder, self.target),
            environment={
                **toolchain.environment,
                "CARGO_HOME": str(own),
                "CARGO_TARGET_DIR": str(self.target),
                "CARGO_TERM_COLOR": "never",
                "CARGO_INCREMENTAL": "1",
            },
        )
        diagnostics = read_diagnostics(result.stdout)
        said = _stopped(command, result, self.timeout) or result.errors
        return CargoRun(command, result.ok, result.seconds, diagnostics, said, _programs(result.stdout))

    def _sources(self) -> tuple[str, ...]:
        if not self.dependencies.is_dir():
            return ()
        replaced = 'source.crates-io.replace-with="dependencies"'
        return ("--config", replaced, "--config", f"source.dependencies.directory={_toml(self.dependencies)}")


def _programs(stdout: bytes) -> tuple[Path, ...]:
    entries = (json.loads(line) for line in stdout.splitlines() if line.startswith(b"{"))
    return tuple(Path(each["executable"]) for each in entries if each.get("executable"))


def _toml(path: Path) -> str:
    return json.dumps(str(path))


def _stopped(command: str, result: Completed, timeout: float) -> str | None:
    if result.timed_out:
        return f"cargo {command} did not end within {timeout:g} seconds."
    return f"cargo {command} printed more than {size(_OUTPUT)}." if result.flooded else None


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


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a crate by path, without what is the user's."""
    found = ((path.relative_to(folder), path) for path in sorted(folder.rglob("*")) if path.is_file())
    return {name.as_posix(): path.read_bytes() for name, path in found if not _is_the_users(name)}


def _is_the_users(path: Path) -> bool:
    """Tell whether a file of a crate is none of ours: what cargo built there, a repository, an editor's."""
    return path.parts[0] == "target" or any(
        part.startswith(".") and not part.endswith(".new") for part in path.parts
    )
