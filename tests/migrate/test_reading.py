"""A report that was written and read again says the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.unsafety import UnsafeUse
from migrate.report.calls import Calls, calls_of
from migrate.report.files import read_report
from migrate.report.html import render_html
from migrate.report.json_format import report_json
from migrate.report.portion import Portion
from migrate.report.reading import report_of
from migrate.report.report import Become, CrateTestsReport, FfiReport, Furniture, Report, make_report
from migrate.run.ledger import Ledger
from repair.evidence.evidence import Evidence
from repair.evidence.harness import MutantFate, SetAside
from repair.excuse import Excuse
from repair.lints import Lints
from tests.analysis.modules import inventory_of
from tests.command import cli
from tests.endpoint import Endpoint
from tests.migrate.reported import FACTS, HOLES, small_run
from tests.tiny import Answers

EVIDENCE = Evidence(
    drivers=("rule", "model"),
    inputs=120,
    tried=130,
    set_aside=SetAside(3, 1, 2, 4),
    lines=9,
    branches=8,
    branches_hit=5,
    missed=(4, 5, 9),
    mutants=12,
    survivors=(MutantFate(3, 7, "<", "<=", False), MutantFate(4, 8, "x = 1;", "", False)),
    weakness="inputs reach 62% of branches, not 80%",
    refused=("It does not compile.",),
    claims=(Excuse(4, 5, "nobody calls it so"),),
    through="caller",
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with small_run(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


def full_report(ledger: Ledger) -> Report:
    """Return a report with something in every part of it."""
    facts = replace(
        FACTS,
        calls={"at_once": Calls(("repaired",), ("memcpy",))},
        root="/src/files",
        lints=Lints({"at_once": ("eq_op", "eq_op")}, {}),
        ffi=FfiReport(Portion(30, UnsafeUse(2, 6, 3, 1), 0), 4),
        furniture=(Furniture("lock", "a.c", 3, "DEFINE_MUTEX"),),
        settled=(
            Become("struct list", "List", "It owns its items."),
            Become("list_free", "", "Drop does it."),
        ),
        crate_tests=CrateTestsReport("hidden", 3, ("it_fails",), ("it_waits",)),
        not_asked_for=("main",),
        evidence="full",
    )
    report = make_report(HOLES, ledger, facts, ledger.lineages())
    shown = [
        replace(hole, evidence=replace(EVIDENCE, differs=hole.name == "by_hand") if hole.rust else None)
        for hole in report.holes
    ]
    return replace(report, holes=tuple(shown))


def again(report: Report) -> Report:
    return report_of(json.loads(json.dumps(report_json(report))))


def test_the_page_of_a_report_that_was_read_again_is_the_same(ledger: Ledger) -> None:
    report = full_report(ledger)
    assert render_html(again(report)) == render_html(report)
    assert report_json(again(report)) == report_json(report)


def test_holes_are_the_same_but_for_what_nobody_reads(ledger: Ledger) -> None:
    report = full_report(ledger)
    for before, after in zip(report.holes, again(report).holes, strict=True):
        assert replace(after, evidence=None, completeness=None) == replace(
            before, evidence=None, completeness=None
        )


def test_a_run_tells_who_calls_whom_and_where_its_c_is(tiny: Path) -> None:
    source = tiny / "tiny.c"
    source.write_text(source.read_text().replace("return x + x;", "return greater(x, x) + abs(x);"))
    source.write_text("#include <stdlib.h>\n" + source.read_text())
    (tiny / "test_tiny.c").unlink()
    with Endpoint(Answers({"twice": ["No."]})) as endpoint:
        command = ("run", tiny, "-o", "out", "--model", "m", "--base-url", endpoint.base_url)
        cli(*command, "--attempts", 1)
    found = read_report(Path("out"))
    assert found["root"] == str(tiny)
    assert {hole["name"]: hole["calls"] for hole in found["holes"]} == {
        "twice": ["greater"],
        "mix": [],
        "greater": [],
    }
    assert [hole["calls_outside"] for hole in found["holes"] if hole["name"] == "twice"] == [["abs"]]


def test_helpers_of_a_body_call_for_it_and_are_no_place_to_call(tmp_path: Path) -> None:
    c = """\
        static int shared(int x) { return x; }
        int leaf(int x) { return x; }
        int one(int x) { return shared(leaf(x)); }
        int two(int x) { return shared(x) + one(x); }
        """
    found = inventory_of(tmp_path, {"m.c": c})
    own = {f"m::{name}": (found.by_ident[name],) for name in ("leaf", "one", "two")}
    helper = found.by_ident["shared"]
    calls = calls_of(found, own, {"m::one": (helper,), "m::two": (helper,)})
    assert not any(each.local for each in calls.values())
    linked = found.by_ident["leaf"]
    assert calls_of(found, {"m::shared": (helper,)}, {"m::shared": (linked,)})["m::shared"].local
    assert {hole: each.inside for hole, each in calls.items()} == {
        "m::leaf": (),
        "m::one": ("m::leaf",),
        "m::two": ("m::one",),
    }
