from __future__ import annotations

from pathlib import Path

from migrate.batch.headers import Headers
from migrate.batch.order import Order, ordered
from migrate.module import Module, open_module
from migrate.settings import ModuleSettings
from tests.fleets import write_c


def modules(folder: Path, flags: tuple[str, ...] = ()) -> dict[str, Module]:
    settings = ModuleSettings(flags=flags)
    found = sorted(each for each in folder.iterdir() if each.is_dir())
    return {each.name: open_module(each, settings) for each in found}


def in_order(found: dict[str, Module], order: Order = Order.CALLEES) -> list[str]:
    return list(ordered(tuple(found), found, order, Headers()))


def test_a_module_comes_after_those_whose_headers_it_includes(tmp_path: Path) -> None:
    write_c(tmp_path / "app", app_c='#include "../list/list.h"\nint a;\n')
    write_c(tmp_path / "list", list_c='#include "list.h"\n#include "../zero/zero.h"\n', list_h="int l;\n")
    write_c(tmp_path / "zero", zero_c="int z;\n", zero_h="extern int z;\n")
    assert in_order(modules(tmp_path)) == ["zero", "list", "app"]


def test_headers_are_found_through_the_flags_and_through_own_headers(tmp_path: Path) -> None:
    write_c(tmp_path / "app", app_c='#include "app.h"\n', app_h="#include <zero/zero.h>\n")
    write_c(tmp_path / "zero", zero_c="int z;\n", zero_h="extern int z;\n")
    assert in_order(modules(tmp_path, (f"-I{tmp_path}",))) == ["zero", "app"]
    assert in_order(
        modules(
            tmp_path,
            (
                "-I",
                "..",
            ),
        )
    ) == ["zero", "app"]


def test_modules_that_include_one_another_stand_together_by_name(tmp_path: Path) -> None:
    write_c(tmp_path / "b", b_c='#include "../c/c.h"\n', b_h="int b;\n")
    write_c(tmp_path / "c", c_c='#include "../b/b.h"\n', c_h="int c;\n")
    write_c(tmp_path / "a", a_c='#include "../b/b.h"\n')
    assert in_order(modules(tmp_path)) == ["b", "c", "a"]


def test_files_of_one_folder_are_told_apart_by_the_names_of_their_headers(tmp_path: Path) -> None:
    write_c(tmp_path, a_c='#include "z.h"\n', z_c='#include "z.h"\nint z;\n', z_h="extern int z;\n")
    found = {name: open_module(tmp_path / f"{name}.c", ModuleSettings()) for name in ("a", "z")}
    assert in_order(found) == ["z", "a"]


def test_without_includes_modules_come_by_name(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write_c(tmp_path / name, x_c="#include <stdio.h>\nint x;\n")
    assert in_order(modules(tmp_path)) == ["a", "b", "c"]


def test_small_modules_can_come_first(tmp_path: Path) -> None:
    for name, size in (("a", 300), ("b", 10), ("c", 100)):
        write_c(tmp_path / name, x_c="int x;\n" * size)
    assert in_order(modules(tmp_path), Order.SIZE) == ["b", "c", "a"]


def test_what_cannot_be_opened_has_its_place_too(tmp_path: Path) -> None:
    write_c(tmp_path / "a", x_c="int x;\n")
    found = modules(tmp_path)
    assert set(ordered(("a", "broken"), found, Order.CALLEES, Headers())) == {"a", "broken"}
