"""A small C module and a crate with open bodies for it, and scripted answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from tests.endpoint import Reply, scripted

STACK_C = """\
#include <stdlib.h>
#include "stack.h"

struct stack {
	int *items;
	size_t len, room;
};

/* Make room for one more. */
static int grow(struct stack *s)
{
	size_t room = s->room ? s->room * 2 : 4;
	int *items = realloc(s->items, room * sizeof(*items));

	if (!items)
		return -1;
	s->items = items;
	s->room = room;
	return 0;
}

struct stack *stack_create(void)
{
	return calloc(1, sizeof(struct stack));
}

void stack_destroy(struct stack *s)
{
	if (s)
		free(s->items);
	free(s);
}

/* Push an item; negative ones are refused with -2. */
int stack_push(struct stack *s, int item)
{
	if (item < 0)
		return -2;
	if (s->len == s->room && grow(s))
		return -1;
	s->items[s->len++] = item;
	return 0;
}

int stack_size(const struct stack *s)
{
	return (int)s->len;
}

int unrelated(int x)
{
	return x + 1;
}
"""
STACK_H = """\
struct stack;

struct stack *stack_create(void);
void stack_destroy(struct stack *s);
int stack_push(struct stack *s, int item);
int stack_size(const struct stack *s);
int unrelated(int x);
"""
MANIFEST = '[package]\nname = "stacked"\nversion = "0.1.0"\nedition = "2021"\n'
LIB = """\
//! A stack of numbers.

/// A stack.
#[derive(Debug)]
pub struct Stack {
    items: Vec<i32>,
}

/// The item was negative.
#[derive(Debug, PartialEq, Eq)]
pub struct Negative;

impl Stack {
    /// An empty stack.
    pub fn new() -> Self {
        unimplemented!()
    }

    /// Pushes an item.
    pub fn push(&mut self, item: i32) -> Result<(), Negative> {
        unimplemented!()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        todo!()
    }
}
"""
TESTS = """\
use stacked::{Negative, Stack};

#[test]
fn counts() {
    let mut stack = Stack::new();
    assert_eq!(stack.len(), 0);
    assert_eq!(stack.push(7), Ok(()));
    assert_eq!(stack.len(), 1);
}

#[test]
fn refuses_negative_items() {
    let mut stack = Stack::new();
    assert_eq!(stack.push(-1), Err(Negative));
    assert_eq!(stack.len(), 0);
}
"""
RIGHT = {
    "new": "pub fn new() -> Self {\n    Stack { items: Vec::new() }\n}",
    "push": "pub fn push(&mut self, item: i32) -> Result<(), Negative> {\n    if item < 0 {\n"
    "        return Err(Negative);\n    }\n    self.items.push(item);\n    Ok(())\n}",
    "len": "pub fn len(&self) -> usize {\n    self.items.len()\n}",
}
ASKED = re.compile(r"fn (\w+)[^\n]*\n```\s*$")


def write_given(folder: Path) -> Path:
    """Write module and crate, and return the module's folder; the crate is `interface` in it."""
    files = {
        "stack.c": STACK_C,
        "stack.h": STACK_H,
        "interface/Cargo.toml": MANIFEST,
        "interface/src/lib.rs": LIB,
        "interface/tests/stack.rs": TESTS,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


class GivenAnswers:
    """Answers each prompt with what is scripted for its function; the last answer is given for ever."""

    def __init__(self, scripts: Mapping[str, Sequence[str]] | None = None) -> None:
        self.scripts = {name: [text] for name, text in RIGHT.items()} | {
            name: list(texts) for name, texts in (scripts or {}).items()
        }
        self.asked: list[str] = []
        self.prompts: list[str] = []
        self._lock = Lock()

    def __call__(self, body: dict[str, Any]) -> Reply:
        first = next(each["content"] for each in body["messages"] if each["role"] == "user")
        if "# In question" in first:
            return scripted("Doubled::twice = none")
        found = ASKED.search(first)
        assert found is not None, first
        with self._lock:
            self.asked.append(found[1])
            self.prompts.append(body["messages"][-1]["content"])
            texts = self.scripts[found[1]]
            text = texts.pop(0) if len(texts) > 1 else texts[0]
        return scripted(f"```rust\n{text}\n```")
