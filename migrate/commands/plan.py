"""`llmigrate plan`: what a run would do."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from migrate.commands.common import STRATEGY, model_options
from migrate.commands.options import AS_JSON, KERNEL, PATHS
from migrate.errors import Exit
from migrate.model.choice import known_price
from migrate.plan import Plan, make_plan
from migrate.prepare import prepare
from migrate.prompts import Templates
from migrate.report.console import Column, Console
from migrate.report.figures import counted
from migrate.subject import Subject


@click.command()
@PATHS
@KERNEL
@model_options
@STRATEGY
@AS_JSON
def plan(paths: tuple[Path, ...], kernel: Path | None, as_json: bool, **options: str | None) -> int:
    """Show what a run on PATH would ask, and what it would cost.

    No model is used and nothing is written.
    """
    model = {"name": options["model"], "base_url": options["base_url"]}
    module = Subject(paths, kernel).open({"model": model, "run": {"strategy": options["strategy"]}})
    prepared = prepare(module, Templates(module.settings.run.prompts))
    made = make_plan(prepared, module.settings.model.name, known_price(module.settings.model))
    console = Console()
    if as_json:
        console.json(_payload(made))
    else:
        _show(console, made)
    return Exit.DONE


def _payload(made: Plan) -> dict[str, object]:
    payload = asdict(made)
    usd = made.totals.cost_usd
    payload["totals"]["cost_usd"] = None if usd is None else float(usd)
    return payload


def _show(console: Console, made: Plan) -> None:
    columns = (
        Column("wave", "right"),
        Column("name"),
        Column("at"),
        Column("lines", "right"),
        Column("slice", "right"),
        Column("prompt tokens", "right"),
        Column("calls"),
    )
    rows = [
        (
            *(str(each.wave), each.name, f"{each.file}:{each.line}"),
            *(str(each.end_line - each.line + 1), str(len(each.slice)), str(each.prompt_tokens or "")),
            " ".join(each.calls),
        )
        for each in sorted(made.functions, key=lambda each: each.wave)
    ]
    rows += [
        (str(each.wave), each.name, f"{each.file}:{each.line}", "", "", str(each.prompt_tokens or ""), "")
        for each in made.globals
    ]
    console.table(columns, rows)
    for cycle in made.cycles:
        console.data(f"cycle: {', '.join(cycle)}")
    for line in made.staying:
        console.data(line)
    console.data(_sentence(made))


def _sentence(made: Plan) -> str:
    totals = made.totals
    if not totals.prompts:
        price = "no model is asked"
    elif totals.cost_usd is not None:
        price = f"about {totals.cost_usd:.2f} US dollars for first answers of {made.model}"
    elif made.model is None:
        price = "name a --model to see the cost"
    else:
        price = f"the price of {made.model} is unknown; set [model.price] in llmigrate.toml"
    return (
        f"{totals.functions} functions and {totals.globals} variables in {totals.waves} waves: "
        f"{counted(totals.prompts, 'prompt')}, about {totals.prompt_tokens} tokens in and "
        f"{totals.answer_tokens} out; {price}."
    )
