"""How much of an idiomatic crate is unsafe, and where, in the figures of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.command import Result, cli
from tests.endpoint import Endpoint, Reply, scripted

C = """\
static int twice(int x)
{
	return x + x;
}

int quadruple(int x)
{
	return twice(twice(x));
}

void halve(int x, int *half, int *rest)
{
	*half = x / 2;
	*rest = x % 2;
}
"""
TEST = """\
int quadruple(int x);
void halve(int x, int *half, int *rest);

int main(void)
{
	int half, rest;

	halve(7, &half, &rest);
	return quadruple(3) != 12 || half != 3 || rest != 1;
}
"""
TYPES = "```rust\n/// Nothing.\npub struct Unused;\n```"
SIGNATURES = """\
```rust
/// Stands for `twice`.
pub(crate) fn twice(x: i32) -> i32 {
    unimplemented!()
}

/// Stands for `quadruple`.
pub fn quadruple(x: i32) -> i32 {
    unimplemented!()
}

/// Stands for `halve`.
pub fn halve(x: i32) -> (i32, i32) {
    unimplemented!()
}
```

- twice: a number
- quadruple: a number
- halve: both numbers
"""
BODIES = {
    "pub(crate) fn twice(x: i32) -> i32": "x.wrapping_add(x)",
    "pub fn quadruple(x: i32) -> i32": "twice(twice(x))",
    "pub fn halve(x: i32) -> (i32, i32)": "(x / 2, (i64::from(x) % 2) as i32)",
}


def answers(body: dict[str, Any]) -> Reply:
    prompt = body["messages"][1]["content"]
    if "# Settle the types" in prompt:
        return scripted(TYPES)
    if "Write for each of them the Rust function" in prompt:
        return scripted(SIGNATURES)
    end = prompt.rstrip()[-200:]
    signature = next(each for each in BODIES if each in end)
    return scripted(f"```rust\n{signature} {{\n    {BODIES[signature]}\n}}\n```")


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "numbers"
    folder.mkdir()
    (folder / "numbers.c").write_text(C)
    (folder / "test_numbers.c").write_text(TEST)
    return folder


def migrated(module: Path, *more: object) -> Result:
    with Endpoint(answers) as endpoint:
        model = ("--model", "some-model", "--base-url", endpoint.base_url)
        options = ("--interface", "idiomatic", "--evidence", "none", "-o", "out", "--json")
        return cli("run", module, *options, *model, *more)


def test_what_is_unsafe_is_in_the_file_by_which_c_calls(module: Path) -> None:
    result = migrated(module)
    assert result.exit == 0, result.stderr
    assert result.json["tests"]["passed"] is True
    bodies, ffi = result.json["unsafety"]["bodies"], result.json["unsafety"]["ffi"]
    assert (bodies["unsafe_blocks"], bodies["unsafe_lines"], bodies["dereferences"]) == (0, 0, 0)
    assert (bodies["lines"], bodies["casts"]) == (9, 1)
    assert (ffi["unsafe_blocks"], ffi["dereferences"], ffi["symbols"]) == (1, 2, 2)
    assert ffi["lines_per_symbol"] == ffi["lines"] / 2


def test_without_a_file_for_c_none_is_measured(module: Path) -> None:
    result = migrated(module, "--no-shims")
    assert result.exit == 0, result.stderr
    assert result.json["unsafety"]["ffi"] is None
    assert result.json["unsafety"]["bodies"]["lines"] == 9
