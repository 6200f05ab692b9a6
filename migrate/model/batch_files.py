"""The files of a batch: the prompts that go in, line by line, and the replies that come out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from migrate.model.exchange import JSON, Answer, Request
from migrate.model.replies import Replies, has_message

ENDPOINT: Final = "/v1/chat/completions"
MOST_LINES = 50_000
MOST_BYTES = 200_000_000
"""What OpenAI takes in one file."""


def body_of(request: Request) -> dict[str, JSON]:
    """Return what an endpoint is sent to answer a prompt."""
    messages = [{"role": each.role, "content": each.content} for each in request.messages]
    return {"model": request.model, "messages": messages, **request.parameters}


def line_of(request: Request) -> bytes:
    """Return the line that asks for a prompt; its key says later whose answer it is."""
    asked = {"custom_id": request.key, "method": "POST", "url": ENDPOINT, "body": body_of(request)}
    return json.dumps(asked).encode() + b"\n"


def split(
    requests: Iterable[Request], most_lines: int = MOST_LINES, most_bytes: int = MOST_BYTES
) -> Iterator[list[Request]]:
    """Divide requests into as few files as limits on their lines and bytes allow, in order."""
    part: list[Request] = []
    size = 0
    for request in requests:
        length = len(line_of(request))
        if part and (len(part) >= most_lines or size + length > most_bytes):
            yield part
            part, size = [], 0
        part.append(request)
        size += length
    if part:
        yield part


@dataclass(frozen=True, slots=True)
class Results:
    """What has come of a batch, by the keys of its requests."""

    seconds: float = 0.0
    """What the batch took, which is told of each answer."""
    lines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def answer(self, request: Request, replies: Replies) -> Answer | None:
        """Return the answer to a request, or None when a call of its own may still bring one.

        Raise ModelUnusable or PromptTooLong where the reply says what such a call would.
        """
        line = self.lines.get(request.key, {})
        if self.has(request.key):
            outcome = replies.completion(line["response"]["body"], request, self.seconds)
            return outcome if isinstance(outcome, Answer) else None
        response = line.get("response")
        status = response.get("status_code") if isinstance(response, dict) else None
        if not isinstance(status, int) or status == 200:
            return None
        body = response.get("body") if isinstance(response, dict) else None
        error = body.get("error", body) if isinstance(body, dict) else body
        judged = replies.judge(replies.failure(status, error), request)
        return judged if isinstance(judged, Answer) else None

    def has(self, key: str) -> bool:
        """Tell whether a request was answered with a message, which was paid for."""
        response = self.lines.get(key, {}).get("response")
        if not isinstance(response, dict) or response.get("status_code") != 200:
            return False
        body = response.get("body")
        return isinstance(body, dict) and has_message(body)


def read_results(files: Iterable[bytes], seconds: float) -> Results:
    """Read the files that came out of a batch; a line that is broken says nothing."""
    lines = (_line(text) for content in files for text in content.splitlines())
    return Results(seconds, {str(each["custom_id"]): each for each in lines if each.get("custom_id")})


def _line(text: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
