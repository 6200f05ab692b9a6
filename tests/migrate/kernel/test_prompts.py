"""Prompts for a kernel say what is true of its crate, and of large records what is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.prepare import Prepared
from migrate.prompts import Templates
from tests.migrate.kernel.imitation import write_imitation


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_imitation(tmp_path_factory.mktemp("kernel")).prepared("lib/tally")


def prompt(prepared: Prepared, ident: str) -> str:
    return prepared.prompter.first(prepared.skeleton.by_ident[ident])[1].content


def test_the_rules_are_those_of_a_kernel(prepared: Prepared) -> None:
    system = prepared.prompter.first(prepared.skeleton.by_ident["tally"])[0].content
    for said in (
        "`c_char` is `u8`",
        "#![no_std]",
        "-fno-strict-overflow",
        "BUG()",
        "__user",
        "as_ptr().cast()",
    ):
        assert said in system
    for unsaid in ("`c_char` is `i8`", "`std` available", "errno_location", "one thread at a time"):
        assert unsaid not in system
    hosted = Templates().render("system.j2", {})
    shared = [line for line in hosted.splitlines() if line.startswith("- ")]
    assert sum(line in system for line in shared) > 0.7 * len(shared)


def test_options_are_on_or_off_as_the_build_has_them(prepared: Prepared) -> None:
    assert "`CONFIG_QUICK` is on" in prompt(prepared, "tally")
    assert "# Configuration" not in prompt(prepared, "is_high")


def test_what_is_inline_in_headers_is_declared_and_named_as_such(prepared: Prepared) -> None:
    text = prompt(prepared, "tally_open")
    assert 'unsafe extern "C" fn halved(x: c_int) -> c_int;' in text
    assert "Inline in the C's headers, and callable here as declared above: `halved`." in text


def test_variables_of_headers_and_functions_behind_macros_are_declared(prepared: Prepared) -> None:
    text = prompt(prepared, "tally")
    assert "pub static mut running: *mut task;" in text
    assert 'unsafe extern "C" fn strlen(text: *const c_char) -> usize;' in text
    assert "#define current running" in text


def test_of_a_large_record_only_what_is_used_is_shown(prepared: Prepared) -> None:
    text = prompt(prepared, "tally")
    assert "    pub pid: c_int,\n    // and 10 members that this does not use\n}" in text
    assert "pub struct empty" not in text
    operations = prompt(prepared, "tally_operations")
    assert "pub open: Option<" in operations
    assert "// and 8 members that this does not use" in operations
    assert "..unsafe { core::mem::zeroed() }" in operations


def test_an_array_has_the_length_of_its_definition(prepared: Prepared) -> None:
    assert "pub static mut options: [option; 2] = ...;" in prompt(prepared, "options")


def test_where_a_macro_asks_for_the_place_the_prompt_says_it(prepared: Prepared) -> None:
    assert "`__FILE__` is `lib/tally/tally.c`, and the text below begins on its line 8." in prompt(
        prepared, "tally_open"
    )
    assert "__FILE__" not in prompt(prepared, "tally")


def test_functions_that_conditionals_switch_off_are_named(prepared: Prepared) -> None:
    inactive = [(each.name, each.file, each.line) for each in prepared.inventory.inactive]
    assert inactive == [("never", Path("tally.c"), 22)]
