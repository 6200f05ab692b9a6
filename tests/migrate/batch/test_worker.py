"""One run in a process of its own."""

from __future__ import annotations

import errno
import os
import queue
import sys
from pathlib import Path

import pytest

import migrate
from analysis.process import Conversation
from migrate.batch.job import Job
from migrate.batch.place import Gone, Heard, LocalPlace
from migrate.batch.wire import Ended, Granted, Message, Reserve, Shown, Stop, from_line, to_line
from migrate.errors import Exit, UserError
from tests.endpoint import Endpoint
from tests.tiny import Answers

ROOT = Path(migrate.__file__).parent.parent


def conversation(job: Job, log: Path) -> Conversation:
    with log.open("wb") as file:
        made = Conversation((sys.executable, "-m", "migrate.batch.worker"), file, cwd=ROOT)
    made.say(job.to_json().encode())
    return made


def said_to(endpoint: Endpoint) -> dict[str, dict[str, str]]:
    return {"model": {"name": "scripted", "base_url": endpoint.base_url}, "evidence": {"level": "none"}}


def test_it_says_everything_on_its_stdout_and_ends_by_itself(tmp_path: Path, tiny: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        run = conversation(Job("tiny", (tiny,), tmp_path / "out", said=said_to(endpoint)), tmp_path / "log")
        heard: list[Message] = []
        for line in run.lines():
            message = from_line(line)
            heard.append(message)
            if isinstance(message, Reserve):
                run.say(to_line(Granted(message.number)))
        assert run.end() == 0
    assert heard[-1] == Ended(0, "", {"holes": 3, "rust": 3, "transpiled": 0, "c": 0, "unimplemented": 0})
    assert Shown("started", (3, 0)) in heard
    assert sum(isinstance(each, Shown) and each.what == "accepted" for each in heard) == 3


def test_a_mistake_of_the_user_is_how_it_ended(tmp_path: Path) -> None:
    run = conversation(Job("gone", (tmp_path / "gone",), tmp_path / "out"), tmp_path / "log")
    (line,) = run.lines()
    ended = from_line(line)
    assert isinstance(ended, Ended)
    assert ended.exit == Exit.USAGE
    assert "does not exist" in ended.message
    assert run.end() == 0


def test_without_its_batch_it_ends_at_once(tmp_path: Path, tiny: Path) -> None:
    with Endpoint(Answers(), delay=60) as endpoint:
        run = conversation(Job("tiny", (tiny,), tmp_path / "out", said=said_to(endpoint)), tmp_path / "log")
        next(run.lines())
        run.hang_up()
        list(run.lines())
        assert run.end() == Exit.INTERRUPTED


class Place:
    """A run on this machine, and what it has said."""

    def __init__(self, job: Job) -> None:
        self.heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self.run = LocalPlace().start(job, self.heard.put)

    def until_gone(self) -> list[Heard]:
        found = [self.heard.get(timeout=60)]
        while not isinstance(found[-1], Gone):
            found.append(self.heard.get(timeout=60))
        return found


def test_a_forked_run_stops_when_it_is_told_to(tmp_path: Path, tiny: Path) -> None:
    with Endpoint(Answers(), delay=60) as endpoint:
        place = Place(Job("tiny", (tiny,), tmp_path / "out", said=said_to(endpoint)))
        place.heard.get(timeout=60)
        place.run.tell(Stop())
        *_, ended, gone = place.until_gone()
    assert ended == Ended(Exit.INTERRUPTED, "interrupted")
    assert gone == Gone("exit status 0")


def test_a_forked_run_that_is_killed_says_nothing_more(tmp_path: Path, tiny: Path) -> None:
    with Endpoint(Answers(), delay=60) as endpoint:
        place = Place(Job("tiny", (tiny,), tmp_path / "out", said=said_to(endpoint)))
        place.heard.get(timeout=60)
        place.run.kill()
        *said, gone = place.until_gone()
    assert gone == Gone("killed by signal 9")
    assert not any(isinstance(each, Ended) for each in said)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)), "lower --jobs"),
        (OSError("AF_UNIX path too long"), "set TMPDIR to a shorter path"),
    ],
)
def test_a_process_that_cannot_be_started_is_one_sentence(
    error: OSError, remedy: str, tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("migrate.batch.place.Forked", refused)
    with pytest.raises(UserError, match=remedy) as caught:
        Place(Job("tiny", (tiny,), tmp_path / "out"))
    assert caught.value.exit is Exit.FAULT


def test_a_forked_run_sees_the_environment_of_its_batch(
    tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMIGRATE_ATTEMPTS", "none at all")
    *_, ended, _ = Place(Job("tiny", (tiny,), tmp_path / "out")).until_gone()
    assert isinstance(ended, Ended)
    assert "run.attempts" in ended.message
