"""Scripted answers for an idiomatic interface of the stack module, and its C test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from tests.endpoint import Reply, scripted
from tests.given import STACK_C, STACK_H

TEST_C = """\
#include <assert.h>
#include "stack.h"

int main(void)
{
	struct stack *s = stack_create();

	assert(s && stack_size(s) == 0);
	assert(stack_push(s, 7) == 0 && stack_push(s, -7) == -2);
	assert(stack_size(s) == 1);
	stack_destroy(s);
	stack_destroy(0);
	assert(unrelated(1) == 2);
	return 0;
}
"""
TYPES = """\
```rust
/// A stack of numbers.
#[derive(Debug, Default)]
pub struct Stack {
    pub(crate) items: Vec<i32>,
}

/// Why an item was not pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    NoMemory,
    Negative,
}

impl Error {
    pub fn code(self) -> i32 {
        match self {
            Error::NoMemory => -1,
            Error::Negative => -2,
        }
    }
}
```

- `stack`: owns its items
"""
SIGNATURES = """\
```rust
impl Stack {
    /// An empty stack.
    ///
    /// Stands for `stack_create`.
    pub fn new() -> Self {
        unimplemented!()
    }

    /// Pushes an item.
    ///
    /// Stands for `stack_push`.
    pub fn push(&mut self, item: i32) -> Result<(), Error> {
        unimplemented!()
    }

    /// How many items there are.
    ///
    /// Stands for `stack_size`.
    pub fn len(&self) -> usize {
        unimplemented!()
    }
}

/// Gives a stack back.
///
/// Stands for `stack_destroy`.
pub fn destroy(stack: Option<Box<Stack>>) {
    unimplemented!()
}

/// One more.
///
/// Stands for `unrelated`.
pub fn unrelated(x: i32) -> i32 {
    unimplemented!()
}
```

- stack_create: a constructor
- grow: NONE: a `Vec` grows by itself
"""
BODIES = {
    "new": "pub fn new() -> Self {\n    Stack { items: Vec::new() }\n}",
    "push": "pub fn push(&mut self, item: i32) -> Result<(), Error> {\n    if item < 0 {\n"
    "        return Err(Error::Negative);\n    }\n    self.items.push(item);\n    Ok(())\n}",
    "len": "pub fn len(&self) -> usize {\n    self.items.len()\n}",
    "destroy": "pub fn destroy(stack: Option<Box<Stack>>) {\n    drop(stack);\n}",
    "unrelated": "pub fn unrelated(x: i32) -> i32 {\n    x + 1\n}",
}
INNER_C = """\
#include "stack.h"

struct pair {
	int a, b;
};

static int inner(struct pair *p)
{
	return p->a > 9 ? p->b : p->a + p->b;
}

int outer(int x)
{
	struct pair p = { x, x };

	return inner(&p);
}
"""
INNER_TYPES = "```rust\n/// Nothing.\npub struct Unused;\n```\n\n- `pair`: a tuple"
INNER_SIGNATURES = """\
```rust
/// Stands for `inner`.
fn inner(p: (i32, i32)) -> i32 {
    unimplemented!()
}

/// Stands for `outer`.
pub fn outer(x: i32) -> i32 {
    unimplemented!()
}
```

- inner: a tuple
- outer: a number
"""
INNER_BODIES = {
    "inner": "fn inner(p: (i32, i32)) -> i32 {\n    if p.0 > 9 {\n        p.1\n    } else {\n"
    "        p.0.wrapping_add(p.1)\n    }\n}",
    "outer": "pub fn outer(x: i32) -> i32 {\n    inner((x, x))\n}",
}
ASKED = re.compile(r"fn (\w+)[^\n]*\n```\s*$")


def write_module(folder: Path) -> Path:
    """Write the stack module with its C test."""
    folder.mkdir(parents=True)
    for name, text in {"stack.c": STACK_C, "stack.h": STACK_H, "test_stack.c": TEST_C}.items():
        (folder / name).write_text(text)
    return folder


class DesignAnswers:
    """Answers each step of an idiomatic run; `instead` has other answers first, by step or body."""

    def __init__(
        self, instead: Mapping[str, list[str]] | None = None, bodies: Mapping[str, str] = BODIES
    ) -> None:
        self.bodies = bodies
        self.instead = {name: list(texts) for name, texts in (instead or {}).items()}
        self.asked: list[str] = []
        self.prompts: list[str] = []
        self._lock = Lock()

    def __call__(self, body: dict[str, Any]) -> Reply:
        first = next(each["content"] for each in body["messages"] if each["role"] == "user")
        step, text = self._right(first)
        with self._lock:
            self.asked.append(step)
            self.prompts.append(body["messages"][-1]["content"])
            others = self.instead.get(step)
            return scripted(others.pop(0) if others else text)

    def _right(self, prompt: str) -> tuple[str, str]:
        if "# Settle the types" in prompt:
            return "types", TYPES
        if "# Settle the signatures" in prompt:
            return "signatures", SIGNATURES
        if "# Write the driver" in prompt:
            return "driver", "NOT POSSIBLE: line 1: because this script has none"
        found = ASKED.search(prompt)
        assert found is not None, prompt
        return found[1], f"```rust\n{self.bodies[found[1]]}\n```"
