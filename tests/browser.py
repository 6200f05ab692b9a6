"""Headless Chromium, spoken to through its DevTools protocol: what a page does, and what it looks like."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-extensions", "--disable-background-networking", "--remote-debugging-pipe"),
)
_ABOVE = 10
"""Descriptors from here on are not the ones that the browser reads and writes."""


class PageError(Exception):
    """The page or the browser did not do what was asked."""


class Page:
    """One page of a browser."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = os.fdopen(answers, "rb")
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return what it comes to."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise PageError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        self.events.clear()
        found = self.ask("Page.navigate", url=url)
        if "errorText" in found:
            raise PageError(found["errorText"])
        while not any(each["method"] == "Page.loadEventFired" for each in self.events):
            self._read()

    def run(self, script: str) -> Any:
        """Return the value of an expression of JavaScript, once it has one."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise PageError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, such as Tab or Enter, and let it go."""
        codes: Mapping[str, tuple[int, str]] = {"Tab": (9, ""), "Enter": (13, "\r")}
        code, text = codes[key]
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **common)

    def look(self, *, dark: bool = False, width: int = 1400, height: int = 1000) -> None:
        """Choose colours and size."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def picture(self) -> bytes:
        """Return what is seen, as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])

    def _read(self) -> dict[str, Any]:
        held = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            if not byte:
                raise PageError("the browser is gone")
            held += byte
        message: dict[str, Any] = json.loads(held)
        if "method" in message:
            self.events.append(message)
        return message


@contextmanager
def browser() -> Iterator[Page]:
    """Start a browser with a profile of its own, and end it."""
    assert PROGRAM is not None
    commands, ours = os.pipe()
    answers, theirs = os.pipe()
    # The low ones stay open until it runs, so that nothing that starts it is given 3 or 4.
    high_in = fcntl.fcntl(commands, fcntl.F_DUPFD, _ABOVE)
    high_out = fcntl.fcntl(theirs, fcntl.F_DUPFD, _ABOVE)

    def hand_over() -> None:
        os.dup2(high_in, 3)
        os.dup2(high_out, 4)

    with tempfile.TemporaryDirectory(prefix="llmigrate-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            (PROGRAM, *_OPTIONS, f"--user-data-dir={profile}"),
            env={**os.environ, "HOME": profile},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(3, 4, high_in, high_out),
            preexec_fn=hand_over,
        )
        for each in (commands, theirs, high_in, high_out):
            os.close(each)
        try:
            yield Page(ours, answers)
        finally:
            os.close(ours)
            process.terminate()
            process.wait(timeout=30)


def url_of(path: Path, place: str = "") -> str:
    """Return the address of a file, and of a place in it."""
    return path.resolve().as_uri() + (f"#{place}" if place else "")
