"""What a `fleet.toml` may say."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from migrate.errors import SettingsError
from migrate.settings import ABI, IDIOMATIC, ModuleSettings, read_toml, said_of

Section: TypeAlias = dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BudgetSettings(_Part):
    """What all modules together may take; without a value there is no limit."""

    usd: float | None = Field(default=None, gt=0)
    tokens: int | None = Field(default=None, ge=1)
    time: float | str | None = None
    """Seconds, or a text such as `90m`, `8h` or `2d`."""


class Sections(_Part):
    """Settings of modules, by the sections of `llmigrate.toml`."""

    tests: Section = {}
    evidence: Section = {}
    model: Section = {}
    run: Section = {}
    interface: Section = {}

    def said(self) -> dict[str, Section]:
        """Return what is said of each section."""
        return {name: dict(getattr(self, name)) for name in Sections.model_fields}


class ModuleEntry(Sections):
    """One `[[module]]`: a module, or as many as a glob finds."""

    path: str
    name: str | None = Field(default=None, min_length=1)
    exclude: tuple[str, ...] = ()
    """Globs on the names of modules that `path` finds."""
    kernel: str | None = None
    """The build of the kernel that it is part of."""
    replay: str | None = None
    record: str | None = None
    answered_by: str | None = None


class FleetFile(_Part):
    """One file; all that it names is relative to its folder."""

    include: tuple[str, ...] = ()
    defaults: Sections = Sections()
    budget: BudgetSettings = BudgetSettings()
    module: tuple[ModuleEntry, ...] = ()

    @field_validator("module", mode="before")
    @classmethod
    def _is_list_of_tables(cls, module: object) -> object:
        if not isinstance(module, list) or not all(isinstance(each, dict) for each in module):
            raise ValueError("write [[module]], in two brackets, above each module")
        return module


def read_fleet_file(path: Path) -> FleetFile:
    """Read a fleet file. Raise SettingsError where it cannot be used."""
    try:
        content = FleetFile.model_validate(read_toml(path))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}; check the path") from None
    except ValidationError as error:
        raise SettingsError(said_of(error, path, str(path), FleetFile)) from None
    _check(path, "defaults.", content.defaults)
    for each in content.module:
        _check(path, f"module {each.name or each.path}: ", each)
    return content


def _check(path: Path, place: str, sections: Sections) -> None:
    """Make sure that settings say what `llmigrate.toml` could say. Raise SettingsError."""
    try:
        ModuleSettings.model_validate(sections.said())
    except ValidationError as error:
        raise SettingsError(said_of(error, path, str(path), ModuleSettings, place)) from None


def placed(said: dict[str, Section], folder: Path) -> dict[str, Section]:
    """Take the paths in settings from the folder of the file that says them."""
    found = {name: dict(values) for name, values in said.items() if values}
    if "prompts" in found.get("run", {}):
        found["run"]["prompts"] = str(folder / found["run"]["prompts"])
    kind = found.get("interface", {}).get("kind")
    if kind not in (None, ABI, IDIOMATIC):
        found["interface"]["kind"] = str(folder / kind)
    return found
