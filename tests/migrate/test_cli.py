from __future__ import annotations

import subprocess
from pathlib import Path

import click
import pytest

from migrate.cli import commands
from migrate.errors import Exit
from tests.command import PROGRAM, cli, process

_CONTEXT = click.Context(commands)
SUBCOMMANDS = {
    name: command
    for name in commands.list_commands(_CONTEXT)
    if (command := commands.get_command(_CONTEXT, name)) is not None
}


def test_the_exit_codes_are_the_documented_ones() -> None:
    assert {each.name: each.value for each in Exit} == {
        "DONE": 0,
        "FINDINGS": 1,
        "USAGE": 2,
        "HOLES_LEFT": 3,
        "BASELINE": 4,
        "LIMIT": 5,
        "MODEL": 6,
        "FAULT": 70,
        "INTERRUPTED": 130,
    }


def test_the_installed_program_is_this_one() -> None:
    assert process("--version").stdout.startswith("llmigrate ")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_every_subcommand_with_a_sentence(flag: str) -> None:
    shown = cli(flag)
    assert shown.exit == 0
    for name, command in SUBCOMMANDS.items():
        (line,) = (line for line in shown.stdout.splitlines() if line.split()[:1] == [name])
        assert command.get_short_help_str(40).rstrip(".") in line


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    for parameter in SUBCOMMANDS[name].params:
        assert isinstance(parameter, click.Argument) or getattr(parameter, "help", None)
    assert cli(name, "--help").exit == 0


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("plan",), ("run", "x", "--jobs", "0"), ("plan", "--what")]
)
def test_wrong_usage_ends_with_2_and_shows_the_usage(arguments: tuple[str, ...]) -> None:
    result = cli(*arguments)
    assert (result.exit, result.stdout) == (2, "")
    assert "Usage: llmigrate" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_reader_that_goes_away_is_no_fault(tiny: Path) -> None:
    piped = subprocess.run(
        ["sh", "-c", '"$0" plan "$1" --json | :', PROGRAM, tiny],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in piped.stderr
    assert "fault" not in piped.stderr


@pytest.mark.parametrize("arguments", [("doctor", "--json"), ("plan", "{tiny}", "--json")])
def test_json_on_stdout_is_one_object_and_nothing_else(arguments: tuple[str, ...], tiny: Path) -> None:
    result = cli(*(each.format(tiny=tiny) for each in arguments))
    assert isinstance(result.json, dict)
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("out", "said"),
    [("n" * 300, "File name too long; choose a shorter name"), ("loop", "Symlink loop from")],
)
@pytest.mark.parametrize("command", ["run", "batch"])
def test_an_output_folder_that_cannot_be_is_no_fault(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, command: str, out: str, said: str
) -> None:
    monkeypatch.chdir(tiny.parent)
    Path("loop").symlink_to("loop")
    result = cli(command, tiny, "-o", out, "--model", "some-model", "--base-url", "http://127.0.0.1:9/v1")
    assert result.exit == 2
    assert said in result.stderr
    assert "fault" not in result.stderr


def test_an_error_leaves_stdout_empty_with_json_too(tmp_path: Path) -> None:
    result = cli("plan", tmp_path / "nowhere", "--json")
    assert (result.exit, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
