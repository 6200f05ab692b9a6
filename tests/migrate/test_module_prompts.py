"""What a model is told that is asked for a whole module."""

from __future__ import annotations

import pytest

from migrate.model.exchange import Message
from migrate.module import open_module
from migrate.module_prompts import ModulePrompter, Tried
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.settings import ModuleSettings
from repair.verdict import Finding, Gate

LIST_H = """\
struct node { struct node *next; int value; };
int length(const struct node *list);
"""
LIST_C = """\
#include <string.h>
#include <ctype.h>
#include "list.h"
#define TWICE(x) ((x) * 2)
#define LIMIT 8
struct state { int seen; };
static struct state state;
static const int sizes[] = { 1, 2, LIMIT };
/* How long it is. */
int length(const struct node *list) { state.seen++; return list ? 1 + length(list->next) : sizes[0]; }
int say(const char *format, ...) { return (int)strlen(format); }
int tell(void) { return say("%d", 1); }
"""
OTHER_C = """\
#include "list.h"
#define LIMIT 9
struct state { long kept; };
static struct state state;
int sum(const struct node *list) { state.kept = LIMIT; return list->value + length(list); }
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("list")
    for name, text in {"list.h": LIST_H, "list.c": LIST_C, "other.c": OTHER_C}.items():
        (folder / name).write_text(text)
    return prepare(open_module(folder, ModuleSettings()), Templates())


@pytest.fixture(scope="module")
def prompter(prepared: Prepared) -> ModulePrompter:
    return ModulePrompter(prepared.prompter)


@pytest.fixture(scope="module")
def prompt(prompter: ModulePrompter) -> str:
    return prompter.first[1].content


def part(prompt: str, title: str) -> str:
    return prompt.partition(f"# {title}\n")[2].partition("\n# ")[0]


def test_the_rules_are_those_of_every_prompt_but_for_the_form_of_the_answer(
    prepared: Prepared, prompter: ModulePrompter
) -> None:
    usual = prepared.prompter.first(prepared.skeleton.holes[0])[0].content
    rules = prompter.first[0].content
    assert prompter.first[0].role == "system"
    assert rules.partition("# Behaviour")[2].partition("# Answer")[0] in usual
    assert "one definition at a time" not in rules
    assert "`// FILE: `" in rules.partition("# Answer")[2]


def test_every_file_stands_there_as_it_is_on_disk(prompt: str) -> None:
    for name, text in {"list.h": LIST_H, "list.c": LIST_C, "other.c": OTHER_C}.items():
        assert f"`{name}`:\n\n```c\n{text}```" in prompt


def test_each_definition_is_wanted_once_under_its_file_with_its_signature(prompt: str) -> None:
    wanted = part(prompt, "Translate these definitions")
    of_list, of_other = wanted.split("Of `other.c`:")
    assert 'pub unsafe extern "C" fn length(list: *const node) -> c_int;' in of_list
    assert "static sizes: [c_int; 3] = ...;" in of_list
    assert 'pub unsafe extern "C" fn sum(list: *const node) -> c_int;' in of_other
    assert "These are 4 in all" in wanted


def test_what_exists_is_shown_once_and_what_stays_in_c_can_be_called(prompt: str) -> None:
    assert prompt.count("pub struct node {") == 1
    assert "In `other.c`:\n\n```rust\nstatic mut state: state;\n```" in part(prompt, "Rust that exists")
    outside = part(prompt, "Other functions that it uses")
    assert 'unsafe extern "C" fn strlen(' in outside
    assert "fn say(format: *const c_char, ...)" in outside
    assert "fn length" not in outside


def test_what_two_files_see_differently_is_shown_for_each(prompt: str) -> None:
    exists = part(prompt, "Rust that exists")
    of_list, of_other = (exists.split(f"In `{file}`:")[1:] for file in ("list.c", "other.c"))
    assert any("pub seen: c_int" in each.partition("In `")[0] for each in of_list)
    assert any("pub kept: c_long" in each.partition("In `")[0] for each in of_other)
    assert any("LIMIT: c_int = 9" in each.partition("In `")[0] for each in of_other)


def test_a_macro_of_the_module_is_not_shown_twice(prompt: str) -> None:
    assert prompt.count("#define TWICE") == 1


def test_a_further_round_shows_candidates_by_file_and_findings_by_function(
    prepared: Prepared, prompter: ModulePrompter
) -> None:
    holes = prepared.skeleton.by_ident
    mismatch = Finding(Gate.COMPILE, "mismatched types", "1 | one")
    tried = [
        Tried(holes["length"], "fn length() {}", (mismatch,)),
        Tried(holes["sum"], None, (Finding(Gate.OMISSION, "The answer leaves it out."),)),
    ]
    messages = prompter.repair(tried, 2)
    assert messages[:2] == prompter.first
    assert messages[2] == Message("assistant", "```rust\n// FILE: list.c\n\nfn length() {}\n```")
    again = messages[3].content
    assert "# Rejected: `length` of `list.c`\n\n1. mismatched types\n\n```\n1 | one\n```" in again
    assert "- `sum` of `other.c`: The answer leaves it out." in again
    assert "Line numbers are those of each item above by itself" in again
    assert "fn length(" in again and "fn sum(" in again and "sizes" not in again


def test_code_that_lacks_something_of_the_c_is_rejected_and_not_missing(
    prepared: Prepared, prompter: ModulePrompter
) -> None:
    lacks = Finding(Gate.OMISSION, "The loop has no counterpart.")
    tried = [Tried(prepared.skeleton.by_ident["length"], "fn length() {}", (lacks,))]
    again = prompter.repair(tried, 2)[-1].content
    assert "# Rejected: `length`" in again
    assert "# Missing" not in again
