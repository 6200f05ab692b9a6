"""Which headers the result of a module depends on, wherever they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.unit import CompileCommand
from migrate.batch.fingerprint import fingerprint
from migrate.batch.headers import Headers
from migrate.module import open_module
from migrate.settings import ModuleSettings
from tests.fleets import write_c


def reached(file: Path, *flags: str) -> set[str]:
    command = CompileCommand(file, flags, file.parent)
    return {path.name for path in Headers().of((command,))}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    write_c(tmp_path / "include", outer_h='#include "inner.h"\n', inner_h="int i;\n", other_h="int o;\n")
    return write_c(tmp_path / "app", app_c="#include <outer.h>\n")


@pytest.mark.parametrize("option", ["-I", "-iquote", "-isystem", "-idirafter"])
def test_headers_are_followed_through_one_another_and_through_every_search_path(
    app: Path, option: str
) -> None:
    assert reached(app / "app.c", f"{option}../include") == {"outer.h", "inner.h"}
    assert reached(app / "app.c", option, "../include") == {"outer.h", "inner.h"}


def test_a_header_that_flags_include_counts(app: Path) -> None:
    flags = ("-I../include", "-include", "../include/other.h")
    assert reached(app / "app.c", *flags) == {"outer.h", "inner.h", "other.h"}


def test_headers_that_include_one_another_end(tmp_path: Path) -> None:
    write_c(tmp_path, a_c='#include "a.h"\n', a_h='#include "b.h"\n', b_h='#include "a.h"\n')
    assert reached(tmp_path / "a.c") == {"a.h", "b.h"}


@pytest.mark.parametrize(
    ("flags", "text"),
    [(("-I../include",), "#include <outer.h>\n"), ((), '#include "../include/outer.h"\n')],
)
@pytest.mark.parametrize("in_test", [False, True], ids=["in the C", "in its test"])
def test_an_edited_header_outside_the_folder_of_a_module_changes_its_fingerprint(
    app: Path, flags: tuple[str, ...], text: str, in_test: bool
) -> None:
    write_c(app, app_c="int x;\n" if in_test else text, test_app_c=text if in_test else "int y;\n")
    module = open_module(app, ModuleSettings(flags=flags))
    before = fingerprint(module, None, Headers())
    (app.parent / "include" / "other.h").write_text("long o;\n")
    assert fingerprint(module, None, Headers()) == before
    (app.parent / "include" / "inner.h").write_text("long i;\n")
    assert fingerprint(module, None, Headers()) != before
