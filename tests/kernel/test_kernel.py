"""A kernel that really boots, with Rust in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.process import run
from repair.kernel.boot import Boot, Ended, Machine, boot
from repair.kernel.build import KernelBuild
from repair.kernel.initrd import build_static, initrd
from repair.kernel.ktap import Outcome
from repair.kernel.log import differences
from repair.kernel.objects import RUST_FLAGS, KernelObjects, Part, make_objects
from repair.kernel.panic import PANIC_C, panic_handler
from repair.kernel.swap import swapping
from repair.sandbox import find_sandbox
from tests.kernel.real import real_build, real_unit

# One build folder, so one process.
pytestmark = [pytest.mark.kernel, pytest.mark.xdist_group("kernel")]

ROOT = Path(__file__).resolve().parent.parent.parent
_INT_POW = """
#[unsafe(no_mangle)]
pub extern "C" fn int_pow(mut base: u64, mut exponent: u32) -> u64 {
    let mut result = 1_u64;
    while exponent != 0 {
        if exponent & 1 != 0 { result = result.wrapping_mul(base); }
        exponent >>= 1;
        base = base.wrapping_mul(base);
    }
    result
}
"""
_EXPORTED = """
#include <linux/export.h>
#include <linux/math.h>
EXPORT_SYMBOL_GPL(int_pow);
"""
_KILLED = """
import os, signal, sys
from pathlib import Path
from repair.kernel.build import open_build
from repair.kernel.swap import swapping
build = open_build(Path(sys.argv[1]))
with swapping(build) as swap:
    swap.journal.replace("lib/sort.o", b"not an object")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def build() -> KernelBuild:
    return real_build()


def booted(build: KernelBuild, machine: Machine | None = None) -> Boot:
    sandbox = find_sandbox()
    assert sandbox is not None
    return boot(build, machine or Machine(), sandbox)


def checked(program: Path) -> Machine:
    """Return a machine that runs a check as its first process."""
    static = build_static(program)
    assert isinstance(static, bytes), static
    made = initrd(static)
    assert isinstance(made, bytes), made
    return Machine(suites="", initrd=made)


def library(folder: Path, rust: str) -> Path:
    (folder / "port.rs").write_text(f"#![no_std]\n{rust}\n{panic_handler()}")
    options = ("--edition=2024", "--crate-type=staticlib", "-Coverflow-checks=yes", *RUST_FLAGS)
    built = run(("rustc", *options, "-o", folder / "libport.a", folder / "port.rs"), timeout=120)
    assert built.ok, built.errors
    return folder / "libport.a"


def int_pow(build: KernelBuild, folder: Path, rust: str) -> Mapping[str, Path]:
    """Make the object of int_pow out of Rust."""
    (folder / "shim.c").write_text(_EXPORTED)
    part = Part(real_unit(build, "lib/math/int_pow.c"), (folder / "shim.c", PANIC_C))
    objects = make_objects(build, [part], library(folder, rust), folder)
    assert isinstance(objects, KernelObjects), objects
    return objects.files


def test_the_c_kernel_boots_and_passes_its_tests(build: KernelBuild) -> None:
    with swapping(build) as swap:
        assert swap.link({}).ok
        ended = booted(build)
    assert (ended.ended, ended.problem, ended.complaints) == (Ended.FINISHED, None, ())
    assert len(ended.ktap.named(Outcome.PASSED)) == 19


def test_a_kernel_with_c_and_a_rust_library_in_one_object_boots_like_the_c(
    build: KernelBuild, tmp_path: Path
) -> None:
    unit = real_unit(build, "lib/sort.c")
    was = (build.folder / unit.object).read_bytes()
    nothing = '#[unsafe(no_mangle)] pub extern "C" fn nothing() {}'
    parts = [Part(unit, (unit.source, _calling(tmp_path), PANIC_C))]
    objects = make_objects(build, parts, library(tmp_path, nothing), tmp_path)
    assert isinstance(objects, KernelObjects), objects
    with swapping(build) as swap:
        assert swap.link({}).ok
        before = [booted(build), booted(build)]
        made = swap.link(objects.files)
        assert made.ok, made.problem
        after = booted(build)
    assert after.problem is None
    assert differences([each.log for each in before], after.log) == ()
    assert (build.folder / unit.object).read_bytes() == was


def _calling(folder: Path) -> Path:
    (folder / "calling.c").write_text("void nothing(void);\nvoid (*const called)(void) = nothing;\n")
    return folder / "calling.c"


def test_a_function_in_rust_passes_and_a_wrong_one_is_told(build: KernelBuild, tmp_path: Path) -> None:
    with swapping(build) as swap:
        made = swap.link(int_pow(build, tmp_path, _INT_POW))
        assert made.ok, made.problem
        right = booted(build, Machine(suites="math-int_pow"))
        assert right.problem is None
        assert len(right.ktap.named(Outcome.PASSED)) == 9
        assert swap.link(int_pow(build, tmp_path, _INT_POW.replace("= 1_u64", "= 2_u64"))).ok
        wrong = booted(build, Machine(suites="math-int_pow"))
    assert wrong.ended is Ended.FINISHED
    assert wrong.problem == "the KUnit test math-int_pow/int_pow_test/Power of zero and 7 more did not pass"


def test_a_panic_of_the_rust_is_told_with_its_place(build: KernelBuild, tmp_path: Path) -> None:
    overflowing = _INT_POW.replace("base = base.wrapping_mul(base);", "base = base * base;")
    with swapping(build) as swap:
        assert swap.link(int_pow(build, tmp_path, overflowing)).ok
        ended = booted(build)
    assert ended.ended is Ended.PANICKED
    assert ended.panic is not None
    assert ended.panic.rust is not None
    assert (ended.panic.rust.line, ended.panic.rust.said) == (9, "attempt to multiply with overflow")
    assert ended.panic.rust.file.endswith("port.rs")


def test_after_a_kill_in_mid_swap_the_c_object_is_back(build: KernelBuild) -> None:
    place = build.folder / "lib" / "sort.o"
    was = place.read_bytes()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, build.folder], env=environment, check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    assert place.read_bytes() == b"not an object"
    assert place.read_bytes() != was
    real_build()
    assert place.read_bytes() == was


def test_the_check_of_ramfs_sees_the_same_in_two_boots(build: KernelBuild) -> None:
    machine = checked(ROOT / "samples" / "kernel" / "ramfs_check.c")
    one, other = booted(build, machine), booted(build, machine)
    assert (one.ended, one.problem, one.check.status) == (Ended.FINISHED, None, 0)
    assert len(one.check.lines) > 200
    assert differences([one.log], other.log) == ()


def test_a_check_that_crashes_or_never_ends_is_told(build: KernelBuild, tmp_path: Path) -> None:
    (tmp_path / "crash.c").write_text("int main(void) { volatile int *at = 0; return *at; }\n")
    crashed = booted(build, checked(tmp_path / "crash.c"))
    assert crashed.ended is Ended.FINISHED
    assert crashed.problem == "the check did not run to its end: ended by signal 11"
    (tmp_path / "hang.c").write_text("int main(void) { for (;;); }\n")
    hung = booted(build, replace(checked(tmp_path / "hang.c"), seconds=3))
    assert hung.ended is Ended.HUNG
    assert (
        hung.problem == "the kernel did not end within 3 seconds; the last it said: llmigrate: check begins"
    )
