"""Model answers to exact prompts, kept in a file and replayed without a network."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from migrate.errors import NotRecorded, OutputError, SettingsError
from migrate.model.exchange import JSON, Answer, Message, Replayed, Request, Usage, usability

FORMAT = 1

_BEGINNING = b'{"format":'
_REMEDY = "; restore the file as it was recorded, or record again with --record"


class Header(BaseModel):
    """The first line of a recording: which model it stands for, and who really answered."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    model: str
    answered_by: str
    recorded: date
    note: str = ""


class _Answer(BaseModel):
    text: str
    finish_reason: str
    usage: Usage
    seconds: float


class _Exchange(BaseModel):
    key: str
    hole: str
    attempt: int
    messages: tuple[Message, ...]
    parameters: dict[str, Any]
    answer: _Answer

    @classmethod
    def of(cls, request: Request, answer: Answer) -> _Exchange:
        return cls(
            key=request.prompt_key,
            hole=request.hole,
            attempt=request.attempt,
            messages=request.messages,
            parameters=dict(request.parameters),
            answer=_Answer(
                text=answer.text,
                finish_reason=answer.finish_reason,
                usage=answer.usage,
                seconds=answer.seconds,
            ),
        )

    def is_intact(self, model: str) -> bool:
        prompt = Request(self.hole, self.attempt, model, "", self.parameters, self.messages, "")
        return prompt.prompt_key == self.key

    def replay(self, model: str, replayed: Replayed) -> Answer:
        answer = self.answer
        return Answer(answer.text, answer.finish_reason, answer.usage, model, answer.seconds, replayed)

    def is_usable(self) -> bool:
        return usability(self.replay("", Replayed.exact)) is None


@dataclass(frozen=True, slots=True)
class _Contents:
    """What stands in a recording; a last line that a kill cut off is left out of `raw` too."""

    header: Header | None
    exchanges: tuple[_Exchange, ...]
    raw: bytes


class Recorder:
    """Append exchanges to a recording, each one durably; safe to use from several threads.

    An existing recording of the same model is continued. Raise SettingsError when the file is anything else,
    OutputError when it cannot be written.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self._model = header.model
        self._lock = Lock()
        contents = _read(path) if path.exists() else _Contents(None, (), b"")
        if contents.header and contents.header.model != header.model:
            raise SettingsError(
                f"{path} is a recording of {contents.header.model}, not of {header.model}; "
                "record into another file"
            )
        self._usable = {exchange.key: exchange.is_usable() for exchange in contents.exchanges}
        if contents.header is None:
            self._append(header, at=0)
        else:
            _end_line(path, contents.raw)

    def record(self, request: Request, answer: Answer) -> None:
        """Append an exchange, unless its prompt is recorded already with an answer that can be used."""
        if request.model != self._model:
            raise ValueError(
                f"an answer of {request.model} does not belong into a recording of {self._model}"
            )
        exchange = _Exchange.of(request, answer)
        with self._lock:
            # A usable answer may follow an unusable one to the same prompt: in replay the last one counts.
            if exchange.key in self._usable and (self._usable[exchange.key] or not exchange.is_usable()):
                return
            self._append(exchange)
            self._usable[exchange.key] = exchange.is_usable()

    def _append(self, line: BaseModel, at: int | None = None) -> None:
        content = line.model_dump_json().encode() + b"\n"
        with _writing(self._path), self._path.open("ab", buffering=0) as file:
            end = file.truncate(at)
            try:
                _write(file.fileno(), content)
            except OSError:
                file.truncate(end)
                raise


class RecordedModel:
    """Answer from a recording: `header` tells of which model, `parameters` with which it was asked.

    Raise SettingsError when the file is not a recording.
    """

    def __init__(self, path: Path) -> None:
        contents = _read(path)
        if contents.header is None:
            raise SettingsError(f"{path} is empty; name a recording that was made with --record")
        exchanges = contents.exchanges
        self._path = path
        self.header = contents.header
        self.parameters: Mapping[str, JSON] = exchanges[0].parameters if exchanges else {}
        self._exact = {exchange.key: exchange for exchange in exchanges}
        self._earlier = {(exchange.hole, exchange.attempt): exchange for exchange in exchanges}

    def ask(self, request: Request) -> Answer:
        """Return what was recorded for this prompt, else for the same attempt at the same hole."""
        if exact := self._exact.get(request.prompt_key):
            return exact.replay(self.header.answered_by, Replayed.exact)
        if earlier := self._earlier.get((request.hole, request.attempt)):
            return earlier.replay(self.header.answered_by, Replayed.earlier_prompt)
        raise NotRecorded(
            f"the recording {self._path} has no answer for hole {request.hole}, attempt {request.attempt}: "
            "it was made for another version of the C, the prompts or the tool; "
            "record again with --record, or run with a model"
        )


def _read(path: Path) -> _Contents:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"the recording {path} cannot be read ({error.strerror}); check the path"
        ) from error
    *lines, last = raw.split(b"\n")
    if last and _is_json(last):
        lines.append(last)
    else:
        raw = raw[: len(raw) - len(last)]
    if not lines:
        if not (last.startswith(_BEGINNING) or _BEGINNING.startswith(last)):
            raise SettingsError(f"{path} is not a recording; name one that was made with --record")
        return _Contents(None, (), raw)
    header = _header(path, lines[0])
    exchanges = tuple(_exchange(path, number, line, header) for number, line in enumerate(lines[1:], start=2))
    return _Contents(header, exchanges, raw)


def _header(path: Path, line: bytes) -> Header:
    try:
        header = Header.model_validate_json(line)
    except ValidationError as error:
        raise SettingsError(f"{path}, line 1: this is not the header of a recording{_REMEDY}") from error
    if header.format != FORMAT:
        raise SettingsError(
            f"{path} has the recording format {header.format}, this version reads format {FORMAT}; "
            "use the version that recorded it, or record again with --record"
        )
    return header


def _exchange(path: Path, number: int, line: bytes, header: Header) -> _Exchange:
    try:
        exchange = _Exchange.model_validate_json(line)
    except ValidationError as error:
        raise SettingsError(f"{path}, line {number}: this is not an exchange{_REMEDY}") from error
    if not exchange.is_intact(header.model):
        raise SettingsError(f"{path}, line {number}: the prompt does not belong to its key{_REMEDY}")
    return exchange


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written ({error.strerror}); make room for it, or record elsewhere"
        ) from error


def _end_line(path: Path, raw: bytes) -> None:
    """Cut a torn line off a recording, and end its last whole line."""
    with _writing(path), path.open("r+b") as file:
        file.truncate(len(raw))
        if not raw.endswith(b"\n"):
            file.seek(len(raw))
            file.write(b"\n")


def _write(descriptor: int, content: bytes) -> None:
    if os.write(descriptor, content) != len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(descriptor)
