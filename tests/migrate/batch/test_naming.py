from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrate.batch.naming import folder_name, readable

HOSTILE = (
    "two words",
    'quo"te',
    "<script>alert(1)</script>",
    "lib/one",
    "..",
    ".hidden",
    "caf\\xe9",
    "\udce9",
    "x" * 300,
    "",
    "\n",
    "日本",
)


@pytest.mark.parametrize("name", ["sort", "lib-2.c", "a_b"])
def test_a_safe_name_is_its_own_folder(name: str) -> None:
    assert folder_name(name) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_has_a_folder_that_can_be_made(name: str, tmp_path: Path) -> None:
    folder = folder_name(name)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", folder)
    (tmp_path / folder).mkdir()


@pytest.mark.parametrize(
    ("path", "said"),
    [("a b", "a b"), ("caf\udce9", "caf\\xe9"), ("a\n\x1b[1m", "a\\n\\x1b[1m"), ("日本", "日本")],
)
def test_a_path_is_said_in_one_line(path: str, said: str) -> None:
    assert readable(path) == said


def test_names_that_look_alike_have_folders_apart() -> None:
    names = ["a b", "a-b", "a/b", "a  b", "x" * 300, "x" * 299, "x" * 60]
    assert len({folder_name(each) for each in names}) == len(names)
