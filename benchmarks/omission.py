"""How many deletions from accepted Rust the omission gate notices, and how often it cries without one.

Run as `python -m benchmarks.omission [MODULE ...]`; needs no model. Each function that the recordings of
the samples hold is taken, and each statement, arm, branch and loop body in it is deleted in turn, and the
first and last third of each block; what does not compile is left out.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.deletions import Deletion, deletions
from migrate.module import open_module, settings_folder
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.settings import load_settings
from repair.candidate import Candidate
from repair.cargo import Workspace, leased_workspace
from repair.gates import lint, omission
from repair.gates.parse import parse
from repair.plug import Plug, PlugKind
from repair.verdict import Finding

SAMPLES = ("samples/intmath", "samples/sort", "samples/ramfs")


@dataclass(frozen=True, slots=True)
class Tried:
    """One deletion that compiles, and what the gate says of it."""

    deletion: Deletion
    findings: tuple[Finding, ...]
    linted: bool
    """The lint gate rejects it as well."""


def changes_behaviour(deletion: Deletion) -> bool:
    """Tell whether a deletion counts: here all do, those too that no input can tell from the whole."""
    return bool(deletion.deleted)


def recorded(prepared: Prepared) -> Iterator[Candidate]:
    """Yield the accepted functions of a module's recording: the last answer to each first prompt."""
    recording = prepared.module.root / "recording.jsonl"
    answers: dict[str, str] = {}
    for line in recording.read_text(encoding="utf-8").splitlines()[1:]:
        exchange = json.loads(line)
        answers[exchange["messages"][1]["content"]] = exchange["answer"]["text"]
    for hole in prepared.skeleton.holes:
        answer = answers.get(prepared.prompter.first(hole)[1].content)
        candidate = parse(hole, answer) if hole.kind == "function" and answer else None
        if isinstance(candidate, Candidate):
            yield candidate


def compiling(
    prepared: Prepared, workspace: Workspace, wholes: Sequence[Candidate], tried: Sequence[Deletion]
) -> dict[Deletion, bool]:
    """Return the deletions that compile, and whether the lint gate rejects them.

    All stand in one crate, each as a function of its own beside the whole one.
    """
    alive = list(tried)
    while True:
        plugs, places = _with_copies(wholes, alive)
        rendered = prepared.assembly.render(plugs)
        workspace.write(rendered)
        diagnostics = workspace.clippy().diagnostics
        broken: set[Deletion] = set()
        linted: set[Deletion] = set()
        for diagnostic in diagnostics:
            for place in diagnostic.places:
                for ident, ranges in places.items():
                    lines = rendered.lines[ident]
                    if (place.file, place.line) in lines and place.primary:
                        at = place.line - lines.first
                        found = next((each for each, span in ranges.items() if at in span), None)
                        if found is not None and _stops(diagnostic.level, diagnostic.code):
                            broken.add(found)
                        elif found is not None and lint.rejects(diagnostic):
                            linted.add(found)
        if not broken:
            return {each: each in linted for each in alive}
        alive = [each for each in alive if each not in broken]


def _stops(level: str, code: str | None) -> bool:
    return level.startswith("error") and not (code or "").startswith("clippy::")


def _with_copies(
    wholes: Sequence[Candidate], alive: Sequence[Deletion]
) -> tuple[dict[str, Plug], Mapping[str, Mapping[Deletion, range]]]:
    """Return plugs that hold the whole functions and, under other names, what deletions leave of them."""
    plugs: dict[str, Plug] = {}
    places: dict[str, dict[Deletion, range]] = {}
    for whole in wholes:
        name, text = whole.hole.name, whole.text
        places[whole.hole.ident] = {}
        for number, each in enumerate(alive):
            if each.whole == whole:
                first = text.count("\n") + 2
                copy = re.sub(rf"\bfn {name}\b", f"fn {name}_without_{number}", each.text, count=1)
                places[whole.hole.ident][each] = range(first, first + copy.count("\n") + 1)
                text += f"\n\n{copy}"
        plugs[whole.hole.ident] = Plug(PlugKind.RUST, text)
    return plugs, places


def measure(path: Path, workspace: Workspace) -> tuple[list[Tried], dict[str, tuple[Finding, ...]], float]:
    """Return what the gate says of each deletion in a module, and of the whole functions in how long."""
    prepared = prepare(open_module(path, load_settings(settings_folder(path), {})), Templates())
    wholes = list(recorded(prepared))
    started = time.perf_counter()
    said = {whole.hole.ident: omission.check(whole) for whole in wholes}
    seconds = time.perf_counter() - started
    possible = [each for whole in wholes for each in deletions(whole)]
    found = compiling(prepared, workspace, wholes, possible)
    tried = [
        Tried(each, omission.check(each.candidate), linted)
        for each, linted in found.items()
        if changes_behaviour(each)
    ]
    print(f"{path}: {len(wholes)} functions, {len(possible)} deletions, {len(found)} of them compile")
    return tried, said, seconds


def main() -> None:
    """Print the figures, the last line as one JSON object."""
    tried: list[Tried] = []
    said: dict[str, tuple[Finding, ...]] = {}
    seconds = 0.0
    for path in sys.argv[1:] or SAMPLES:
        with leased_workspace() as workspace:
            found, of_wholes, spent = measure(Path(path), workspace)
        tried += found
        said |= {f"{path}: {ident}": findings for ident, findings in of_wholes.items()}
        seconds += spent
    misses = [each for each in tried if not each.findings]
    alarms = {ident: findings for ident, findings in said.items() if findings}
    for each in misses:
        also = " (the lint gate rejects it)" if each.linted else ""
        print(f"miss: {each.deletion.whole.hole.ident}, line {each.deletion.line}{also}")
        print("    " + each.deletion.deleted.replace("\n", "\n    "))
    for ident, findings in alarms.items():
        print(f"false alarm: {ident}: {'; '.join(each.message for each in findings)}")
    clean = [each for each in tried if not each.linted]
    figures = {
        "name": "omission",
        "functions": len(said),
        "deletions": len(tried),
        "recall": round(1 - len(misses) / max(1, len(tried)), 4),
        "recall_where_lint_is_silent": round(
            1 - sum(not each.findings for each in clean) / max(1, len(clean)), 4
        ),
        "false_alarms": round(len(alarms) / max(1, len(said)), 4),
        "misses": len(misses),
        "alarms": len(alarms),
        "milliseconds_a_function": round(1000 * seconds / max(1, len(said)), 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
