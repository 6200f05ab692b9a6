"""`llmigrate run`: the run itself."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from migrate.commands.common import STRATEGY, interface_options, interface_settings, model_options
from migrate.commands.options import AS_JSON, KERNEL, PATHS, evidence_option, sandbox_option
from migrate.errors import Exit, OutputError, SettingsError
from migrate.given.crate import open_given
from migrate.given.run import GivenRun
from migrate.idiomatic.run import IdiomaticRun
from migrate.model.asking import Address, Asker
from migrate.model.choice import live, open_recorder, replayed
from migrate.module import Module
from migrate.prompts import Templates
from migrate.report.console import Console, make_display
from migrate.report.display import RunDisplay
from migrate.report.json_format import report_json
from migrate.report.run_log import RunLog
from migrate.report.show import furniture_lines, summary
from migrate.run.ledger import Ledger
from migrate.run.outcome import Outcome
from migrate.run.output import open_output
from migrate.run.run import prepared_run, strategy_of
from migrate.settings import ABI, MOST_IN_BATCHES, MOST_JOBS, Strategy
from migrate.subject import Subject, remembered_interface, remembered_subject
from repair.cargo import leased_workspace


@click.command()
@PATHS
@KERNEL
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Where to leave the result [out/NAME].")
@model_options
@click.option(
    "--jobs",
    type=click.IntRange(1, MOST_IN_BATCHES),
    help=f"Prompts on their way at a time [4; {MOST_JOBS} with --provider-batch, and no more without].",
)
@click.option(
    "--provider-batch/--no-provider-batch",
    default=None,
    help="Ask through the provider's batches: half the price at most providers, and hours to wait.",
)
@click.option("--attempts", type=click.IntRange(1), help="Answers asked for one hole [4].")
@click.option("--budget", type=click.FloatRange(0, min_open=True), help="US dollars that may be spent.")
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Record the answers.")
@click.option("--answered-by", metavar="TEXT", help="What kind of model answers, for the recording.")
@click.option("--replay", type=click.Path(path_type=Path), metavar="FILE", help="Answer from a recording.")
@click.option(
    "--fallback",
    type=click.Choice(["c", "transpiled", "unimplemented"]),
    help="What fills a hole that is out of attempts [c].",
)
@STRATEGY
@interface_options
@evidence_option
@click.option(
    "--require-evidence", is_flag=True, default=None, help="Count weak evidence as not done: exit 3."
)
@sandbox_option
@AS_JSON
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.pass_obj
def run(arguments: tuple[str, ...], /, out: Path | None, as_json: bool, quiet: bool, **options: Any) -> int:
    """Migrate the C module at PATH to a Rust crate.

    PATH is a C file, a folder of C files, or a folder with llmigrate.toml; with --kernel, files and
    folders of a kernel's source tree, which are one module together. Run again with the same
    output folder to continue; nothing that was answered is asked again.
    """
    if options["record"] and options["replay"]:
        raise SettingsError("--record and --replay exclude each other; choose one")
    subject = Subject(options["paths"], options["kernel"])
    module = subject.open(
        {
            "model": {
                **{key: options[key] for key in ("base_url", "jobs", "provider_batch")},
                "name": options["model"],
            },
            "run": {key: options[key] for key in ("attempts", "budget", "fallback", "strategy", "sandbox")},
            "interface": interface_settings(options),
            "evidence": {"level": options["evidence"], "required": options["require_evidence"]},
        }
    )
    folder = out or Path("out") / module.crate
    outcome = _run(module, subject.resolved, folder, quiet or as_json, options)
    _tell(Console(), outcome, folder, as_json)
    if outcome.stopped is not None and outcome.exit is not Exit.LIMIT:
        Console().say(f"to continue: {shlex.join(('llmigrate', *arguments))}")
    return outcome.exit


def _run(module: Module, subject: Subject, folder: Path, quiet: bool, options: dict[str, Any]) -> Outcome:
    with open_output(folder) as output, Ledger(output.ledger) as ledger, leased_workspace() as workspace:
        _check_same_module(ledger, folder, subject)
        _check_same_strategy(ledger, folder, module)
        _check_same_interface(ledger, folder, module)
        asker = _asker(module, ledger, options)
        display = RunLog(make_display(quiet), output.log / "run.log")
        with _listening(asker, display, quiet):
            interface = module.settings.interface
            if interface.kind != ABI:
                subject.remember(ledger)
                ledger.remember("interface", interface.kind)
                place = (output, ledger, workspace, display, _needed(asker))
                if interface.crate is not None:
                    return GivenRun(module, open_given(interface.crate), *place).migrate()
                return IdiomaticRun(module, *place).migrate()
            with prepared_run(module, output, ledger, workspace, display) as run:
                address = asker.address if asker is not None else _nobody(module)
                subject.remember(ledger)
                run.remember(address)
                return run.migrate(address, asker)


@contextmanager
def _listening(asker: Asker | None, display: RunDisplay, quiet: bool) -> Iterator[None]:
    """Show what the model has to say, and what goes on without the run when it is interrupted."""
    if asker is None:
        yield
        return

    def warned(text: str) -> None:
        display.note(text)
        if quiet:
            Console().say(text)

    asker.notices.listener, asker.notices.warned = display.note, warned
    try:
        yield
    except KeyboardInterrupt:
        for line in asker.batches.left_behind() if asker.batches is not None else ():
            Console().say(line)
        raise


def _needed(asker: Asker | None) -> Asker:
    if asker is None:
        raise SettingsError("c2rust knows the interface of the C only; leave out --strategy transpile")
    return asker


def _check_same_module(ledger: Ledger, folder: Path, subject: Subject) -> None:
    """Refuse to put a module where another one's result is. Raise OutputError."""
    known = remembered_subject(ledger)
    if known is not None and known.paths != subject.paths and known.paths[0].exists():
        raise OutputError(
            f"{folder} holds the result of {known.paths[0]}; choose another -o for {subject.paths[0]}"
        )


def _check_same_strategy(ledger: Ledger, folder: Path, module: Module) -> None:
    """Refuse to mix strategies in one result, which would be neither's. Raise OutputError."""
    known, wanted = strategy_of(ledger), module.settings.run.strategy
    if remembered_subject(ledger) is not None and known is not wanted:
        raise OutputError(
            f"{folder} holds a run with --strategy {known}; choose another -o for --strategy {wanted}"
        )


def _check_same_interface(ledger: Ledger, folder: Path, module: Module) -> None:
    """Refuse to mix interfaces in one result. Raise OutputError."""
    known, wanted = remembered_interface(ledger), module.settings.interface.kind
    if remembered_subject(ledger) is not None and known != wanted:
        raise OutputError(
            f"{folder} holds a run with --interface {known}; choose another -o for --interface {wanted}"
        )


def _nobody(module: Module) -> Address:
    return Address("", "", {}, Templates(module.settings.run.prompts).digest)


def _asker(module: Module, ledger: Ledger, options: dict[str, Any]) -> Asker | None:
    if module.settings.run.strategy is Strategy.TRANSPILE:
        if options["replay"] or options["record"]:
            raise SettingsError("--strategy transpile asks no model; leave out --replay and --record")
        return None
    template = Templates(module.settings.run.prompts).digest
    if options["replay"]:
        return replayed(options["replay"], module.settings, template, ledger)
    record = options["record"]
    recorder = open_recorder(record, module.settings.model, options["answered_by"]) if record else None
    return live(module.settings, template, ledger, recorder)


def _tell(console: Console, outcome: Outcome, folder: Path, as_json: bool) -> None:
    if outcome.stopped is not None:
        console.error(outcome.stopped.message)
    report = report_json(outcome.report)
    if as_json:
        console.json(report)
    else:
        for line in furniture_lines(report):
            console.data(line)
        where = f"Crate: {folder / 'crate'}; report: {folder / 'report.html'}"
        console.data(f"{summary(report)} {where}")
