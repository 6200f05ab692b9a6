"""What cannot be measured: one sentence with a remedy, exit 2, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrate.report.files import write_report
from migrate.report.report import make_report
from migrate.run.output import open_output
from tests.command import cli, contents
from tests.migrate.effort.crates import Edited, copied
from tests.migrate.reported import FACTS, HOLES, rust, small_run


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """A run that ended in every way in which a hole can end, with a crate."""
    out = tmp_path / "out"
    (out / "crate" / "src").mkdir(parents=True)
    with small_run(out / "ledger.sqlite") as ledger:
        write_report(out, make_report(HOLES, ledger, FACTS, ledger.lineages()))
    filled = ("at_once", "repaired", "by_hand", "transpiled")
    (out / "crate" / "Cargo.toml").write_text('[package]\nname = "files"\n')
    (out / "crate" / "src" / "lib.rs").write_text("\n\n".join(map(rust, filled)) + "\n")
    return copied(out, tmp_path / "edited")


def refused(edited: Edited) -> str:
    before = contents(edited.out / "crate")
    result = edited.measure("--json")
    assert (result.exit, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert contents(edited.out / "crate") == before
    return result.stderr


def test_a_run_with_every_kind_of_hole_is_measured(edited: Edited) -> None:
    bases = {each["name"]: each["handed_over"]["basis"] for each in edited.measured["holes"]}
    assert bases == {
        **dict.fromkeys(("at_once", "repaired", "by_hand"), "accepted"),
        "transpiled": "transpiled",
        "missing": "unimplemented",
        **dict.fromkeys(("given_up", "jumps", "untried"), "c"),
    }
    rejected = {each["name"]: each["handed_over"]["rejected_by"] for each in edited.measured["holes"]}
    assert rejected["given_up"] == "policy" and rejected["repaired"] is None


def test_a_folder_that_no_run_left(edited: Edited) -> None:
    (edited.out / "ledger.sqlite").unlink()
    assert "is not the output of a run: it has no ledger.sqlite; name a run's -o" in refused(edited)


def test_a_run_without_a_report(edited: Edited) -> None:
    (edited.out / "report.json").unlink()
    assert "holds no report.json" in refused(edited)


def test_a_run_without_a_crate(edited: Edited, tmp_path: Path) -> None:
    (edited.out / "crate").rename(tmp_path / "elsewhere")
    result = edited.measure()
    assert (result.exit, result.stdout) == (2, "")
    assert "holds no crate; give the same `llmigrate run` again" in result.stderr


def test_a_run_that_still_goes_on(edited: Edited) -> None:
    with open_output(edited.out):
        assert "is in use by process" in refused(edited)
    assert edited.measure().exit == 0


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: folder.rename(folder.parent / "gone"), "is not a folder"),
        (lambda folder: (folder / "Cargo.toml").unlink(), "is not a crate: it has no Cargo.toml"),
        (lambda folder: (folder / "src" / "lib.rs").unlink(), "holds no Rust"),
        (lambda folder: (folder / "src" / "x.rs").symlink_to("nowhere.rs"), "cannot be read (No such file"),
    ],
)
def test_what_is_no_crate(edited: Edited, spoil: Callable[[Path], object], said: str) -> None:
    spoil(edited.folder)
    assert said in refused(edited)


def test_the_crate_of_the_run_itself(edited: Edited) -> None:
    assert "is the crate of the run itself" in refused(Edited(edited.out, edited.out / "crate"))


def test_a_crate_of_the_run_that_was_edited_in_place(edited: Edited) -> None:
    inside = Edited(edited.out, edited.out / "crate")
    text = inside.read("src/lib.rs")
    inside.write("src/lib.rs", text.replace("COUNT", "NUMBER", 1))
    said = refused(edited)
    assert "is not as the run left it: at_once is another there" in said
    assert "give the same `llmigrate run` again" in said


def test_one_argument_is_not_enough(edited: Edited) -> None:
    assert cli("effort", edited.out).exit == 2
