"""The tools around a run: which are there, what each is for, and how to get it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from analysis.process import run
from migrate.errors import SettingsError
from migrate.skeleton.bindings import TOOLS
from repair.evidence.engine import libfuzzer_problem, sanitizer_problem
from repair.sandbox import SandboxKind, find_sandbox

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that a run uses."""

    name: str
    purpose: str
    remedy: str
    """The command that installs it."""
    required: bool = True
    least: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Finding:
    """A tool and what was found of it."""

    tool: Tool
    version: str | None
    problem: str | None
    """Why it cannot be used, or None."""

    @property
    def ok(self) -> bool:
        """Whether it can be used."""
        return self.problem is None


TOOLS_OF_A_RUN = (
    Tool("gcc", "reads and builds the C", "apt-get install gcc"),
    Tool("cargo", "builds the crate", "install Rust from https://rustup.rs", least=(1, 85)),
    Tool("rustfmt", "lays out the Rust", "rustup component add rustfmt"),
    Tool("cargo-clippy", "lints the Rust", "rustup component add clippy"),
    Tool("bindgen", "declares the C in Rust", "cargo install --locked bindgen-cli", least=(0, 71)),
    Tool(
        "c2rust",
        "fills holes on --strategy transpile and --fallback transpiled",
        "make packages",
        required=False,
    ),
    Tool("gcov", "counts what inputs reach of the C", "apt-get install gcc"),
)


def examine(find: Callable[[str], str | None] | None = None) -> tuple[Finding, ...]:
    """Look for every tool. `find` maps a program's name to its path, `shutil.which` by default."""
    return (*examine_tools(TOOLS_OF_A_RUN, find), _sanitizers(), _libfuzzer(find or _find), sandbox_finding())


def examine_tools(tools: Sequence[Tool], find: Callable[[str], str | None] | None) -> tuple[Finding, ...]:
    """Look for these programs and ask each for its version."""
    with ThreadPoolExecutor() as threads:
        return tuple(threads.map(lambda tool: _tool(tool, find or _find), tools))


def require_tools() -> None:
    """Make sure that every program a run needs works. Raise SettingsError for one that does not."""
    for found in examine_tools([each for each in TOOLS_OF_A_RUN if each.required], None):
        if not found.ok:
            what = f"{found.tool.name}, which {found.tool.purpose}"
            raise SettingsError(f"{what}: {found.problem}; to get it: {found.tool.remedy}")


def _find(name: str) -> str | None:
    own = TOOLS / name
    return str(own) if own.exists() else shutil.which(name)


def _tool(tool: Tool, find: Callable[[str], str | None]) -> Finding:
    path = find(tool.name)
    if path is None:
        return Finding(tool, None, "not found")
    answered = run((path, "--version"), timeout=30)
    found = _VERSION.search(answered.stdout.decode(errors="replace"))
    if not answered.ok or found is None:
        return Finding(tool, None, f"{path} does not work: {answered.errors.strip()[:120]}")
    version = found[0]
    if tuple(int(part) for part in version.split(".")) < tool.least:
        least = ".".join(str(part) for part in tool.least)
        return Finding(tool, version, f"older than {least}")
    return Finding(tool, version, None)


def _sanitizers() -> Finding:
    tool = Tool(
        "sanitizers",
        "sets inputs aside on which the C is undefined; without them there is no evidence",
        "apt-get install gcc",
        required=False,
    )
    problem = sanitizer_problem()
    return Finding(tool, None if problem else "libasan, libubsan", problem)


def _libfuzzer(find: Callable[[str], str | None]) -> Finding:
    clang = Tool(
        "clang",
        "finds inputs with libFuzzer; without it our own generator does, which may reach less of the C",
        "apt-get install clang libclang-rt-14-dev",
        required=False,
    )
    found = _tool(clang, find)
    return replace(found, problem=libfuzzer_problem()) if found.ok else found


def sandbox_finding() -> Finding:
    """Look for what isolates tests."""
    tool = Tool("sandbox", "isolates tests with a model's code in them", "apt-get install bubblewrap")
    sandbox = find_sandbox()
    if sandbox is None:
        return Finding(tool, None, "neither bubblewrap nor unshare works")
    name = "bubblewrap" if sandbox.kind is SandboxKind.BUBBLEWRAP else "unshare"
    return Finding(tool, name, None)
