from __future__ import annotations

import json
import random
import socket
import traceback
from datetime import UTC, datetime

import pytest

from migrate.errors import Exit, ModelUnusable, PromptTooLong, SettingsError
from migrate.model.client import LiveModel
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage, usability
from migrate.model.retry import Retry, retry_after
from tests.endpoint import Asked, Endpoint, Reply, Script, failing, in_turn, scripted

KEY = "sk-not-a-real-key"


class Waits:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.told: list[tuple[float, str]] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def tell(self, seconds: float, reason: str) -> None:
        self.told.append((seconds, reason))

    def retry(self, attempts: int = 6, total: float = 900.0) -> Retry:
        """Retry with the longest wait that the jitter allows."""
        return Retry(
            attempts=attempts,
            total=total,
            clock=lambda: self.now,
            sleep=self.sleep,
            uniform=lambda low, high: high,
        )


def prompt(base_url: str, content: str = "Translate f.") -> Request:
    return Request("f", 1, "some-model", base_url, {"temperature": 0.5}, (Message("user", content),), "t1")


def ask(script: Script, key: str | None = KEY, waits: Waits | None = None) -> tuple[Answer, list[Asked]]:
    waits = waits or Waits()
    with Endpoint(script) as endpoint:
        model = LiveModel(endpoint.base_url, key, on_wait=waits.tell, retry=waits.retry())
        return model.ask(prompt(endpoint.base_url)), endpoint.requests


def refusal(script: Script, key: str | None = KEY, waits: Waits | None = None) -> ModelUnusable:
    with pytest.raises(ModelUnusable) as caught:
        ask(script, key, waits)
    return caught.value


def test_an_answer_carries_text_usage_and_cached_tokens() -> None:
    answer, _ = ask(in_turn(scripted("fn f() {}", tokens=(120, 80, 9))))
    assert answer.text == "fn f() {}"
    assert answer.finish_reason == "stop"
    assert answer.usage == Usage(tokens_in=120, tokens_cached=80, tokens_out=9)
    assert answer.model == "scripted-model"
    assert answer.replayed is Replayed.no
    assert usability(answer) is None


def test_the_endpoint_gets_model_messages_parameters_and_key() -> None:
    _, (asked,) = ask(in_turn(scripted("x")))
    assert asked.body == {
        "model": "some-model",
        "messages": [{"role": "user", "content": "Translate f."}],
        "temperature": 0.5,
    }
    assert asked.headers["authorization"] == f"Bearer {KEY}"


def test_usage_that_is_not_reported_counts_as_zero() -> None:
    body = json.dumps({"choices": [{"message": {"content": "x"}}]})
    answer, _ = ask(in_turn(Reply(body)))
    assert answer.usage == Usage(0, 0, 0)
    assert answer.model == "some-model"


def test_usage_without_details_has_no_cached_tokens() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "prompt_tokens_details": None}
    body = json.dumps({"choices": [{"message": {"content": "x"}}], "usage": usage})
    answer, _ = ask(in_turn(Reply(body)))
    assert answer.usage == Usage(3, 0, 2)


def test_text_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "fn f"}, {"type": "text", "text": "() {}"}]
    answer, _ = ask(in_turn(Reply(json.dumps({"choices": [{"message": {"content": parts}}]}))))
    assert answer.text == "fn f() {}"


def test_half_a_surrogate_pair_in_an_answer_can_be_stored() -> None:
    answer, _ = ask(in_turn(Reply('{"choices": [{"message": {"content": "a\\ud800b"}}]}')))
    assert answer.text.encode() == b"a?b"


def test_a_rate_limit_is_waited_out_as_long_as_the_server_asks() -> None:
    waits = Waits()
    answer, asked = ask(
        in_turn(failing(429, "slow down", headers={"retry-after": "7"}), scripted("x")), KEY, waits
    )
    assert answer.text == "x"
    assert len(asked) == 2
    assert waits.slept == [7.0]
    assert waits.told == [(7.0, "429")]


def test_a_server_error_is_asked_again() -> None:
    waits = Waits()
    answer, asked = ask(in_turn(failing(500, "oops"), scripted("x")), KEY, waits)
    assert (answer.text, len(asked)) == ("x", 2)
    assert waits.told == [(1.0, "500")]


def test_waits_double_up_to_a_minute_and_end() -> None:
    waits = Waits()
    with Endpoint(in_turn(failing(503, "overloaded"))) as endpoint:
        model = LiveModel(endpoint.base_url, KEY, on_wait=waits.tell, retry=waits.retry(attempts=9))
        with pytest.raises(ModelUnusable, match=r"keeps failing \(503\): overloaded; resume later"):
            model.ask(prompt(endpoint.base_url))
        assert len(endpoint.requests) == 9
    assert waits.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


def test_a_wait_past_the_total_time_is_not_begun() -> None:
    waits = Waits()
    with Endpoint(in_turn(failing(429, "come back tomorrow", headers={"retry-after": "86400"}))) as endpoint:
        model = LiveModel(endpoint.base_url, KEY, retry=waits.retry(total=900.0))
        with pytest.raises(ModelUnusable, match="come back tomorrow"):
            model.ask(prompt(endpoint.base_url))
        assert len(endpoint.requests) == 1
    assert waits.slept == []


def test_the_default_jitter_is_between_nothing_and_the_backoff() -> None:
    slept: list[float] = []
    retry = Retry(sleep=slept.append, uniform=random.Random(1).uniform)
    with Endpoint(in_turn(failing(500, "oops"))) as endpoint, pytest.raises(ModelUnusable):
        LiveModel(endpoint.base_url, KEY, retry=retry).ask(prompt(endpoint.base_url))
    assert len(slept) == 5
    assert all(0 <= seconds <= 2.0**number for number, seconds in enumerate(slept))
    assert slept != [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after-ms": "1500", "retry-after": "12"}, 1.5),
        ({"retry-after": "Wed, 01 Jan 2025 00:00:30 GMT"}, 30.0),
        ({"retry-after": "Tue, 31 Dec 2024 23:00:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 01 Jan 2025 00:00:30 -0000"}, 30.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-3"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_each_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, lambda: datetime(2025, 1, 1, tzinfo=UTC)) == seconds


def test_a_refused_key_is_not_asked_again() -> None:
    waits = Waits()
    error = refusal(in_turn(failing(401, f"Incorrect API key provided: {KEY}")), KEY, waits)
    assert error.exit is Exit.MODEL
    assert "refused the key (401); check that OPENAI_API_KEY is a valid key" in error.message
    assert waits.slept == []


def test_an_endpoint_that_wants_a_key_after_all_says_so() -> None:
    assert "set OPENAI_API_KEY" in refusal(in_turn(failing(401, "no key")), key=None).message


def test_a_local_endpoint_needs_no_key() -> None:
    answer, _ = ask(in_turn(scripted("x")), key=None)
    assert answer.text == "x"


@pytest.mark.parametrize("base_url", [None, "https://api.openai.com/v1", "https://api.openai.com/v1/"])
@pytest.mark.parametrize("key", [None, "", "  "])
def test_openai_without_a_key_is_refused_before_any_call(base_url: str | None, key: str | None) -> None:
    with pytest.raises(ModelUnusable, match="needs a key; set OPENAI_API_KEY"):
        LiveModel(base_url, key)


def test_a_key_with_a_line_break_in_it_is_refused_before_any_call() -> None:
    with pytest.raises(ModelUnusable, match="characters that no key has") as caught:
        LiveModel("http://127.0.0.1:1/v1", "sk-one\nsk-two")
    assert "sk-one" not in caught.value.message


def test_a_line_break_after_a_key_does_not_matter() -> None:
    _, (asked,) = ask(in_turn(scripted("x")), key=f"{KEY}\n")
    assert asked.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "base_url",
    ["localhost:8000/v1", "ftp://host/v1", "http:///v1", "http://[::1/v1", "http://host:port/v1", KEY],
)
def test_a_base_url_that_is_none_is_a_wrong_setting_and_is_not_shown(base_url: str) -> None:
    with pytest.raises(SettingsError, match="is not an http or https address") as caught:
        LiveModel(base_url, KEY)
    assert base_url not in caught.value.message


def test_an_unreachable_endpoint_is_named_after_the_retries() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        waits = Waits()
        model = LiveModel(base_url, KEY, on_wait=waits.tell, retry=waits.retry(attempts=3))
        with pytest.raises(ModelUnusable) as caught:
            model.ask(prompt(base_url))
    assert caught.value.message.startswith(f"{base_url} cannot be reached")
    assert "check the base URL" in caught.value.message
    assert waits.told == [(1.0, "no connection"), (2.0, "no connection")]


def test_a_silent_endpoint_runs_into_the_time_out() -> None:
    waits = Waits()
    with Endpoint(in_turn(scripted("too late")), delay=60.0) as endpoint:
        retry = waits.retry(attempts=2)
        model = LiveModel(endpoint.base_url, KEY, timeout=0.05, on_wait=waits.tell, retry=retry)
        with pytest.raises(ModelUnusable, match=r"did not answer within 0\.05 s"):
            model.ask(prompt(endpoint.base_url))
    assert waits.told == [(1.0, "no answer in time")]


def test_an_endpoint_on_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    answer, _ = ask(in_turn(scripted("x")))
    assert answer.text == "x"


def test_an_unknown_model_is_named() -> None:
    error = refusal(in_turn(failing(404, "The model does not exist")))
    assert "does not know the model some-model (404)" in error.message


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("<!doctype html><html>Welcome</html>", "a web page"),
        ("Hello!", "something that is not JSON"),
        ("", "something that is not JSON"),
        ("[]", "JSON of another kind"),
        ("{}", "JSON that has no message in it"),
        ('{"choices": []}', "JSON that has no message in it"),
        ('{"choices": {"0": 1}}', "JSON that has no message in it"),
        ('{"choices": [null]}', "JSON that has no message in it"),
        ('{"choices": [{"message": null}]}', "JSON that has no message in it"),
    ],
)
def test_an_endpoint_that_speaks_nonsense_is_found_out(body: str, what: str) -> None:
    error = refusal(in_turn(Reply(body, headers={"content-type": "text/html"})))
    assert f"answered with {what}, not with a chat completion; check that the base URL" in error.message
    assert error.message.startswith("http://127.0.0.1:")


def test_an_error_in_a_successful_response_is_an_error() -> None:
    hidden = Reply(json.dumps({"error": {"code": 429, "message": "slow down"}}))
    waits = Waits()
    answer, _ = ask(in_turn(hidden, scripted("x")), KEY, waits)
    assert answer.text == "x"
    assert waits.told == [(1.0, "429")]


@pytest.mark.parametrize(
    "reply",
    [
        failing(400, "This model's maximum context length is 8192 tokens.", "context_length_exceeded"),
        failing(400, "the request exceeds the available context size"),
        failing(400, "prompt is too long: 210000 tokens > 200000 maximum"),
        failing(413, "payload too large"),
        failing(429, "Request too large for this model: Limit 10000, Requested 15000."),
    ],
)
def test_a_prompt_that_does_not_fit_is_about_its_hole_and_not_about_the_model(reply: Reply) -> None:
    with pytest.raises(PromptTooLong, match="the prompt for f does not fit") as caught:
        ask(in_turn(reply))
    assert caught.value.hole == "f"


def test_an_empty_account_is_not_asked_again() -> None:
    waits = Waits()
    error = refusal(in_turn(failing(429, "You exceeded your quota.", "insufficient_quota")), KEY, waits)
    assert error.message.endswith("no credit left: You exceeded your quota")
    assert waits.slept == []


def test_a_refused_parameter_is_passed_on() -> None:
    error = refusal(in_turn(failing(400, "Unsupported value: 'temperature'")))
    assert (
        "refused the request (400): Unsupported value: 'temperature'; check the model's parameters"
        in error.message
    )


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, 429, 500])
def test_the_key_appears_in_no_message_and_no_traceback(status: int) -> None:
    waits = Waits()
    error = refusal(in_turn(failing(status, f"the key {KEY} is in this message")), KEY, waits)
    assert KEY not in "".join(traceback.format_exception(error))
    assert KEY not in str(waits.told)


def test_a_password_in_a_base_url_appears_in_no_message() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        model = LiveModel(
            f"http://user:hunter2@{host}/v1?token=hunter2", KEY, retry=Waits().retry(attempts=1)
        )
        with pytest.raises(ModelUnusable) as caught:
            model.ask(prompt("x"))
    assert caught.value.message.startswith(f"http://{host}/v1 cannot be reached")
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (scripted(""), "the answer is empty"),
        (scripted(" \n"), "the answer is empty"),
        (scripted(None), "the answer is empty"),
        (
            scripted("fn f() {", finish_reason="length", tokens=(9, 0, 64)),
            "the answer was cut off at the limit of its length, after 64 tokens",
        ),
        (scripted("", finish_reason="content_filter"), "the model refused to answer"),
        (scripted(None, refusal="I cannot help.\nSorry."), "the model refused to answer: I cannot help."),
        (scripted("fn", finish_reason="error"), "the provider broke the answer off"),
    ],
)
def test_an_answer_that_cannot_be_judged_says_why(reply: Reply, reason: str) -> None:
    answer, _ = ask(in_turn(reply))
    assert usability(answer) == reason


def test_a_key_covers_everything_that_changes_the_answer_and_nothing_else() -> None:
    request = prompt("http://one/v1")
    variants = [
        prompt("http://two/v1"),
        prompt("http://one/v1", "Translate g."),
        Request("f", 1, "other", request.base_url, request.parameters, request.messages, "t1"),
        Request("f", 1, "some-model", request.base_url, {"temperature": 1}, request.messages, "t1"),
        Request("f", 1, "some-model", request.base_url, request.parameters, request.messages, "t2"),
    ]
    assert len({request.key, *(variant.key for variant in variants)}) == 6
    again = Request("g", 2, "some-model", request.base_url, request.parameters, request.messages, "t1")
    assert again.key == request.key


def test_a_prompt_keeps_its_key_at_another_endpoint_and_under_another_template() -> None:
    request = prompt("http://one/v1")
    elsewhere = Request("f", 1, "some-model", "http://two/v1", request.parameters, request.messages, "t2")
    assert elsewhere.prompt_key == request.prompt_key
    assert prompt("http://one/v1", "Translate g.").prompt_key != request.prompt_key
