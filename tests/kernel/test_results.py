"""What a finished run on a kernel is good for: files for its tree, and a store that is checked by booting."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.process import Completed, run
from repair.kernel.build import KernelBuild
from tests.command import cli
from tests.endpoint import Endpoint, scripted
from tests.kernel.real import real_build

pytestmark = [pytest.mark.kernel, pytest.mark.xdist_group("kernel")]

_INT_POW = """\
```rust
pub unsafe extern "C" fn int_pow(mut base: u64_, mut exp: c_uint) -> u64_ {
    let mut result: u64_ = 1;
    while exp != 0 {
        if exp & 1 != 0 {
            result = result.wrapping_mul(base);
        }
        exp >>= 1;
        base = base.wrapping_mul(base);
    }
    result
}
```
"""
_OVER = """
set -e
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$1"
patch -s -d "$1" -p1 < "$3/kbuild.patch"
make -s -C "$1" ARCH=um O="$4" LLMIGRATE_INT_POW="$3" linux
nm "$4/lib/math/int_pow.o"
echo and without it
make -s -C "$1" ARCH=um O="$4" linux
nm "$4/lib/math/int_pow.o"
"""
"""The tree is changed in a layer above it that goes with the namespace."""


@dataclass(frozen=True)
class Exported:
    """A run on one file of the kernel, written as files for its tree."""

    build: KernelBuild
    out: Path
    folder: Path

    def shell(self, script: str, arguments: Sequence[str | Path]) -> Completed:
        """Run a script in a mount namespace of its own."""
        return run(("unshare", "-m", "bash", "-c", script, "over", *arguments), timeout=300)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    build, folder = real_build(), tmp_path_factory.mktemp("export")
    source = build.tree / "lib" / "math" / "int_pow.c"
    with Endpoint(lambda _: scripted(_INT_POW)) as endpoint:
        model = ("--model", "scripted", "--base-url", endpoint.base_url)
        ended = cli("run", source, "--kernel", build.folder, "-o", folder / "out", *model, "--json")
    assert ended.exit == 0, ended.stderr + ended.stdout
    assert cli("kernel", "export", folder / "out", "--into", folder / "tree").exit == 0
    return Exported(build, folder / "out", folder / "tree")


def test_the_commit_message_says_what_was_shown_and_signs_nothing_off(exported: Exported) -> None:
    message = (exported.folder / "COMMIT_MESSAGE").read_text()
    assert message.startswith("lib/math: int_pow in Rust\n")
    assert "1 of 1 functions and tables" in message
    assert "Assisted-by: LLMigrate:scripted\n" in message
    assert "Signed-off-by" not in message


def test_the_patch_fits_and_changes_one_makefile_by_one_line(exported: Exported) -> None:
    patch = (exported.folder / "kbuild.patch").read_text()
    changed = [line for line in patch.splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    assert changed == ["+-include $(if $(LLMIGRATE_INT_POW),$(LLMIGRATE_INT_POW)/lib_math.mk)"]
    tried = subprocess.run(
        ("patch", "--dry-run", "-s", "-p1", "-d", exported.build.tree),
        input=patch,
        text=True,
        capture_output=True,
        check=False,
    )
    assert tried.returncode == 0, tried.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can put a layer above the kernel's tree")
def test_kbuild_builds_the_rust_where_it_is_named_and_the_c_where_it_is_not(
    exported: Exported, tmp_path: Path
) -> None:
    # A file system in memory: an overlay cannot have its layers on another overlay.
    layered = f'mount -t tmpfs layers "$2"; mkdir "$2/upper" "$2/work"{_OVER}'
    built = exported.shell(layered, (exported.build.tree, tmp_path, exported.folder, exported.build.folder))
    if "overlay" in built.errors and "mount" in built.errors:
        pytest.skip("no layer can be put above the kernel's tree here")
    assert built.ok, built.errors
    with_rust, _, without = built.stdout.decode().partition("and without it")
    assert "T int_pow" in with_rust
    assert "T int_pow" in without
    assert "llmigrate" in with_rust
    assert "llmigrate" not in without


def test_stored_rust_is_checked_by_booting_the_build_that_is_named(
    exported: Exported, tmp_path: Path
) -> None:
    store, place = tmp_path / "store", exported.build.tree / "lib" / "math"
    assert cli("store", exported.out, "--into", store).exit == 0
    check = ("check", place, "--against", store, "--ignore", "weak-evidence", "--json")
    unbuilt = cli(*check)
    assert unbuilt.exit == 0, unbuilt.stdout
    assert "which --kernel names" in unbuilt.json["not_checked"][0]
    record = store / "lib" / "math" / "int_pow.c.json"
    record.write_text(record.read_text().replace("result: u64_ = 1", "result: u64_ = 3"))
    checked = cli(*check, "--kernel", exported.build.folder)
    assert checked.exit == 1, checked.stderr
    (finding,) = checked.json["findings"]
    assert (finding["kind"], finding["name"]) == ("fails", "int_pow")
    assert "rejected by the gate tests" in finding["message"]
