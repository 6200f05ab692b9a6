from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from analysis.process import run
from repair.kernel.build import KernelBuild, KernelUnit
from repair.kernel.objects import (
    RUST_FLAGS,
    Fault,
    KernelObjects,
    ObjectFinding,
    Part,
    kernel_symbols,
    make_objects,
    read_symbols,
)
from repair.kernel.panic import panic_handler
from tests.kernel.builds import CONFIG, opened, write_build

_TWICE = """
unsafe extern "C" { fn three(x: i32) -> i32; }
#[unsafe(no_mangle)]
pub extern "C" fn twice(x: i32) -> i32 { unsafe { three(x) }.wrapping_sub(x) }
"""
_CHECKED = """
#[unsafe(no_mangle)]
pub extern "C" fn twice(x: i32) -> i32 { x * 2 }
"""
_GLUE = """
void llmigrate_rust_panic(const char *file, unsigned long length, unsigned line, unsigned column,
                          const char *why, unsigned long why_length) { (void)file; for (;;); }
"""


@pytest.fixture
def build(tmp_path: Path) -> KernelBuild:
    return opened(write_build(tmp_path))


def unit(build: KernelBuild, name: str) -> KernelUnit:
    found = build.unit(build.tree / "lib" / f"{name}.c")
    assert isinstance(found, KernelUnit)
    return found


def library(folder: Path, rust: str) -> Path:
    (folder / "port.rs").write_text(f"#![no_std]\n{rust}\n{panic_handler()}")
    output = folder / "libport.a"
    options = ("--edition=2024", "--crate-type=staticlib", "-Coverflow-checks=yes", *RUST_FLAGS)
    built = run(("rustc", *options, "-o", output, folder / "port.rs"), timeout=120)
    assert built.ok, built.errors
    return output


def made(
    build: KernelBuild, folder: Path, rust: str, c_text: str
) -> KernelObjects | tuple[ObjectFinding, ...]:
    (folder / "shim.c").write_text(c_text)
    output = folder / "objects"
    output.mkdir()
    return make_objects(
        build, [Part(unit(build, "twice"), (folder / "shim.c",))], library(folder, rust), output
    )


def test_rust_and_c_become_one_object_that_does_what_the_c_did(build: KernelBuild, tmp_path: Path) -> None:
    objects = made(build, tmp_path, _TWICE, "int shim(void) { return 1; }\n")
    assert isinstance(objects, KernelObjects), objects
    assert list(objects.files) == ["lib/twice.o"]
    output = objects.files["lib/twice.o"]
    assert read_symbols(output).defined == {"twice", "shim"}
    assert read_symbols(output).undefined == {"three"}
    (tmp_path / "main.c").write_text("int twice(int);\nint main(void) { return twice(21); }\n")
    program = tmp_path / "program"
    parts = (tmp_path / "main.c", output, build.folder / "lib" / "three.o")
    subprocess.run(["gcc", "-no-pie", "-o", program, *parts], check=True)
    assert subprocess.run([program], check=False).returncode == 42


def test_an_object_shows_no_symbol_of_core_and_holds_no_bitcode(build: KernelBuild, tmp_path: Path) -> None:
    objects = made(build, tmp_path, _CHECKED, _GLUE)
    assert isinstance(objects, KernelObjects), objects
    shown = read_symbols(objects.files["lib/twice.o"])
    assert (shown.defined, shown.undefined) == (
        frozenset({"twice", "llmigrate_rust_panic"}),
        frozenset[str](),
    )
    sections = run(("readelf", "-SW", objects.files["lib/twice.o"])).stdout.decode()
    assert ".text" in sections
    assert not any(name in sections for name in (".llvmbc", ".debug_", "gcc_except_table", ".ltext"))


def test_a_panic_needs_the_glue(build: KernelBuild, tmp_path: Path) -> None:
    findings = made(build, tmp_path, _CHECKED, "")
    assert isinstance(findings, tuple)
    assert [(each.fault, each.symbol) for each in findings] == [(Fault.FOREIGN, "llmigrate_rust_panic")]


def test_nothing_is_taken_from_the_hosts_libc(build: KernelBuild, tmp_path: Path) -> None:
    rust = _TWICE.replace("three", "usleep")
    findings = made(build, tmp_path, rust, 'int puts(const char *);\nint shim(void) { return puts(""); }\n')
    assert isinstance(findings, tuple)
    assert [each.fault for each in findings] == [Fault.FOREIGN] * 2
    assert [each.symbol for each in findings] == ["puts", "usleep"]
    assert "the kernel does not define it" in findings[0].message


def test_a_symbol_that_only_the_replaced_file_defined_is_not_the_kernels(
    build: KernelBuild, tmp_path: Path
) -> None:
    assert kernel_symbols(build) == {"twice", "three"}
    assert kernel_symbols(build, ["lib/twice.o"]) == {"three"}
    findings = made(build, tmp_path, _TWICE.replace("fn twice", "fn thrice"), "")
    assert isinstance(findings, tuple)
    assert [(each.fault, each.symbol) for each in findings] == [(Fault.MISSING, "twice")]


def test_what_the_linker_script_assigns_is_the_kernels(build: KernelBuild) -> None:
    script = build.folder / "arch" / "um" / "kernel" / "vmlinux.lds"
    script.parent.mkdir(parents=True)
    script.write_text("SECTIONS\n{\n PROVIDE (_start_here = .);\n _end_here = .;\n}\n")
    assert {"_start_here", "_end_here"} <= kernel_symbols(build)


def test_c_that_does_not_compile_is_told_in_the_compilers_words(build: KernelBuild, tmp_path: Path) -> None:
    findings = made(build, tmp_path, _TWICE, "int shim(void) { return x; }\n")
    assert isinstance(findings, tuple)
    assert findings[0].fault is Fault.COMPILE
    assert "undeclared" in findings[0].message


@pytest.mark.parametrize("room", [3000, 6000, 100_000])
def test_a_function_that_takes_more_stack_than_the_kernel_wants_is_told(tmp_path: Path, room: int) -> None:
    build = opened(write_build(tmp_path, f"{CONFIG}CONFIG_FRAME_WARN=2048\n"))
    findings = made(build, tmp_path, _roomy(room), "")
    assert isinstance(findings, tuple)
    assert [(each.fault, each.symbol) for each in findings] == [(Fault.STACK, "twice")]
    told = re.search(
        r"takes (\d+) bytes of stack in one call, where the kernel warns beyond 2048", findings[0].message
    )
    assert told is not None
    # The last 128 bytes of a frame need not be taken: the red zone.
    assert room - 128 <= int(told[1]) < room + 100


def test_stack_is_no_matter_below_the_limit_where_there_is_none_or_where_the_c_takes_as_much(
    tmp_path: Path,
) -> None:
    for name, config, room in (("below", "2048", 1900), ("none", "0", 100_000), ("c", "2048", 3000)):
        folder = tmp_path / name
        build = opened(write_build(folder, f"{CONFIG}CONFIG_FRAME_WARN={config}\n"))
        if name == "c":
            (folder / "c.c").write_text(
                "int twice(int x) { volatile char room[4000]; room[x] = 1; return room[0]; }\n"
            )
            subprocess.run(
                ["gcc", "-O1", "-c", "-o", build.folder / "lib/twice.o", folder / "c.c"], check=True
            )
        assert isinstance(made(build, folder, _roomy(room), ""), KernelObjects), name


def _roomy(room: int) -> str:
    """Return a function that keeps a number of bytes on the stack."""
    return f"""
#[unsafe(no_mangle)]
pub extern "C" fn twice(x: i32) -> i32 {{
    let mut room = core::mem::MaybeUninit::<[u8; {room}]>::uninit();
    core::hint::black_box(&mut room);
    x.wrapping_mul(2)
}}
"""


def test_a_file_without_c_left_becomes_an_empty_object(build: KernelBuild, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    both = (
        _TWICE.replace('unsafe extern "C" { fn three(x: i32) -> i32; }', "").replace(
            "unsafe { three(x) }", "three(x)"
        )
        + '#[unsafe(no_mangle)] pub extern "C" fn three(x: i32) -> i32 { x.wrapping_mul(3) }'
    )
    parts = [Part(unit(build, "twice")), Part(unit(build, "three"))]
    objects = make_objects(build, parts, library(tmp_path, both), tmp_path / "objects")
    assert isinstance(objects, KernelObjects), objects
    assert read_symbols(objects.files["lib/twice.o"]).defined == {"twice", "three"}
    assert read_symbols(objects.files["lib/three.o"]).defined == set()
