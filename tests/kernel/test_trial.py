"""What a boot with Rust in it is compared with: boots of the kernel in C."""

from __future__ import annotations

from pathlib import Path

from migrate.run.bench import machines
from migrate.settings import KernelSettings
from repair.kernel.boot import Boot, Machine, boot
from repair.kernel.trial import Reference
from repair.sandbox import Sandbox
from tests.kernel.builds import opened, write_build

_PASSED = "KTAP version 1\\n1..1\\nok 1 sort\\n"
_HALT = "reboot: System halted\\n"


def booted(folder: Path, sandbox: Sandbox, said: str, machine: Machine) -> Boot:
    build = write_build(folder)
    (build / "linux").write_text(f"#!/bin/sh\nprintf '{said}'\n")
    return boot(opened(build), machine, sandbox)


def failure(tmp_path: Path, sandbox: Sandbox, machine: Machine, last: str) -> str | None:
    """Compare a kernel that says `last` with one in C that tells the last prime."""
    in_c = f"{_PASSED}primes: last was 13\\n{_HALT}"
    boots = tuple(booted(tmp_path / name, sandbox, in_c, machine) for name in ("one", "two"))
    found = Reference(machine, boots).failure(
        booted(tmp_path / "rust", sandbox, f"{_PASSED}{last}\\n{_HALT}", machine)
    )
    return found.output if found else None


def test_with_parameters_of_its_own_a_kernel_has_to_say_what_it_says_in_c(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    machine = Machine(parameters=("primes.selftest=1",), seconds=20)
    assert failure(tmp_path, sandbox, machine, "primes: last was 13") is None
    said = failure(tmp_path / "other", sandbox, machine, "primes: last was 11")
    assert said is not None
    assert "-primes: last was 13" in said
    assert "+primes: last was 11" in said


def test_without_them_only_tests_count(tmp_path: Path, sandbox: Sandbox) -> None:
    assert failure(tmp_path, sandbox, Machine(seconds=20), "primes: last was 11") is None


def test_each_boot_gets_the_parameters_of_the_settings() -> None:
    (machine,) = machines(KernelSettings(parameters=("primes.selftest=1",)))
    assert machine.parameters == ("primes.selftest=1",)
    assert machine.suites == "*"
