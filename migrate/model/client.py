"""A model behind an OpenAI-compatible endpoint; the one file that imports `openai`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletionMessageParam

from migrate.errors import ModelUnusable, PromptTooLong, SettingsError
from migrate.model.exchange import Answer, Model, Replayed, Request, Usage
from migrate.model.retry import OnWait, Retry, Transient, retry_after
from migrate.settings import DEFAULT_BASE_URL

__all__ = ["LiveModel", "Model"]

_CONNECT_SECONDS = 10.0
_DETAIL_LENGTH = 300
_TRANSIENT = frozenset({408, 409, 429})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# Providers agree on no code for a prompt that does not fit; these are the codes and phrases in use.
_FILTERED = ("content_filter", "content management policy", "invalid_prompt")
_TOO_LONG = (
    "context_length_exceeded",
    "exceed_context_size",
    "context length",
    "context window",
    "available context size",
    "prompt is too long",
    "prompt too long",
    "request too large",
    "maximum number of tokens",
)
_NO_CREDIT = ("insufficient_quota", "insufficient balance", "billing_hard_limit")


@dataclass(frozen=True, slots=True)
class _Failure:
    """An error as the endpoint reported it."""

    status: int
    code: str
    detail: str
    retry_after: float | None

    def mentions(self, phrases: tuple[str, ...]) -> bool:
        text = f"{self.code} {self.detail}".lower()
        return any(phrase in text for phrase in phrases)


class LiveModel:
    """Ask a model over chat completions, with retries; safe to use from several threads.

    `timeout` is in seconds and bounds the silence on the connection, not the whole answer.
    Raise ModelUnusable when OpenAI is to be asked without a key, SettingsError when the base URL is none.
    """

    def __init__(
        self,
        base_url: str | None,
        api_key: str | None,
        timeout: float = 600.0,
        on_wait: OnWait = lambda seconds, reason: None,
        retry: Retry | None = None,
    ) -> None:
        url = base_url or DEFAULT_BASE_URL
        host = _host(url)
        self._url = _shown(url)
        self._key = _checked_key(api_key, url)
        self._timeout = timeout
        self._on_wait = on_wait
        self._retry = retry or Retry()
        limits = openai.Timeout(timeout, connect=_CONNECT_SECONDS)
        self._client = openai.OpenAI(
            base_url=url,
            api_key=self._key or "none",
            max_retries=0,
            timeout=limits,
            # A proxy from the environment cannot reach an endpoint on this machine.
            http_client=openai.DefaultHttpxClient(timeout=limits, trust_env=host not in _LOOPBACK),
        )

    def ask(self, request: Request) -> Answer:
        """Return the model's answer. Raise ModelUnusable or PromptTooLong when there is none to be had."""
        outcome = self._retry.call(lambda: self._attempt(request), self._on_wait)
        if isinstance(outcome, Transient):
            raise self._unusable(outcome.detail)
        return outcome

    def close(self) -> None:
        """Close the connections to the endpoint."""
        self._client.close()

    def _attempt(self, request: Request) -> Answer | Transient:
        started = time.monotonic()
        try:
            response = self._client.chat.completions.with_raw_response.create(
                model=request.model,
                messages=[
                    cast(ChatCompletionMessageParam, {"role": message.role, "content": message.content})
                    for message in request.messages
                ],
                extra_body=dict(request.parameters),
            )
        except openai.APITimeoutError:
            detail = f"did not answer within {self._timeout:g} s; try again later, or allow a longer time-out"
            return Transient("no answer in time", detail)
        except openai.APIConnectionError as error:
            return self._unreachable(error)
        except openai.APIStatusError as error:
            return self._judge(self._failure(error), request)
        content = self._content(response.content)
        if failure := self._failure_inside(content):
            return self._judge(failure, request)
        return self._answer(content, request.model, time.monotonic() - started)

    def _unreachable(self, error: openai.APIConnectionError) -> Transient:
        cause = self._one_line(str(error.__cause__ or error))
        return Transient(
            "no connection",
            f"cannot be reached ({cause}); check the base URL, the network and that the server runs",
        )

    def _failure(self, error: openai.APIStatusError) -> _Failure:
        body = error.body if isinstance(error.body, dict) else {}
        detail = self._one_line(str(body.get("message") or f"HTTP status {error.status_code}"))
        return _Failure(error.status_code, _code(body), detail, retry_after(error.response.headers))

    def _failure_inside(self, content: Mapping[str, Any]) -> _Failure | None:
        """Some gateways answer with status 200 and an error as the body."""
        error = content.get("error")
        if not isinstance(error, dict) or content.get("choices"):
            return None
        code = error.get("code")
        status = code if isinstance(code, int) else 200
        return _Failure(status, _code(error), self._one_line(str(error.get("message") or code)), None)

    def _judge(self, failure: _Failure, request: Request) -> Answer | Transient:
        status, detail = failure.status, failure.detail
        if status == 400 and failure.mentions(_FILTERED):
            # A refusal of this one prompt, not of us: the other holes can still be asked for.
            return Answer(detail, "content_filter", Usage(0, 0, 0), request.model, 0.0, Replayed.no)
        if status == 413 or failure.mentions(_TOO_LONG):
            raise PromptTooLong(request.hole, detail) from None
        if status == 402 or failure.mentions(_NO_CREDIT):
            raise self._unusable(f"says that the account has no credit left: {detail}") from None
        if status in _TRANSIENT or status >= 500:
            remedy = "resume later, or with fewer parallel calls"
            return Transient(
                str(status), f"keeps failing ({status}): {detail}; {remedy}", failure.retry_after
            )
        raise self._unusable(self._refusal(failure, request.model)) from None

    def _refusal(self, failure: _Failure, model: str) -> str:
        if failure.status in (401, 403):
            remedy = "check that OPENAI_API_KEY is a valid key for it" if self._key else "set OPENAI_API_KEY"
            return f"refused the key ({failure.status}); {remedy}"
        if failure.status == 404:
            return f"does not know the model {model} (404); check its name and the base URL"
        return f"refused the request ({failure.status}): {failure.detail}; check the model's parameters"

    def _content(self, body: bytes) -> Mapping[str, Any]:
        try:
            content = json.loads(body)
        except ValueError:
            is_page = body.lstrip()[:1] == b"<"
            raise self._nonsense("a web page" if is_page else "something that is not JSON") from None
        if not isinstance(content, dict):
            raise self._nonsense("JSON of another kind")
        return content

    def _answer(self, content: Mapping[str, Any], model: str, seconds: float) -> Answer:
        choices = content.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(choice, dict) or not isinstance(message, dict):
            raise self._nonsense("JSON that has no message in it")
        refusal = message.get("refusal")
        return Answer(
            text=_text(refusal or message.get("content")),
            finish_reason="refusal" if refusal else str(choice.get("finish_reason") or ""),
            usage=_usage(content.get("usage")),
            model=str(content.get("model") or model),
            seconds=seconds,
            replayed=Replayed.no,
        )

    def _nonsense(self, what: str) -> ModelUnusable:
        return self._unusable(
            f"answered with {what}, not with a chat completion; check that the base URL is the one of an "
            "OpenAI-compatible API (many end in /v1)"
        )

    def _unusable(self, sentence: str) -> ModelUnusable:
        return ModelUnusable(f"{self._url} {sentence}")

    def _one_line(self, text: str) -> str:
        hidden = text.replace(self._key, "***") if self._key else text
        return " ".join(hidden.split())[:_DETAIL_LENGTH].rstrip(".")


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme in ("http", "https") and parts.port != 0 else None
    except ValueError:
        host = None
    if not host:
        # Not shown: what stands in the wrong setting may be the key.
        raise SettingsError(f"the base URL is not an http or https address; write it like {DEFAULT_BASE_URL}")
    return host


def _shown(url: str) -> str:
    """Leave out what may be secret in a URL: user, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _checked_key(api_key: str | None, url: str) -> str:
    key = (api_key or "").strip()
    if not key and url.rstrip("/") == DEFAULT_BASE_URL:
        raise ModelUnusable(
            f"{url} needs a key; set OPENAI_API_KEY, or name another endpoint by its base URL"
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ModelUnusable(
            "the key holds characters that no key has; set OPENAI_API_KEY again, to the key alone"
        )
    return key


def _code(error: Mapping[str, Any]) -> str:
    return f"{error.get('code') or ''} {error.get('type') or ''}"


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    # JSON can hold half a surrogate pair, which no file can.
    return content.encode(errors="replace").decode() if isinstance(content, str) else ""


def _usage(usage: object) -> Usage:
    counts = usage if isinstance(usage, dict) else {}
    details = counts.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else 0
    return Usage(_count(counts.get("prompt_tokens")), cached, _count(counts.get("completion_tokens")))


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
