"""A small run to make reports of: one hole for every way in which a hole can end."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from analysis.inventory import Kind
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage
from migrate.report.report import RunFacts
from migrate.run.attempt import Attempt, Filled, Source
from migrate.run.ledger import Exchange, Ledger
from repair.cargo import CargoRun
from repair.hole import Hole
from repair.plug import Plug, PlugKind
from repair.sandbox import SandboxKind
from repair.verdict import ACCEPTED, Finding, Gate, Verdict

FACTS = RunFacts(
    *("files", "abi", "some-model"),
    tests_passed=True,
    test_command="make test",
    sandbox=SandboxKind.BUBBLEWRAP,
    fixed_items=2,
)
MISMATCH = Finding(Gate.COMPILE, "mismatched types", '1 | let x: u32 = "one";', "E0308")
OMITTED = Finding(Gate.POLICY, "The candidate leaves the loop out.")


def hole(name: str, c_text: str = "", file: str = "a.c", stays: str | None = None) -> Hole:
    text = c_text or f"int {name}(void)\n{{\n\treturn 1;\n}}"
    place = (Path(file), 7, 10)
    return Hole(name, name, Kind.FUNCTION, *place, name, True, f"fn {name}()", text, "", stays=stays)


def rust(name: str) -> str:
    return f'pub unsafe extern "C" fn {name}() -> c_int {{\n    unsafe {{ COUNT }}\n}}'


def ask(
    ledger: Ledger,
    name: str,
    number: int = 1,
    replayed: Replayed = Replayed.no,
    cost: str | None = "0.25",
) -> str:
    """Keep an exchange and return its key; each attempt's prompt goes on where the one before ended."""
    contents = ("You translate C.", f"Translate {name}.", *(f"Repair {n}." for n in range(2, number + 1)))
    messages = tuple(Message("user", content) for content in contents)
    request = Request(name, number, "some-model", "http://one/v1", {}, messages, "t")
    answer = Answer(f"answer {number} for {name}", "stop", Usage(100, 40, 10), "some-model-2", 1.5, replayed)
    ledger.save_exchange(Exchange(request, answer, True, None if cost is None else Decimal(cost)))
    return request.key


def reject(ledger: Ledger, name: str, number: int, key: str | None, *findings: Finding) -> None:
    verdict = Verdict(findings)
    ledger.save_attempt(Attempt(name, "now", number, Source.MODEL, key, f"// try {number}", verdict))


def accept(
    ledger: Ledger,
    name: str,
    number: int,
    key: str | None,
    source: Source = Source.MODEL,
    lineage: str = "now",
) -> None:
    plug = Plug(PlugKind.RUST, rust(name))
    ledger.accept(
        Attempt(name, lineage, number, source, key, rust(name), ACCEPTED, ("clippy::needless_return",)),
        Filled(name, lineage, plug, source, number),
    )


HOLES = (
    hole("at_once"),
    hole("repaired"),
    hole("given_up"),
    hole("by_hand"),
    hole("transpiled"),
    hole("missing"),
    hole("jumps", stays="it calls setjmp"),
    hole("untried"),
)


def small_run(path: Path) -> Ledger:
    """Fill a ledger with what became of HOLES, but for the last two."""
    ledger = Ledger(path)
    accept(ledger, "at_once", 1, ask(ledger, "at_once"))
    reject(ledger, "repaired", 1, ask(ledger, "repaired", 1, Replayed.exact), MISMATCH)
    accept(ledger, "repaired", 2, ask(ledger, "repaired", 2, Replayed.earlier_prompt))
    reject(ledger, "given_up", 1, ask(ledger, "given_up", 1), MISMATCH, OMITTED)
    reject(ledger, "given_up", 2, ask(ledger, "given_up", 2), OMITTED)
    accept(ledger, "by_hand", 1, None, Source.HAND)
    ledger.fill(Filled("transpiled", "now", Plug(PlugKind.TRANSPILED, rust("transpiled")), None, None))
    ledger.fill(Filled("missing", "now", Plug(PlugKind.UNIMPLEMENTED), None, None))
    for command in ("clippy", "build"):
        ledger.save_cargo_run(CargoRun(command, True, 1.0, (), ""))
    ledger.save_seconds(1.0, 2.5)
    ledger.save_seconds(9.0, 4.0)
    return ledger
