"""What a fleet is made of, and what it cannot be."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from migrate.batch.fleet import Ceiling, open_fleet, read_duration
from migrate.batch.job import Job
from migrate.errors import Exit, SettingsError
from tests.fleets import write_c


def names(path: Path) -> list[str]:
    return [each.name for each in open_fleet(path).members]


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """Write three modules in folders of two depths."""
    for name in ("lib/one", "lib/two", "app"):
        write_c(tmp_path / name, x_c="int x;\n")
    return tmp_path


def fleet(folder: Path, text: str, name: str = "fleet.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refused(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        open_fleet(path)
    assert caught.value.exit is Exit.USAGE
    assert "\n" not in caught.value.message
    return caught.value.message


def test_every_folder_with_c_files_is_a_module_named_by_its_path(modules: Path) -> None:
    assert names(modules) == ["app", "lib/one", "lib/two"]


def test_a_folder_with_settings_is_one_module_whatever_is_below_it(modules: Path) -> None:
    (modules / "lib" / "llmigrate.toml").write_text('sources = ["*/*.c"]\n')
    assert names(modules) == ["app", "lib"]


def test_results_and_folders_with_tests_alone_are_no_modules(modules: Path) -> None:
    write_c(modules / "tests", test_x_c="int main(void) { return 0; }\n")
    write_c(modules / "out" / "crate" / "c", x_c="int x;\n")
    (modules / "out" / "ledger.sqlite").touch()
    assert names(modules) == ["app", "lib/one", "lib/two"]


def test_a_folder_with_a_fleet_file_is_what_the_file_says(modules: Path) -> None:
    fleet(modules, '[[module]]\npath = "app"\n')
    assert names(modules) == ["app"]


def test_a_glob_names_modules_by_what_it_stands_for(modules: Path) -> None:
    fleet(modules, '[[module]]\npath = "lib/*"\nexclude = ["tw*"]\n\n[[module]]\npath = "app"\nname = "it"\n')
    assert names(modules) == ["one", "it"]


def test_a_glob_leaves_out_results_and_what_is_hidden(modules: Path) -> None:
    text = '[[module]]\npath = "**"\n'
    before = names(fleet(modules, text))
    write_c(modules / "out" / "lib" / "modules" / "one" / "crate" / "c", x_c="int x;\n")
    (modules / "out" / "lib" / "batch.json").touch()
    write_c(modules / "lib" / "one" / "out" / "crate" / "c", x_c="int x;\n")
    (modules / "lib" / "one" / "out" / "ledger.sqlite").touch()
    write_c(modules / ".git" / "hooks", x_c="int x;\n")
    write_c(modules / "lib" / ".old", x_c="int x;\n")
    assert names(modules) == before == ["app", "lib/one", "lib/two"]


def test_a_glob_may_name_what_is_hidden(modules: Path) -> None:
    write_c(modules / ".old" / "one", x_c="int x;\n")
    assert names(fleet(modules, '[[module]]\npath = ".o*/*"\n')) == [".old/one"]
    assert names(fleet(modules, '[[module]]\npath = ".old/*"\n')) == ["one"]


def test_a_module_may_be_a_file(modules: Path) -> None:
    write_c(modules / "loose", a_c="int a;\n", b_c="int b;\n", test_a_c="int main(void) { return 0; }\n")
    fleet(modules, '[[module]]\npath = "loose/*.c"\n')
    assert names(modules) == ["a", "b"]


def test_adding_a_module_renames_none(modules: Path) -> None:
    fleet(modules, '[[module]]\npath = "*/*"\n')
    before = names(modules)
    write_c(modules / "other" / "one", x_c="int x;\n")
    assert set(before) < set(names(modules))


def test_an_included_fleet_keeps_its_own_defaults(modules: Path) -> None:
    fleet(modules / "lib", '[defaults.run]\nattempts = 2\n[[module]]\npath = "one"\n')
    fleet(modules, 'include = ["lib"]\n[defaults.run]\nattempts = 7\n[[module]]\npath = "app"\n')
    attempts = {each.name: each.shared.defaults["run"]["attempts"] for each in open_fleet(modules).members}
    assert attempts == {"one": 2, "app": 7}


def test_settings_are_taken_from_the_nearest_place(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (modules / "app" / "llmigrate.toml").write_text("[run]\nattempts = 2\n[model]\njobs = 2\nname = 'own'\n")
    text = (
        "[defaults.run]\nattempts = 1\nfallback = 'unimplemented'\n[defaults.model]\njobs = 1\n"
        "[[module]]\npath = 'app'\n[module.model]\njobs = 3\nname = 'fleet'\ntimeout = 5\n"
    )
    member = open_fleet(fleet(modules, text)).members[0]
    monkeypatch.setenv("LLMIGRATE_JOBS", "4")
    said = {"model": {"name": "said", "base_url": None}}
    settings = Job("app", member.paths, modules / "out", shared=member.shared, said=said).open().settings
    assert settings.run.fallback == "unimplemented"
    assert settings.run.attempts == 2
    assert settings.model.timeout == 5
    assert settings.model.jobs == 4
    assert settings.model.name == "said"


def test_paths_in_a_fleet_are_relative_to_its_file(modules: Path) -> None:
    text = (
        "[defaults.run]\nprompts = 'prompts'\n[[module]]\npath = 'lib/one'\nkernel = 'linux'\n"
        "replay = '{module}/answers.jsonl'\n[module.interface]\nkind = 'crate'\n"
        "[[module]]\npath = 'app'\nrecord = 'answers.jsonl'\n"
    )
    member, other = open_fleet(fleet(modules, text)).members
    assert member.shared.defaults["run"]["prompts"] == str(modules / "prompts")
    assert member.shared.overrides["interface"]["kind"] == str(modules / "crate")
    assert member.kernel == modules / "linux"
    assert member.replay == modules / "lib" / "one" / "answers.jsonl"
    assert other.record == modules / "answers.jsonl"


def test_a_fleet_says_what_all_its_modules_may_take(modules: Path) -> None:
    path = fleet(modules, '[budget]\nusd = 1.5\ntokens = 9\ntime = "2h"\n[[module]]\npath = "app"\n')
    assert open_fleet(path).ceiling == Ceiling(Decimal("1.5"), 9, 7200.0)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1.5m", 90), ("8h", 28800), ("2d", 172800), (30, 30)]
)
def test_a_time_may_have_a_unit(text: str | int, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1h", "soon", "1w", "nan", "inf"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 90m"):
        read_duration(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[module]]\npath = "app"\n[[module]]\npath = "./app"\nname = "b"\n', "twice, as app and as b"),
        ('[[module]]\npath = "lib/*"\n[[module]]\npath = "lib/one"\n', "twice, as one and as one"),
        ('[[module]]\npath = "lib/*"\n[[module]]\npath = "app"\nname = "one"\n', "names two modules one"),
        ('[[module]]\npath = "gone"\n', "gone does not exist"),
        ('[[module]]\npath = "gone/*"\n', "finds no module"),
        ('[[module]]\npath = "lib/*"\nname = "x"\n', "cannot all be named x"),
        ('[[module]]\npth = "app"\n', "did you mean `path`?"),
        ("[defaults.rum]\nattempts = 1\n", "did you mean `run`?"),
        ("[defaults.run]\natempts = 1\n", "unknown key `defaults.run.atempts`; did you mean `attempts`?"),
        (
            '[[module]]\npath = "app"\n[module.run]\nattempts = 0\n',
            "`module app: run.attempts` is not usable",
        ),
        ("[budget]\nusd = -1\n", "`budget.usd` is not usable"),
        ('[budget]\ntime = "soon"\n', "`budget.time` is not usable"),
        ('include = ["gone.toml"]\n', "includes gone.toml, which does not exist"),
        ("[[module]\n", "not valid TOML"),
        ('[[module]]\npath = "lib/*"\nrecord = "r"\n', "records one and two in one file"),
        ('[[module]]\npath = "app"\nrecord = "r"\nreplay = "r"\n', "exclude each other"),
        ("", "fleet.toml names no module; add a [[module]]"),
        ('[[module]]\npath = "app"\nexclude = ["*"]\n', "let `exclude` leave one"),
        ('[module]\npath = "app"\n', "`module` is not usable: write [[module]], in two brackets"),
        ('module = ["app"]\n', "`module` is not usable: write [[module]], in two brackets"),
        ('include = "app"\n', "`include` is not usable: it must be a list of strings."),
        ('[[module]]\npath = "lib/a**"\n', "lib/a** cannot be found (Invalid pattern"),
        ('[[module]]\npath = "loop"\n', "loop cannot be found (Symlink loop"),
        (f'[[module]]\npath = "{"n" * 300}"\n', "cannot be found (File name too long); correct its paths"),
        (f'[[module]]\npath = "{"n" * 300}/*"\n', "cannot be found (File name too long); correct its paths"),
        ('[[module]]\npath = "app"\nkernel = "loop"\n', "app cannot be found (Symlink loop"),
        (f'include = ["{"n" * 300}"]\n', "cannot be found (File name too long); correct `include`"),
        ('include = ["loop"]\n', "the fleet loop cannot be found (Symlink loop"),
    ],
)
def test_a_fleet_that_cannot_be_used_is_one_sentence(modules: Path, text: str, said: str) -> None:
    (modules / "loop").symlink_to("loop")
    assert said in refused(fleet(modules, text))


def test_a_budget_of_an_included_fleet_is_refused_and_not_ignored(modules: Path) -> None:
    fleet(modules / "lib", '[budget]\nusd = 5\n[[module]]\npath = "one"\n')
    fleet(modules, 'include = ["lib"]\n[budget]\nusd = 9\n')
    said = refused(modules)
    assert f"{modules / 'lib' / 'fleet.toml'} has a [budget]" in said
    assert f"say what all modules may take in {modules / 'fleet.toml'}" in said
    assert open_fleet(modules / "lib").ceiling == Ceiling(Decimal(5))


def test_the_same_module_with_other_settings_is_another_one(modules: Path) -> None:
    text = (
        "[[module]]\npath = 'app'\n[[module]]\npath = 'app'\nname = 'safe'\n"
        "[module.interface]\nkind = 'idiomatic'\n"
    )
    assert [each.name for each in open_fleet(fleet(modules, text)).members] == ["app", "safe"]


def test_fleets_that_include_one_another_are_one_sentence(modules: Path) -> None:
    fleet(modules, 'include = ["b.toml"]\n')
    fleet(modules, 'include = ["fleet.toml"]\n', "b.toml")
    said = refused(modules)
    assert "fleet.toml includes" in said
    assert "b.toml" in said


@pytest.mark.parametrize("name", ["gone", "gone.toml"])
def test_what_is_not_there_is_one_sentence(tmp_path: Path, name: str) -> None:
    assert "does not exist" in refused(tmp_path / name)


def test_a_folder_without_c_is_one_sentence(tmp_path: Path) -> None:
    assert "holds no module" in refused(tmp_path)


def test_names_are_text_whatever_the_bytes_of_a_folder_are(tmp_path: Path) -> None:
    write_c(tmp_path / os.fsdecode(b"caf\xe9"), x_c="int x;\n")
    assert names(tmp_path) == ["caf\\xe9"]
