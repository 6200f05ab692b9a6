"""What a model is told, and what it is spared."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import SettingsError
from migrate.model.exchange import Message
from migrate.module import open_module
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.settings import ModuleSettings
from repair.verdict import Finding, Gate

C = """\
#include <string.h>
#include <strings.h>

/* Room for a name. */
#define NAME_MAX_LEN 16	/* bytes */
#define TWICE(x) \\
	((x) * 2) /* evaluates once */

struct owner { int age; struct owner *boss; };
struct unseen { int secret; };
struct flags { unsigned dirty : 1, kind : 3; };
struct item {
	struct owner *owner;
	struct unseen *unseen;
	struct flags flags;
};

/* How old a thing may get, never negative. */
static int limit(int age) { return age > 90 ? 90 : age; }

int boss_age(const struct item *item)
{
	return limit(item->owner->boss->age);
}

/* Of the same name as its record. */
struct item_stat { int size; };
int item_stat(struct item_stat *out, int index)
{
	out->size = TWICE(index) + NAME_MAX_LEN;
	return 0;
}

int is_dirty(const struct item *item) { return item->flags.dirty; }
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("item")
    (folder / "item.c").write_text(C)
    return prepare(open_module(folder, ModuleSettings()), Templates())


def asked(prepared: Prepared, name: str) -> str:
    return prepared.prompter.first(prepared.skeleton.by_ident[name])[1].content


def test_every_prompt_begins_with_the_same_rules(prepared: Prepared) -> None:
    rules = {prepared.prompter.first(hole)[0] for hole in prepared.skeleton.holes}
    assert len(rules) == 1
    assert rules.pop().role == "system"


def test_a_record_that_only_members_lead_to_is_shown(prepared: Prepared) -> None:
    assert "pub struct owner" in asked(prepared, "boss_age")


def test_a_record_behind_a_pointer_that_nobody_follows_is_not_shown(prepared: Prepared) -> None:
    assert "pub struct unseen" not in asked(prepared, "boss_age")


def test_a_callee_is_shown_with_its_contract_and_without_its_body(prepared: Prepared) -> None:
    prompt = asked(prepared, "boss_age")
    assert '// How old a thing may get, never negative.\nunsafe extern "C" fn limit(age: c_int)' in prompt
    assert "90" not in prompt


def test_a_record_with_the_name_of_the_function_is_shown(prepared: Prepared) -> None:
    assert "pub struct item_stat" in asked(prepared, "item_stat")


def test_a_parameter_with_the_name_of_a_c_function_does_not_bring_that_function(prepared: Prepared) -> None:
    assert "fn index" not in asked(prepared, "item_stat")


def test_a_macro_with_arguments_is_shown_as_it_is_written(prepared: Prepared) -> None:
    assert "#define TWICE(x) \\\n\t((x) * 2)" in asked(prepared, "item_stat")


def test_a_constant_macro_is_shown_as_the_constant_it_is_in_rust(prepared: Prepared) -> None:
    prompt = asked(prepared, "item_stat")
    assert "pub const NAME_MAX_LEN: c_int = 16;" in prompt
    assert "#define NAME_MAX_LEN" not in prompt


def test_bit_fields_are_shown_by_their_methods(prepared: Prepared) -> None:
    assert "fn dirty(&self) -> c_uint; fn set_dirty(" in asked(prepared, "is_dirty")


def test_a_repair_prompt_continues_the_first_one(prepared: Prepared) -> None:
    hole = prepared.skeleton.by_ident["is_dirty"]
    finding = Finding(Gate.COMPILE, "error[E0425]: cannot find value `x`", "   1 | x\n     | ^")
    prompt = prepared.prompter.repair(hole, "```rust\nfn x() {}\n```", (finding,), lines=True)
    first = prepared.prompter.first(hole)
    assert prompt[: len(first)] == first
    assert prompt[len(first)] == Message("assistant", "```rust\nfn x() {}\n```")
    assert finding.message in prompt[-1].content
    assert finding.detail in prompt[-1].content


def test_a_folder_of_the_user_overrides_a_template_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "system.j2").write_text("Be brief.")
    own = Templates(tmp_path)
    assert own.render("system.j2", {}) == "Be brief."
    assert own.digest != Templates().digest


def test_a_template_that_names_something_unknown_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "system.j2").write_text("{{ nonsense }}")
    with pytest.raises(SettingsError, match=r"system\.j2 .*nonsense"):
        Templates(tmp_path).render("system.j2", {})
