from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from migrate.errors import SettingsError
from migrate.model.choice import known_price, model_name, model_parameters
from migrate.module import open_module
from migrate.settings import DEFAULT_BASE_URL, ModuleSettings, load_settings

NONE: dict[str, dict[str, object]] = {}


def load(
    folder: Path,
    toml: str = "",
    environment: dict[str, str] | None = None,
    overrides: dict[str, dict[str, object]] | None = None,
) -> ModuleSettings:
    (folder / "llmigrate.toml").write_text(toml)
    return load_settings(folder, overrides or NONE, environment or {})


def test_without_anything_the_defaults_count(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, NONE, {})
    assert settings == ModuleSettings()
    assert (settings.model.base_url, settings.model.jobs) == (DEFAULT_BASE_URL, 4)
    assert (settings.run.attempts, settings.run.fallback, settings.tests.timeout) == (4, "c", 60)


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    toml = "[model]\nname = 'file'\njobs = 1\ntimeout = 5\n[run]\nattempts = 1\n"
    environment = {"LLMIGRATE_MODEL": "environment", "LLMIGRATE_JOBS": "2"}
    settings = load(tmp_path, toml, environment, {"model": {"name": "line", "jobs": None}, "run": {}})
    assert (settings.model.name, settings.model.jobs, settings.model.timeout) == ("line", 2, 5)
    assert settings.run.attempts == 1


def test_our_variable_wins_over_the_one_that_all_clients_read(tmp_path: Path) -> None:
    both = {"OPENAI_BASE_URL": "http://theirs/v1", "LLMIGRATE_BASE_URL": "http://ours/v1"}
    assert load(tmp_path, "", both).model.base_url == "http://ours/v1"
    assert load(tmp_path, "", {"OPENAI_BASE_URL": "http://theirs/v1"}).model.base_url == "http://theirs/v1"


def test_an_empty_variable_says_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "[model]\nname = 'file'\n", {"LLMIGRATE_MODEL": ""}).model.name == "file"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LLMIGRATE_ATTEMPTS", 7),
        ("LLMIGRATE_BUDGET", 2.5),
        ("LLMIGRATE_FALLBACK", "unimplemented"),
        ("LLMIGRATE_STRATEGY", "whole-module"),
    ],
)
def test_a_run_can_be_set_up_from_the_environment(variable: str, value: object, tmp_path: Path) -> None:
    key = variable.removeprefix("LLMIGRATE_").lower()
    assert getattr(load(tmp_path, "", {variable: str(value)}).run, key) == value


@pytest.mark.parametrize(("said", "meant"), [("1", True), ("false", False)])
def test_batches_of_the_provider_can_be_asked_for_in_the_environment(
    said: str, meant: bool, tmp_path: Path
) -> None:
    assert load(tmp_path, "", {"LLMIGRATE_PROVIDER_BATCH": said}).model.provider_batch is meant


def test_the_prompt_folder_counts_from_the_settings_file(tmp_path: Path) -> None:
    assert load(tmp_path, "[run]\nprompts = 'mine'\n").run.prompts == tmp_path / "mine"


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "llmigrate.toml").write_bytes(b"name = '\xff'\n")
    with pytest.raises(SettingsError, match="is not valid TOML"):
        load_settings(tmp_path, NONE, {})


@pytest.mark.parametrize("key", ["[tests]\nsource = []", "[model.price]\ncash = 1", "[run]\nattempt = 1"])
def test_an_unknown_key_in_any_section_is_an_error(key: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown key"):
        load(tmp_path, key)


def test_parameters_are_handed_on_as_they_are(tmp_path: Path) -> None:
    parameters = "[model.parameters]\ntemperature = 0.5\nreasoning = {effort = 'low'}\n"
    settings = load(tmp_path, f"[model]\nmax_output_tokens = 50\n{parameters}")
    assert model_parameters(settings.model) == {
        "max_completion_tokens": 50,
        "temperature": 0.5,
        "reasoning": {"effort": "low"},
    }


def test_a_price_of_the_users_own_counts(tmp_path: Path) -> None:
    toml = (
        "[model]\nname = 'mine'\nbase_url = 'http://127.0.0.1:1/v1'\n[model.price]\ninput = 2\noutput = 3\n"
    )
    price = known_price(load(tmp_path, toml).model)
    assert price is not None
    assert [price.input, price.cached_input, price.output] == [Decimal(2), Decimal(2), Decimal(3)]


def test_the_share_of_a_batch_is_half_of_the_price_unless_it_is_given(tmp_path: Path) -> None:
    model = "[model]\nname = 'gpt-4o'\n"
    known = known_price(load(tmp_path, model).model)
    told = known_price(load(tmp_path, f"{model}[model.price]\nbatch = 0.8\n").model)
    assert known is not None and told is not None
    assert (known.batch, told.batch) == (Decimal("0.5"), Decimal("0.8"))
    assert told.input == known.input > 0


@pytest.mark.parametrize("half", ["input = 1", "output = 1", "cached_input = 1"])
def test_half_a_price_is_refused(half: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"`model\.price` is not usable.*input"):
        load(tmp_path, f"[model.price]\n{half}\n")


@pytest.mark.parametrize(
    ("toml", "side_by_side"),
    [
        ("", 4),
        ("provider_batch = true", 256),
        ("provider_batch = true\njobs = 10", 10),
        ("provider_batch = true\njobs = 4", 4),
        ("provider_batch = true\njobs = 2000", 2000),
        ("jobs = 10", 10),
        ("jobs = 256", 256),
    ],
)
def test_a_batch_takes_every_prompt_unless_jobs_says_otherwise(
    toml: str, side_by_side: int, tmp_path: Path
) -> None:
    assert load(tmp_path, f"[model]\n{toml}\n").model.side_by_side == side_by_side


@pytest.mark.parametrize("toml", ["jobs = 257", "provider_batch = true\njobs = 2001"])
def test_more_jobs_than_can_be_asked_at_a_time_are_refused(toml: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not usable"):
        load(tmp_path, f"[model]\n{toml}\n")


def test_a_model_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no model is named"):
        model_name(load(tmp_path).model)


# The module that settings and a path lead to.


def names(files: tuple[Path, ...]) -> list[str]:
    return [file.name for file in files]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.c", "a.c", "test_a.c", "a-test.c", "tests.c", "contest.c", "a.h"):
        (tmp_path / name).write_text("int x;\n")
    return tmp_path


def test_a_folder_is_its_c_files_less_the_tests(folder: Path) -> None:
    module = open_module(folder, ModuleSettings())
    assert names(module.sources) == ["a.c", "b.c", "contest.c"]
    assert names(module.tests) == ["a-test.c", "test_a.c", "tests.c"]
    assert module.name == folder.name


def test_a_file_is_a_module_of_one(folder: Path) -> None:
    module = open_module(folder / "b.c", ModuleSettings())
    assert (names(module.sources), module.name, module.root) == (["b.c"], "b", folder)


def test_settings_name_sources_and_tests_by_pattern(folder: Path) -> None:
    settings = load(folder, "name = 'mine'\nsources = ['b.c', '*a.c']\n[tests]\nsources = ['test_*.c']\n")
    module = open_module(folder, settings)
    assert names(module.sources) == ["b.c", "a.c"]
    assert (names(module.tests), module.name) == (["test_a.c"], "mine")


@pytest.mark.parametrize(("name", "crate"), [("my-lib 2", "my_lib_2"), ("7zip", "m7zip"), ("größe", "gr__e")])
def test_the_crate_has_a_name_that_rust_accepts(name: str, crate: str, folder: Path) -> None:
    assert open_module(folder, ModuleSettings(name=name)).crate == crate


def test_flags_come_from_the_compilation_database_and_the_settings(folder: Path) -> None:
    (folder / "build").mkdir()
    (folder / "compile_commands.json").write_text(
        '[{"directory": "build", "file": "../a.c", "command": "cc -I../include -DA=1 -c -o a.o -MD ../a.c"},'
        ' {"directory": "build", "file": "../b.c", "arguments": ["cc", "-DB", "-c", "../b.c"]}]'
    )
    module = open_module(folder, load(folder, "flags = ['-std=gnu11']\nsources = ['a.c', 'b.c']\n"))
    first, second = module.commands
    assert (first.flags, first.directory) == (("-I../include", "-DA=1", "-std=gnu11"), folder / "build")
    assert second.flags == ("-DB", "-std=gnu11")
