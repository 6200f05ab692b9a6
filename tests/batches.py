"""An endpoint that runs batches too, as OpenAI documents them; it validates what it is sent."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from threading import Condition, Event
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from migrate.model.courier import Pace
from tests.endpoint import Endpoint, Reply, Script, failing, prompt_hash, scripted

QUICK = Pace(gather=0.05, room=0.001, first=0.001, longest=0.002)

TIMES = {"completed": "completed_at", "expired": "expired_at", "cancelled": "cancelled_at"}


def echo(body: dict[str, Any]) -> Reply:
    """Answer a prompt with what it says."""
    return scripted(f"to {body['messages'][0]['content']}")


@dataclass
class Held:
    """A batch at the provider; its times are made up."""

    ident: str
    lines: bytes
    metadata: Mapping[str, str]
    status: str = "validating"
    problems: Sequence[Mapping[str, str]] = ()
    files: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The lines that it was given."""
        return [json.loads(line) for line in self.lines.splitlines()]

    @property
    def json(self) -> dict[str, Any]:
        """What is told of it."""
        end = {TIMES[self.status]: 1090} if self.status in TIMES else {}
        return {
            "id": self.ident,
            "object": "batch",
            "status": self.status,
            "created_at": 1000,
            "metadata": self.metadata,
            "errors": {"object": "list", "data": list(self.problems)} if self.problems else None,
            "request_counts": {"total": self.lines.count(b"\n"), "completed": 0, "failed": 0},
            "output_file_id": self.files.get("output"),
            "error_file_id": self.files.get("error"),
            **end,
        }


class Provider(Endpoint):
    """Answers prompts of batches by a script, as it answers direct ones.

    A batch moves on by one state each time that it is looked at, and past `in_progress` only while `goes_on`
    is set. It ends as `end` says, once `serves` of its prompts are answered.
    """

    def __init__(self, answer: Script, end: str = "completed", serves: int | None = None) -> None:
        super().__init__(answer)
        self.script = answer
        self.end = end
        self.serves = serves
        self.goes_on = Event()
        self.goes_on.set()
        self.refusals: dict[str, Reply] = {}
        """What is said to a method and path, such as `POST /batches`, in place of an answer."""
        self.polled_headers: Mapping[str, str] = {}
        self.validates: Callable[[Held], Sequence[Mapping[str, str]]] = problems_of
        self.batches: list[Held] = []
        self.uploads = 0
        self.polls = 0
        self.looked_at = Condition()
        self._files: dict[str, bytes] = {}

    @property
    def in_batches(self) -> Counter[str]:
        """How often each prompt came in a batch, by its hash."""
        return Counter(prompt_hash(each["body"]) for batch in self.batches for each in batch.requests)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so after somebody looked at a batch."""
        with self.looked_at:
            assert self.looked_at.wait_for(is_so, timeout=60)

    def elsewhere(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> Reply:
        """Answer what is about files and batches."""
        parts = urlsplit(path)
        route = re.sub(r"^/v1", "", parts.path)
        with self.looked_at:
            refusal = self.refusals.get(f"{method} {route}")
            if refusal is not None:
                return refusal
            return self._routed(method, route, parse_qs(parts.query), headers, content)

    def _routed(
        self,
        method: str,
        route: str,
        query: Mapping[str, list[str]],
        headers: Mapping[str, str],
        content: bytes,
    ) -> Reply:
        match method, route.strip("/").split("/"):
            case "POST", ["files"]:
                return self._upload(headers["content-type"], content)
            case "GET", ["files", ident, "content"] if ident in self._files:
                return Reply(self._files[ident].decode())
            case "POST", ["batches"]:
                return self._create(json.loads(content))
            case "GET", ["batches"]:
                return self._list(int(query["limit"][0]), query.get("after", [""])[0])
            case "GET", ["batches", ident]:
                return self._look(ident)
        return failing(404, f"nothing at {route}")

    def _upload(self, kind: str, content: bytes) -> Reply:
        message = message_from_bytes(f"content-type: {kind}\r\n\r\n".encode() + content)
        parts = {
            each.get_param("name", header="content-disposition"): cast(bytes, each.get_payload(decode=True))
            for each in cast(list[Message], message.get_payload())
        }
        purpose = parts["purpose"].strip()
        if purpose != b"batch":
            return failing(400, f"the purpose {purpose!r} is none")
        self.uploads += 1
        return _json({"id": self._keep(parts["file"]), "object": "file"})

    def _keep(self, content: bytes) -> str:
        ident = f"file-{len(self._files) + 1}"
        self._files[ident] = content
        return ident

    def _create(self, asked: Mapping[str, Any]) -> Reply:
        if asked.get("endpoint") != "/v1/chat/completions" or asked.get("completion_window") != "24h":
            return failing(400, f"no such endpoint or window: {asked}")
        lines = self._files.get(asked["input_file_id"])
        if lines is None:
            return failing(400, "no such file")
        self.batches.append(Held(f"batch_{len(self.batches) + 1}", lines, asked.get("metadata") or {}))
        return _json(self.batches[-1].json)

    def _list(self, limit: int, after: str) -> Reply:
        newest = list(reversed(self.batches))
        names = [each.ident for each in newest]
        start = names.index(after) + 1 if after else 0
        page = newest[start : start + limit]
        return _json(
            {"object": "list", "data": [each.json for each in page], "has_more": newest[-1:] != page[-1:]}
        )

    def _look(self, ident: str) -> Reply:
        self.polls += 1
        batch = next((each for each in self.batches if each.ident == ident), None)
        if batch is None:
            return failing(404, f"no batch {ident}")
        self._move(batch)
        self.looked_at.notify_all()
        return _json(batch.json, self.polled_headers)

    def _move(self, batch: Held) -> None:
        if batch.status == "validating":
            batch.problems = self.validates(batch)
            batch.status = "failed" if batch.problems else "in_progress"
        elif batch.status == "in_progress" and self.goes_on.is_set():
            batch.status = self.end
            self._finish(batch)

    def _finish(self, batch: Held) -> None:
        """Write the files, the last answer first: their order means nothing."""
        served = batch.requests if self.serves is None else batch.requests[: self.serves]
        lines = [self._served(each) for each in served]
        lines += [_unserved(each, self.end) for each in batch.requests[len(served) :]]
        for name, is_error in (("output", False), ("error", True)):
            chosen = [each for each in reversed(lines) if _is_error(each) is is_error]
            if chosen:
                batch.files[name] = self._keep("".join(json.dumps(each) + "\n" for each in chosen).encode())

    def _served(self, line: Mapping[str, Any]) -> dict[str, Any]:
        reply = self.script(line["body"])
        response = {"status_code": reply.status, "request_id": "r", "body": json.loads(reply.body)}
        return {"id": "line", "custom_id": line["custom_id"], "response": response, "error": None}


def _unserved(line: Mapping[str, Any], end: str) -> dict[str, Any]:
    error = {"code": f"batch_{end}", "message": f"This request was not executed: the batch is {end}."}
    return {"id": "line", "custom_id": line["custom_id"], "response": None, "error": error}


def _is_error(line: Mapping[str, Any]) -> bool:
    return line["response"] is None or line["response"]["status_code"] != 200


def problems_of(batch: Held) -> list[Mapping[str, str]]:
    """Return what is wrong with the lines of a batch."""
    requests = batch.requests
    names = [each["custom_id"] for each in requests]
    found: list[Mapping[str, str]] = []
    if not requests:
        found.append({"code": "empty_file", "message": "The input file is empty."})
    if len(set(names)) != len(names):
        found.append({"code": "duplicate_custom_id", "message": "Two lines have one custom_id."})
    if any(each["method"] != "POST" or each["url"] != "/v1/chat/completions" for each in requests):
        found.append({"code": "invalid_url", "message": "A line asks something else."})
    if any(not {"model", "messages"} <= set(each["body"]) for each in requests):
        found.append({"code": "invalid_body", "message": "A line has no messages."})
    if len({each["body"].get("model") for each in requests}) > 1:
        found.append({"code": "mismatched_model", "message": "A file is for one model."})
    return found


def _json(content: object, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(json.dumps(content), headers={"content-type": "application/json", **(headers or {})})
