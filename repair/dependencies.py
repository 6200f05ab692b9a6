"""The crates that a build needs: fetched once, before there is anything of a model's in the crate."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.process import run
from repair.cargo import Workspace
from repair.plug import RenderedCrate

_KEPT = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TMPDIR|USER|CARGO_\w+|RUSTUP_\w+|SSL_CERT_\w+|CURL_CA_BUNDLE|\w+_proxy|\w+_PROXY"
)
_TIMEOUT = 600
_LIST = "list.json"


def provide_dependencies(workspace: Workspace, bare: RenderedCrate) -> str | None:
    """Make sure that builds of a crate need no network; return why that is not possible, or None.

    `bare` is the crate without anything that a model wrote. What cargo has downloaded before is used;
    else it downloads, with the user's settings and outside of any sandbox.
    """
    manifest = bare.files["Cargo.toml"]
    wanted = json.dumps(list(_dependencies(manifest)), sort_keys=True)
    kept = workspace.dependencies / _LIST
    if kept.is_file() and kept.read_text() == wanted:
        return None
    shutil.rmtree(workspace.dependencies, ignore_errors=True)
    (workspace.folder / "Cargo.lock").unlink(missing_ok=True)
    with TemporaryDirectory(prefix="llmigrate-") as folder:
        (Path(folder) / "src").mkdir()
        (Path(folder) / "src" / "lib.rs").touch()
        (Path(folder) / "Cargo.toml").write_bytes(manifest)
        said = _vendor(Path(folder), workspace.dependencies)
    if said is not None:
        shutil.rmtree(workspace.dependencies, ignore_errors=True)
        return said
    workspace.dependencies.mkdir(parents=True, exist_ok=True)
    kept.write_text(wanted)
    return None


def _dependencies(manifest: bytes) -> Iterator[object]:
    sections = tomllib.loads(manifest.decode())
    yield from ((name, section) for name, section in sections.items() if name.endswith("dependencies"))


def _vendor(crate: Path, into: Path) -> str | None:
    environment = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
    said = ""
    for network in (("--offline",), ()):
        ended = run(
            ("cargo", "vendor", *network, into),
            cwd=crate,
            env={**environment, "CARGO_TERM_COLOR": "never"},
            timeout=_TIMEOUT,
        )
        if ended.ok:
            return None
        said = ended.errors
    # Cargo names the last cause last.
    return (said.strip().splitlines() or ["cargo vendor failed without a word"])[-1].strip()
