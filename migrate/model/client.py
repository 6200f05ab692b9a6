"""What is behind an OpenAI-compatible endpoint: a model, and batches; the one file that imports `openai`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletionMessageParam

from migrate.errors import ModelUnusable, SettingsError
from migrate.model.batch import TOKEN, Batch, NoBatches, NotOrdered, read_batch
from migrate.model.batch_files import ENDPOINT
from migrate.model.exchange import Answer, Model, Request
from migrate.model.replies import Failure, Replies
from migrate.model.retry import OnWait, Retry, Transient, retry_after
from migrate.settings import DEFAULT_BASE_URL

__all__ = ["LiveBatches", "LiveModel", "Model"]

_CONNECT_SECONDS = 10.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_ABSENT = frozenset({404, 405, 501})
_UNSUPPORTED = ("not supported", "unsupported", "not support", "not implemented")
_PAGE = 100
_MOST_PAGES = 10

T = TypeVar("T")


class _Response(Protocol):
    @property
    def content(self) -> bytes: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class _Page:
    """Some of the batches of an account, the newest first."""

    batches: tuple[Batch, ...]
    goes_on: bool = False


class _Connection:
    """A connection to an endpoint, with retries; safe to use from several threads.

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
        key = _checked_key(api_key, url)
        self.replies = Replies(_shown(url), key)
        self._timeout = timeout
        self._on_wait = on_wait
        self._retry = retry or Retry()
        limits = openai.Timeout(timeout, connect=_CONNECT_SECONDS)
        self._client = openai.OpenAI(
            base_url=url,
            api_key=key or "none",
            max_retries=0,
            timeout=limits,
            # A proxy from the environment cannot reach an endpoint on this machine.
            http_client=openai.DefaultHttpxClient(timeout=limits, trust_env=host not in _LOOPBACK),
        )

    def close(self) -> None:
        """Close the connections to the endpoint."""
        self._client.close()

    def _call(self, attempt: Callable[[], T | Transient]) -> T:
        """Call until it does not fail. Raise ModelUnusable when it never stops to fail."""
        outcome = self._retry.call(attempt, self._on_wait)
        if isinstance(outcome, Transient):
            raise self.replies.unusable(outcome.detail)
        return outcome

    def _send(self, call: Callable[[openai.OpenAI], _Response]) -> _Response | Failure | Transient:
        try:
            return call(self._client)
        except openai.APITimeoutError:
            detail = f"did not answer within {self._timeout:g} s; try again later, or allow a longer time-out"
            return Transient("no answer in time", detail)
        except openai.APIConnectionError as error:
            cause = self.replies.one_line(str(error.__cause__ or error))
            return Transient(
                "no connection",
                f"cannot be reached ({cause}); check the base URL, the network and that the server runs",
            )
        except openai.APIStatusError as error:
            return self.replies.failure(error.status_code, error.body, error.response.headers)


class LiveModel(_Connection):
    """Ask a model over chat completions."""

    def ask(self, request: Request) -> Answer:
        """Return the model's answer. Raise ModelUnusable or PromptTooLong when there is none to be had."""
        return self._call(lambda: self._attempt(request))

    def _attempt(self, request: Request) -> Answer | Transient:
        started = time.monotonic()
        messages = [
            cast(ChatCompletionMessageParam, {"role": message.role, "content": message.content})
            for message in request.messages
        ]
        response = self._send(
            lambda client: client.chat.completions.with_raw_response.create(
                model=request.model, messages=messages, extra_body=dict(request.parameters)
            )
        )
        if isinstance(response, Transient):
            return response
        if isinstance(response, Failure):
            return self.replies.judge(response, request)
        content = self.replies.parsed(response.content)
        return self.replies.completion(content, request, time.monotonic() - started)


class LiveBatches(_Connection):
    """Run batches of chat completions."""

    def submit(self, lines: bytes, token: str) -> Batch:
        """Hand a batch over, once, however often it is tried. Raise NotOrdered when it is refused."""
        file = self._call(lambda: self._uploaded(lines))
        tried: list[bool] = []

        def attempt() -> Batch | Transient:
            # What failed may have arrived all the same: a batch that is there is not ordered again.
            found = self.find(token) if tried else None
            tried.append(True)
            return found or self._created(file, token)

        return self._call(attempt)

    def state(self, ident: str) -> Batch | None:
        """Return where a batch stands, or None when the provider does not know it any more."""
        return self._call(lambda: self._state(ident))

    def find(self, token: str) -> Batch | None:
        """Return the batch that was handed over with a token, or None when there is none."""
        after = ""
        for _ in range(_MOST_PAGES):
            page = self._call(partial(self._page, after))
            found = next((each for each in page.batches if each.token == token), None)
            if found is not None or not page.goes_on:
                return found
            after = page.batches[-1].ident
        return None

    def download(self, file: str) -> bytes:
        """Return what a file holds; nothing when the provider does not keep it any more."""
        return self._call(lambda: self._content(file))

    def _uploaded(self, lines: bytes) -> str | Transient:
        response = self._send(
            lambda client: client.files.with_raw_response.create(
                file=("prompts.jsonl", lines), purpose="batch"
            )
        )
        if not isinstance(response, Failure | Transient):
            ident = self._object(response).get("id")
            return ident if isinstance(ident, str) and ident else self._none_here()
        return self._unordered(response)

    def _created(self, file: str, token: str) -> Batch | Transient:
        response = self._send(
            lambda client: client.batches.with_raw_response.create(
                completion_window="24h",
                endpoint=ENDPOINT,
                input_file_id=file,
                metadata={TOKEN: token},
            )
        )
        if not isinstance(response, Failure | Transient):
            return read_batch(self._object(response)) or self._none_here()
        return self._unordered(response)

    def _state(self, ident: str) -> Batch | Transient | None:
        response = self._send(lambda client: client.batches.with_raw_response.retrieve(ident))
        if isinstance(response, Failure) and response.status == 404:
            return None
        if isinstance(response, Failure | Transient):
            return self._judged(response)
        # What stands between may answer for the provider for a while, with a page of its own.
        batch = read_batch(self._object(response), retry_after(response.headers))
        return batch or Transient(
            "no batch in the answer", f"does not say where {ident} stands; resume later"
        )

    def _page(self, after: str) -> _Page | Transient:
        response = self._send(
            lambda client: client.batches.with_raw_response.list(limit=_PAGE, after=after or openai.omit)
        )
        if isinstance(response, Failure) and response.status in _ABSENT:
            return _Page(())
        if isinstance(response, Failure | Transient):
            return self._judged(response)
        content = self._object(response)
        data = content.get("data")
        read = [read_batch(each) for each in data if isinstance(each, dict)] if isinstance(data, list) else []
        batches = tuple(each for each in read if each is not None)
        return _Page(batches, bool(batches and content.get("has_more")))

    def _content(self, file: str) -> bytes | Transient:
        response = self._send(lambda client: client.files.with_raw_response.content(file))
        if isinstance(response, Failure) and response.status in (404, 410):
            return b""
        return self._judged(response) if isinstance(response, Failure | Transient) else response.content

    def _unordered(self, failure: Failure | Transient) -> Transient:
        """Return a failure that may pass. Raise NoBatches or NotOrdered for one that is final."""
        try:
            return self._judged(failure, "use --no-provider-batch to ask directly")
        except ModelUnusable as error:
            raise NotOrdered(error.message) from None

    def _judged(
        self, failure: Failure | Transient, remedy: str = "use the key that it was sent with"
    ) -> Transient:
        """Return a failure that may pass. Raise NoBatches or ModelUnusable for one that is final."""
        if isinstance(failure, Transient):
            return failure
        if failure.status in _ABSENT | {413}:
            raise NoBatches(f"{failure.status}: {failure.detail}")
        if failure.is_of_credit:
            raise self.replies.no_credit(failure)
        if failure.is_transient:
            return self.replies.transient(failure)
        if failure.mentions(_UNSUPPORTED):
            raise NoBatches(f"{failure.status}: {failure.detail}")
        if failure.status == 401:
            raise self.replies.unusable(self.replies.refused_key(failure))
        raise self.replies.unusable(f"refused the batch ({failure.status}): {failure.detail}; {remedy}")

    def _object(self, response: _Response) -> Mapping[str, Any]:
        try:
            return self.replies.parsed(response.content)
        except ModelUnusable:
            return {}

    def _none_here(self) -> NoReturn:
        raise NoBatches("it answers with something else")


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
