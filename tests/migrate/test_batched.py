"""A model that is asked in batches, against a provider on the loopback interface."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from migrate.errors import AskDirectly, Exit, ModelUnusable, PromptTooLong
from migrate.model.batch_files import line_of, split
from migrate.model.batch_memory import BatchMemory, orders_in, uncollected_amount
from migrate.model.batched import BatchModel
from migrate.model.budget import NOTHING, Amount
from migrate.model.client import LiveBatches, LiveModel
from migrate.model.courier import Courier, Pace
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage
from migrate.model.notices import Notices
from migrate.model.retry import Retry
from migrate.run.ledger import Exchange, Ledger
from tests.batches import QUICK, Held, Provider, echo, problems_of
from tests.endpoint import Reply, failing, scripted

KEY = "sk-not-a-real-key"
NAMES = ("f", "g", "h")
QUEUE_FULL = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}
AT_ONCE = Retry(attempts=3, first_wait=0.0)


class Run:
    """What one run of the command has of batches; `ledger` outlives it."""

    def __init__(
        self,
        provider: Provider,
        ledger: Path,
        full: int = 3,
        pace: Pace = QUICK,
        takes_new: bool = True,
        retry: Retry = AT_ONCE,
    ) -> None:
        self.url = provider.base_url
        self.said: list[str] = []
        self.warned: list[str] = []
        self.memory = BatchMemory(ledger)
        self.ledger = ledger
        batches = LiveBatches(provider.base_url, KEY, retry=retry)
        notices = Notices(self.said.append, self.warned.append)
        self.courier = Courier(batches, self.memory, notices, pace)
        self.model = BatchModel(self.courier, full, takes_new)

    def prompt(self, name: str, content: str = "") -> Request:
        messages = (Message("user", content or f"Translate {name}."),)
        return Request(name, 1, "some-model", self.url, {"temperature": 0.5}, messages, "t1")

    def start(self, names: Sequence[str] = NAMES, content: str = "") -> dict[str, Future[Answer]]:
        """Ask for some holes, on a thread each; those that wait for ever do not keep the process."""
        asked = {name: Future[Answer]() for name in names}
        for name, future in asked.items():
            Thread(target=self._ask, args=(self.prompt(name, content), future), daemon=True).start()
        return asked

    def _ask(self, request: Request, future: Future[Answer]) -> None:
        try:
            future.set_result(self.model.ask(request))
        except Exception as error:
            future.set_exception(error)

    def ask(self, names: Sequence[str] = NAMES, content: str = "") -> dict[str, Answer | BaseException]:
        """Ask for some holes, and return what comes for each."""
        futures = self.start(names, content)
        return {name: each.exception(timeout=60) or each.result() for name, each in futures.items()}

    def settle(self, name: str, answer: Answer) -> None:
        """Keep an answer, as a run does with what it was given."""
        with Ledger(self.ledger) as ledger:
            ledger.save_exchange(Exchange(self.prompt(name), answer, True, None))


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"
    Ledger(path).__exit__(None, None, None)
    return path


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(echo) as running:
        yield running


def texts(outcomes: dict[str, Answer | BaseException]) -> dict[str, str]:
    """Return what answers say, and of what is none its kind."""
    return {
        name: each.text if isinstance(each, Answer) else type(each).__name__
        for name, each in outcomes.items()
    }


def free(requests: Iterable[Request]) -> dict[str, Amount]:
    """Return what requests cost where nothing costs anything."""
    return {each.key: NOTHING for each in requests}


ALL = {name: f"to Translate {name}." for name in NAMES}


# What is sent, and who gets what.


def test_prompts_of_several_threads_are_one_batch_and_each_gets_its_own_answer(
    provider: Provider, ledger: Path
) -> None:
    run = Run(provider, ledger)
    assert texts(run.ask()) == ALL
    assert [len(each.requests) for each in provider.batches] == [3]
    assert provider.requests == []
    assert run.said == [
        "3 prompts sent as batch_1; it may take up to 24 hours, and the run may be stopped meanwhile",
        "batch_1: in progress",
        "batch_1: completed, 3 of 3 prompts answered",
    ]


def test_a_batch_asks_what_a_direct_call_asks(provider: Provider, ledger: Path) -> None:
    run = Run(provider, ledger, full=1)
    run.ask(["f"])
    LiveModel(provider.base_url, KEY).ask(run.prompt("f"))
    (line,), (direct,) = provider.batches[0].requests, provider.requests
    assert line["body"] == direct.body
    assert line["custom_id"] == run.prompt("f").key


@pytest.mark.parametrize(
    "reply",
    [
        scripted("fn f() {}", tokens=(120, 80, 9)),
        scripted("fn f() {", finish_reason="length"),
        scripted(None, refusal="I cannot help."),
        scripted("", finish_reason="content_filter"),
        failing(400, "This prompt is filtered.", "content_filter"),
    ],
)
def test_an_answer_is_what_a_direct_call_makes_of_it(reply: Reply, ledger: Path) -> None:
    with Provider(lambda body: reply) as provider:
        run = Run(provider, ledger, full=1)
        answer = run.ask(["f"])["f"]
        direct = LiveModel(provider.base_url, KEY).ask(run.prompt("f"))
    assert isinstance(answer, Answer)
    assert replace(answer, seconds=direct.seconds) == direct


def test_an_answer_took_what_its_batch_took_by_the_providers_clock(provider: Provider, ledger: Path) -> None:
    answer = Run(provider, ledger, full=1).ask(["f"])["f"]
    assert isinstance(answer, Answer) and answer.seconds == 90.0


def test_a_batch_is_sent_at_once_when_all_who_may_ask_wait(provider: Provider, ledger: Path) -> None:
    # With a wait of an hour for company, this test would not end otherwise.
    assert texts(Run(provider, ledger, pace=replace(QUICK, gather=3600.0)).ask()) == ALL


def test_who_asks_alone_does_not_wait_for_company_that_never_comes(provider: Provider, ledger: Path) -> None:
    assert texts(Run(provider, ledger, full=100).ask(["f"])) == {"f": ALL["f"]}


def test_two_holes_with_one_prompt_each_get_an_answer(provider: Provider, ledger: Path) -> None:
    run = Run(provider, ledger, full=10)
    assert texts(run.ask("fg", "Translate both.")) == dict.fromkeys("fg", "to Translate both.")
    assert [len(each.requests) for each in provider.batches] == [1, 1]


def test_requests_are_split_into_files_by_number_and_size(ledger: Path) -> None:
    with Provider(echo) as provider:
        run = Run(provider, ledger)
    requests = [run.prompt(name) for name in "abcde"]
    size = len(line_of(requests[0]))
    assert [len(part) for part in split(requests, most_lines=2)] == [2, 2, 1]
    assert [len(part) for part in split(requests, most_bytes=3 * size)] == [3, 2]
    assert [len(part) for part in split(requests, most_bytes=1)] == [1] * 5
    assert [each for part in split(requests, most_lines=2) for each in part] == requests


# Requests that fail, and batches that end otherwise.


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (failing(400, "too long", "context_length_exceeded"), PromptTooLong, "the prompt for f does not fit"),
        (failing(400, "Unsupported value: 'temperature'"), ModelUnusable, "check the model's parameters"),
        (failing(401, f"bad key {KEY}"), ModelUnusable, "refused the key (401)"),
        (failing(429, "You exceeded your quota.", "insufficient_quota"), ModelUnusable, "no credit left"),
        (failing(500, "oops"), AskDirectly, ""),
        (failing(429, "slow down"), AskDirectly, ""),
        (Reply('{"error": {"code": 503, "message": "busy"}}'), AskDirectly, ""),
        (Reply("{}"), AskDirectly, ""),
    ],
)
def test_a_request_that_fails_is_what_a_direct_call_would_be_or_becomes_one(
    reply: Reply, kind: type[Exception], said: str, ledger: Path
) -> None:
    def script(body: dict[str, Any]) -> Reply:
        return reply if "f." in body["messages"][0]["content"] else echo(body)

    with Provider(script) as provider:
        run = Run(provider, ledger)
        outcomes = run.ask()
        assert run.model.takes(run.prompt("f")) is (kind is not AskDirectly)
    failed = outcomes.pop("f")
    assert type(failed) is kind and said in str(failed)
    assert KEY not in str(failed)
    assert texts(outcomes) == {name: ALL[name] for name in "gh"}


def test_what_an_expired_batch_did_not_answer_is_asked_directly(ledger: Path) -> None:
    with Provider(echo, end="expired", serves=1) as provider:
        run = Run(provider, ledger)
        outcomes = list(texts(run.ask()).values())
    assert sorted(outcomes)[:2] == ["AskDirectly", "AskDirectly"]
    assert sorted(outcomes)[2] in ALL.values()
    assert run.said[-1] == (
        "batch_1: expired, 1 of 3 prompts answered; what it left open is asked directly, at the full price"
    )


def test_a_batch_that_is_cancelled_meanwhile_stops_the_run_and_the_next_one_asks_again(ledger: Path) -> None:
    with Provider(echo, end="cancelled", serves=0) as provider:
        stopped = Run(provider, ledger, full=1).ask(["f"])["f"]
        assert isinstance(stopped, ModelUnusable) and stopped.exit is Exit.MODEL
        assert "batch_1 was cancelled; run the same command again" in stopped.message
        provider.end, provider.serves = "completed", None
        assert texts(Run(provider, ledger, full=1).ask(["f"])) == {"f": ALL["f"]}


def test_what_was_cancelled_between_two_runs_is_asked_directly(provider: Provider, ledger: Path) -> None:
    waiting(provider, ledger)
    provider.batches[0].status = "cancelled"
    assert texts(Run(provider, ledger).ask()) == dict.fromkeys(NAMES, "AskDirectly")


def test_after_a_batch_that_was_not_begun_everything_is_asked_directly(ledger: Path) -> None:
    with Provider(echo) as provider:
        provider.validates = lambda batch: [{"code": "model_not_found", "message": "not in batches"}]
        run = Run(provider, ledger)
        assert texts(run.ask()) == dict.fromkeys(NAMES, "AskDirectly")
        assert texts(run.ask(["i"])) == {"i": "AskDirectly"}
        assert not run.model.takes(run.prompt("k"))
        assert len(provider.batches) == 1
    assert run.warned == [
        f"{provider.base_url} did not begin batch_1 (model_not_found: not in batches); "
        "from here on prompts are asked directly, at the full price"
    ]
    assert run.memory.uncollected() == ()


def test_hundreds_of_reasons_are_told_in_one_line_of_bearable_length_without_the_key(ledger: Path) -> None:
    with Provider(echo) as provider:
        provider.validates = lambda batch: [
            {"code": "bad", "message": f"Line\n{KEY} {n}"} for n in range(500)
        ]
        run = Run(provider, ledger)
        run.ask()
    for line in (*run.said, *run.warned):
        assert len(line) < 500 and "\n" not in line and KEY not in line
    assert "bad: Line *** 1" in run.warned[0]


def test_that_two_batches_were_not_begun_is_said_once(provider: Provider, ledger: Path) -> None:
    provider.goes_on.clear()
    run = Run(provider, ledger, full=1)
    futures = run.start("f")
    provider.wait_until(lambda: [each.status for each in provider.batches] == ["in_progress"])
    futures |= run.start("g")
    provider.wait_until(lambda: [each.status for each in provider.batches] == ["in_progress"] * 2)
    provider.end, provider.serves = "failed", 0
    provider.goes_on.set()
    assert {type(each.exception(timeout=60)) for each in futures.values()} == {AskDirectly}
    (said,) = run.warned
    assert "(no reason is given)" in said


def test_a_batch_that_the_account_cannot_have_waiting_is_sent_in_halves(ledger: Path) -> None:
    def full(batch: Held) -> Sequence[dict[str, str]]:
        return [QUEUE_FULL] if len(batch.requests) > 1 else []

    with Provider(echo) as provider:
        provider.validates = full
        run = Run(provider, ledger)
        assert texts(run.ask()) == ALL
        assert [len(each.requests) for each in provider.batches] == [3, 1, 2, 1, 1]
    assert run.warned == []


def test_a_prompt_that_finds_no_room_in_the_queue_waits_and_is_not_asked_directly(
    provider: Provider, ledger: Path
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        # Others of the account leave room after an hour.
        slept.append(seconds)
        if slept.count(300.0) == 12:
            provider.validates = problems_of

    provider.validates = lambda batch: [QUEUE_FULL]
    run = Run(provider, ledger, pace=replace(QUICK, room=300.0, sleep=sleep))
    assert texts(run.ask()) == ALL
    assert run.memory.uncollected() != ()
    assert provider.requests == []
    assert [len(each.requests) for each in provider.batches] == [3, *[1] * 13, 2]
    (said,) = run.warned
    assert "no room for another batch of this account (token_limit_exceeded: Enqueued token" in said
    assert "--no-provider-batch" in said


def test_a_key_that_is_refused_while_a_prompt_waits_for_room_stops_the_run(
    provider: Provider, ledger: Path
) -> None:
    def sleep(seconds: float) -> None:
        provider.refusals["POST /files"] = failing(403, "Missing scopes")

    provider.validates = lambda batch: [QUEUE_FULL]
    run = Run(provider, ledger, full=1, pace=replace(QUICK, sleep=sleep))
    (stopped,) = run.ask(["f"]).values()
    assert isinstance(stopped, ModelUnusable) and "Missing scopes" in stopped.message


def test_what_an_earlier_run_found_no_room_for_is_asked_directly_without_the_option(
    provider: Provider, ledger: Path
) -> None:
    waiting(provider, ledger)
    batch = provider.batches[0]
    batch.status, batch.problems = "failed", [QUEUE_FULL]
    run = Run(provider, ledger, takes_new=False)
    assert texts(run.ask()) == dict.fromkeys(NAMES, "AskDirectly")
    assert run.warned == []


def test_a_batch_without_credit_says_so(ledger: Path) -> None:
    with Provider(echo) as provider:
        provider.validates = lambda batch: [
            {"code": "billing_hard_limit_reached", "message": "Billing hard limit has been reached"}
        ]
        (outcome,) = Run(provider, ledger, full=1).ask(["f"]).values()
    assert isinstance(outcome, ModelUnusable) and "no credit left" in outcome.message


# Endpoints without batches, and such as fail.


@pytest.mark.parametrize("route", ["POST /files", "POST /batches"])
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (failing(404, "Not Found"), "404: Not Found"),
        (Reply("", 405), "405: HTTP status 405"),
        (failing(501, "Later."), "501: Later"),
        (failing(413, "Too large"), "413: Too large"),
        (failing(400, "Batches are not supported here."), "400: Batches are not supported here"),
        (Reply("<html>Welcome</html>"), "it answers with something else"),
        (Reply("{}"), "it answers with something else"),
    ],
)
def test_an_endpoint_without_batches_is_said_once_and_not_asked_for_them_again(
    route: str, reply: Reply, reason: str, provider: Provider, ledger: Path
) -> None:
    provider.refusals[route] = reply
    run = Run(provider, ledger)
    assert texts(run.ask()) == dict.fromkeys(NAMES, "AskDirectly")
    provider.refusals.clear()
    assert texts(run.ask(["i"])) == {"i": "AskDirectly"}
    assert run.warned == [
        f"{provider.base_url} takes no batches ({reason}); "
        "from here on prompts are asked directly, at the full price"
    ]
    assert provider.batches == []
    assert run.memory.uncollected() == ()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (
            failing(401, f"Incorrect API key provided: {KEY}"),
            "refused the key (401); check that OPENAI_API_KEY",
        ),
        (failing(403, "Missing scopes"), "refused the batch (403): Missing scopes; use --no-provider-batch"),
        (failing(402, "Insufficient Balance"), "no credit left: Insufficient Balance"),
        (failing(503, f"overloaded {KEY}"), "keeps failing (503): overloaded ***"),
    ],
)
def test_an_endpoint_that_refuses_batches_to_us_stops_the_run(
    reply: Reply, said: str, provider: Provider, ledger: Path
) -> None:
    provider.refusals["POST /files"] = reply
    for error in Run(provider, ledger).ask().values():
        assert isinstance(error, ModelUnusable)
        assert error.message.startswith(provider.base_url) and said in error.message
        assert KEY not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("route", ["POST /files", "POST /batches"])
def test_what_a_key_may_not_order_the_next_run_does_not_look_for(
    route: str, provider: Provider, ledger: Path
) -> None:
    provider.refusals[route] = failing(403, "Missing scopes")
    run = Run(provider, ledger)
    assert texts(run.ask()) == dict.fromkeys(NAMES, "NotOrdered")
    assert run.memory.uncollected() == ()


def test_what_may_have_arrived_before_the_key_was_refused_is_looked_for_by_the_next_run(ledger: Path) -> None:
    class Forgetful(Provider):
        def _create(self, asked: Any) -> Reply:
            super()._create(asked)
            self.refusals["GET /batches"] = failing(403, "Missing scopes")
            return failing(502, "bad gateway")

    with Forgetful(echo) as provider:
        (error, *_) = Run(provider, ledger).ask().values()
        assert isinstance(error, ModelUnusable) and "use the key that it was sent with" in error.message
        provider.refusals.clear()
        assert texts(Run(provider, ledger).ask()) == ALL
        assert len(provider.batches) == 1


def test_a_provider_that_is_away_for_a_while_is_looked_at_again(provider: Provider, ledger: Path) -> None:
    slept: list[float] = []

    def back(seconds: float) -> None:
        slept.append(seconds)
        provider.refusals.clear()

    provider.refusals["GET /batches/batch_1"] = Reply("<html>Maintenance</html>")
    assert texts(Run(provider, ledger, retry=Retry(attempts=2, sleep=back)).ask()) == ALL
    assert len(slept) == 1


def test_a_provider_that_stays_away_stops_the_run_and_the_next_one_collects(
    provider: Provider, ledger: Path
) -> None:
    provider.refusals["GET /batches/batch_1"] = failing(503, "maintenance")
    for error in Run(provider, ledger).ask().values():
        assert isinstance(error, ModelUnusable)
        assert error.message.endswith("batch_1 goes on, and the same command collects it")
    provider.refusals.clear()
    assert texts(Run(provider, ledger).ask()) == ALL
    assert len(provider.batches) == 1


def test_waits_between_looks_grow_up_to_the_longest(provider: Provider, ledger: Path) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 6:
            provider.goes_on.set()

    provider.goes_on.clear()
    Run(provider, ledger, pace=Pace(0.05, 300.0, 1.0, 6.0, 2.0, sleep)).ask()
    assert slept == [1.0, 2.0, 4.0, 6.0, 6.0, 6.0]


def test_a_look_comes_no_sooner_than_the_provider_asks(provider: Provider, ledger: Path) -> None:
    slept: list[float] = []
    provider.polled_headers = {"retry-after": "45"}
    Run(provider, ledger, pace=replace(QUICK, sleep=slept.append)).ask()
    assert slept == [45.0]


# Runs that end while they wait, and what the next one finds.


def waiting(provider: Provider, ledger: Path) -> Run:
    """Leave a run as it is while it waits for a batch that does not end; its threads stay behind."""
    provider.goes_on.clear()
    run = Run(provider, ledger, pace=replace(QUICK, sleep=lambda seconds: Future[None]().result()))
    run.start()
    provider.wait_until(lambda: provider.polls > 0)
    return run


def test_a_batch_that_a_run_left_is_collected_by_the_next_and_ordered_once(
    provider: Provider, ledger: Path
) -> None:
    waiting(provider, ledger)
    provider.goes_on.set()
    run = Run(provider, ledger)
    assert run.model.takes(run.prompt("f"))
    assert texts(run.ask((*NAMES, "i"))) == {**ALL, "i": "to Translate i."}
    assert set(provider.in_batches.values()) == {1}
    assert provider.uploads == len(provider.batches) == 2
    assert "collecting batch_1, which an earlier run sent (3 prompts)" in run.said


def test_answers_of_a_batch_are_there_for_who_asks_later(provider: Provider, ledger: Path) -> None:
    waiting(provider, ledger)
    provider.goes_on.set()
    run = Run(provider, ledger, full=1)
    assert [texts(run.ask([name])) for name in NAMES] == [{name: ALL[name]} for name in NAMES]
    assert len(provider.batches) == 1


def test_an_answer_that_was_handed_out_and_not_kept_is_there_still(provider: Provider, ledger: Path) -> None:
    Run(provider, ledger).ask()
    first, *others = Run(provider, ledger).ask().items()
    run = Run(provider, ledger)
    assert isinstance(first[1], Answer)
    run.settle(first[0], first[1])
    (order,) = run.memory.uncollected()
    assert set(order.keys) == {run.prompt(name).key for name, _ in others}
    assert len(provider.batches) == 1


def test_an_order_is_forgotten_when_all_its_answers_are_kept(provider: Provider, ledger: Path) -> None:
    run = Run(provider, ledger)
    for name, answer in run.ask().items():
        assert isinstance(answer, Answer)
        run.settle(name, answer)
    assert run.memory.uncollected() == ()


def test_what_the_prompts_of_an_order_cost_at_most_is_remembered_until_they_are_answered(
    provider: Provider, ledger: Path
) -> None:
    run = Run(provider, ledger, full=2)
    amounts = {"f": Amount(Decimal("0.25"), 100), "g": Amount(Decimal("0.5"), 200)}

    def ask(name: str) -> Answer:
        return run.model.ask(run.prompt(name), amounts[name])

    with ThreadPoolExecutor() as pool, Ledger(ledger) as opened:
        answers = dict(zip(amounts, pool.map(ask, amounts), strict=True))
        assert uncollected_amount(opened) == amounts["f"] + amounts["g"]
        run.settle("f", answers["f"])
        assert uncollected_amount(opened) == amounts["g"]
        run.settle("g", answers["g"])
        assert uncollected_amount(opened) == NOTHING


def test_orders_of_an_earlier_version_are_collected_too(provider: Provider, ledger: Path) -> None:
    waiting(provider, ledger)
    with Ledger(ledger) as opened:
        orders = json.loads(orders_in(opened))
        for each in orders:
            del each["amounts"]
        opened.remember("provider batches", json.dumps(orders))
    provider.goes_on.set()
    assert texts(Run(provider, ledger).ask()) == ALL
    assert len(provider.batches) == 1


def test_looking_for_orders_leaves_nothing_in_the_ledger_of_a_run_without(ledger: Path) -> None:
    before = ledger.read_bytes()
    assert BatchMemory(ledger).uncollected() == ()
    assert ledger.read_bytes() == before


def test_what_is_asked_again_after_a_useless_answer_is_found_again_too(
    provider: Provider, ledger: Path
) -> None:
    useless = Answer(" ", "stop", Usage(1, 0, 1), "m", 1.0, Replayed.no)
    first = Run(provider, ledger)
    first.ask()
    first.settle("f", useless)
    again = Run(provider, ledger, full=1)
    again.ask(["f"])
    assert [len(each.requests) for each in provider.batches] == [3, 1]
    assert texts(Run(provider, ledger).ask(["f"])) == {"f": ALL["f"]}
    assert len(provider.batches) == 2


def test_a_run_that_was_killed_before_it_knew_its_batch_finds_it_by_its_token(
    provider: Provider, ledger: Path
) -> None:
    killed = Run(provider, ledger)
    requests = [killed.prompt(name) for name in NAMES]
    order = killed.courier.begin(free(requests))
    killed.courier.batches.submit(b"".join(map(line_of, requests)), order.token)
    assert texts(Run(provider, ledger).ask()) == ALL
    assert len(provider.batches) == 1


def test_a_batch_is_found_among_hundreds(provider: Provider, ledger: Path) -> None:
    killed = Run(provider, ledger)
    requests = [killed.prompt("f")]
    order = killed.courier.begin(free(requests))
    killed.courier.batches.submit(line_of(requests[0]), order.token)
    provider.batches += [Held(f"other_{number}", b"", {}) for number in range(250)]
    assert texts(Run(provider, ledger, full=1).ask(["f"])) == {"f": ALL["f"]}
    assert len(provider.batches) == 251


def test_a_run_that_was_killed_before_it_ordered_leaves_nothing_to_wait_for(
    provider: Provider, ledger: Path
) -> None:
    killed = Run(provider, ledger)
    killed.courier.begin(free(killed.prompt(name) for name in NAMES))
    assert texts(Run(provider, ledger).ask()) == ALL
    assert len(provider.batches) == 1


def test_an_order_whose_confirmation_is_lost_is_not_made_twice(ledger: Path) -> None:
    class Forgetful(Provider):
        def _create(self, asked: Any) -> Reply:
            super()._create(asked)
            return failing(502, "bad gateway")

    with Forgetful(echo) as provider:
        assert texts(Run(provider, ledger).ask()) == ALL
        assert len(provider.batches) == 1


def test_a_batch_that_the_provider_has_no_more_is_ordered_again(provider: Provider, ledger: Path) -> None:
    waiting(provider, ledger)
    provider.batches[0].ident = "gone"
    provider.goes_on.set()
    run = Run(provider, ledger)
    assert texts(run.ask()) == ALL
    assert "batch_1 is not known to the provider; what it held is asked again" in run.said


def test_a_run_without_batches_collects_what_was_ordered_and_orders_nothing(
    provider: Provider, ledger: Path
) -> None:
    waiting(provider, ledger)
    provider.goes_on.set()
    run = Run(provider, ledger, takes_new=False)
    assert texts(run.ask((*NAMES, "i"))) == {**ALL, "i": "AskDirectly"}
    assert not run.model.takes(run.prompt("i"))
    assert len(provider.batches) == 1
    assert run.warned == []


def test_who_stops_waiting_is_told_what_goes_on(provider: Provider, ledger: Path) -> None:
    run = waiting(provider, ledger)
    assert run.model.left_behind() == (
        "the provider goes on with batch_1 (3 prompts), and the next run collects the answers",
    )
    assert Run(provider, ledger).model.left_behind() == ()


@pytest.mark.parametrize(
    "torn", [b"{", b"[]", b'"x"', b'{"custom_id": 1}', b'{"custom_id": "x", "response": 7}']
)
def test_a_broken_line_in_a_result_costs_no_other_answer(
    torn: bytes, provider: Provider, ledger: Path
) -> None:
    original: Callable[[Held], None] = provider._finish

    def finish(batch: Held) -> None:
        original(batch)
        kept = provider._files[batch.files["output"]]
        provider._files[batch.files["output"]] = torn + b"\n" + kept

    provider._finish = finish  # type: ignore[method-assign]
    assert texts(Run(provider, ledger).ask()) == ALL


def test_every_line_of_a_batch_is_json_by_itself(provider: Provider, ledger: Path) -> None:
    run = Run(provider, ledger, full=1)
    run.model.ask(run.prompt("f", "Two\nlines, “quoted” \u2028 and odd."))
    (line,) = provider.batches[0].lines.splitlines()
    assert json.loads(line)["body"]["messages"][0]["content"] == "Two\nlines, “quoted” \u2028 and odd."
