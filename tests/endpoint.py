"""An OpenAI-compatible endpoint on the loopback interface; its answers are scripted, no model is in it."""

from __future__ import annotations

import hashlib
import json
import socket
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Reply:
    """What the endpoint sends back, byte for byte."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; header names are in lower case."""

    body: dict[str, Any]
    headers: Mapping[str, str]
    prompt: str
    """The hash of its messages."""


Script = Callable[[dict[str, Any]], Reply]


def scripted(
    text: str | None,
    finish_reason: str = "stop",
    tokens: tuple[int, int, int] = (10, 0, 5),
    refusal: str | None = None,
) -> Reply:
    """Make a chat completion with a scripted text; `tokens` are those in, of these cached, and those out."""
    tokens_in, cached, tokens_out = tokens
    completion = {
        "id": "scripted",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted-model",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": text, "refusal": refusal},
            }
        ],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "prompt_tokens_details": {"cached_tokens": cached},
        },
    }
    return Reply(json.dumps(completion), headers={"content-type": "application/json"})


def failing(status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None) -> Reply:
    """Make an error as OpenAI words it: a status, and a body with a message and a code."""
    body = json.dumps({"error": {"message": message, "type": "scripted", "code": code or None}})
    return Reply(body, status, {"content-type": "application/json", **(headers or {})})


def in_turn(*replies: Reply) -> Script:
    """Give each reply once, in order, and the last one for ever."""
    remaining = list(replies)
    lock = Lock()

    def answer(body: dict[str, Any]) -> Reply:
        with lock:
            return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    return answer


def prompt_hash(body: Mapping[str, Any]) -> str:
    """Return the hash by which requests with the same messages are counted."""
    canonical = json.dumps(body.get("messages"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


class Endpoint:
    """Serve a script on an ephemeral port, as a context manager; each answer takes `delay` seconds."""

    def __init__(self, answer: Script, delay: float = 0.0) -> None:
        self._answer = answer
        self._delay = delay
        self._lock = Lock()
        self._closing = Event()
        self._requests: list[Asked] = []
        self._answered: Counter[str] = Counter()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        """The base URL to give to a client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def requests(self) -> list[Asked]:
        """Everything that was asked so far, in order of arrival."""
        with self._lock:
            return list(self._requests)

    @property
    def counts(self) -> Counter[str]:
        """How often each prompt was asked, by its hash."""
        return Counter(asked.prompt for asked in self.requests)

    @property
    def answered(self) -> Counter[str]:
        """How often each prompt got an answer with status 200; none is counted to a client that was gone."""
        with self._lock:
            return Counter(self._answered)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def elsewhere(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> Reply:
        """Answer what is no chat completion; header names are in lower case, the path has its query."""
        return failing(404, f"no such path: {path}")

    def respond(self, asked: Asked, is_gone: Callable[[], bool]) -> Reply | None:
        """Write a request down and answer it; None when the endpoint closes or its client goes meanwhile."""
        with self._lock:
            self._requests.append(asked)
        if self._closing.wait(self._delay):
            return None
        reply = self._answer(asked.body)
        if is_gone():
            return None
        # Counted before it is sent, so that a client that has its answer finds it counted.
        with self._lock:
            self._answered.update([asked.prompt] if reply.status == 200 else [])
        return reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return type("Handler", (_Handler,), {"endpoint": self})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent about clients that were killed while they waited, and about nothing else."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint
    protocol_version = "HTTP/1.1"
    # The head and the body of an answer are two writes; without this the second waits for the client.
    wbufsize = -1

    def do_GET(self) -> None:
        self._send(self.endpoint.elsewhere("GET", self.path, {}, b""))

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not self.path.endswith("/chat/completions"):
            self._send(self.endpoint.elsewhere("POST", self.path, headers, content))
            return
        body: dict[str, Any] = json.loads(content)
        asked = Asked(body, headers, prompt_hash(body))
        reply = self.endpoint.respond(asked, self._is_gone)
        if reply is None:
            self.close_connection = True
            return
        self._send(reply)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the output of the tests clean."""

    def _is_gone(self) -> bool:
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def _send(self, reply: Reply) -> None:
        content = reply.body.encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()
