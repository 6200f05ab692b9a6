"""A kernel's crate builds without `std` beside C that the build's own command accepts, whoever has what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.prepare import Prepared
from repair.cargo import Workspace, leased_workspace
from repair.judge import Judge, Rejected, read_answer
from repair.plug import Plug, PlugKind
from tests.migrate.kernel.imitation import compile_exposed, symbols, taken, write_imitation

LOCAL = "tally__tally__"
IDENTS = ["opened", "tally_open", "is_high", "options", "tally_operations", "tally", "tally_init"]
ANSWERS = {
    "is_high": """
        unsafe extern "C" fn is_high(c: c_char) -> bool_ {
            c >= 128
        }""",
    "options": """
        pub static mut options: [option; 2] = [
            option { name: c"room".as_ptr().cast(), data: ROOM },
            // SAFETY: all zeros are a record without a name.
            unsafe { core::mem::zeroed() },
        ];""",
    "tally_operations": """
        static tally_operations: operations = operations {
            open: Some(tally_open),
            // SAFETY: all zeros are no functions.
            ..unsafe { core::mem::zeroed() }
        };""",
    "tally": """
        pub unsafe extern "C" fn tally(text: *const c_char) -> c_int {
            let mut n: c_int = 0;
            let mut i: usize = 0;
            if text.is_null() {
                return 0;
            }
            // SAFETY: the text ends with a NUL, and i has not passed it.
            while i < unsafe { strlen(text) } {
                // SAFETY: i lies within the text.
                n += unsafe { is_high(*text.add(i)) } as c_int;
                i += 1;
            }
            // SAFETY: a task runs.
            unsafe { (*running).pid.wrapping_add(n) }
        }""",
    "tally_init": """
        unsafe extern "C" fn tally_init() -> c_int {
            // SAFETY: the table lives as long as the kernel.
            unsafe { register_operations(&raw const tally_operations) }
        }""",
    "tally_open": """
        unsafe extern "C" fn tally_open(how: c_int) -> c_int {
            if how < 0 {
                // SAFETY: the text ends with a NUL.
                unsafe { warned(c"lib/tally/tally.c".as_ptr().cast(), 10) };
                return -EINVAL;
            }
            // SAFETY: callers keep each other out, and halved only computes.
            unsafe { opened += halved(how) };
            // SAFETY: callers keep each other out.
            unsafe { opened }
        }""",
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_imitation(tmp_path_factory.mktemp("kernel")).prepared("lib/tally")


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with leased_workspace() as leased:
        yield leased


def test_what_macros_make_for_the_linker_is_no_hole(prepared: Prepared) -> None:
    assert [hole.ident for hole in prepared.skeleton.slots] == IDENTS
    assert [hole.ident for hole in prepared.skeleton.slots if hole.stays] == []


def test_with_all_in_c_the_crate_is_clean_and_builds_without_std_or_build_script(
    prepared: Prepared, workspace: Workspace
) -> None:
    crate = prepared.assembly.render({})
    assert "build.rs" not in crate.files
    assert b"#![no_std]" in crate.files["src/lib.rs"]
    assert b"[build-dependencies]" not in crate.files["Cargo.toml"]
    workspace.write(crate)
    for ran in (workspace.clippy(), workspace.build()):
        assert ran.ok, ran.stderr
        assert ran.diagnostics == ()


@pytest.mark.parametrize("idents", [[], *[[ident] for ident in IDENTS[1:]], IDENTS[1:]], ids="-".join)
def test_exposed_c_compiles_as_the_build_does_it_whatever_rust_has_taken(
    prepared: Prepared, tmp_path: Path, idents: list[str]
) -> None:
    assert compile_exposed(prepared, taken(prepared, idents), tmp_path) == {"tally.c": ""}
    found = symbols(tmp_path / "tally.o")
    for ident in IDENTS[1:]:
        symbol = prepared.skeleton.by_ident[ident].symbol
        # What no C text names any more is in no object either.
        assert found.get(symbol, "U") == "U" if ident in idents else found[symbol] in "TDRtdr", ident


def test_exports_and_initcalls_stay_in_c_and_name_what_rust_defines(
    prepared: Prepared, tmp_path: Path
) -> None:
    compile_exposed(prepared, taken(prepared, IDENTS[1:]), tmp_path)
    found = symbols(tmp_path / "tally.o")
    assert found["__export_symbol_tally"] == "r"
    assert found["tally"] == "U"
    assert found[f"{LOCAL}tally_init"] == "U"


def test_the_c_asserts_the_layout_that_rust_relies_on(prepared: Prepared, tmp_path: Path) -> None:
    crate = taken(prepared, IDENTS[1:])
    said = compile_exposed(prepared, crate, tmp_path, "-Dpid=moved[2],pid")
    assert "the offset of pid in struct task" in said["tally.c"]


def test_kernel_char_is_unsigned_in_rust(prepared: Prepared) -> None:
    files = prepared.assembly.render({}).files
    assert b"pub type c_char = u8;" in files["src/bindings.rs"]
    assert b" c_char," not in files["src/tally.rs"]


def test_hand_written_rust_passes_every_gate_and_links_without_std(
    prepared: Prepared, workspace: Workspace, tmp_path: Path
) -> None:
    candidates = []
    for ident, text in ANSWERS.items():
        candidate = read_answer(prepared.skeleton.by_ident[ident], f"```rust\n{text.strip()}\n```")
        assert not isinstance(candidate, Rejected), candidate.verdict
        candidates.append(candidate)
    batch = Judge(prepared.assembly, workspace, prepared.module.crate, None).judge({}, candidates)
    assert {each.candidate.hole.ident: each.verdict.findings for each in batch.judged} == dict.fromkeys(
        ANSWERS, ()
    )
    plugs = {each.candidate.hole.ident: Plug(PlugKind.RUST, each.candidate.text) for each in batch.judged}
    crate = prepared.assembly.render(plugs)
    workspace.write(crate)
    assert workspace.build().ok
    assert compile_exposed(prepared, crate, tmp_path) == {"tally.c": ""}
    assert symbols(tmp_path / "tally.o")["tally"] == "U"
