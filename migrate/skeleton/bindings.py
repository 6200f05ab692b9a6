"""Types, constants and declarations in Rust for one exposed C file, by bindgen."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from analysis.process import Completed, run
from analysis.rust_items import RustItem, rust_items
from analysis.unit import CompileCommand, Rejected
from migrate.errors import SettingsError

EDITION = "2024"
RUST_VERSION = "1.85"
TOOLS = Path(__file__).resolve().parents[2] / ".tools" / "bin"
"""Where `make` puts tools that the project brings itself."""
_SHORT = re.compile(
    r"::\s*core\s*::\s*(?:ffi\s*::\s*(?=c_\w+|CStr\b)|option\s*::\s*(?=Option\b))|(?<=\d)usize(?=\])"
)
_ANONYMOUS = re.compile(r"(?<!\w)_bindgen_ty_(\d+)")
"""What bindgen calls a type without a name, in every file anew."""
_UNKNOWN_FLAG = re.compile(r"unknown argument:? '([^']+)'")


@dataclass(frozen=True, slots=True)
class Bindings:
    """What bindgen made of one C file."""

    items: tuple[RustItem, ...]
    wrappers: str
    """C functions that make header inline functions linkable, or nothing."""


@cache
def bindgen_program() -> str:
    """Return the bindgen to use: the project's own, else the one on PATH. Raise SettingsError if none."""
    own = TOOLS / "bindgen"
    found = str(own) if own.exists() else shutil.which("bindgen")
    if found is None:
        raise SettingsError(
            "bindgen is not installed; run `cargo install --locked bindgen-cli` and try again."
        )
    return found


@cache
def _environment() -> Mapping[str, str]:
    spec = importlib.util.find_spec("clang")
    native = Path(spec.origin or "").parent / "native" if spec and spec.origin else None
    library = {"LIBCLANG_PATH": str(native)} if native and native.is_dir() else {}
    return {**library, **os.environ}


@cache
def compiler_headers() -> str:
    """Return the folder of gcc's own headers, which the libclang wheel does not bring."""
    return run(("gcc", "-print-file-name=include")).stdout.decode().strip()


def bind(compile_command: CompileCommand, names: Iterable[str], suffix: str) -> Bindings | Rejected:
    """Run bindgen on a C file: everything the file itself declares, and `names` from its headers.

    `suffix` is that of the file's own names: of the wrappers that make file-local functions linkable,
    and of types without a name.
    """
    file = compile_command.file
    wrappers = file.with_name(f"{file.name}.wrappers.c")
    names = frozenset(names)
    options = (
        "--use-core --no-prepend-enum-name --no-doc-comments --generate-cstr --sort-semantically "
        "--no-derive-debug --merge-extern-blocks --formatter none --wrap-static-fns --experimental"
    )
    allowed = [f"--allowlist-item={pattern}" for pattern in _patterns(names)]
    command: tuple[str | Path, ...] = (
        bindgen_program(),
        file,
        *options.split(),
        *("--rust-target", RUST_VERSION, "--rust-edition", EDITION),
        *("--wrap-static-fns-path", wrappers, "--wrap-static-fns-suffix", suffix),
        f"--allowlist-file={re.escape(str(file))}",
        *allowed,
        "--",
    )
    result = _run(command, _clang_flags(compile_command.flags, names), compile_command.directory)
    if not result.ok:
        return Rejected(file, result.errors)
    items = rust_items(_ANONYMOUS.sub(rf"anonymous{suffix}_\1", result.stdout.decode()))
    return Bindings(tuple(_shortened(item) for item in items), _without_include(wrappers))


def _run(command: tuple[str | Path, ...], flags: tuple[str, ...], directory: Path) -> Completed:
    """Run bindgen without the flags that only gcc knows; clang names them when it meets them."""
    while True:
        result = run((*command, *flags), cwd=directory, env=_environment())
        unknown = set() if result.ok else set(_UNKNOWN_FLAG.findall(result.errors)) & set(flags)
        if not unknown:
            return result
        flags = tuple(flag for flag in flags if flag not in unknown)


def _clang_flags(flags: tuple[str, ...], names: frozenset[str]) -> tuple[str, ...]:
    """Return the flags for reading a C file; bindgen passes over what other libraries cannot see."""
    # A function of the module may have that very name.
    visible = (f"-D{word}(x)=" for word in ("visibility", "__visibility__") if word not in names)
    return (*flags, "-fvisibility=default", *visible, "-fno-builtin", "-w", "-isystem", compiler_headers())


def _patterns(names: Iterable[str], size: int = 200) -> list[str]:
    listed = sorted(set(names))
    return ["|".join(listed[start : start + size]) for start in range(0, len(listed), size)]


def _shortened(item: RustItem) -> RustItem:
    return replace(item, text=_SHORT.sub("", item.text), bare=_SHORT.sub("", item.bare))


def _without_include(wrappers: Path) -> str:
    if not wrappers.exists():
        return ""
    text = re.sub(r"^\s*#include[^\n]*\n|^// Static wrappers\n", "", wrappers.read_text(), flags=re.MULTILINE)
    return text.strip()
