"""What the pages do in a browser: sorting, keys, links to functions, print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import PROGRAM, Page, browser, url_of
from tests.command import cli
from tests.generated_runs import write_fleet

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed.")

_PAPER = 1000
"""Pixels across a sheet of A4 on its side, less its margins."""
_CELLS = "[...document.querySelectorAll('#modules + .wide tbody tr')].map(row => row.cells[%d].%s)"
_BUTTON = (
    "[...document.querySelectorAll('#modules + .wide thead button')].find(each => each.textContent === '%s')"
)
_HEADS = "[...document.querySelectorAll('#modules + .wide th[scope=col]')]"
_SORTS = f"{_HEADS}.map(each => each.getAttribute('aria-sort'))"


@pytest.fixture
def page() -> Iterator[Page]:
    """Open the index of six runs, of which one has no report."""
    write_fleet(Path("out"), modules=5, functions=7)
    Path("out/begun").mkdir()
    Path("out/begun/ledger.sqlite").touch()
    result = cli("report", "out", "--html", "html")
    assert result.exit == 0, result.stderr
    with browser() as page:
        page.look()
        page.open(url_of(Path("html/index.html")))
        yield page


def column(page: Page, number: int) -> list[Any]:
    """Return a column of the table of modules; numbers as the table sorts by them."""
    held = page.run(_CELLS % (number, "dataset.v ?? ''" if number > 1 else "textContent"))
    return [float(each) if number > 1 and each else each for each in held]


def test_a_click_sorts_by_numbers_and_another_one_the_other_way_round(page: Page) -> None:
    page.run(f"{_BUTTON % 'Tokens'}.click()")
    tokens = column(page, 13)
    assert tokens == [*sorted(tokens[:-1], reverse=True), ""]
    assert len(set(tokens)) > 3
    page.run(f"{_BUTTON % 'Tokens'}.click()")
    assert column(page, 13) == [*sorted(tokens[:-1]), ""], "a run without a report comes last either way"


def test_a_click_sorts_by_names(page: Page) -> None:
    names = column(page, 0)
    page.run(f"{_BUTTON % 'Module'}.click()")
    page.run(f"{_BUTTON % 'Module'}.click()")
    assert column(page, 0) == sorted(names, reverse=True)


def test_the_head_and_a_message_say_how_it_is_sorted(page: Page) -> None:
    assert set(page.run(_SORTS)) == {None}
    page.run(f"{_BUTTON % 'In Rust'}.click()")
    sorts = page.run(_SORTS)
    assert sorts[3] == "descending" and sorts.count(None) == len(sorts) - 1
    assert (
        page.run("document.getElementById('modules-sorted').textContent") == "Sorted by In Rust, descending."
    )
    assert page.run("document.getElementById('modules-sorted').getAttribute('role')") == "status"


def test_all_can_be_reached_and_used_by_keyboard(page: Page) -> None:
    page.press("Tab")
    assert page.run("document.activeElement.className") == "skip"
    seen = []
    for _ in range(80):
        page.press("Tab")
        seen.append(page.run("document.activeElement.textContent.trim().slice(0, 40)"))
        if seen[-1] == "Module":
            break
    assert seen[-1] == "Module", seen
    page.press("Enter")
    assert page.run(_SORTS)[0] == "ascending"
    assert page.run("document.activeElement.textContent") == "Module", "the focus stays where it was"


def test_a_link_to_a_function_shows_it(page: Page) -> None:
    href = page.run("document.querySelector('.left tbody a').getAttribute('href')")
    name, _, place = href.partition("#")
    page.open(url_of(Path("html", name), place))
    found = json.loads(
        page.run(
            "JSON.stringify({target: document.querySelector(':target')?.id,"
            " top: document.querySelector(':target').getBoundingClientRect().top,"
            " height: innerHeight})"
        )
    )
    assert found["target"] == place
    assert 0 <= found["top"] < found["height"]


def test_attempts_are_folded_away_until_somebody_opens_them(page: Page) -> None:
    page.open(url_of(Path("html/modules/module_001.html")))
    assert page.run("document.querySelectorAll('.attempts details').length") > 0
    assert page.run("document.querySelectorAll('.attempts details[open]').length") == 0


def test_a_narrow_window_cuts_nothing_off(page: Page) -> None:
    page.look(width=400)
    for path in ("html/index.html", "html/modules/module_001.html"):
        page.open(url_of(Path(path)))
        assert page.run("document.documentElement.scrollWidth <= innerWidth"), path


def test_print_shows_all_of_each_table_and_none_of_what_is_for_the_screen(page: Page) -> None:
    page.look(width=_PAPER)
    page.ask("Emulation.setEmulatedMedia", media="print")
    for path in ("html/index.html", "html/modules/module_001.html"):
        page.open(url_of(Path(path)))
        assert page.run("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.run("[...document.querySelectorAll('.skip, nav')].every(each => !each.checkVisibility())")


def test_no_page_says_anything_in_the_console_and_none_asks_the_network(page: Page) -> None:
    for path in Path("html").rglob("*.html"):
        page.open(url_of(path))
        asked = [each for each in page.events if each["method"] == "Network.requestWillBeSent"]
        assert [each["params"]["request"]["url"].partition(":")[0] for each in asked] == ["file"]
        assert [
            each for each in page.events if each["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}
        ] == []
