"""What has to be filled before C can call a safe function of a module."""

from __future__ import annotations

import pytest

from migrate.given.assembly import GivenAssembly
from migrate.given.crate import open_given
from migrate.idiomatic.assembly import Outside
from migrate.idiomatic.interface import prepared_interface
from migrate.idiomatic.shim_check import ShimCheck
from migrate.idiomatic.shims import ShimMaker
from migrate.model.exchange import Message
from migrate.module import open_module
from migrate.prepare import prepare
from migrate.prompts import Templates
from migrate.settings import ModuleSettings
from repair.cargo import leased_workspace
from tests.given import MANIFEST

H = """\
struct item {
	int x;
};
void each(int (*f)(const struct item *item, void *arg), void *arg);
"""
C = """\
#include <stdlib.h>
#include "count.h"

void each(int (*f)(const struct item *item, void *arg), void *arg)
{
	struct item item = { 1 };

	f(&item, arg);
}

struct inner {
	int x;
};

static struct inner *inner_new(int x)
{
	struct inner *i = malloc(sizeof(*i));

	i->x = x;
	return i;
}

int outer(int x)
{
	struct inner *i = inner_new(x);
	int y = i->x + 1;

	free(i);
	return y;
}

static void *room(void)
{
	return malloc(4);
}

int used(void)
{
	void *r = room();

	free(r);
	return r != NULL;
}

static int count;
static const int most = 9;

int next(void)
{
	return count < most ? ++count : most;
}

int limit(void)
{
	return most;
}

int left(void)
{
	return limit() - count;
}
"""
RUST = """\
use std::sync::atomic::AtomicI32;

pub static COUNT: AtomicI32 = AtomicI32::new(0);

pub struct Inner {
    pub x: i32,
    pub held: Vec<u8>,
}

/// Stands for `inner_new`.
pub fn inner_new(x: i32) -> Box<Inner> {
    unimplemented!()
}

/// Stands for `outer`.
pub fn outer(x: i32) -> i32 {
    unimplemented!()
}

pub struct Item<'a> {
    pub x: i32,
    pub of: &'a [u8],
}

/// Stands for `each`.
pub fn each(f: impl FnMut(&Item<'_>) -> i32) {
    unimplemented!()
}

/// Stands for `room`.
pub fn room() -> Option<Inner> {
    unimplemented!()
}

/// Stands for `used`.
pub fn used() -> bool {
    unimplemented!()
}

/// Stands for `next`.
pub fn next() -> i32 {
    unimplemented!()
}

/// Stands for `limit`.
pub fn limit() -> i32 {
    unimplemented!()
}

/// Stands for `left`.
pub fn left() -> i32 {
    unimplemented!()
}
"""


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outside]:
    folder = tmp_path_factory.mktemp("count")
    files = {"count.c": C, "count.h": H, "crate/Cargo.toml": MANIFEST, "crate/src/lib.rs": "mod count;\n"}
    for name, text in {**files, "crate/src/count.rs": RUST}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    module, templates = open_module(folder / "count.c", ModuleSettings()), Templates(None)
    abi, crate = prepare(module, templates), open_given(folder / "crate")
    prepared = prepared_interface(module, abi.inventory, crate, templates)
    with leased_workspace() as workspace:
        check = ShimCheck(GivenAssembly(crate, prepared.holes), workspace, crate.edition)
        return ShimMaker(abi, crate, prepared.holes, nobody, check, 1).by_rule()


def nobody(purpose: str, attempt: int, messages: tuple[Message, ...]) -> str:
    raise AssertionError(purpose)


def test_functions_that_keep_state_together_are_callable_together(outside: dict[str, Outside]) -> None:
    assert {"next", "left", "limit"} <= outside["next"].needs
    assert outside["left"].needs == outside["next"].needs
    assert outside["limit"].needs & {"next", "left"} == set()


def test_a_file_local_function_for_what_c_cannot_have_is_not_called_by_itself(
    outside: dict[str, Outside],
) -> None:
    assert {"outer", "used"} <= outside.keys()
    assert not {"inner_new", "room"} & outside.keys()


def test_no_rule_hands_a_callback_what_it_cannot_read(outside: dict[str, Outside]) -> None:
    assert "each" not in outside
