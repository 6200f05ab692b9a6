"""A fleet as Markdown, short enough for a comment on a change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from migrate.overview.fleet import Fleet
from migrate.overview.module import Acceptance, ModuleRun, Part
from migrate.overview.shortfall import Lack, lack_of
from migrate.report.figures import counted, dollars, duration
from migrate.report.states import State
from repair.evidence.proof import floored

_MODULES = 20
_LEFT = 15
_NAMED = 5
"""Runs that are named in one line, at most."""
_LONGEST = 60
_LONGEST_REASON = 160
_CODE = re.compile(r"[ -_a-{}~]+")
"""What a code span in a table shows as it is: printable ASCII but for the backtick and the bar."""
_MEANING = re.compile(r"[\\\\`*_{}\[\]<>#+!|@&~$^=\x00-\x1f\x7f]")
"""What Markdown, or a code host that shows it, may take for more than text."""
_ACCEPTED = {
    Acceptance.FIRST: "at the first answer",
    Acceptance.REPAIRED: "after repair",
    Acceptance.HAND: "by hand",
    Acceptance.NEVER: "never",
}
_WORST_FIRST = list(Lack)


def markdown_text(fleet: Fleet) -> str:
    """Return the summary: fewer than 60 lines, whatever the fleet."""
    return "\n".join(_lines(fleet))


def _lines(fleet: Fleet) -> Iterator[str]:
    tally, spent = fleet.tally, fleet.spent
    yield f"## {counted(len(fleet.modules), 'module')}: {_part_of(tally.rust, len(tally))} in Rust"
    yield ""
    if fleet.running or fleet.pending:
        yield from _unfinished(fleet)
    yield f"- Accepted: {_accepted(fleet)}"
    yield f"- Evidence: {_evidence(fleet)}"
    if fleet.failing:
        yield f"- Tests fail: {_named([each.title for each in fleet.failing])}"
    yield f"- Unsafe: {tally.unsafe_lines:,} of {counted(tally.lines, 'line')} in functions"
    unpriced = f", and {counted(spent.unpriced, 'run')} of unknown price" if spent.unpriced else ""
    tokens = f"{spent.tokens_in + spent.tokens_out:,} tokens"
    yield f"- Cost: {dollars(spent.usd)}{unpriced}; {tokens}; {duration(spent.seconds)}"
    yield ""
    if fleet.modules:
        yield from _modules(fleet.modules)
    yield from _left(fleet)


def _unfinished(fleet: Fleet) -> Iterator[str]:
    pending = counted(len(fleet.pending), "run")
    named = _named([each.run for each in fleet.pending])
    without = f"{pending} without a report so far" + (f": {named}" if named else "")
    yield f"**{counted(fleet.running, 'run')} still going on; {without}.**"
    yield ""


def _named(names: Sequence[str]) -> str:
    listed = [_code(each, _LONGEST) for each in names[:_NAMED]]
    return ", ".join([*listed, "…"] if len(names) > _NAMED else listed)


def _accepted(fleet: Fleet) -> str:
    found = fleet.tally.acceptances
    told = (f"{count:,} {_ACCEPTED[each]}" for each, count in found.items() if count or each != "hand")
    return ", ".join(told)


def _evidence(fleet: Fleet) -> str:
    tally = fleet.tally
    parts = [
        f"{tally.states[State.WEAK]:,} weak",
        f"{tally.states[State.DIFFERS]:,} differ from the C",
        f"{tally.not_looked_at:,} not looked at",
    ]
    if tally.states[State.REJECTED]:
        parts.insert(2, f"{tally.states[State.REJECTED]:,} rejected by tests")
    if tally.branches is not None:
        parts.insert(0, f"{floored(tally.branches)} of branches")
    if tally.mutants is not None:
        parts.insert(1, f"{floored(tally.mutants)} of mutants told apart")
    return ", ".join(parts)


def _modules(modules: Sequence[ModuleRun]) -> Iterator[str]:
    yield "| Module | In Rust | First | Repaired | Never | Weak | Differ | Cost |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    least_first = sorted(modules, key=_share_done)
    for each in least_first[:_MODULES]:
        tally, usd = each.tally, each.figures.cost_usd
        found = tally.acceptances
        running = " (running)" if each.running else ""
        yield (
            f"| {_code(each.title, _LONGEST)}{running} | {_part_of(tally.rust, len(tally))}"
            f" | {found[Acceptance.FIRST]} | {found[Acceptance.REPAIRED]} | {found[Acceptance.NEVER]}"
            f" | {tally.states[State.WEAK]} | {tally.states[State.DIFFERS]}"
            f" | {'unknown' if usd is None else dollars(usd)} |"
        )
    yield ""
    if len(modules) > _MODULES:
        yield f"… and {counted(len(modules) - _MODULES, 'module')} that are further."
        yield ""


def _share_done(module: ModuleRun) -> float:
    return module.tally.done / len(module.tally) if len(module.tally) else 1.0


def _left(fleet: Fleet) -> Iterator[str]:
    left = [(lack_of(part), each, part) for each in fleet.modules for part in each.tally.parts]
    open_ = sorted(
        ((_WORST_FIRST.index(lack), each, part) for lack, each, part in left if lack is not None),
        key=lambda found: found[0],
    )
    if not open_:
        yield "Nothing is left." if len(fleet.tally) else "There are no functions in these runs."
        return
    yield "Left, the worst first:"
    yield ""
    for _, module, part in open_[:_LEFT]:
        yield _line(module, part)
    if len(open_) > _LEFT:
        yield f"- … and {len(open_) - _LEFT:,} more"


def _line(module: ModuleRun, part: Part) -> str:
    where = _code(f"{part.file}:{part.line}", _LONGEST)
    reason = _prose(_cut(part.why, _LONGEST_REASON))
    return f"- {_code(part.name, _LONGEST)} of {_code(module.title, _LONGEST)} ({where}): {reason}"


def _part_of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({floored(part / whole)})" if whole else "0 of 0"


def _cut(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _code(text: str, longest: int) -> str:
    """Return text as code that shows as it is, and neither ends the code nor breaks a table."""
    cut = _cut(text, longest)
    return f"`{cut}`" if _CODE.fullmatch(cut) else f"<code>{_prose(cut)}</code>"


def _prose(text: str) -> str:
    """Return text as prose that means nothing in Markdown, and neither calls people nor links to issues."""
    safe = _MEANING.sub(lambda found: f"&#{ord(found[0])};", text)
    return safe.replace("&#64;", "&#64;&#8203;").replace("&#35;", "&#35;&#8203;").replace("://", "&#58;//")
