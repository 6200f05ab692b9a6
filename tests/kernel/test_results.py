"""What a finished run on a kernel is good for: files for its tree, and a store that is checked by booting."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analysis.process import Completed, run
from repair.kernel.build import KernelBuild
from tests.command import cli
from tests.endpoint import Endpoint, Reply, scripted
from tests.kernel.real import real_build
from tests.tiny import asked_hole

pytestmark = [pytest.mark.kernel, pytest.mark.xdist_group("kernel")]

RAMFS = Path(__file__).resolve().parents[2] / "samples" / "kernel" / "ramfs"
_SHORT = ("--evidence", "none")
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
_SHOW_OPTIONS = """\
```rust
unsafe extern "C" fn ramfs_show_options(m: *mut seq_file, root: *mut dentry) -> c_int {
    // SAFETY: the root of a mounted file system leads to its super block, and that to what ramfs keeps there.
    let fsi = unsafe { (*(*root).d_sb).s_fs_info.cast::<ramfs_fs_info>() };
    // SAFETY: it was filled in before the file system was mounted.
    let mode = unsafe { (*fsi).mount_opts.mode };
    if u32::from(mode) != RAMFS_DEFAULT_MODE as u32 {
        // SAFETY: the format takes one integer.
        unsafe { seq_printf(m, c",mode=%o".as_ptr().cast(), c_uint::from(mode)) };
    }
    0
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


def test_a_check_on_the_settings_of_a_run_boots_their_program_and_one_on_the_tree_does_not(
    tmp_path: Path,
) -> None:
    build = real_build()

    def answer(body: dict[str, Any]) -> Reply:
        return scripted(_SHOW_OPTIONS if asked_hole(body) == "ramfs_show_options" else "No.")

    with Endpoint(answer) as endpoint:
        model = ("--model", "scripted", "--base-url", endpoint.base_url, "--attempts", 1)
        ran = cli("run", RAMFS, "--kernel", build.folder, "-o", tmp_path / "out", *model, *_SHORT, "--json")
    assert ran.plugs["ramfs_show_options"] == "rust", ran.stdout
    store = tmp_path / "store"
    assert cli("store", tmp_path / "out", "--into", store).exit == 0
    record = store / "fs" / "ramfs" / "inode.c.json"
    record.write_text(record.read_text().replace(",mode=%o", ",mode=%x"))
    ignored = ("--ignore", "weak-evidence", "--ignore", "in-c")
    options = ("--against", store, "--kernel", build.folder, *_SHORT, *ignored, "--json")
    of_tree = cli("check", build.tree / "fs" / "ramfs", *options)
    assert (of_tree.exit, of_tree.json["findings"]) == (0, []), of_tree.stdout
    (finding,) = cli("check", RAMFS, *options).json["findings"]
    assert (finding["kind"], finding["name"]) == ("fails", "ramfs_show_options")
    assert "says something else than the kernel in C" in finding["message"]


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
