"""`llmigrate plan`: what a run would do."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from migrate.commands.common import STRATEGY, interface_options, interface_settings, model_options
from migrate.commands.options import AS_JSON, KERNEL, PATHS
from migrate.errors import Exit
from migrate.given.crate import open_given
from migrate.given.plan import GivenPlan, make_given_plan
from migrate.given.prepare import prepare_given
from migrate.idiomatic.interface import FOLDER, prepared_interface
from migrate.model.choice import known_price
from migrate.module import require_possible
from migrate.plan import Plan, make_plan
from migrate.prepare import prepare
from migrate.prompts import Templates
from migrate.report.console import Column, Console
from migrate.report.figures import counted
from migrate.settings import IDIOMATIC
from migrate.subject import Subject

_SETTLED_FIRST = (
    "this is the plan for the interface of the C; a run with --interface idiomatic asks for types and "
    "signatures first, a prompt for about eight functions each, and leaves them in {folder}; with "
    "--interface-only it stops there, and this command then shows them"
)
_SETTLED = "settled in {folder}, a crate to look at and to edit before `llmigrate run` fills it"


@click.command()
@PATHS
@KERNEL
@model_options
@STRATEGY
@interface_options
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Where an idiomatic interface is settled [out/NAME]."
)
@AS_JSON
def plan(
    paths: tuple[Path, ...], kernel: Path | None, out: Path | None, as_json: bool, **options: Any
) -> int:
    """Show what a run on PATH would ask, and what it would cost.

    With the interface of a given crate, show which C each open body stands for; with an idiomatic one that
    is settled in OUT, the signature of each. No model is used and nothing is written.
    """
    model = {"name": options["model"], "base_url": options["base_url"]}
    said = {
        "model": model,
        "run": {"strategy": options["strategy"]},
        "interface": interface_settings(options),
    }
    module = Subject(paths, kernel).open(said)
    require_possible(module)
    templates, price = Templates(module.settings.run.prompts), known_price(module.settings.model)
    console, crate = Console(), module.settings.interface.crate
    if crate is not None:
        given = make_given_plan(prepare_given(module, open_given(crate), templates), price)
        console.json(_given_payload(given)) if as_json else _show_given(console, given)
        return Exit.DONE
    folder = (out or Path("out") / module.crate) / FOLDER
    prepared = prepare(module, templates)
    if module.settings.interface.kind == IDIOMATIC and folder.is_dir():
        settled = prepared_interface(module, prepared.inventory, open_given(folder), templates)
        planned = make_given_plan(settled, price)
        console.json(_given_payload(planned)) if as_json else _show_settled(console, planned)
        console.say(_SETTLED.format(folder=folder))
        return Exit.DONE
    made = make_plan(prepared, module.settings.model.name, price)
    console.json(_payload(made)) if as_json else _show(console, made)
    if module.settings.interface.kind == IDIOMATIC:
        console.say(_SETTLED_FIRST.format(folder=folder))
    return Exit.DONE


def _payload(made: Plan) -> dict[str, object]:
    payload = asdict(made)
    usd = made.totals.cost_usd
    payload["totals"]["cost_usd"] = None if usd is None else float(usd)
    return payload


def _given_payload(made: GivenPlan) -> dict[str, object]:
    usd = made.cost_usd
    return {**asdict(made), "cost_usd": None if usd is None else float(usd)}


def _show_given(console: Console, made: GivenPlan) -> None:
    columns = (Column("body"), Column("at"), Column("stands for"), Column("by"), Column("tokens", "right"))
    rows = [
        (each.name, f"{each.file}:{each.line}", " ".join(each.functions), each.how, str(each.prompt_tokens))
        for each in made.bodies
    ]
    console.table(columns, rows)
    for name in made.not_asked_for:
        console.data(f"not asked for: {name}")
    console.data(_given_sentence(made))


def _show_settled(console: Console, made: GivenPlan) -> None:
    columns = (Column("stands for"), Column("at"), Column("signature"), Column("tokens", "right"))
    rows = [
        (" ".join(each.functions), f"{each.file}:{each.line}", each.signature, str(each.prompt_tokens))
        for each in made.bodies
    ]
    console.table(columns, rows)
    for name in made.not_asked_for:
        console.data(f"has no function of its own: {name}")
    console.data(_given_sentence(made))


def _given_sentence(made: GivenPlan) -> str:
    price = "" if made.cost_usd is None else f", {made.cost_usd:.2f} US dollars without the answers"
    asked = f"{counted(made.prompts, 'prompt')}, about {made.prompt_tokens} tokens in{price}"
    return f"{counted(len(made.bodies), 'open function')}: {asked}."


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
