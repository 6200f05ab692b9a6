from __future__ import annotations

import hashlib
import random
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from analysis.unsafety import UnsafeUse
from migrate.report import html
from migrate.report.calls import Calls
from migrate.report.html import render_html
from migrate.report.portion import Portion
from migrate.report.report import FfiReport, RunFacts, make_report
from migrate.run.ledger import Ledger
from repair.hole import Hole
from repair.lints import Lints
from repair.sandbox import SandboxKind
from repair.verdict import Finding, Gate
from tests.generated_runs import generated_report
from tests.migrate.reported import FACTS, HOLES, hole, reject, small_run

_VOID = {"meta", "link", "br", "img", "input", "hr"}
_INLINE = {"span", "code", "b", "a"}
_LOADING = {"src", "href", "srcset", "data", "poster", "action", "background"}


class Page(HTMLParser):
    """What a page is made of; fails on tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag not in _INLINE:
            self.text += " "

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._open):
            self.text += data

    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    def targets(self) -> list[str]:
        return [
            value for _, attributes in self.tags for name, value in attributes.items() if name in _LOADING
        ]

    def levels(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch(r"h[1-6]", tag)]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with small_run(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


def rendered(ledger: Ledger, holes: Sequence[Hole] = HOLES, facts: RunFacts = FACTS) -> str:
    return render_html(make_report(holes, ledger, facts, ledger.lineages()))


def part(text: str, name: str) -> str:
    """Return the words of one hole's part of the page."""
    found = re.search(rf'<article class="hole" id="fn-{name}".*?</article>', text, re.DOTALL)
    assert found is not None
    return Page(found[0]).words


def test_every_hole_has_a_row_that_leads_to_its_part(ledger: Ledger) -> None:
    page = Page(rendered(ledger))
    for each in HOLES:
        assert page.targets().count(f"#fn-{each.name}") == 1
        assert page.ids().count(f"fn-{each.name}") == 1


def test_no_two_elements_share_an_id_and_every_link_leads_to_one(ledger: Ledger) -> None:
    page = Page(rendered(ledger))
    assert len(page.ids()) == len(set(page.ids()))
    assert {target.removeprefix("#") for target in page.targets()} <= set(page.ids())


def test_nothing_is_loaded_and_nothing_runs_but_what_sorts_tables(ledger: Ledger) -> None:
    text = rendered(ledger)
    page = Page(text)
    assert all(target.startswith("#") for target in page.targets())
    assert not {"link", "img", "iframe"} & {tag for tag, _ in page.tags}
    script = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
    assert script == [Path(html.__file__).with_name("sort.js").read_text()]
    allowed = b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'" in unescape(text)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "url(" not in text
    assert "@import" not in text


def test_headings_begin_with_one_h1_and_skip_no_level(ledger: Ledger) -> None:
    levels = Page(rendered(ledger)).levels()
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_the_page_says_its_language_and_title(ledger: Ledger) -> None:
    text = rendered(ledger)
    assert '<html lang="en">' in text
    assert "<title>files: from C to Rust</title>" in text


def test_c_and_rust_stand_side_by_side_word_for_word(ledger: Ledger) -> None:
    words = part(rendered(ledger), "at_once")
    assert "int at_once(void) { return 1; }" in words
    assert 'pub unsafe extern "C" fn at_once() -> c_int { unsafe { COUNT } }' in words


def test_code_is_highlighted_in_both_schemes(ledger: Ledger) -> None:
    text = rendered(ledger)
    assert re.search(r'<span class="k\w*">return</span>', text)
    for scheme in ("light", "dark"):
        assert re.search(rf"\(prefers-color-scheme: {scheme}\) {{\n(\.code .*\n)*\.code \.k ", text)


def test_the_code_of_very_many_functions_is_plain_text() -> None:
    report = generated_report(0, 1_001, random.Random(1))
    text = render_html(report)
    assert '<span class="k">' not in text
    assert escape(report.holes[1_000].rust, quote=False) in text.replace("&#34;", '"')
    assert '<span class="k">' in render_html(replace(report, holes=report.holes[:1]))


def test_attempts_are_listed_with_their_findings(ledger: Ledger) -> None:
    words = part(rendered(ledger), "given_up")
    assert "Attempt 1 rejected: compile 2 findings" in words
    assert 'compile E0308 mismatched types 1 | let x: u32 = "one";' in words
    assert "Attempt 2 rejected: policy 1 finding" in words
    assert "C fills it The last candidate was rejected: policy The candidate leaves the loop out." in words


def test_what_the_compiler_fixed_is_told(ledger: Ledger) -> None:
    assert "accepted after the compiler’s own fixes: clippy::needless_return" in part(  # noqa: RUF001
        rendered(ledger), "at_once"
    )


def test_a_hole_without_a_verdict_says_why_it_is_in_c(ledger: Ledger) -> None:
    text = rendered(ledger)
    assert "C fills it: it calls setjmp" in part(text, "jumps")
    assert "C fills it: no candidate has been judged yet" in part(text, "untried")
    assert "Nothing fills it" in part(text, "missing")


def test_a_hand_written_hole_says_so_and_others_do_not(ledger: Ledger) -> None:
    text = rendered(ledger)
    assert "written by hand" in part(text, "by_hand")
    assert "by hand" not in part(text, "at_once")


def test_answers_recorded_for_an_earlier_prompt_are_told(ledger: Ledger) -> None:
    text = rendered(ledger)
    assert "recorded for an earlier prompt" in part(text, "repaired")
    assert "recorded" not in part(text, "at_once")


def test_the_summary_has_the_figures_of_the_run(ledger: Ledger) -> None:
    words = Page(rendered(ledger)).words
    assert "3 Rust 1 Transpiled 3 C 1 Unimplemented of 8 functions" in words
    assert "Calls of the model 3 and 2 answers from a recording, 1 of them recorded for an earlier" in words
    assert "Cost of the calls $0.75" in words
    assert "Tokens in 500" in words
    assert "Runs of cargo 2 Time 6.5 s" in words


def test_how_much_is_unsafe_is_told_of_all_functions_and_of_what_c_calls(ledger: Ledger) -> None:
    lints = Lints({"at_once": ("eq_op", "eq_op")}, {})
    facts = replace(FACTS, lints=lints, ffi=FfiReport(Portion(30, UnsafeUse(2, 6, 3, 0), 0), 4))
    words = Page(rendered(ledger, facts=facts)).words
    assert "Functions 12 4 4 (33.3 per 100) 0 0 2 (16.7 per 100)" in words
    assert "src/ffi.rs 4 symbols, 7.5 lines each 30 2 6 (20.0 per 100) 3 (10.0 per 100) 0 0" in words
    assert "src/ffi.rs" not in Page(rendered(ledger)).words


def test_how_much_is_unsafe_is_told_of_each_function(ledger: Ledger) -> None:
    facts = replace(FACTS, lints=Lints({"at_once": ("eq_op", "eq_op")}, {}))
    text = rendered(ledger, facts=facts)
    words = Page(text).words
    assert "at_once Rust 1 1 1 0 0 2 – a.c:7" in words  # noqa: RUF001
    assert "given_up C 2 – – – – – – a.c:7" in words  # noqa: RUF001
    assert "at_once Rust 1 1 1 0 0 – – a.c:7" in Page(rendered(ledger)).words  # noqa: RUF001
    own = part(text, "at_once")
    assert "1 unsafe block · 1 of 3 lines in unsafe · 0 dereferences · 0 casts · 2 findings of clippy" in own
    assert "Clippy: eq_op" in own and "Clippy" not in part(text, "repaired")


@pytest.mark.parametrize(
    ("passed", "command", "said"),
    [
        (True, "make test", "tests pass with this crate: make test"),
        (False, "make test", "tests fail with this crate: make test"),
        (None, "make test", "tests were not run against this crate: make test"),
        (None, "", "This module has no tests."),
    ],
)
def test_how_the_tests_went_is_told(ledger: Ledger, passed: bool | None, command: str, said: str) -> None:
    facts = replace(FACTS, tests_passed=passed, test_command=command)
    assert said in Page(rendered(ledger, facts=facts)).words


@pytest.mark.parametrize(
    ("evidence", "said"),
    [("none", "was not compared with the C"), ("quick", "was compared with the C is said for each function")],
)
def test_without_tests_a_page_says_whether_anything_else_compared_the_rust_with_the_c(
    ledger: Ledger, evidence: str, said: str
) -> None:
    facts = replace(FACTS, tests_passed=None, test_command="", evidence=evidence)
    assert said in Page(rendered(ledger, facts=facts)).words


def test_tokens_that_nobody_counted_are_not_given_as_nought(tmp_path: Path) -> None:
    with Ledger(tmp_path / "empty.sqlite") as empty:
        words = Page(rendered(empty, [hole("f")])).words
    assert "Tokens" not in words


def test_whatever_stands_in_names_paths_code_and_findings_is_text(tmp_path: Path) -> None:
    nasty = "</code></pre><script>alert('1')</script>\"&<b x="
    finding = Finding(Gate.COMPILE, nasty, nasty, nasty)
    facts = RunFacts(nasty, nasty, nasty, True, nasty, SandboxKind.OFF, 1)
    with Ledger(tmp_path / "empty.sqlite") as empty:
        holes = [hole(nasty, nasty, nasty), hole("stays", stays=nasty)]
        reject(empty, nasty, 1, "key", finding)
        text = rendered(empty, holes, facts)
    page = Page(text)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert page.text.count("<script>alert('1')</script>") >= 10
    labels = [
        attributes["aria-label"]
        for tag, attributes in page.tags
        if tag == "pre" and attributes.get("aria-label")
    ]
    assert f"C of {nasty}" in labels


def test_a_page_with_bytes_that_are_not_utf_8_can_be_written(tmp_path: Path) -> None:
    with Ledger(tmp_path / "empty.sqlite") as empty:
        text = rendered(empty, [hole("f", 'char *s = "\udcff";', "\udcfe.c")])
    assert "\ufffd" in text
    assert text.encode()


def test_a_module_without_holes_still_has_a_page(tmp_path: Path) -> None:
    with Ledger(tmp_path / "empty.sqlite") as empty:
        assert "of 0 functions" in Page(rendered(empty, [])).words


def test_the_call_graph_is_drawn_and_its_waves_are_told(ledger: Ledger) -> None:
    calls = {"at_once": Calls(("repaired", "given_up"), ("memcpy",)), "by_hand": Calls(("at_once",))}
    page = Page(rendered(ledger, facts=replace(FACTS, calls=calls)))
    shown = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert [each["role"] for each in shown] == ["img"]
    assert "at_once Rust 1" in page.words
    assert re.search(
        r"given_up \(C\), jumps \(C\), missing \(Unimplemented\), repaired, transpiled", page.words
    )
    assert page.words.index(" 2 1 Rust at_once ") < page.words.index(" 3 1 Rust by_hand ")


def test_without_calls_there_is_no_picture(ledger: Ledger) -> None:
    assert "svg" not in {tag for tag, _ in Page(rendered(ledger)).tags}
