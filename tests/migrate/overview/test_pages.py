"""Web pages over many runs: what is in them, where links lead, what is kept, what is refused."""

from __future__ import annotations

import fcntl
import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.overview.history import read_history
from migrate.report.calls import Calls
from migrate.report.html import render_html
from migrate.report.reading import report_of
from tests.command import Result, cli, contents
from tests.endpoint import Endpoint
from tests.generated_runs import generated_report, write_fleet, write_run
from tests.migrate.test_html import Page
from tests.tiny import Answers

OUT = "out"
WAY_BACK = '<nav aria-label="Overview"><a href="../index.html">All modules</a></nav>\n'


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Leave three runs of eight functions each."""
    write_fleet(tmp_path / OUT, modules=3, functions=8)
    return tmp_path / OUT


def rendered(*arguments: object, folder: str = "html") -> Result:
    result = cli("report", *arguments, "--html", folder)
    assert result.exit == 0, result.stderr
    return result


def index(folder: str = "html") -> Page:
    return Page(Path(folder, "index.html").read_text())


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files and places that the links of a page lead to."""
    for target in Page(page.read_text()).targets():
        name, _, place = target.partition("#")
        yield (page.parent / name).resolve() if name else page.resolve(), place


def test_every_link_leads_to_a_place_that_is_there(fleet: Path) -> None:
    rendered(fleet)
    pages = {path.resolve(): Page(path.read_text()) for path in Path("html").rglob("*.html")}
    assert len(pages) == 4
    for path in pages:
        for target, place in links(path):
            assert target in pages, target
            assert not place or place in pages[target].ids(), place


def test_a_function_has_a_link_that_can_be_written_by_hand(fleet: Path) -> None:
    rendered(fleet)
    name = json.loads((fleet / "modules" / "module_001" / "report.json").read_text())["holes"][2]["name"]
    assert f"fn-{name}" in Page(Path("html/modules/module_001.html").read_text()).ids()


def test_pages_load_nothing_and_run_nothing_but_what_their_policy_names(fleet: Path) -> None:
    rendered(fleet)
    for path in Path("html").rglob("*.html"):
        page = Page(path.read_text())
        assert not {"link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
        assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
        assert [tag for tag, _ in page.tags].count("script") == 1
        policy = next(each["content"] for tag, each in page.tags if each.get("http-equiv"))
        assert re.search(r"default-src 'none'.*script-src 'sha256-[\w+/]{43}='", policy)


def test_a_module_page_is_the_runs_own_report_with_a_way_back(fleet: Path) -> None:
    rendered(fleet)
    content = json.loads((fleet / "modules" / "module_000" / "report.json").read_text())
    page = Path("html/modules/module_000.html").read_text()
    assert page == render_html(report_of(content), "../index.html")
    assert page.replace(WAY_BACK, "") == render_html(report_of(content))


def test_the_page_of_a_real_run_is_the_one_that_it_left(tiny: Path) -> None:
    with Endpoint(Answers({"mix": ["No."], "greater": ["No.", "No."]})) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url)
        assert cli("run", tiny, "-o", "out/run", *model, "--attempts", 2).exit == 3
    rendered("out")
    page = Path("html/modules/tiny.html").read_text()
    assert page.replace(WAY_BACK, "") == Path("out/run/report.html").read_text()
    assert cli("report", "out", "--json").json["total"]["accepted"] == {
        "first": 1,
        "repaired": 1,
        "hand": 0,
        "never": 1,
    }


def test_headings_landmarks_and_tables_are_made_for_screen_readers(fleet: Path) -> None:
    rendered(fleet)
    page = index()
    tags = [tag for tag, _ in page.tags]
    assert page.levels()[0] == 1 and set(page.levels()) == {1, 2}
    assert tags.count("main") == 1 and "header" in tags and "nav" in tags
    heads = [attributes for tag, attributes in page.tags if tag == "th"]
    assert heads and all(each.get("scope") in {"col", "row"} for each in heads)
    labelled = [each for tag, each in page.tags if each.get("role") in {"img", "region"}]
    assert all(each.get("aria-label") or each.get("aria-labelledby") for each in labelled)
    named = {each["aria-labelledby"] for each in labelled if "aria-labelledby" in each}
    assert named <= set(page.ids())


def test_the_summary_adds_up(fleet: Path) -> None:
    rendered(fleet)
    total = cli("report", fleet, "--json").json["total"]
    words = index().words
    assert f"In Rust {total['rust']} {100 * total['rust'] // 24}%" in words
    assert f"Accepted at the first answer {total['accepted']['first']} " in words
    assert f"Never accepted {total['accepted']['never']} " in words
    assert sum(total["accepted"].values()) == total["holes"] == 24
    assert f"Cost of the calls ${total['cost_usd']:.4f}" in words


def test_the_call_graph_is_drawn_and_told_as_text(fleet: Path) -> None:
    rendered(fleet)
    for path in (Path("html/index.html"), Path("html/modules/module_002.html")):
        page = Page(path.read_text())
        assert sum(tag == "svg" for tag, _ in page.tags) == 1
        assert "Waves, callees first" in page.words
        lines = next(attributes["d"] for tag, attributes in page.tags if attributes.get("class") == "calls")
        assert lines.count("M") > 3


@pytest.mark.parametrize(("local", "waves"), [(False, 2), (True, 1)])
def test_functions_that_call_those_of_another_module_are_connected_unless_these_are_file_local(
    local: bool, waves: int, tmp_path: Path
) -> None:
    one, two = (generated_report(number, 1, random.Random(1)) for number in (0, 1))
    called = replace(one.holes[0], calls=Calls(local=local))
    caller = replace(two.holes[0], calls=Calls(outside=(called.name,)))
    write_run(tmp_path / "one", replace(one, holes=(called,)))
    write_run(tmp_path / "two", replace(two, holes=(caller,)))
    rendered("one", "two")
    assert len(re.findall(r'<tr><th scope="row">\d+</th>', Path("html/index.html").read_text())) == waves


def test_where_nothing_has_a_report_yet_there_is_nothing_to_draw(tmp_path: Path) -> None:
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "ledger.sqlite").touch()
    rendered("begun")
    assert "There is nothing to draw yet." in index().words


def test_a_trend_begins_with_the_second_report_that_says_something_new(fleet: Path) -> None:
    rendered(fleet)
    rendered(fleet)
    assert len(read_history(Path("html"))) == 1
    assert "trend" not in index().ids()
    write_fleet(fleet / "more", modules=1, functions=3)
    rendered(fleet)
    history = read_history(Path("html"))
    assert [each.holes for each in history] == [24, 27]
    assert "trend" in index().ids()
    assert "Share in Rust over 2 reports" in Path("html/index.html").read_text()


def test_a_page_whose_run_did_not_move_is_not_written_again(fleet: Path) -> None:
    rendered(fleet)
    page = Path("html/modules/module_000.html")
    page.write_text("as it was")
    rendered(fleet)
    assert page.read_text() == "as it was"
    path = fleet / "modules" / "module_000" / "report.json"
    path.write_text(path.read_text().replace('"some-model"', '"other-model"'))
    rendered(fleet)
    assert "other-model" in page.read_text()


def test_pages_of_runs_that_are_gone_are_removed_and_other_files_stay(fleet: Path) -> None:
    rendered(fleet)
    Path("html/modules/mine.txt").write_text("mine")
    rendered(fleet / "modules" / "module_001")
    names = sorted(path.name for path in Path("html/modules").iterdir() if not path.name.startswith("."))
    assert names == ["mine.txt", "module_001.html"]


@pytest.mark.parametrize("name", ["index.html", "modules"])
def test_a_folder_with_pages_of_others_is_left_as_it_is(name: str, fleet: Path) -> None:
    Path("site", name).mkdir(parents=True)
    before = contents(Path("site"))
    refused = cli("report", fleet, "--html", "site")
    assert (refused.exit, refused.stdout) == (2, "")
    assert f"site holds {name}, which is not from `llmigrate report`" in refused.stderr
    assert contents(Path("site")) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"format": 2, "snapshots": []}', "written by a newer llmigrate (format 2, this one reads 1)"),
        ("{", "is not a history"),
        ('{"snapshots": [{"at": "yesterday"}]}', "is not a history"),
        ("[]", "is not a history"),
    ],
)
def test_a_history_that_cannot_be_read_is_not_written_over(text: str, said: str, fleet: Path) -> None:
    rendered(fleet)
    Path("html/history.json").write_text(text)
    refused = cli("report", fleet, "--html", "html")
    assert (refused.exit, refused.stdout) == (2, "")
    assert said in refused.stderr
    assert Path("html/history.json").read_text() == text


def test_a_report_that_is_interrupted_can_be_given_again(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("migrate.overview.pages.render_html", interrupted)
        assert cli("report", fleet, "--html", "html").exit == 130
    rendered(fleet)
    assert len(list(Path("html/modules").glob("*.html"))) == 3
    assert len(read_history(Path("html"))) == 1


def interrupted(*arguments: object) -> str:
    raise KeyboardInterrupt


def test_two_reports_into_one_folder_do_not_write_at_once(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(fleet)
    before = contents(Path("html"))
    monkeypatch.setattr("migrate.overview.pages._PATIENCE", 0.0)
    with Path("html/.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = cli("report", fleet, "--html", "html")
    assert (refused.exit, refused.stdout) == (2, "")
    assert "html is in use by process" in refused.stderr
    assert contents(Path("html")) == before


def test_a_run_that_is_still_going_on_is_marked(fleet: Path) -> None:
    waiting = fleet / "modules" / "module_009"
    waiting.mkdir()
    (waiting / "ledger.sqlite").touch()
    with (
        (fleet / "modules" / "module_001" / ".lock").open("a") as lock,
        (waiting / ".lock").open("a") as other,
    ):
        for each in (lock, other):
            fcntl.flock(each, fcntl.LOCK_EX)
        rendered(fleet)
        found = cli("report", fleet, "--json").json
    assert [each["running"] for each in found["runs"]] == [False, True, False]
    assert found["without_report"] == [{"run": str(waiting), "running": True, "why": ""}]
    words = index().words
    assert "2 runs still going on" in words
    assert re.search(r"module_001 running 8 ", words)
    assert f"{waiting} running" in words
    assert cli("report", fleet, "--json").json["total"]["running"] == 0


def test_runs_of_one_module_have_pages_of_their_own(tmp_path: Path) -> None:
    report = generated_report(0, 2, random.Random(1))
    for name in ("first", "second"):
        write_run(tmp_path / "a" / name, report)
        write_run(tmp_path / "b" / name, report)
    rendered("a", "b")
    pages = [path.name for path in Path("html/modules").glob("*.html")]
    assert len(pages) == 4
    for run in ("a/first", "a/second", "b/first", "b/second"):
        assert f"module_000 ({run})" in index().words


def test_a_run_that_is_named_twice_is_shown_once(fleet: Path) -> None:
    found = cli("report", fleet, fleet / "modules" / "module_000", os.path.relpath(fleet), "--json").json
    assert found["total"]["modules"] == 3


def test_what_lies_in_the_folder_of_a_run_is_no_run_of_its_own(fleet: Path) -> None:
    write_run(fleet / "modules" / "module_000" / "crate" / "kept", generated_report(9, 1, random.Random(1)))
    assert cli("report", fleet, "--json").json["total"]["modules"] == 3


def test_an_older_report_without_texts_says_so_and_has_a_page(fleet: Path) -> None:
    path = fleet / "modules" / "module_000" / "report.json"
    content = json.loads(path.read_text())
    for hole in content["holes"]:
        for name in ("c_text", "rust_text", "tried", "reason", "calls", "calls_outside"):
            del hole[name]
    del content["root"]
    path.write_text(json.dumps(content))
    rendered(path.parent)
    words = Page(Path("html/modules/module_000.html").read_text()).words
    assert "Rust fills it: an older llmigrate wrote the report of this run" in words
    assert "Accepted at the first answer" in index().words


def test_a_module_says_whether_it_is_done_and_what_on(tmp_path: Path) -> None:
    whole = generated_report(1, 60, random.Random(1))
    rust = tuple(each for each in whole.holes if each.rust and not each.differs)
    assert any(each.is_weak for each in rust)
    strong = tuple(each for each in rust if not each.is_weak)
    for name, holes in {"done": strong, "weak": rust, "part": whole.holes}.items():
        facts = replace(whole.facts, module=name)
        write_run(tmp_path / OUT / name, replace(whole, facts=facts, holes=holes))
    rendered(OUT)
    text = Path("html/index.html").read_text()
    badges = re.findall(r'class="badge (done|weak|partly|nothing)"[^>]*>([^<]+)<', text)
    assert badges[:3] == [("done", "done"), ("partly", "in part"), ("weak", "done, weak")]
