"""The ledger of a run: every prompt, answer, verdict, cost and state, one transaction per fact."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from migrate.errors import OutputError, newer_format
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage
from migrate.run.attempt import Attempt, Filled, Source
from repair.cargo import CargoRun
from repair.evidence.evidence import Evidence, read_evidence
from repair.plug import Plug, PlugKind
from repair.verdict import Finding, Gate, Verdict

_SECONDS_FOR_OTHERS = 60.0

FORMAT = 2
"""Version of the tables below; a ledger with a newer one is left alone."""

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE exchange (
    key TEXT NOT NULL, hole TEXT NOT NULL, attempt INTEGER NOT NULL, request TEXT NOT NULL,
    answer TEXT NOT NULL, usable INTEGER NOT NULL, cost TEXT, at REAL NOT NULL);
CREATE INDEX exchange_key ON exchange (key);
CREATE TABLE attempt (
    hole TEXT NOT NULL, lineage TEXT NOT NULL, number INTEGER NOT NULL, source TEXT NOT NULL,
    request_key TEXT, text TEXT, findings TEXT NOT NULL, fixes TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (hole, lineage, number));
CREATE TABLE plug (
    hole TEXT PRIMARY KEY, lineage TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    source TEXT, attempt INTEGER, at REAL NOT NULL);
CREATE TABLE cargo_run (command TEXT NOT NULL, ok INTEGER NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL);
CREATE TABLE stretch (started REAL PRIMARY KEY, seconds REAL NOT NULL);
"""
_SINCE = {2: "CREATE TABLE evidence (hole TEXT PRIMARY KEY, lineage TEXT NOT NULL, text TEXT NOT NULL)"}
"""What each later version added."""

_EXCHANGE = "key, hole, attempt, request, answer, usable, cost, at"
_USED = "json_extract(answer, '$.usage.tokens_in') + json_extract(answer, '$.usage.tokens_out')"
_TAKE = f"""
INSERT INTO exchange ({_EXCHANGE}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE NOT EXISTS (SELECT 1 FROM exchange WHERE key = ?1 AND answer = ?5 AND at = ?8)"""
_Write: TypeAlias = tuple[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """A prompt and its answer as they stand in a ledger, for another ledger to take."""

    place: int
    """Where it stands: later ones have larger numbers."""
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A prompt and its answer."""

    request: Request
    answer: Answer
    usable: bool
    cost: Decimal | None
    """US dollars; None when the price is unknown, and for replayed answers."""


class Ledger:
    """Remembers a run on disk; for one thread."""

    def __init__(self, path: Path) -> None:
        """Open or begin a ledger. Raise OutputError when it is newer than this program or broken."""
        self.path = path
        try:
            # Threads that wait for batches open it too, and a disk may be slow.
            self._database = sqlite3.connect(path, isolation_level=None, timeout=_SECONDS_FOR_OTHERS)
            try:
                self._prepare()
            except BaseException:
                self._database.close()
                raise
        except sqlite3.DatabaseError as error:
            raise OutputError(
                f"{path} cannot be used as a ledger ({error}); make room or permissions, or choose another -o"
            ) from None

    def _prepare(self) -> None:
        # The version comes first: everything after it may write, and a newer ledger is left as it is.
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if version > FORMAT:
            remedy = "update llmigrate or choose another -o"
            raise OutputError(newer_format(self.path, version, FORMAT, remedy))
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        first = _TABLES.split(";")[:-1] if version == 0 else []
        added = [statement for since, statement in _SINCE.items() if since > version]
        if version < FORMAT:
            with self._transaction():
                for statement in (*first, *added):
                    self._database.execute(statement)
                self._database.execute(f"PRAGMA user_version = {FORMAT}")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _write(self, *writes: _Write) -> None:
        try:
            with self._transaction():
                for statement, values in writes:
                    self._database.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise OutputError(
                f"{self.path} cannot be written ({error}); make room and run the same command again"
            ) from None

    def _read(self, query: str, *values: object) -> list[Any]:
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise OutputError(
                f"{self.path} cannot be read ({error}); restore it, or choose another -o and begin again"
            ) from None

    def remember(self, name: str, value: str) -> None:
        """Keep a named fact about the run."""
        self._write(("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value)))

    def recall(self, name: str) -> str | None:
        """Return a named fact about the run."""
        rows = self._read("SELECT value FROM meta WHERE name = ?", name)
        return rows[0][0] if rows else None

    def save_exchange(self, exchange: Exchange) -> None:
        """Keep a prompt and its answer, besides unusable answers that the same prompt got before."""
        request, answer = exchange.request, exchange.answer
        cost = None if exchange.cost is None else str(exchange.cost)
        values = (request.key, request.hole, request.attempt, _request_text(request), _answer_text(answer))
        self._write(
            (
                "INSERT INTO exchange VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, exchange.usable, cost, time.time()),
            )
        )

    def exchange(self, key: str) -> Exchange | None:
        """Return what was answered to a prompt, by its key; the usable answer, else the newest."""
        rows = self._read(
            "SELECT request, answer, usable, cost FROM exchange WHERE key = ? "
            "ORDER BY usable DESC, at DESC LIMIT 1",
            key,
        )
        return _exchange(rows[0]) if rows else None

    def times_answered(self, key: str) -> int:
        """Return how many answers a prompt got, by its key."""
        return int(self._read("SELECT COUNT(*) FROM exchange WHERE key = ?", key)[0][0])

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return every prompt and answer, oldest first."""
        rows = self._read("SELECT request, answer, usable, cost FROM exchange ORDER BY at, key")
        return tuple(_exchange(row) for row in rows)

    def paid(self) -> tuple[Decimal, int]:
        """Return the US dollars and the tokens of all answers that were paid for.

        An answer whose usage was not reported counts with all that was set aside for it.
        """
        rows = self._read(
            f"SELECT cost, {_USED}, CASE {_USED} WHEN 0 THEN request END FROM exchange "
            "WHERE json_extract(answer, '$.replayed') = ?",
            Replayed.no.value,
        )
        usd = sum((Decimal(row[0] or 0) for row in rows), Decimal(0))
        return usd, sum(used or _set_aside(_request(text)) for _, used, text in rows)

    def exchange_rows(self, after: int = 0) -> tuple[ExchangeRow, ...]:
        """Return the prompts and answers that came after a place in the ledger, as they stand in it."""
        rows = self._read(f"SELECT rowid, {_EXCHANGE} FROM exchange WHERE rowid > ? ORDER BY rowid", after)
        return tuple(ExchangeRow(row[0], tuple(row[1:])) for row in rows)

    def take(self, rows: Iterable[Sequence[object]]) -> None:
        """Keep prompts and answers of another ledger of this run, but those that are here already."""
        self._write(*((_TAKE, tuple(values)) for values in rows))

    def copy(self) -> bytes:
        """Return the file of a ledger that holds the same."""
        return self._database.serialize()

    def save_attempt(self, attempt: Attempt) -> None:
        """Keep a verdict on a candidate."""
        self._write(_attempt_row(attempt))

    def attempts(self, hole: str, lineage: str) -> tuple[Attempt, ...]:
        """Return what was tried for a hole since its first prompt was what it is now, in order."""
        rows = self._read(
            "SELECT hole, lineage, number, source, request_key, text, findings, fixes FROM attempt "
            "WHERE hole = ? AND lineage = ? ORDER BY number",
            hole,
            lineage,
        )
        return tuple(_attempt(row) for row in rows)

    def lineages(self) -> dict[str, str]:
        """Return the current lineage of each hole: that of what fills it, else of its newest attempt."""
        newest = self._read("SELECT hole, lineage FROM attempt ORDER BY at, rowid")
        plugged = self._read("SELECT hole, lineage FROM plug")
        return {**dict(newest), **dict(plugged)}

    def fill(self, filled: Filled) -> None:
        """Keep what fills a hole from now on."""
        self._write(_plug_row(filled))

    def accept(self, attempt: Attempt, filled: Filled) -> None:
        """Keep a verdict and the plug that follows from it, both or neither."""
        self._write(_attempt_row(attempt), _plug_row(filled))

    def save_round(self, attempts: Iterable[Attempt], filled: Iterable[Filled]) -> None:
        """Keep the verdicts on one answer for many holes and the plugs that follow from them, all or none."""
        self._write(*map(_attempt_row, attempts), *map(_plug_row, filled))

    def filled(self) -> dict[str, Filled]:
        """Return what fills each hole."""
        rows = self._read("SELECT hole, lineage, kind, text, source, attempt FROM plug")
        return {row[0]: _filled(row) for row in rows}

    def save_evidence(self, found: Mapping[str, tuple[str, Evidence]]) -> None:
        """Keep what was shown for functions, by hole and with its lineage, in place of what there was."""
        rows = ((hole, lineage, json.dumps(asdict(each))) for hole, (lineage, each) in found.items())
        inserts = (("INSERT INTO evidence VALUES (?, ?, ?)", row) for row in rows)
        self._write(("DELETE FROM evidence", ()), *inserts)

    def evidence(self) -> dict[str, tuple[str, Evidence]]:
        """Return what was shown for functions, by hole and with its lineage."""
        rows = self._read("SELECT hole, lineage, text FROM evidence")
        return {hole: (lineage, read_evidence(json.loads(text))) for hole, lineage, text in rows}

    def save_cargo_run(self, run: CargoRun) -> None:
        """Count a cargo run."""
        values = (run.command, run.ok, run.seconds, time.time())
        self._write(("INSERT INTO cargo_run VALUES (?, ?, ?, ?)", values))

    def cargo_runs(self) -> int:
        """Return how many times cargo was run."""
        return int(self._read("SELECT COUNT(*) FROM cargo_run")[0][0])

    def save_seconds(self, started: float, seconds: float) -> None:
        """Keep how long this stretch of the run has taken so far."""
        self._write(("INSERT OR REPLACE INTO stretch VALUES (?, ?)", (started, seconds)))

    def seconds(self) -> float:
        """Return how long the run took in all its stretches."""
        return float(self._read("SELECT COALESCE(SUM(seconds), 0) FROM stretch")[0][0])


def _attempt_row(attempt: Attempt) -> _Write:
    findings = json.dumps([asdict(each) for each in attempt.verdict.findings])
    return (
        "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(attempt.hole, attempt.lineage, attempt.number, attempt.source, attempt.request_key),
            *(attempt.text, findings, json.dumps(attempt.fixes), time.time()),
        ),
    )


def _plug_row(filled: Filled) -> _Write:
    plug = filled.plug
    values = (filled.hole, filled.lineage, plug.kind, plug.text, filled.source, filled.attempt)
    return "INSERT OR REPLACE INTO plug VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, time.time())


def _request_text(request: Request) -> str:
    return json.dumps(asdict(request), ensure_ascii=False)


def _answer_text(answer: Answer) -> str:
    return json.dumps({**asdict(answer), "replayed": answer.replayed.value}, ensure_ascii=False)


def _request(text: str) -> Request:
    request = json.loads(text)
    request["messages"] = tuple(Message(**message) for message in request["messages"])
    return Request(**request)


def _set_aside(request: Request) -> int:
    return request.most_tokens_in + request.most_tokens_out


def _exchange(row: tuple[str, str, int, str | None]) -> Exchange:
    answer = json.loads(row[1])
    answer["usage"] = Usage(**answer["usage"])
    answer["replayed"] = Replayed(answer["replayed"])
    cost = None if row[3] is None else Decimal(row[3])
    return Exchange(_request(row[0]), Answer(**answer), bool(row[2]), cost)


def _attempt(row: tuple[str, str, int, str, str | None, str | None, str, str]) -> Attempt:
    findings = tuple(Finding(**{**each, "gate": Gate(each["gate"])}) for each in json.loads(row[6]))
    return Attempt(*row[:3], Source(row[3]), row[4], row[5], Verdict(findings), tuple(json.loads(row[7])))


def _filled(row: tuple[str, str, str, str, str | None, int | None]) -> Filled:
    source = None if row[4] is None else Source(row[4])
    return Filled(row[0], row[1], Plug(PlugKind(row[2]), row[3]), source, row[5])
