"""`llmigrate doctor`: what is there and what is missing."""

from __future__ import annotations

import click

from migrate.commands.options import AS_JSON
from migrate.doctor import Finding, examine
from migrate.errors import Exit
from migrate.kernel.packages import examine_kernel
from migrate.report.console import Column, Console
from repair.evidence.engine import Engine, find_engine

_ENGINES = {
    Engine.LIBFUZZER: "Inputs for evidence are found by libFuzzer.",
    Engine.GENERATOR: "Inputs for evidence are found by our own generator, built with gcc.",
}


@click.command()
@click.option("--kernel", is_flag=True, help="List too what a kernel is built with.")
@AS_JSON
def doctor(kernel: bool, as_json: bool) -> int:
    """List every tool, what it is for, and how to get what is missing.

    Exit 0 only when a run can work.
    """
    findings = (*examine(), *(examine_kernel() if kernel else ()))
    works = all(each.ok for each in findings if each.tool.required)
    console = Console()
    if as_json:
        console.json({"ok": works, "engine": find_engine(), "tools": [_payload(each) for each in findings]})
    else:
        columns = (Column("tool"), Column("version"), Column("needed for"), Column("to get it"))
        console.table(columns, [_row(each) for each in findings])
        missing = ", ".join(each.tool.name for each in findings if each.tool.required and not each.ok)
        console.data(_ENGINES[find_engine()])
        console.data("A run can work." if works else f"A run cannot work yet: {missing}.")
    return Exit.DONE if works else Exit.USAGE


def _row(finding: Finding) -> tuple[str, str, str, str]:
    optional = "" if finding.tool.required else " (optional)"
    state = finding.version or ""
    if finding.problem:
        state = f"{state} {finding.problem}".strip()
    return finding.tool.name, state, f"{finding.tool.purpose}{optional}", finding.tool.remedy


def _payload(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.tool.name,
        "version": finding.version,
        "ok": finding.ok,
        "problem": finding.problem,
        "required": finding.tool.required,
        "purpose": finding.tool.purpose,
        "install": finding.tool.remedy,
    }
