from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from migrate.errors import Exit, ModelUnusable, OutputError, SettingsError
from migrate.model.client import LiveModel
from migrate.model.exchange import Answer, Message, Replayed, Request, Usage
from migrate.model.recording import Header, RecordedModel, Recorder
from tests.endpoint import Endpoint, in_turn, scripted

HEADER = Header(model="some-model", answered_by="somebody", recorded=date(2026, 1, 2), note="by hand")


def prompt(content: str = "Translate f.", hole: str = "f", attempt: int = 1) -> Request:
    return Request(
        hole, attempt, "some-model", "http://one/v1", {"seed": 1}, (Message("user", content),), "t"
    )


def said(text: str, finish_reason: str = "stop") -> Answer:
    return Answer(text, finish_reason, Usage(10, 4, 3), "some-model", 1.5, Replayed.no)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recording.jsonl"


def test_a_recorded_answer_comes_back_as_it_was(path: Path) -> None:
    Recorder(path, HEADER).record(prompt(), said('fn f() { "\u00e9\\n" }\n'))
    model = RecordedModel(path)
    answer = model.ask(prompt())
    assert answer == Answer(
        'fn f() { "\u00e9\\n" }\n', "stop", Usage(10, 4, 3), "somebody", 1.5, Replayed.exact
    )
    assert model.header == HEADER
    assert model.parameters == {"seed": 1}


def test_an_answer_of_an_endpoint_is_replayed_without_it(path: Path) -> None:
    with Endpoint(in_turn(scripted("fn f() {}", tokens=(8, 2, 4)))) as endpoint:
        live = LiveModel(endpoint.base_url, None).ask(prompt())
    Recorder(path, HEADER).record(prompt(), live)
    replayed = RecordedModel(path).ask(prompt())
    assert (replayed.text, replayed.usage) == (live.text, live.usage)


def test_the_file_is_one_header_and_one_line_for_each_exchange(path: Path) -> None:
    Recorder(path, HEADER).record(prompt(), said("x"))
    header, exchange = (json.loads(line) for line in path.read_text().splitlines())
    assert header == {
        "format": 1,
        "model": "some-model",
        "answered_by": "somebody",
        "recorded": "2026-01-02",
        "note": "by hand",
    }
    assert exchange == {
        "key": prompt().prompt_key,
        "hole": "f",
        "attempt": 1,
        "messages": [{"role": "user", "content": "Translate f."}],
        "parameters": {"seed": 1},
        "answer": {
            "text": "x",
            "finish_reason": "stop",
            "usage": {"tokens_in": 10, "tokens_cached": 4, "tokens_out": 3},
            "seconds": 1.5,
        },
    }


def test_a_prompt_is_found_at_another_endpoint_and_under_another_hole(path: Path) -> None:
    Recorder(path, HEADER).record(prompt(), said("x"))
    moved = Request("g", 7, "some-model", "http://two/v1", {"seed": 1}, prompt().messages, "t2")
    assert RecordedModel(path).ask(moved).replayed is Replayed.exact


def test_a_changed_prompt_gets_the_answer_for_the_earlier_one_and_says_so(path: Path) -> None:
    Recorder(path, HEADER).record(prompt(), said("x"))
    answer = RecordedModel(path).ask(prompt("Please translate f."))
    assert answer.text == "x"
    assert answer.replayed is Replayed.earlier_prompt
    assert answer.replayed.value == "recorded for an earlier prompt"


@pytest.mark.parametrize(("hole", "attempt"), [("g", 1), ("f", 2)])
def test_a_prompt_that_was_never_recorded_says_what_to_do(path: Path, hole: str, attempt: int) -> None:
    Recorder(path, HEADER).record(prompt(), said("x"))
    with pytest.raises(ModelUnusable) as caught:
        RecordedModel(path).ask(prompt("Another.", hole, attempt))
    assert caught.value.exit is Exit.MODEL
    assert caught.value.message == (
        f"the recording {path} has no answer for hole {hole}, attempt {attempt}: it was made for another "
        "version of the C, the prompts or the tool; record again with --record, or run with a model"
    )


def test_a_prompt_is_recorded_once_even_by_a_second_recorder(path: Path) -> None:
    recorder = Recorder(path, HEADER)
    recorder.record(prompt(), said("first"))
    recorder.record(prompt(), said("second"))
    Recorder(path, HEADER).record(prompt(), said("third"))
    assert len(path.read_text().splitlines()) == 2
    assert RecordedModel(path).ask(prompt()).text == "first"


def test_a_usable_answer_takes_the_place_of_a_refusal_in_replay(path: Path) -> None:
    recorder = Recorder(path, HEADER)
    recorder.record(prompt(), said("no", "refusal"))
    recorder.record(prompt(), said("", "stop"))
    recorder.record(prompt(), said("fn f() {}"))
    assert len(path.read_text().splitlines()) == 3
    assert RecordedModel(path).ask(prompt()).text == "fn f() {}"


def test_an_existing_recording_is_continued_and_its_lines_stay(path: Path) -> None:
    Recorder(path, HEADER).record(prompt("one"), said("1"))
    before = path.read_bytes()
    later = Header(model="some-model", answered_by="somebody", recorded=date(2026, 5, 6))
    Recorder(path, later).record(prompt("two"), said("2"))
    assert path.read_bytes().startswith(before)
    model = RecordedModel(path)
    assert (model.ask(prompt("one")).text, model.ask(prompt("two")).text) == ("1", "2")
    assert model.header == HEADER


def test_a_recording_of_another_model_is_left_alone(path: Path) -> None:
    Recorder(path, HEADER).record(prompt(), said("x"))
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="is a recording of some-model, not of other"):
        Recorder(path, Header(model="other", answered_by="x", recorded=date(2026, 1, 2)))
    assert path.read_bytes() == before


def test_an_answer_of_another_model_is_not_recorded(path: Path) -> None:
    recorder = Recorder(path, HEADER)
    foreign = Request("f", 1, "other", "", {}, prompt().messages, "t")
    with pytest.raises(ValueError, match="does not belong"):
        recorder.record(foreign, said("x"))


def test_a_kill_at_any_byte_costs_only_the_exchange_being_written(path: Path) -> None:
    Recorder(path, HEADER).record(prompt("one"), said("1"))
    whole = path.read_bytes()
    Recorder(path, HEADER).record(prompt("two"), said("2"))
    full = path.read_bytes()
    for end in range(len(whole), len(full)):
        path.write_bytes(full[:end])
        assert RecordedModel(path).ask(prompt("one")).text == "1"
        Recorder(path, HEADER).record(prompt("two"), said("2"))
        assert path.read_bytes() == full


def test_a_kill_inside_the_header_costs_nothing(path: Path) -> None:
    Recorder(path, HEADER)
    header = path.read_bytes()
    for end in range(len(header)):
        path.write_bytes(header[:end])
        Recorder(path, HEADER)
        assert path.read_bytes() == header


@pytest.mark.parametrize("content", ["a shopping list", "{}", "one\ntwo\nthree", '{"model": "some-model"}\n'])
def test_a_file_that_is_no_recording_is_never_written_to(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(SettingsError, match="record"):
        Recorder(path, HEADER)
    assert path.read_text() == content


def test_a_broken_line_is_named(path: Path) -> None:
    recorder = Recorder(path, HEADER)
    recorder.record(prompt("one"), said("1"))
    recorder.record(prompt("two"), said("2"))
    header, one, two = path.read_text().splitlines()
    path.write_text("\n".join([header, one[:40], two, ""]))
    with pytest.raises(SettingsError, match="line 2: this is not an exchange"):
        RecordedModel(path)


def test_an_edited_prompt_is_found_out(path: Path) -> None:
    Recorder(path, HEADER).record(prompt(), said("x"))
    path.write_text(path.read_text().replace("Translate f.", "Translate g."))
    with pytest.raises(SettingsError, match="line 2: the prompt does not belong to its key"):
        RecordedModel(path)


def test_a_newer_format_is_refused_by_its_number(path: Path) -> None:
    path.write_text('{"format":2,"model":"m","answered_by":"x","recorded":"2030-01-01"}\n{"new":1}\n')
    with pytest.raises(SettingsError, match="has the recording format 2, this version reads format 1"):
        RecordedModel(path)


def test_a_missing_or_empty_recording_is_a_wrong_setting(path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        RecordedModel(path)
    path.touch()
    with pytest.raises(SettingsError, match="is empty"):
        RecordedModel(path)


def test_a_recording_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        Recorder(tmp_path / "no such folder" / "recording.jsonl", HEADER)


def test_an_exchange_that_does_not_fit_on_the_disk_leaves_no_part_of_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(path, HEADER)
    before = path.read_bytes()
    whole_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: whole_write(descriptor, content[:20]))
    with pytest.raises(OutputError, match="make room"):
        recorder.record(prompt(), said("x"))
    assert path.read_bytes() == before
    monkeypatch.setattr(os, "write", whole_write)
    recorder.record(prompt(), said("x"))
    assert RecordedModel(path).ask(prompt()).text == "x"


def test_exchanges_recorded_side_by_side_are_all_whole(path: Path) -> None:
    recorder = Recorder(path, HEADER)
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda number: recorder.record(prompt(f"{number % 20}"), said(f"{number % 20}")), range(60)
            )
        )
    model = RecordedModel(path)
    assert len(path.read_text().splitlines()) == 21
    assert all(model.ask(prompt(f"{number}")).text == f"{number}" for number in range(20))
