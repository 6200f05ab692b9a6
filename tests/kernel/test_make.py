from __future__ import annotations

from pathlib import Path

import pytest

from repair.kernel.make import make
from tests.kernel.builds import write_build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_build(tmp_path)


def test_make_tells_each_step_as_it_is_done(folder: Path) -> None:
    for name in ("lib/twice.o", "lib/three.o", "linux"):
        (folder / name).unlink()
    steps: list[tuple[int, str]] = []
    made = make(folder / "source", folder, seconds=60, progress=lambda *step: steps.append(step))
    assert made.ok, made.problem
    assert sorted(step for _, step in steps) == ["CC lib/three.o", "CC lib/twice.o", "LD linux"]
    assert [number for number, _ in steps] == [1, 2, 3]
    assert made.steps == 3


def test_what_goes_wrong_is_said_in_the_compilers_words(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tree" / "lib" / "three.c").write_text("int three(int x) { return y; }\n")
    (folder / "lib" / "three.o").unlink()
    made = make(folder / "source", folder, seconds=60)
    assert not made.ok
    assert "'y' undeclared" in made.problem.splitlines()[0]


def test_make_ends_when_its_time_is_up(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tree" / "Makefile").write_text("all:\n\t@sleep 600\n")
    made = make(folder / "source", folder, seconds=0.3)
    assert (made.ok, made.problem) == (False, "make did not end within 0.3 seconds")
