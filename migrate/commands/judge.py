"""`llmigrate judge`: hand-written Rust through the same gates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from migrate.commands.options import AS_JSON, OUT, evidence_option, sandbox_option
from migrate.errors import Exit, SettingsError
from migrate.evidence.proofs import known_answers
from migrate.report.console import Console
from migrate.report.display import SilentDisplay
from migrate.report.json_format import evidence_json, finding_json
from migrate.report.show import evidence_lines
from migrate.run.by_hand import (
    HandVerdict,
    accept_by_hand,
    judge_by_hand,
    remembered_address,
)
from migrate.run.ledger import Ledger
from migrate.run.output import existing_output, open_output
from migrate.run.run import prepared_run
from migrate.subject import present_subject
from repair.cargo import leased_workspace
from repair.evidence.evidence import Evidence


@click.command()
@OUT
@click.argument("function")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--accept", is_flag=True, help="Put the Rust into the crate if every gate lets it pass.")
@evidence_option
@sandbox_option
@AS_JSON
def judge(out: Path, function: str, file: Path, accept: bool, as_json: bool, **options: str | None) -> int:
    """Put your own Rust in FILE for one FUNCTION of the run in OUT through every gate.

    Exit 0 when it is accepted, 1 when it is rejected.
    """
    text = _read(file)
    existing_output(out)
    with open_output(out) as output, Ledger(output.ledger) as ledger, leased_workspace() as workspace:
        subject = present_subject(ledger)
        address = remembered_address(ledger)
        level = options["evidence"] or ledger.recall("evidence")
        said = {"run": {"sandbox": options["sandbox"]}, "evidence": {"level": level}}
        module = subject.open(said)
        with prepared_run(module, output, ledger, workspace, SilentDisplay()) as run:
            run.hold_behaviour(address, known_answers(ledger))
            progress = run.progress()
            judged = judge_by_hand(run, progress, function, text)
            taken = accept and judged.verdict.accepted
            put_back = accept_by_hand(run, progress, judged, address) if taken else ()
            evidence = run.evidence_for(judged.hole.ident) if judged.verdict.accepted else None
    console = Console()
    _show(console, judged, evidence, accept, as_json)
    for name in put_back:
        console.say(f"{name} is C again, as its Rust misleads what relies on it; see `llmigrate show`")
    return Exit.DONE if judged.verdict.accepted else Exit.FINDINGS


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}; name a file with Rust in it") from None


def _show(
    console: Console, judged: HandVerdict, evidence: Evidence | None, accept: bool, as_json: bool
) -> None:
    shown = None if evidence is None else evidence_json(evidence)
    if as_json:
        console.json({**_payload(judged), "evidence": shown})
        return
    for finding in judged.verdict.findings:
        console.data(f"{finding.gate}: {finding.message}")
        if finding.detail:
            console.data(finding.detail)
    taken = "accepted, and in the crate now" if accept else "accepted; add --accept to put it into the crate"
    outcome = taken if judged.verdict.accepted else f"rejected by the gate {judged.verdict.gate}"
    console.data(f"{judged.hole.ident}: {outcome}")
    for line in evidence_lines(shown) if shown else ():
        console.data(line)


def _payload(judged: HandVerdict) -> dict[str, Any]:
    return {
        "function": judged.hole.ident,
        "accepted": judged.verdict.accepted,
        "gate": judged.verdict.gate,
        "findings": [finding_json(each) for each in judged.verdict.findings],
        "fixes": list(judged.fixes),
        "rust": judged.text,
    }
