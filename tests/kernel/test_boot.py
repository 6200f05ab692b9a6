"""Boots of a program that behaves like a kernel: a shell script that prints a log."""

from __future__ import annotations

from pathlib import Path

from repair.kernel.boot import Boot, Ended, Machine, boot
from repair.sandbox import Sandbox
from tests.kernel.builds import opened, write_build

_PASSED = "KTAP version 1\\n1..1\\nok 1 sort\\n"
_HALT = "reboot: System halted\\n"


def booted(folder: Path, sandbox: Sandbox, script: str, machine: Machine | None = None) -> Boot:
    build = write_build(folder)
    (build / "linux").write_text(f"#!/bin/sh\n{script}\n")
    return boot(opened(build), machine or Machine(seconds=20), sandbox)


def test_a_boot_that_ends_and_passes_has_no_problem(tmp_path: Path, sandbox: Sandbox) -> None:
    ended = booted(tmp_path, sandbox, f"printf '{_PASSED}{_HALT}'; exit 3")
    assert (ended.ended, ended.status, ended.problem) == (Ended.FINISHED, 3, None)
    assert ended.filtered[-1] == "reboot: System halted"


def test_a_test_that_fails_is_the_problem_whatever_the_exit_status(tmp_path: Path, sandbox: Sandbox) -> None:
    ended = booted(tmp_path, sandbox, f"printf '{_PASSED}{_HALT}' | sed 's/^ok/not ok/'")
    assert (ended.status, ended.problem) == (0, "the KUnit test sort did not pass")


def test_a_boot_without_results_is_no_success(tmp_path: Path, sandbox: Sandbox) -> None:
    assert booted(tmp_path, sandbox, f"printf '{_HALT}'").problem == "no KUnit suite matching * ran or passed"


def test_a_panic_is_told_with_the_place_in_the_rust(tmp_path: Path, sandbox: Sandbox) -> None:
    says = "RUST PANIC: src/a.rs:1:2: why\\nKernel panic - not syncing: BUG!\\n"
    ended = booted(tmp_path, sandbox, f"printf '{_PASSED}{says}' >&2; kill -ABRT $$")
    assert ended.ended is Ended.PANICKED
    assert ended.problem == "Rust panicked in the kernel at src/a.rs:1:2: why"


def test_a_hang_ends_at_the_time_limit(tmp_path: Path, sandbox: Sandbox) -> None:
    ended = booted(tmp_path, sandbox, "echo Run /init; sleep 600", Machine(seconds=1))
    assert ended.ended is Ended.HUNG
    assert ended.problem == "the kernel did not end within 1 seconds; the last it said: Run /init"


def test_a_log_without_end_is_cut(tmp_path: Path, sandbox: Sandbox) -> None:
    ended = booted(tmp_path, sandbox, "yes", Machine(seconds=60, output=1 << 16))
    assert ended.ended is Ended.OUTGREW
    assert ended.problem == "the kernel outgrew 256 MiB of memory and 64 KiB of log; the last it said: y"


def test_a_kernel_out_of_memory_outgrew(tmp_path: Path, sandbox: Sandbox) -> None:
    says = "Kernel panic - not syncing: System is deadlocked on memory"
    assert booted(tmp_path, sandbox, f"echo '{says}'").ended is Ended.OUTGREW


def test_a_kernel_that_just_stops_broke_off(tmp_path: Path, sandbox: Sandbox) -> None:
    ended = booted(tmp_path, sandbox, "exit 0")
    assert (ended.ended, ended.problem) == (
        Ended.BROKE_OFF,
        "the kernel stopped in the middle, without a word",
    )


def test_a_kernel_gets_its_parameters_and_its_first_root(tmp_path: Path, sandbox: Sandbox) -> None:
    script = 'printf "%s\\n" "$@"; for each; do case $each in initrd=*) cat "${each#initrd=}";; esac; done'
    machine = Machine(suites="lib_*", initrd=b"archive\n", parameters=("quiet",), memory=64 << 20, seconds=20)
    lines = booted(tmp_path, sandbox, script, machine).log.splitlines()
    assert {
        "mem=64M",
        "kunit.enable=1",
        "kunit.filter_glob=lib_*",
        "rdinit=/init",
        "quiet",
        "archive",
    } <= set(lines)
    assert "kunit_shutdown=halt" not in lines


def test_a_kernel_sees_nothing_of_the_users(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "secret").write_text("secret words\n")
    assert "secret words" not in booted(tmp_path, sandbox, f"cat {tmp_path}/secret; env").log
