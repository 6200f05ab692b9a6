"""What the replies of an OpenAI-compatible endpoint mean: answers, refusals and failures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from migrate.errors import ModelUnusable, PromptTooLong
from migrate.model.exchange import Answer, Replayed, Request, Usage
from migrate.model.retry import Transient, retry_after

_DETAIL_LENGTH = 300
_TRANSIENT = frozenset({408, 409, 429})

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
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the endpoint reported it."""

    status: int
    code: str
    detail: str
    retry_after: float | None = None

    def mentions(self, phrases: tuple[str, ...]) -> bool:
        """Tell whether its code or its text holds one of some phrases, which are in lower case."""
        text = f"{self.code} {self.detail}".lower()
        return any(phrase in text for phrase in phrases)

    @property
    def is_transient(self) -> bool:
        """Whether it may pass."""
        return self.status in _TRANSIENT or self.status >= 500

    @property
    def is_of_credit(self) -> bool:
        """Whether the account has nothing left."""
        return self.status == 402 or self.mentions(_NO_CREDIT)


@dataclass(frozen=True, slots=True)
class Replies:
    """Reads what one endpoint replies; what it says of it names the URL and never shows the key."""

    url: str
    key: str

    def failure(
        self, status: int, error: object, headers: Mapping[str, str] = _NO_HEADERS, otherwise: str = ""
    ) -> Failure:
        """Read an error; `otherwise` is what is said of one that has no message."""
        body = error if isinstance(error, dict) else {}
        detail = self.one_line(str(body.get("message") or otherwise or f"HTTP status {status}"))
        return Failure(status, _code(body), detail, retry_after(headers))

    def completion(self, content: Mapping[str, Any], request: Request, seconds: float) -> Answer | Transient:
        """Read a chat completion. Raise ModelUnusable or PromptTooLong for an error in its place."""
        if failure := self._failure_inside(content):
            return self.judge(failure, request)
        if not has_message(content):
            raise self._nonsense("JSON that has no message in it")
        return _answer(content, request.model, seconds)

    def _failure_inside(self, content: Mapping[str, Any]) -> Failure | None:
        """Some gateways answer with status 200 and an error as the body."""
        error = content.get("error")
        if not isinstance(error, dict) or content.get("choices"):
            return None
        code = error.get("code")
        return self.failure(code if isinstance(code, int) else 200, error, otherwise=str(code))

    def judge(self, failure: Failure, request: Request) -> Answer | Transient:
        """Say what a failure means for a prompt. Raise ModelUnusable or PromptTooLong where it is final."""
        status, detail = failure.status, failure.detail
        if status == 400 and failure.mentions(_FILTERED):
            # A refusal of this one prompt, not of us: the other holes can still be asked for.
            return Answer(detail, "content_filter", Usage(0, 0, 0), request.model, 0.0, Replayed.no)
        if status == 413 or failure.mentions(_TOO_LONG):
            raise PromptTooLong(request.hole, detail)
        if failure.is_of_credit:
            raise self.no_credit(failure)
        if failure.is_transient:
            return self.transient(failure)
        raise self.unusable(self._refusal(failure, request.model))

    def transient(self, failure: Failure) -> Transient:
        """Say what is told of a failure that may pass, and does not."""
        status, remedy = failure.status, "resume later, or with fewer parallel calls"
        return Transient(
            str(status), f"keeps failing ({status}): {failure.detail}; {remedy}", failure.retry_after
        )

    def no_credit(self, failure: Failure) -> ModelUnusable:
        """Say that the account has nothing left."""
        return self.unusable(f"says that the account has no credit left: {failure.detail}")

    def _refusal(self, failure: Failure, model: str) -> str:
        if failure.status in (401, 403):
            return self.refused_key(failure)
        if failure.status == 404:
            return f"does not know the model {model} (404); check its name and the base URL"
        return f"refused the request ({failure.status}): {failure.detail}; check the model's parameters"

    def refused_key(self, failure: Failure) -> str:
        """Say what to do about a key that is refused."""
        remedy = "check that OPENAI_API_KEY is a valid key for it" if self.key else "set OPENAI_API_KEY"
        return f"refused the key ({failure.status}); {remedy}"

    def parsed(self, body: bytes) -> Mapping[str, Any]:
        """Read a body as the JSON object that it has to be. Raise ModelUnusable when it is none."""
        try:
            content = json.loads(body)
        except ValueError:
            is_page = body.lstrip()[:1] == b"<"
            raise self._nonsense("a web page" if is_page else "something that is not JSON") from None
        if not isinstance(content, dict):
            raise self._nonsense("JSON of another kind")
        return content

    def _nonsense(self, what: str) -> ModelUnusable:
        return self.unusable(
            f"answered with {what}, not with a chat completion; check that the base URL is the one of an "
            "OpenAI-compatible API (many end in /v1)"
        )

    def unusable(self, sentence: str) -> ModelUnusable:
        """Say why the endpoint cannot be used, in a sentence that goes on after its URL."""
        return ModelUnusable(f"{self.url} {sentence}")

    def one_line(self, text: str) -> str:
        """Return a text of the endpoint's in one line of bearable length, without the key."""
        hidden = text.replace(self.key, "***") if self.key else text
        return " ".join(hidden.split())[:_DETAIL_LENGTH].rstrip(".")


def has_message(content: Mapping[str, Any]) -> bool:
    """Tell whether a body is a chat completion with a message."""
    choices = content.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(choice, dict) and isinstance(choice.get("message"), dict)


def _answer(content: Mapping[str, Any], model: str, seconds: float) -> Answer:
    choice = content["choices"][0]
    message = choice["message"]
    refusal = message.get("refusal")
    return Answer(
        text=_text(refusal or message.get("content")),
        finish_reason="refusal" if refusal else str(choice.get("finish_reason") or ""),
        usage=_usage(content.get("usage")),
        model=str(content.get("model") or model),
        seconds=seconds,
        replayed=Replayed.no,
    )


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
