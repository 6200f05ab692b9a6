"""Scripted answers that hold a whole module, and what was asked for in each round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.endpoint import Endpoint
from tests.tiny import FUNCTIONS

_SIGNATURE = re.compile(r"^(?:pub )?(?:unsafe extern \"C\" fn|static(?: mut)?) (\w+)", re.MULTILINE)


def block(items: Iterable[str], file: str = "tiny.c") -> str:
    """Return the code block that an answer holds for one C file."""
    return "\n".join(("```rust", f"// FILE: {file}", "", "\n\n".join(items), "```"))


def rust(name: str, body: str | None = None) -> str:
    """Return one of the tiny functions in Rust, with another body where one is given."""
    function = FUNCTIONS[name]
    return f"{function.signature} {{\n{function.body if body is None else body}\n}}"


def answer(names: Iterable[str], instead: Mapping[str, str] | None = None) -> str:
    """Return a whole answer with some of the tiny functions, given otherwise in `instead`."""
    others = instead or {}
    return block(others.get(name) or rust(name) for name in names)


def wanted(endpoint: Endpoint) -> list[list[str]]:
    """Return the definitions that each prompt asked for, in order."""
    prompts = (str(each.body["messages"][-1]["content"]) for each in endpoint.requests)
    return [_SIGNATURE.findall(prompt[prompt.rindex("\n# ") :]) for prompt in prompts]


def out_command(endpoint: Endpoint, module: Path, *more: object, out: str = "out") -> tuple[object, ...]:
    """Return the arguments of a whole-module run."""
    model = ("--model", "some-model", "--base-url", endpoint.base_url)
    return ("run", module, "-o", out, "--strategy", "whole-module", "--json", *model, *more)
