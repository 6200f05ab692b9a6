"""What is not as it should be however the C stands: evidence below the minimum, and holes still in C."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from migrate.check.finding import Finding, Kind
from migrate.check.record import Entry, Record
from migrate.errors import SettingsError
from repair.evidence.evidence import read_evidence
from repair.evidence.proof import Minimum

_RUST = "rust"
_SETTINGS = "llmigrate.toml"


def find_weak(record: Record, lines: Mapping[str, int], minimum: Minimum) -> Iterator[Finding]:
    """Find functions on weak evidence and holes that are not Rust, among those that are still there.

    Raise SettingsError for evidence that cannot be read.
    """
    for each in record.entries:
        if each.name not in lines:
            continue
        line = lines[each.name]
        if each.state != _RUST:
            why = each.why or "it was not tried"
            message = f"{each.name} is not Rust but {each.state}: {why.rstrip('.')}."
            yield Finding(Kind.IN_C, record.file, line, each.name, message)
            continue
        weakness = _weakness(record, each, minimum) if each.kind == "function" else None
        if weakness is not None:
            message = f"The evidence for {each.name} is below the minimum: {weakness}."
            yield Finding(Kind.WEAK, record.file, line, each.name, message)


def _weakness(record: Record, entry: Entry, minimum: Minimum) -> str | None:
    if entry.evidence is None:
        return "the run looked for none"
    try:
        return read_evidence(entry.evidence).below(minimum)
    except (KeyError, TypeError, ValueError):
        raise SettingsError(
            f"the store's evidence for {entry.name} in {record.file} cannot be read; store the run again"
        ) from None


def minimum_of(path: Path, record: Record) -> Minimum:
    """Return what the settings of a PATH ask for; without settings, what a record's run asked for.

    Raise SettingsError for settings that cannot be used.
    """
    folder = path if path.is_dir() else path.parent
    if not (folder / _SETTINGS).is_file():
        return Minimum(*record.minimum)
    # Reading settings takes longer than a check in which nothing has changed.
    from migrate.settings import load_settings

    settings = load_settings(folder, {}).evidence
    return Minimum(settings.minimum_coverage, settings.minimum_kills)
