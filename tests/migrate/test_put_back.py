"""Rust that was accepted and misleads what relies on it: it is C again, and asked for with the difference."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from migrate.report.display import SilentDisplay
from migrate.run import transpiling
from migrate.run.attempt import Filled, Source
from migrate.run.ledger import Ledger
from migrate.run.progress import Progress
from migrate.run.review import Reviewer
from migrate.skeleton.bindings import TOOLS
from migrate.skeleton.transpile import transpile
from repair.judge import Judge, Review
from repair.plug import Plug, PlugKind
from tests.command import Result, cli
from tests.endpoint import Endpoint, Reply, scripted
from tests.repair.holes import function
from tests.tiny import FUNCTIONS, asked_hole
from tests.whole import block

C = """\
#include "tiny.h"

int greater(int a, int b)
{
	unsigned int x = (unsigned int)a * 2654435761u, y = (unsigned int)b * 2246822519u;

	if ((x ^ x >> 15) * y == 0x12345678u && x % 1000003u == 427799u)
		return 7;
	return a > b ? a : b;
}

int seven(void)
{
	return greater(1, 955356600);
}
"""
"""No input gets `greater` into its branch; the one call of `seven` does."""
BODY = """\
    let x = (a as c_uint).wrapping_mul(2654435761);
    let y = (b as c_uint).wrapping_mul(2246822519);
    if (x ^ (x >> 15)).wrapping_mul(y) == 0x12345678 && x % 1000003 == 427799 {
        return 7;
    }
"""
GREATER = FUNCTIONS["greater"].with_body(BODY + FUNCTIONS["greater"].body)
WRONG = GREATER.replace("return 7", "return 8")
SEVEN = """\
```rust
pub unsafe extern "C" fn seven() -> c_int {
    // SAFETY: it has no contract.
    unsafe { greater(1, 955356600) }
}
```"""
NOTHING = "I would rather not."


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "scarce"
    folder.mkdir()
    (folder / "tiny.h").write_text("int greater(int a, int b);\nint seven(void);\n")
    (folder / "tiny.c").write_text(C)
    (folder / "test_tiny.c").write_text(
        '#include "tiny.h"\n\nint main(void)\n{\n\treturn greater(1, 2) != 2;\n}\n'
    )
    return folder


class Model:
    """Gives each hole its answers in turn, keeps what was said last in each prompt, and knows no driver."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self.answers = answers
        self.asked: dict[str, list[str]] = {name: [] for name in answers}

    def __call__(self, body: Mapping[str, Any]) -> Reply:
        if "test drivers in C" in str(body):
            return scripted(NOTHING)
        name = asked_hole(body)
        self.asked[name].append(str(body["messages"][-1]["content"]))
        return scripted(self.answers[name][len(self.asked[name]) - 1])

    def run(self, module: Path, attempts: int, *more: object) -> Result:
        """Run until no hole is open."""
        with Endpoint(self) as endpoint:
            model = ("--model", "some-model", "--base-url", endpoint.base_url, "--attempts", attempts)
            return cli("run", module, "-o", "out", "--evidence", "quick", "--json", *model, *more)


def verdicts(result: Result) -> dict[str, list[str]]:
    return {each["name"]: each["verdicts"] for each in result.json["holes"]}


def shown() -> Result:
    return cli("show", "out", "--json")


def test_a_crate_is_reviewed_once_and_again_when_its_rust_changes(tmp_path: Path) -> None:
    reviewed: list[Mapping[str, Plug]] = []

    class Faithful:
        behaviour = object()

        def review(self, plugs: Mapping[str, Plug]) -> Review:
            reviewed.append(plugs)
            return Review({}, frozenset(), ())

    def rust(text: str) -> tuple[Progress, ...]:
        filled = Filled("f", "now", Plug(PlugKind.RUST, text), Source.MODEL, 1)
        return (Progress(function("f"), "now", (), filled),)

    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        reviewer = Reviewer(cast(Judge, Faithful()), ledger, SilentDisplay())
        for text in ("one", "one", "other"):
            assert reviewer.faithful(rust(text)) == rust(text)
    assert [each["f"].text for each in reviewed] == ["one", "other"]


@pytest.fixture
def misled(module: Path) -> Model:
    """A run in which `seven` was accepted beside C, and wrong Rust for that afterwards."""
    model = Model(greater=[NOTHING, WRONG, GREATER], seven=[SEVEN])
    assert model.run(module, 1).plugs == {"greater": "c", "seven": "rust"}
    return model


def test_rust_that_misleads_a_caller_in_the_finished_crate_is_c_again_and_everything_says_why(
    misled: Model, module: Path
) -> None:
    ended = misled.run(module, 2)
    assert ended.exit == 3, ended.stderr
    assert ended.plugs == {"greater": "c", "seven": "rust"}
    assert verdicts(ended) == {"greater": ["parse", "accepted", "behaviour"], "seven": ["accepted"]}
    holes = {each["name"]: each for each in ended.json["holes"]}
    assert not holes["seven"]["evidence"]["differs"]
    why, difference = holes["greater"]["findings"]
    assert why["message"].startswith(
        "it was Rust and was put back to C: behaviour: In a call of `seven`, the"
    )
    assert "C:    result = 7" in difference["detail"]
    assert "Rust: result = 8" in difference["detail"]
    assert "return 8" not in Path("out/crate/src/tiny.rs").read_text()
    assert "1 of 2 holes Rust, 1 in C; 1 was Rust and put back; the module's" in cli("show", "out").stdout
    told = cli("show", "out", "greater").stdout
    assert "why: it was Rust and was put back to C: " in told
    assert "judged again in the crate as it was then" in told
    assert "had been Rust in the crate and was put back to C" in Path("out/report.html").read_text()


def test_a_run_that_is_given_again_neither_asks_nor_puts_back_again(misled: Model, module: Path) -> None:
    before = misled.run(module, 2)
    again = misled.run(module, 2)
    assert (again.exit, verdicts(again)) == (3, verdicts(before))
    assert Counter(map(len, misled.asked.values())) == {2: 1, 1: 1}


def test_while_answers_are_left_it_is_asked_for_again_with_the_difference(
    misled: Model, module: Path
) -> None:
    ended = misled.run(module, 3)
    assert (ended.exit, ended.plugs) == (0, {"greater": "rust", "seven": "rust"}), ended.stderr
    assert verdicts(ended)["greater"] == ["parse", "accepted", "behaviour", "accepted"]
    assert "In a call of `seven`, the Rust does something else than the C." in misled.asked["greater"][2]
    assert "Rust: result = 8" in misled.asked["greater"][2]
    assert "put_back" not in [name for name, is_so in ended.json["holes"][0].items() if is_so]


def test_a_run_that_was_out_of_answers_goes_on_from_the_difference(misled: Model, module: Path) -> None:
    misled.run(module, 2)
    ended = misled.run(module, 3)
    assert (ended.exit, verdicts(ended)["greater"][2:]) == (0, ["behaviour", "accepted"]), ended.stderr
    assert "Rust: result = 8" in misled.asked["greater"][2]


def test_a_candidate_that_misleads_another_of_its_batch_is_rejected_and_not_the_other(module: Path) -> None:
    ended = Model(greater=[WRONG, GREATER], seven=[SEVEN]).run(module, 2)
    assert ended.exit == 0, ended.stderr
    # They came side by side or one after the other.
    assert verdicts(ended)["seven"] == ["accepted"]
    assert verdicts(ended)["greater"] in (["behaviour", "accepted"], ["accepted", "behaviour", "accepted"])


def test_what_was_accepted_before_is_put_back_and_not_who_relies_on_it_rejected(module: Path) -> None:
    model = Model(greater=[WRONG, GREATER], seven=[NOTHING, SEVEN])
    assert model.run(module, 1).plugs == {"greater": "rust", "seven": "c"}
    ended = model.run(module, 2)
    assert ended.exit == 0, ended.stderr
    assert verdicts(ended) == {
        "greater": ["accepted", "behaviour", "accepted"],
        "seven": ["parse", "accepted"],
    }


def test_a_whole_module_is_asked_for_again_where_a_part_of_it_was_put_back(module: Path) -> None:
    rounds = [[WRONG], [SEVEN], [GREATER]]
    answers = iter(block(each.strip("`").removeprefix("rust\n") for each in items) for items in rounds)

    def answer(body: Mapping[str, Any]) -> Reply:
        return scripted(NOTHING if "test drivers in C" in str(body) else next(answers))

    with Endpoint(answer) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url, "--strategy", "whole-module")
        ended = cli("run", module, "-o", "out", "--evidence", "quick", "--json", *model)
    assert ended.exit == 0, ended.stderr
    assert verdicts(ended) == {
        "greater": ["accepted", "behaviour", "accepted"],
        "seven": ["omission", "accepted"],
    }


def by_hand(tmp_path: Path, name: str, text: str) -> Result:
    mine = tmp_path / "mine.rs"
    mine.write_text(text)
    return cli("judge", "out", name, mine, "--accept")


def test_what_relies_on_hand_written_rust_shows_that_it_is_wrong(module: Path, tmp_path: Path) -> None:
    assert Model(greater=[GREATER], seven=[SEVEN]).run(module, 1).exit == 0
    rejected = by_hand(tmp_path, "greater", WRONG)
    assert rejected.exit == 1
    assert "behaviour: In a call of `seven`, the Rust does something else than the C." in rejected.stdout
    assert shown().plugs == {"greater": "rust", "seven": "rust"}


def test_hand_written_rust_is_accepted_where_it_was_misled(module: Path, tmp_path: Path) -> None:
    Model(greater=[WRONG], seven=[NOTHING]).run(module, 1)
    accepted = by_hand(tmp_path, "seven", SEVEN)
    assert accepted.exit == 0, accepted.stdout
    assert "greater is C again, as its Rust misleads what relies on it" in accepted.stderr
    assert shown().plugs == {"greater": "c", "seven": "rust"}


@pytest.mark.skipif(
    not ((TOOLS / "c2rust").exists() or shutil.which("c2rust")),
    reason="c2rust is not installed; `make packages` gets it",
)
def test_what_c2rust_made_is_put_back_as_well_and_stays_there(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*arguments: Any) -> Plug | None:
        plug = transpile(*arguments)
        return None if plug is None else Plug(PlugKind.TRANSPILED, plug.text.replace("return 7", "return 8"))

    monkeypatch.setattr(transpiling, "transpile", wrong)
    command = ("run", module, "-o", "out", "--evidence", "quick", "--json", "--strategy", "transpile")
    ended = cli(*command)
    assert (ended.exit, ended.plugs) == (3, {"greater": "c", "seven": "transpiled"}), ended.stderr
    again = cli(*command)
    assert (again.exit, again.plugs) == (3, ended.plugs)
    assert verdicts(again) == verdicts(ended) == {"greater": ["behaviour"], "seven": []}


def test_a_function_that_relies_on_what_is_unimplemented_differs_and_is_not_done(module: Path) -> None:
    ended = Model(greater=[NOTHING], seven=[SEVEN]).run(module, 1, "--fallback", "unimplemented")
    assert (ended.exit, ended.plugs) == (3, {"greater": "unimplemented", "seven": "rust"}), ended.stderr
    evidence = next(each for each in ended.json["holes"] if each["name"] == "seven")["evidence"]
    assert evidence["differs"]
    assert evidence["sentence"].startswith("it differs from the C in the finished crate; ")
    told = cli("show", "out").stdout
    assert "differs from the C" in told
    assert "1 of them unlike the C" in told
    page = Path("out/report.html").read_text()
    assert "Accepted, not done</b>: it differs from the C in the finished crate" in page
