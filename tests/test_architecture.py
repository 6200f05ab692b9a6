"""How the product is laid out: which way imports go, where libraries enter, and how large things get."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("analysis", "repair", "migrate")
"""Each may import those before it."""
FILES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
ONE_DOOR = ("openai", "rich", "subprocess", "sqlite3", "tree_sitter", "distributed")
MOST_LINES = 450
MOST_LINES_OF_A_FUNCTION = 45

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


@each_file
def test_imports_go_one_way(path: Path) -> None:
    allowed = LAYERS[: LAYERS.index(layer_of(path)) + 1]
    ours = {name.partition(".")[0] for name in imported(path)} & {*LAYERS, "tests", "benchmarks"}
    assert ours <= set(allowed)


@pytest.mark.parametrize("library", ONE_DOOR)
def test_a_library_enters_through_one_file(library: str) -> None:
    doors = [
        path.relative_to(ROOT).as_posix()
        for path in FILES
        if any(name == library or name.startswith(f"{library}.") for name in imported(path))
    ]
    assert len(doors) == 1, doors


def test_only_the_run_starts_a_model_or_knows_a_ledger() -> None:
    for path in FILES:
        if layer_of(path) != "migrate":
            assert not {"openai", "sqlite3", "rich", "click"} & set(imported(path)), path


def test_what_only_reads_never_writes() -> None:
    writing = re.compile(r"\.write_(?:text|bytes)\(|\.mkdir\(|\.unlink\(|\.open\(\s*[\"'][wax]")
    for path in FILES:
        if layer_of(path) == "analysis":
            assert not writing.search(path.read_text()), path


@each_file
def test_a_file_stays_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < MOST_LINES


@each_file
def test_functions_stay_short(path: Path) -> None:
    functions = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))
    lengths = {node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in functions}
    assert {name: lines for name, lines in lengths.items() if lines >= MOST_LINES_OF_A_FUNCTION} == {}


@each_file
def test_a_file_says_what_it_is_in_one_line(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text()))
    assert said
    assert said.partition("\n\n")[0].rstrip().endswith((".", "?"))


@pytest.mark.skipif(not (ROOT / "DESIGN.md").exists(), reason="DESIGN.md is not written yet")
def test_the_design_lists_every_file_once_and_no_other() -> None:
    text = (ROOT / "DESIGN.md").read_text()
    listed = re.findall(r"`((?:analysis|repair|migrate|prompts)/[\w/.]+\.\w+)`[^\n]*\w", text)
    kept = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *LAYERS, "prompts"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    files = {name for name in kept if (ROOT / name).exists() and not name.endswith("__init__.py")}
    assert {name for name in listed if not (ROOT / name).exists()} == set()
    assert files - set(listed) == set()
