"""What people changed, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrate.effort.effort import Effort, State, Touched, total
from migrate.effort.lines import Difference, Lines
from migrate.effort.standing import Basis
from migrate.report.console import Column, Console
from repair.evidence.proof import floored

_STYLES = {
    State.CHANGED.value: "yellow",
    State.ADDED.value: "cyan",
    State.REMOVED.value: "red",
    State.UNKNOWN.value: "red",
}
_COLUMNS = (
    Column("Name"),
    Column("State", styles=_STYLES),
    Column("By text", "right"),
    Column("By tree", "right"),
    Column("Handed over"),
    Column("Now"),
)
_BY_BASIS = (
    Column("Handed over"),
    Column("Number", "right"),
    Column("Changed", "right"),
    Column("By text", "right"),
    Column("By tree", "right"),
)
CHANGED = frozenset({State.CHANGED, State.REMOVED})
"""What people did not leave as it was handed over."""


def show_effort(console: Console, effort: Effort) -> None:
    """Write it to stdout: a line for every function, what had spoken for those that changed, and the sums."""
    console.table(_COLUMNS, [_row(each) for each in (*effort.holes, *effort.others)])
    console.data("")
    changed = [each for each in effort.holes if each.state in CHANGED]
    for each in changed:
        console.data(f"{each.name}: {_spoken(each)}")
    if changed:
        console.data("")
    console.table(_BY_BASIS, list(_by_basis(effort.holes)))
    console.data("")
    for file, line in effort.broken.items():
        console.data(f"{file} does not parse (line {line}); it is counted by text only")
    for said in _sentences(effort):
        console.data(said)


def _row(each: Touched) -> tuple[str, ...]:
    basis = each.standing.basis.value if each.standing is not None else "-"
    return each.name, each.state.value, *_cells(each), basis, _now(each)


def _cells(each: Touched) -> tuple[str, str]:
    if each.state in {State.NOT_RUST, State.UNKNOWN}:
        return "-", "-"
    return _lines(each.difference.text), _lines(each.difference.tree)


def _lines(lines: Lines) -> str:
    share = f" ({lines.share:.1%})" if lines.changed and lines.share is not None else ""
    gone = f", {lines.gone:,} gone" if lines.gone else ""
    return f"{lines.changed:,} of {lines.final:,}{share}{gone}"


def _now(each: Touched) -> str:
    if each.after is None:
        return "-"
    renamed = f"{each.renamed} in " if each.renamed else ""
    alike = f", {floored(each.likeness)} alike" if each.likeness is not None else ""
    return f"{renamed}{each.after.place}{alike}"


def _spoken(each: Touched) -> str:
    """Say which gates had passed, which had not, and what was shown."""
    standing = each.standing
    if standing is None:
        return "-"
    passed = f"passed {', '.join(standing.passed)}" if standing.passed else "passed no gate"
    rejected = f"; rejected by {standing.rejected_by}" if standing.rejected_by else ""
    shown = f"; {standing.evidence.rstrip('.')}" if standing.evidence else ""
    return f"{standing.basis}: {passed}{rejected}{shown}"


def _by_basis(holes: Iterable[Touched]) -> Iterator[tuple[str, ...]]:
    grouped: dict[Basis, list[Touched]] = {basis: [] for basis in Basis}
    for each in holes:
        if each.standing is not None:
            grouped[each.standing.basis].append(each)
    for basis, members in grouped.items():
        if members:
            changed = sum(each.state in CHANGED for each in members)
            difference = total(each.difference for each in members)
            lines = (_lines(difference.text), _lines(difference.tree))
            yield basis.value, str(len(members)), str(changed), *lines


def _sentences(effort: Effort) -> Iterator[str]:
    changed = sum(each.state in CHANGED for each in effort.holes)
    of = f"{changed:,} of {len(effort.holes):,} functions and variables that the run was to make"
    yield f"changed or removed: {of}"
    yield f"lines of these: {_measures(effort.made)}"
    yield f"lines of all Rust in the crate: {_measures(effort.crate)}"


def _measures(difference: Difference) -> str:
    return f"{_lines(difference.text)} by text, {_lines(difference.tree)} by syntax tree"
