"""`llmigrate batch`, with real processes, real C and scripted answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fleet import answer, write_generated
from tests.command import PROGRAM, Result, cli, contents, process, started
from tests.endpoint import Endpoint, Reply, failing, scripted
from tests.fleets import answered, crates, runs_of, write_c, write_fleet
from tests.tiny import Answers

ROOT = Path(__file__).resolve().parent.parent
IDIOMATIC = ("intmath-idiomatic", "ramfs-idiomatic", "sort-idiomatic")
SAMPLES = ("intmath", "ramfs", "sort", "keepshelf", "textkit", *IDIOMATIC)
FLEET = {"a": ("twice", "mix"), "b": ("greater", "sign", "half"), "c": ("next", "is_even")}
PRICE = (
    '[defaults.model]\nprice = { input = 1, output = 1 }\nmax_output_tokens = %d\n[[module]]\npath = "*"\n'
)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return write_fleet(tmp_path / "fleet", FLEET)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def options(endpoint: Endpoint, out: Path) -> tuple[object, ...]:
    return ("-o", out, "--model", "scripted", "--base-url", endpoint.base_url)


def states(result: Result) -> dict[str, str]:
    return {each["name"]: each["state"] for each in result.json["modules"]}


class Gate:
    """A script that holds answers back until it is opened."""

    def __init__(self, passing: int = 0) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self._passing = passing
        self._lock = threading.Lock()
        self._answers = Answers()

    def __call__(self, body: dict[str, Any]) -> Reply:
        with self._lock:
            self._passing -= 1
            passes = self._passing >= 0
        if not passes:
            self.reached.set()
            self.opened.wait(60)
        return self._answers(body)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate(passing=2)
    yield made
    made.opened.set()


def test_a_fleet_ends_in_rust_and_its_second_start_asks_and_runs_nothing(fleet: Path, out: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        first = process("batch", fleet, *options(endpoint, out), "--json")
        assert first.exit == 0, first.stderr
        asked = len(endpoint.requests)
        second = process("batch", fleet, *options(endpoint, out))
        assert len(endpoint.requests) == asked == 7
    assert states(first) == {"a": "rust", "b": "rust", "c": "rust"}
    assert second.exit == 0
    assert "3 modules, 3 of them finished before" in second.stderr
    assert "started" not in second.stderr
    assert "3 modules: 3 rust" in second.stdout
    for name in FLEET:
        assert (out / "modules" / name / "crate" / "Cargo.toml").exists()
        assert json.loads((out / "modules" / name / "report.json").read_text())["module"] == name


def test_a_run_of_a_batch_is_a_run_like_any_other(fleet: Path, out: Path, tmp_path: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        assert process("batch", fleet, *options(endpoint, out), "--include", "b").exit == 0
        alone = cli("run", fleet / "b", *options(endpoint, tmp_path / "alone"))
        asked = len(endpoint.requests)
        again = cli("run", fleet / "b", *options(endpoint, out / "modules" / "b"))
        assert alone.exit == again.exit == 0
        assert len(endpoint.requests) == asked
    crate = contents(tmp_path / "alone" / "crate")
    assert contents(out / "modules" / "b" / "crate") == crate


def test_a_module_that_breaks_is_a_row_and_the_others_go_on(fleet: Path, out: Path) -> None:
    write_c(fleet / "aa", x_c="int broken(\n")
    write_c(fleet / "nothing", x_c="/* nothing */\n")
    (fleet / "bad").mkdir()
    (fleet / "bad" / "llmigrate.toml").write_text("[run]\natempts = 1\n")
    with Endpoint(Answers()) as endpoint:
        result = process("batch", fleet, *options(endpoint, out), "--json")
    assert result.exit == 3
    found = {each["name"]: each for each in result.json["modules"]}
    assert {name: each["state"] for name, each in found.items()} == {
        **dict.fromkeys(FLEET, "rust"),
        "aa": "baseline",
        "nothing": "rust",
        "bad": "unusable",
    }
    assert "did you mean `attempts`" in found["bad"]["message"]
    assert "gcc" in found["aa"]["message"]


def test_a_run_that_is_killed_is_a_row_and_goes_on_at_the_next_start(
    fleet: Path, out: Path, gate: Gate
) -> None:
    with Endpoint(gate) as endpoint:
        arguments = ("batch", fleet, *options(endpoint, out), "--include", "b", "--json")
        with started(arguments) as command:
            assert gate.reached.wait(60)
            (worker,) = runs_of(command.pid)
            os.kill(worker, signal.SIGKILL)
            stdout, _ = command.communicate(timeout=60)
        row = json.loads(stdout)["modules"][0]
        assert command.returncode == 3
        assert (row["state"], row["message"]) == (
            "fault",
            "its process ended without a word: killed by signal 9",
        )
        gate.opened.set()
        paid = answered(out)
        before = len(endpoint.requests)
        assert process(*arguments).exit == 0
        asked = {each.prompt for each in endpoint.requests[before:]}
    assert paid
    assert not asked & paid


def test_a_batch_that_is_killed_takes_its_runs_along_and_goes_on_where_it_was(
    fleet: Path, out: Path, gate: Gate, tmp_path: Path
) -> None:
    with Endpoint(Answers()) as endpoint:
        assert process("batch", fleet, *options(endpoint, tmp_path / "whole")).exit == 0
    with Endpoint(gate) as endpoint:
        arguments = ("batch", fleet, *options(endpoint, out))
        with started(arguments) as command:
            assert gate.reached.wait(60)
            workers = runs_of(command.pid)
            command.kill()
        gate.opened.set()
        status = process("batch", "status", out, "--json")
        assert status.json["running"] is False
        assert "running" not in states(status).values()
        paid = answered(out)
        before = len(endpoint.requests)
        assert process(*arguments).exit == 0
        asked = {each.prompt for each in endpoint.requests[before:]}
    assert workers
    assert not any(Path(f"/proc/{each}").exists() for each in workers)
    assert paid
    assert not asked & paid
    assert crates(out) == crates(tmp_path / "whole")


def test_interrupted_it_keeps_what_it_has_and_says_how_to_go_on(fleet: Path, out: Path, gate: Gate) -> None:
    with Endpoint(gate) as endpoint:
        arguments = ("batch", fleet, *options(endpoint, out), "--json")
        with started(arguments) as command:
            assert gate.reached.wait(60)
            os.kill(command.pid, signal.SIGINT)
            _, stderr = command.communicate(timeout=90)
        assert command.returncode == 130
        assert "to continue: llmigrate batch" in stderr
        assert "Traceback" not in stderr
        gate.opened.set()
        status = process("batch", "status", out, "--json")
        assert "interrupted" in states(status).values()
        assert "to continue: llmigrate batch" in status.stderr
        assert process(*arguments).exit == 0


def test_status_shows_a_batch_while_it_runs_and_a_second_one_is_refused(
    fleet: Path, out: Path, gate: Gate
) -> None:
    with Endpoint(gate) as endpoint:
        arguments = ("batch", fleet, *options(endpoint, out), "--jobs", "1")
        with started(arguments) as command:
            assert gate.reached.wait(60)
            status = process("batch", "status", out, "--json")
            table = process("batch", "status", out)
            second = process(*arguments)
            gate.opened.set()
            command.communicate(timeout=120)
        assert command.returncode == 0
    assert (status.exit, status.json["running"]) == (0, True)
    assert states(status) == {"a": "running", "b": "waiting", "c": "waiting"} | states(status)
    assert "running" in states(status).values()
    assert "running since" in table.stdout
    assert second.exit == 2
    assert "in use by process" in second.stderr


def with_price(fleet: Path, max_output_tokens: int = 1000) -> None:
    (fleet / "fleet.toml").write_text(PRICE % max_output_tokens)


def test_modules_side_by_side_wait_for_money_that_others_hold(fleet: Path, out: Path) -> None:
    with_price(fleet, 100_000)
    with Endpoint(Answers(), delay=0.05) as endpoint:
        # A call may cost up to eleven cents and costs next to nothing: one at a time is possible.
        result = process("batch", fleet, *options(endpoint, out), "--json", "--jobs", "3", "--budget", "0.15")
    assert result.exit == 0, result.stderr
    assert result.json["tokens"] == 7 * 15
    assert Decimal(result.json["usd"]) == 7 * Decimal("0.000015")


def test_a_budget_is_never_overshot_and_more_of_it_goes_on(fleet: Path, out: Path) -> None:
    with_price(fleet)
    answers = Answers()

    def expensive(body: dict[str, Any]) -> Reply:
        text = json.loads(answers(body).body)["choices"][0]["message"]["content"]
        return scripted(text, tokens=(1000, 0, 900))

    with Endpoint(expensive, delay=0.05) as endpoint:
        arguments = ("batch", fleet, *options(endpoint, out), "--json", "--jobs", "3")
        poor = process(*arguments, "--budget", "0.012")
        paid, asked = answered(out), len(endpoint.requests)
        rich = process(*arguments, "--budget", "1")
        again = {each.prompt for each in endpoint.requests[asked:]}
    assert poor.exit == 5
    assert "run the same command with a higher --budget" in poor.stderr
    assert Decimal(0) < Decimal(poor.json["usd"]) <= Decimal("0.012")
    assert Decimal(poor.json["usd"]) == len(paid) * Decimal("0.0019")
    assert rich.exit == 0
    assert not again & paid
    assert Decimal(rich.json["usd"]) == 7 * Decimal("0.0019")


def test_a_module_whose_own_budget_is_short_goes_on_once_that_is_raised(fleet: Path, out: Path) -> None:
    def with_own_budget(usd: str) -> None:
        (fleet / "fleet.toml").write_text(f"[defaults.run]\nbudget = {usd}\n{PRICE % 1000}")

    with Endpoint(Answers()) as endpoint:
        arguments = ("batch", fleet, *options(endpoint, out), "--include", "b", "--budget", "1")
        with_own_budget("0.0001")
        poor = process(*arguments)
        with_own_budget("1")
        rich = process(*arguments)
    assert poor.exit == 5
    assert "raise it there, and run the same command again" in poor.stderr
    assert "--budget" not in poor.stderr
    assert rich.exit == 0


def test_tokens_can_be_limited_without_a_price(fleet: Path, out: Path) -> None:
    (fleet / "fleet.toml").write_text(
        '[budget]\ntokens = 20000\n[defaults.model]\nmax_output_tokens = 8000\n[[module]]\npath = "*"\n'
    )
    with Endpoint(lambda body: scripted("no", tokens=(1000, 0, 3000))) as endpoint:
        result = process("batch", fleet, *options(endpoint, out), "--json")
    assert result.exit == 5
    assert 0 < result.json["tokens"] <= 20000
    assert result.json["usd"] is None
    assert "higher --tokens" in result.stderr


def test_a_budget_without_a_price_is_a_row_for_each_module_that_lacks_one(fleet: Path, out: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        result = process("batch", fleet, *options(endpoint, out), "--budget", "1")
        assert endpoint.requests == []
    assert result.exit == 2
    assert "set [model.price]" in result.stderr


def test_when_the_time_is_over_nothing_is_started(fleet: Path, out: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        arguments = ("batch", fleet, *options(endpoint, out))
        late = process(*arguments, "--time", "0.000001s")
        assert endpoint.requests == []
        assert late.exit == 5
        assert "run the same command again" in late.stderr
        assert process(*arguments, "--time", "1h").exit == 0


def test_no_more_calls_are_on_their_way_than_allowed(fleet: Path, out: Path) -> None:
    answers, lock = Answers(), threading.Lock()
    flying, most = 0, 0

    def counted(body: dict[str, Any]) -> Reply:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        threading.Event().wait(0.1)
        with lock:
            flying -= 1
        return answers(body)

    with Endpoint(counted) as endpoint:
        result = process("batch", fleet, *options(endpoint, out), "--jobs", "3", "--calls", "1")
    assert result.exit == 0
    assert most == 1


def test_a_provider_that_asks_to_wait_is_waited_for(fleet: Path, out: Path) -> None:
    answers, lock = Answers(), threading.Lock()
    refusals = 2

    def busy(body: dict[str, Any]) -> Reply:
        nonlocal refusals
        with lock:
            refusals -= 1
            if refusals >= 0:
                return failing(429, "slow down", headers={"retry-after": "1"})
        return answers(body)

    with Endpoint(busy) as endpoint:
        result = process("batch", fleet, *options(endpoint, out), "--jobs", "3")
    assert result.exit == 0, result.stderr
    assert "(429)" in result.stderr
    assert "3 modules: 3 rust" in result.stdout


def test_a_model_that_cannot_be_used_is_exit_6_with_the_command_that_goes_on(fleet: Path, out: Path) -> None:
    with Endpoint(lambda body: failing(401, "who are you?")) as endpoint:
        result = process("batch", fleet, *options(endpoint, out))
    assert result.exit == 6
    assert "OPENAI_API_KEY" in result.stderr
    assert "to continue: llmigrate batch" in result.stderr


def test_a_dry_run_plans_every_module_and_writes_nothing(fleet: Path, out: Path) -> None:
    with_price(fleet)
    write_c(fleet / "aa", x_c="int broken(\n")
    table = cli("batch", fleet, "-o", out, "--dry-run", "--model", "scripted")
    found = cli("batch", fleet, "-o", out, "--dry-run", "--model", "scripted", "--json").json["modules"]
    assert table.exit == 0
    assert "4 modules: 7 prompts" in table.stdout
    assert not out.exists()
    by_name = {each["name"]: each for each in found}
    assert by_name["b"]["prompts"] == 3
    assert by_name["b"]["prompt_tokens"] > 0
    assert by_name["b"]["usd"] > 0
    assert "gcc" in by_name["aa"]["why_not"]


def test_modules_are_planned_in_the_order_in_which_they_would_be_started(fleet: Path, out: Path) -> None:
    text = (fleet / "a" / "tiny.c").read_text()
    (fleet / "a" / "tiny.c").write_text(f'#include "../c/tiny.h"\n{text}')
    orders = {
        order: [
            each["name"]
            for each in cli("batch", fleet, "-o", out, "--dry-run", "--json", "--order", order).json[
                "modules"
            ]
        ]
        for order in ("callees", "size", "name")
    }
    assert orders["callees"] == ["b", "c", "a"]
    assert orders["size"][0] == "c"
    assert orders["name"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gone",), "does not exist"),
        (("fleet", "fleet"), "one FLEET"),
        (("status",), "one OUT"),
        (("status", "fleet"), "holds no batch.json"),
        (("fleet", "--shard", "3/2"), "such as 2/5"),
        (("fleet", "--time", "soon"), "such as 90m"),
        (("fleet", "--include", "nothing"), "matches no module"),
        (("fleet", "-o", "fleet"), "not from a batch"),
        (("n" * 300,), "File name too long; choose a shorter name"),
        (("fleet", "-o", "n" * 300), "File name too long; choose a shorter name"),
    ],
)
def test_a_wrong_command_is_one_sentence(fleet: Path, arguments: tuple[str, ...], said: str) -> None:
    result = cli("batch", *arguments)
    assert result.exit == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


_ON_A_SMALL_DISK = """
mount -t tmpfs -o size=600k tmpfs "$1" || exit 77
shift
"$@"; echo "first: $?"
mount -o remount,size=200m tmpfs "$FOLDER"
"$@"; echo "second: $?"
"""


def test_a_disk_that_fills_ends_it_with_a_sentence_and_with_room_it_goes_on(tmp_path: Path) -> None:
    fleet = write_generated(tmp_path / "fleet", 3)
    folder = tmp_path / "disk"
    folder.mkdir()
    with Endpoint(answer) as endpoint:
        batch = (PROGRAM, "batch", fleet, *options(endpoint, folder / "out"), "-q")
        try:
            ended = subprocess.run(
                ["unshare", "--mount", "sh", "-c", _ON_A_SMALL_DISK, "sh", folder, *map(str, batch)],
                capture_output=True,
                text=True,
                env={**os.environ, "FOLDER": str(folder)},
                timeout=600,
                check=False,
            )
        except FileNotFoundError:
            pytest.skip("unshare is missing: install util-linux")
    if ended.returncode in (1, 77):
        pytest.skip("only root can mount a small disk")
    assert "first: 2" in ended.stdout
    assert "the disk is full; make room" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "second: 0" in ended.stdout
    assert "3 modules: 3 rust" in ended.stdout


def test_the_samples_are_a_fleet_that_ends_in_rust_from_its_recordings(out: Path) -> None:
    with started(("batch", ROOT / "samples" / "fleet.toml", "-o", out, "--json")) as command:
        stdout, stderr = command.communicate(timeout=900)
    assert command.returncode == 0, stderr
    found = json.loads(stdout)
    assert {each["name"]: each["state"] for each in found["modules"]} == dict.fromkeys(SAMPLES, "rust")
    assert found["tokens"] == 0
    assert found["usd"] is None
    for folder in (out / "modules").iterdir():
        assert json.loads((folder / "report.json").read_text())["model"]["replayed"] > 0


HOSTILE: Mapping[str, str] = {
    "two words": "twice",
    'quo"te': "mix",
    "<script>alert(1)<": "greater",
    os.fsdecode(b"caf\xe9"): "sign",
    "-x": "half",
    "n" * 250: "next",
}


def test_names_of_any_kind_are_run_and_shown(tmp_path: Path, out: Path) -> None:
    fleet = write_fleet(tmp_path / "fleet", {name: (function,) for name, function in HOSTILE.items()})
    with Endpoint(Answers()) as endpoint:
        result = process("batch", fleet, *options(endpoint, out), "--json")
        asked = len(endpoint.requests)
        table = process("batch", fleet, *options(endpoint, out))
        assert len(endpoint.requests) == asked
    assert result.exit == 0, result.stderr
    assert set(states(result).values()) == {"rust"}
    assert table.exit == 0
    assert "caf\\xe9" in table.stdout


@pytest.mark.parametrize(
    ("named", "out"),
    [("fleet.v2", "out/fleet.v2"), ("fleet.v2/fleet.toml", "out/fleet.v2"), ("fleet.v2/all.toml", "out/all")],
)
def test_without_an_out_the_result_is_named_after_the_fleet(tmp_path: Path, named: str, out: str) -> None:
    write_c(tmp_path / "fleet.v2" / "m", x_c="int x;\n")
    for name in ("fleet.toml", "all.toml"):
        (tmp_path / "fleet.v2" / name).write_text('[[module]]\npath = "m"\n')
    result = cli("batch", named, "--time", "0.000001s")
    assert result.exit == 5
    assert (tmp_path / out / "batch.json").exists()
