from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from analysis.inventory import Kind
from analysis.unsafety import UnsafeUse
from migrate.errors import OutputError
from migrate.model.exchange import Replayed
from migrate.report.files import read_report, write_report
from migrate.report.json_format import report_json
from migrate.report.portion import Portion
from migrate.report.report import FfiReport, HoleReport, Report, make_report
from migrate.run.attempt import Attempt, Filled, Source
from migrate.run.ledger import Ledger
from repair.lints import Lints
from repair.plug import Plug, PlugKind
from repair.verdict import Finding, Gate, Verdict
from tests.migrate.reported import FACTS, HOLES, MISMATCH, OMITTED, accept, ask, hole, reject, small_run

OMITTED_JSON = {"gate": "policy", "code": None, "message": OMITTED.message, "detail": ""}
MISMATCH_JSON = {
    "gate": "compile",
    "code": "E0308",
    "message": "mismatched types",
    "detail": MISMATCH.detail,
}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with small_run(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "empty.sqlite") as ledger:
        yield ledger


@pytest.fixture
def report(ledger: Ledger) -> Report:
    return make_report(HOLES, ledger, FACTS, ledger.lineages())


def of(report: Report, name: str) -> HoleReport:
    return next(hole for hole in report.holes if hole.name == name)


def test_every_hole_is_counted_once_by_what_fills_it(report: Report) -> None:
    assert report.counts == {
        PlugKind.RUST: 3,
        PlugKind.TRANSPILED: 1,
        PlugKind.C: 3,
        PlugKind.UNIMPLEMENTED: 1,
    }
    assert [hole.name for hole in report.holes] == [hole.name for hole in HOLES]


def test_a_hole_that_stays_in_c_says_why(report: Report) -> None:
    assert of(report, "given_up").findings == (OMITTED,)
    assert of(report, "given_up").reason is None
    assert of(report, "jumps").reason == "it calls setjmp"
    assert of(report, "untried").reason == "no candidate has been judged yet"


def test_an_accepted_hole_has_nothing_against_it(report: Report) -> None:
    repaired = of(report, "repaired")
    assert repaired.findings == ()
    assert repaired.reason is None
    assert [attempt.findings for attempt in repaired.attempts] == [(MISMATCH,), ()]


def test_unsafe_blocks_are_those_of_the_rust_that_fills_the_hole(report: Report) -> None:
    assert of(report, "at_once").portion == Portion(3, UnsafeUse(blocks=1, lines=1), None)
    assert of(report, "transpiled").portion.use.blocks == 1
    assert of(report, "given_up").portion.use == UnsafeUse()


def test_bodies_of_unsafe_functions_count_where_the_edition_has_them_unsafe(ledger: Ledger) -> None:
    report = make_report(HOLES, ledger, replace(FACTS, edition="2021"), ledger.lineages())
    assert of(report, "at_once").portion.use == UnsafeUse(blocks=1, lines=3)


def test_what_clippy_finds_is_told_of_what_is_rust(ledger: Ledger) -> None:
    lints = Lints({"at_once": ("eq_op", "eq_op"), "given_up": ("eq_op",)}, {})
    report = make_report(HOLES, ledger, replace(FACTS, lints=lints), ledger.lineages())
    assert (of(report, "at_once").lints, of(report, "at_once").portion.clippy) == (("eq_op", "eq_op"), 2)
    assert (of(report, "repaired").lints, of(report, "repaired").portion.clippy) == ((), 0)
    assert of(report, "given_up").lints is None


def test_functions_that_are_rust_add_up_and_variables_do_not_count(ledger: Ledger) -> None:
    holes = [replace(each, kind=Kind.GLOBAL) if each.name == "repaired" else each for each in HOLES]
    facts = replace(FACTS, lints=Lints({"at_once": ("eq_op",), "repaired": ("eq_op",)}, {}))
    found = make_report(holes, ledger, facts, ledger.lineages()).bodies
    assert found == Portion(9, UnsafeUse(blocks=3, lines=3), 1)
    assert found.per_100_lines == {"unsafe_lines": 33.3, "dereferences": 0.0, "casts": 0.0, "clippy": 11.1}


def test_what_was_not_counted_has_no_sum_and_no_share(report: Report) -> None:
    assert report.bodies.clippy is None
    assert report.bodies.per_100_lines["clippy"] is None
    assert set(Portion().per_100_lines.values()) == {None}


def test_calls_and_replayed_answers_are_counted_apart(report: Report) -> None:
    assert (report.model.calls, report.model.replayed, report.model.replayed_for_earlier_prompt) == (3, 2, 1)


def test_tokens_are_those_of_all_answers(report: Report) -> None:
    model = report.model
    assert (model.tokens_in, model.tokens_cached, model.tokens_out) == (500, 200, 50)


def test_the_cost_is_that_of_the_calls_and_not_of_replayed_answers(report: Report) -> None:
    assert report.model.cost_usd == Decimal("0.75")


def test_one_call_without_a_price_makes_the_cost_unknown(ledger: Ledger) -> None:
    ask(ledger, "untried", cost=None)
    model = make_report(HOLES, ledger, FACTS, ledger.lineages()).model
    assert model.cost_usd is None


def test_a_run_that_called_nobody_cost_nothing(empty: Ledger) -> None:
    ask(empty, "f", replayed=Replayed.exact)
    model = make_report([hole("f")], empty, FACTS, empty.lineages()).model
    assert (model.calls, model.cost_usd) == (0, Decimal(0))


def test_the_time_of_all_stretches_and_all_cargo_runs_count(report: Report) -> None:
    assert report.seconds == 6.5
    assert report.cargo_runs == 2


def test_attempts_at_an_earlier_first_prompt_are_left_out(ledger: Ledger) -> None:
    accept(ledger, "at_once", 1, None, lineage="later")
    reject(ledger, "untried", 1, "key", MISMATCH)
    ledger.save_attempt(Attempt("untried", "later", 1, Source.MODEL, None, None, Verdict((OMITTED,))))
    report = make_report(HOLES, ledger, FACTS, ledger.lineages())
    assert [attempt.source for attempt in of(report, "at_once").attempts] == [Source.MODEL]
    assert of(report, "untried").findings == (OMITTED,)
    assert len(of(report, "untried").attempts) == 1


def test_the_attempts_of_a_plug_count_although_others_are_newer(ledger: Ledger) -> None:
    ledger.save_attempt(Attempt("repaired", "later", 1, Source.MODEL, None, None, Verdict((OMITTED,))))
    assert len(of(make_report(HOLES, ledger, FACTS, ledger.lineages()), "repaired").attempts) == 2


def test_who_wrote_it_and_for_which_prompt_is_told(report: Report) -> None:
    assert of(report, "by_hand").is_hand_written
    assert not of(report, "at_once").is_hand_written
    assert [hole.name for hole in report.holes if hole.is_for_earlier_prompt] == ["repaired"]


def test_the_file_has_exactly_these_keys(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path, report)
    content = json.loads((tmp_path / "report.json").read_text("utf-8"))
    keys = {
        "format",
        "module",
        "interface",
        "strategy",
        "totals",
        "holes",
        "model",
        "cargo_runs",
        "tests",
        "seconds",
        "fixed_items",
        "sandbox",
        "evidence",
        "weak",
        "not_asked_for",
        "crate_tests",
        "settled",
        "made_by_macros",
        "unsafety",
        "root",
    }
    assert content.keys() == keys
    assert content["totals"] == {"holes": 8, "rust": 3, "transpiled": 1, "c": 3, "unimplemented": 1}
    assert content["tests"] == {"passed": True, "command": "make test"}
    assert content["model"] == {
        "name": "some-model",
        "calls": 3,
        "replayed": 2,
        "replayed_for_earlier_prompt": 1,
        "tokens_in": 500,
        "tokens_cached": 200,
        "tokens_out": 50,
        "cost_usd": 0.75,
    }
    assert content["holes"][2] == {
        "name": "given_up",
        "kind": "function",
        "file": "a.c",
        "line": 7,
        "plug": "c",
        "source": None,
        "attempts": 2,
        "verdicts": ["compile", "policy"],
        "omitted": False,
        "put_back": False,
        "unsafe_blocks": 0,
        "lines": 0,
        "unsafe_lines": 0,
        "dereferences": 0,
        "casts": 0,
        "clippy": None,
        "recorded_for_earlier_prompt": False,
        "findings": [
            {"gate": "policy", "code": None, "message": "The candidate leaves the loop out.", "detail": ""}
        ],
        "completeness": None,
        "evidence": None,
        "c_text": "int given_up(void)\n{\n\treturn 1;\n}",
        "rust_text": "",
        "tried": [
            {
                "number": number,
                "source": "model",
                "replayed": "asked now",
                "text": f"// try {number}",
                "findings": findings,
                "fixes": [],
                "second_verdict": False,
            }
            for number, findings in ((1, [MISMATCH_JSON, OMITTED_JSON]), (2, [OMITTED_JSON]))
        ],
        "reason": None,
        "calls": [],
        "calls_outside": [],
        "local": False,
    }


def test_the_file_says_how_much_is_unsafe_in_functions_and_in_what_c_calls(ledger: Ledger) -> None:
    lints = Lints({"at_once": ("eq_op",)}, {})
    facts = replace(FACTS, lints=lints, ffi=FfiReport(Portion(30, UnsafeUse(2, 6, 3, 1), 0), 4))
    content = report_json(make_report(HOLES, ledger, facts, ledger.lineages()))
    assert [each["clippy"] for each in content["holes"][:3]] == [["eq_op"], [], None]
    assert content["unsafety"]["bodies"] == {
        "lines": 12,
        "unsafe_blocks": 4,
        "unsafe_lines": 4,
        "dereferences": 0,
        "casts": 0,
        "clippy": 1,
        "per_100_lines": {"unsafe_lines": 33.3, "dereferences": 0.0, "casts": 0.0, "clippy": 8.3},
    }
    assert content["unsafety"]["ffi"] == {
        "lines": 30,
        "unsafe_blocks": 2,
        "unsafe_lines": 6,
        "dereferences": 3,
        "casts": 1,
        "clippy": 0,
        "per_100_lines": {"unsafe_lines": 20.0, "dereferences": 10.0, "casts": 3.3, "clippy": 0.0},
        "symbols": 4,
        "lines_per_symbol": 7.5,
    }


def test_a_report_from_before_a_key_was_added_is_read(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path, report)
    path = tmp_path / "report.json"
    content = json.loads(path.read_text("utf-8"))
    for name in ("unsafety", "made_by_macros", "crate_tests"):
        del content[name]
    path.write_text(json.dumps(content))
    assert read_report(tmp_path) == content


def test_the_reason_of_a_hole_without_a_verdict_stands_among_its_findings(report: Report) -> None:
    jumps = report_json(report)["holes"][6]
    assert jumps["findings"] == [{"gate": None, "code": None, "message": "it calls setjmp", "detail": ""}]


def test_sources_are_model_hand_or_nothing(report: Report) -> None:
    sources = [hole["source"] for hole in report_json(report)["holes"]]
    assert sources == ["model", "model", None, "hand", None, None, None, None]


def test_a_module_without_tests_has_neither_passed_nor_failed(ledger: Ledger) -> None:
    facts = replace(FACTS, tests_passed=None, test_command="")
    assert report_json(make_report(HOLES, ledger, facts, ledger.lineages()))["tests"] == {
        "passed": None,
        "command": "",
    }


def test_bytes_that_are_not_utf_8_do_not_keep_the_report_from_being_written(
    empty: Ledger, tmp_path: Path
) -> None:
    strange = hole("f", 'char *f(void) { return "\udcff"; }', file="\udcfe.c", stays="\udcfd")
    detail = Finding(Gate.TESTS, "It fails.", "output \udcfc")
    reject(empty, "g", 1, "key", detail)
    facts = replace(FACTS, module="m\udcfb", test_command="\udcfa")
    report = make_report([strange, hole("g")], empty, facts, empty.lineages())
    write_report(tmp_path, report)
    holes = read_report(tmp_path)["holes"]
    assert [hole["file"] for hole in holes] == ["\ufffd.c", "a.c"]
    assert holes[1]["findings"][0]["detail"] == "output \ufffd"


def test_what_was_written_is_read_again(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path, report)
    assert read_report(tmp_path) == report_json(report)


def test_writing_leaves_nothing_but_the_two_files(report: Report, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    write_report(folder, report)
    write_report(folder, report)
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json"]


def test_a_folder_that_is_not_there_is_the_users_mistake(report: Report, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(tmp_path / "none", report)
    with pytest.raises(OutputError, match="holds no report"):
        read_report(tmp_path / "none")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"module": "m"}'])
def test_a_file_that_is_no_report_is_told_from_one(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(OutputError, match="is not a report"):
        read_report(tmp_path)


def test_a_plug_with_rejected_attempts_says_what_the_last_one_lacked(ledger: Ledger) -> None:
    reject(ledger, "transpiled", 1, "key", MISMATCH)
    ledger.fill(Filled("transpiled", "now", Plug(PlugKind.TRANSPILED, "fn t() {}"), None, None))
    assert of(make_report(HOLES, ledger, FACTS, ledger.lineages()), "transpiled").findings == (MISMATCH,)
