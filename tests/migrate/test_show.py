from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.unsafety import UnsafeUse
from migrate.errors import Exit, SettingsError
from migrate.model.exchange import Replayed
from migrate.report.console import Console
from migrate.report.json_format import ReportJson, report_json
from migrate.report.portion import Portion
from migrate.report.report import FfiReport, make_report
from migrate.report.show import hole_json, show_hole, show_run, summary
from migrate.run.ledger import Ledger
from repair.lints import Lints
from tests.migrate.reported import FACTS, HOLES, hole, small_run


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with small_run(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


@pytest.fixture
def report(ledger: Ledger) -> ReportJson:
    facts = replace(FACTS, lints=Lints({"at_once": ("eq_op", "eq_op")}, {}))
    return report_json(make_report(HOLES, ledger, facts, ledger.lineages()))


def shown_run(report: ReportJson) -> list[str]:
    out, err = io.StringIO(), io.StringIO()
    show_run(Console(out, err), report)
    assert err.getvalue() == ""
    return out.getvalue().splitlines()


def shown_hole(report: ReportJson, ledger: Ledger, name: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    show_hole(Console(out, err), report, ledger, name)
    assert err.getvalue() == ""
    return out.getvalue()


def test_the_run_is_a_line_for_every_hole_and_a_sentence(report: ReportJson) -> None:
    lines = shown_run(report)
    assert [line.split() for line in lines[:-3]] == [
        ["Name", "Plug", "Attempts", "Unsafe", "Lines", "Derefs", "Casts", "Clippy", "Evidence", "Where"],
        ["at_once", "rust", "1", "1", "1", "0", "0", "2", "-", "a.c:7"],
        ["repaired", "rust", "2", "1", "1", "0", "0", "0", "-", "a.c:7"],
        ["given_up", "c", "2", *"------", "a.c:7"],
        ["by_hand", "rust", "1", "1", "1", "0", "0", "0", "-", "a.c:7"],
        ["transpiled", "transpiled", "0", "1", "1", "0", "0", "0", "-", "a.c:7"],
        ["missing", "unimplemented", "0", *"------", "a.c:7"],
        ["jumps", "c", "0", *"------", "a.c:7"],
        ["untried", "c", "0", *"------", "a.c:7"],
    ]
    assert lines[-3:] == [
        "",
        "functions: 12 lines, in unsafe 4 (33.3 per 100), dereferences 0, casts 0, "
        "clippy findings 2 (16.7 per 100)",
        summary(report),
    ]


def test_the_file_by_which_c_calls_stands_apart(ledger: Ledger) -> None:
    facts = replace(FACTS, ffi=FfiReport(Portion(30, UnsafeUse(2, 6, 3, 0), 0), 4))
    lines = shown_run(report_json(make_report(HOLES, ledger, facts, ledger.lineages())))
    assert lines[-2] == (
        "ffi.rs: 4 symbols, 7.5 lines each; 30 lines, in unsafe 6 (20.0 per 100), "
        "dereferences 3 (10.0 per 100), casts 0, clippy findings 0"
    )
    assert lines[-3].endswith("clippy findings -")


def test_a_report_from_before_there_were_such_figures_is_shown(report: ReportJson, ledger: Ledger) -> None:
    del report["unsafety"]
    for each in report["holes"]:
        for name in ("lines", "unsafe_lines", "dereferences", "casts", "clippy"):
            each.pop(name)  # type: ignore[misc]
    lines = shown_run(report)
    assert lines[1].split() == ["at_once", "rust", "1", "1", *"-----", "a.c:7"]
    assert lines[-2:] == ["", summary(report)]
    assert "unsafe:" not in shown_hole(report, ledger, "at_once")


def test_a_hole_says_what_is_unsafe_in_it_and_what_clippy_finds(report: ReportJson, ledger: Ledger) -> None:
    text = shown_hole(report, ledger, "at_once")
    assert "unsafe: 1 block, 1 of 3 lines; 0 dereferences, 0 casts\nclippy: eq_op, 2 times\n" in text
    assert "unsafe:" not in shown_hole(report, ledger, "given_up")


def test_what_stays_in_c_by_design_is_named_and_found(report: ReportJson, ledger: Ledger) -> None:
    report["made_by_macros"] = [{"name": "lock", "file": "a.c", "line": 3, "macro": "DEFINE_MUTEX"}]
    said = "stays in C, as the kernel's macros make it: lock (DEFINE_MUTEX)"
    assert shown_run(report)[-2:] == [said, summary(report)]
    assert shown_hole(report, ledger, "lock").splitlines() == ["== lock  a.c:3 ==", said]
    assert hole_json(report, ledger, "lock")["macro"] == "DEFINE_MUTEX"


def test_the_sentence_accounts_for_every_hole(report: ReportJson) -> None:
    assert summary(report) == (
        "3 of 8 holes Rust, 1 transpiled, 3 in C, 1 unimplemented; the module's tests pass."
    )


@pytest.mark.parametrize(
    ("passed", "command", "said"),
    [
        (False, "make test", "the module's tests fail."),
        (None, "make test", "the module's tests were not run."),
        (None, "", "the module has no tests."),
    ],
)
def test_the_sentence_says_how_the_tests_went(
    report: ReportJson, passed: bool | None, command: str, said: str
) -> None:
    report["tests"] = {"passed": passed, "command": command}
    assert summary(report).endswith(said)


def test_a_hole_shows_every_attempt_with_prompt_answer_and_findings(
    report: ReportJson, ledger: Ledger
) -> None:
    text = shown_hole(report, ledger, "given_up")
    order = [
        "== given_up  a.c:7 ==\nfilled by c after 2 attempts\n",
        "== Attempt 1: rejected by the gate compile ==\n",
        "asked now, by some-model-2: 100 tokens in (40 cached), 10 out, 1.5 s, $0.2500\n",
        "\nprompt, user:\nYou translate C.\n",
        "\nprompt, user:\nTranslate given_up.\n",
        "\nanswer:\nanswer 1 for given_up\n",
        '\nfinding: compile [E0308]: mismatched types\n1 | let x: u32 = "one";\n',
        "\nfinding: policy: The candidate leaves the loop out.\n",
        "== Attempt 2: rejected by the gate policy ==\n",
        "\nprompt, user:\nRepair 2.\n",
        "\nanswer:\nanswer 2 for given_up\n",
    ]
    places = [text.find(each) for each in order]
    assert -1 not in places
    assert places == sorted(places)


def test_what_a_prompt_repeats_is_shown_once(report: ReportJson, ledger: Ledger) -> None:
    text = shown_hole(report, ledger, "given_up")
    assert text.count("You translate C.") == 1
    assert "the prompt begins with 2 messages of the attempt before" in text


def test_an_accepted_hole_shows_what_was_rejected_before(report: ReportJson, ledger: Ledger) -> None:
    text = shown_hole(report, ledger, "repaired")
    assert "== Attempt 1: rejected by the gate compile ==" in text
    assert "== Attempt 2: accepted ==" in text
    assert "recorded for an earlier prompt, by some-model-2" in text
    assert "$0.2500 when it was recorded" in text
    assert "applied the compiler's own fixes: clippy::needless_return" in text


def test_a_hand_written_hole_shows_its_text(report: ReportJson, ledger: Ledger) -> None:
    text = shown_hole(report, ledger, "by_hand")
    assert "filled by rust, written by hand, after 1 attempt\n" in text
    assert "candidate:\npub unsafe extern" in text


def test_a_hole_without_attempts_says_why(report: ReportJson, ledger: Ledger) -> None:
    assert "why: it calls setjmp\n" in shown_hole(report, ledger, "jumps")


def test_the_payload_of_a_hole_lists_every_attempt(report: ReportJson, ledger: Ledger) -> None:
    payload = json.loads(json.dumps(hole_json(report, ledger, "repaired")))
    assert (payload["name"], payload["plug"], payload["line"]) == ("repaired", "rust", 7)
    first, second = payload["attempts"]
    assert (first["number"], first["accepted"], first["candidate"]) == (1, False, "// try 1")
    assert first["findings"][0]["code"] == "E0308"
    assert second["accepted"]
    assert second["fixes"] == ["clippy::needless_return"]
    assert [message["content"] for message in second["exchange"]["prompt"]] == [
        "You translate C.",
        "Translate repaired.",
        "Repair 2.",
    ]
    assert second["exchange"]["answer"] == "answer 2 for repaired"
    assert second["exchange"]["from"] == Replayed.earlier_prompt.value
    assert second["exchange"]["cost_usd"] == 0.25


def test_a_hand_written_attempt_has_no_exchange(report: ReportJson, ledger: Ledger) -> None:
    (attempt,) = hole_json(report, ledger, "by_hand")["attempts"]
    assert (attempt["source"], attempt["exchange"]) == ("hand", None)


def test_a_mistyped_name_is_answered_with_the_right_one(report: ReportJson, ledger: Ledger) -> None:
    with pytest.raises(
        SettingsError, match="no function or variable repared; did you mean repaired"
    ) as raised:
        hole_json(report, ledger, "repared")
    assert raised.value.exit is Exit.USAGE


def test_a_bare_name_finds_the_file_local_ones(ledger: Ledger) -> None:
    holes = [hole("first_of_all.c:init"), hole("second_of_all.c:init")]
    report = report_json(make_report(holes, ledger, FACTS, ledger.lineages()))
    with pytest.raises(SettingsError, match=r"first_of_all\.c:init or second_of_all\.c:init"):
        shown_hole(report, ledger, "init")


def test_a_name_that_is_like_none_leads_to_the_list(report: ReportJson, ledger: Ledger) -> None:
    with pytest.raises(SettingsError, match="lists them all"):
        shown_hole(report, ledger, "xyzzy")
