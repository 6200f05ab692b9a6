"""Settings: the command line over the environment over `llmigrate.toml` over defaults."""

from __future__ import annotations

import enum
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from migrate.errors import SettingsError

FILE_NAME = "llmigrate.toml"
ABI = "abi"
"""The interface that follows from the C by rule."""
IDIOMATIC = "idiomatic"
"""The interface of safe types and signatures that a model proposes."""
DEFAULT_BASE_URL = "https://api.openai.com/v1"
MOST_JOBS = 256
MOST_IN_BATCHES = 2_000
"""Prompts that may wait for a provider's batches at a time; each of them takes a thread."""


class Strategy(enum.StrEnum):
    """In which portions a module is translated, and by whom."""

    FUNCTION = "function"
    """One prompt for each hole."""
    WHOLE_MODULE = "whole-module"
    """One prompt for all holes together: the baseline of the method."""
    TRANSPILE = "transpile"
    """c2rust alone, and no model."""


class UnsafeRule(enum.StrEnum):
    """What becomes of `unsafe` in a safe interface."""

    DENY = "deny"
    COUNT = "count"
    """Allowed, and shown in the report."""
    ALLOW = "allow"


class CrateTestsRule(enum.StrEnum):
    """Whether failing tests of a given crate go into repair prompts, or only into the report."""

    VISIBLE = "visible"
    HIDDEN = "hidden"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PriceSettings(_Section):
    """What the model costs, in US dollars per million tokens."""

    input: float | None = Field(default=None, ge=0)
    cached_input: float | None = Field(default=None, ge=0)
    output: float | None = Field(default=None, ge=0)
    batch: float | None = Field(default=None, ge=0)
    """The share of all this that a call in a provider's batch costs."""

    @model_validator(mode="after")
    def _needs_both_ways(self) -> PriceSettings:
        if (self.input is None) != (self.output is None):
            raise ValueError("`input` and `output` belong together; give both, or neither for known prices")
        if self.cached_input is not None and self.input is None:
            raise ValueError("`cached_input` belongs to `input` and `output`; give them too")
        return self


class ModelSettings(_Section):
    """Which model answers, and how it is asked."""

    name: str | None = None
    base_url: str = DEFAULT_BASE_URL
    jobs: int = Field(default=4, ge=1, le=MOST_IN_BATCHES)
    """Prompts that are on their way at a time."""
    provider_batch: bool = False
    """Whether prompts go through the provider's batches, which take longer and cost less."""
    timeout: float = Field(default=600, gt=0)
    """Seconds to wait for one answer."""
    window: int | None = Field(default=None, ge=1)
    """Tokens that the model can read at once; taken from the price table where it knows the model."""
    max_output_tokens: int = Field(default=16_000, ge=1)
    parameters: dict[str, Any] = Field(default_factory=dict)
    """Handed to the endpoint as they are, such as `temperature`."""
    price: PriceSettings | None = None

    @property
    def side_by_side(self) -> int:
        """The prompts that wait for answers at a time: without `jobs`, as many as a batch should hold."""
        return MOST_JOBS if self.provider_batch and "jobs" not in self.model_fields_set else self.jobs

    @model_validator(mode="after")
    def _ask_few_directly(self) -> ModelSettings:
        if self.jobs > MOST_JOBS and not self.provider_batch:
            raise ValueError(f"`jobs` is at most {MOST_JOBS} without `provider_batch`")
        return self

    @field_validator("parameters")
    @classmethod
    def _leave_the_length_to_us(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        taken = {"max_completion_tokens", "max_tokens", "n"} & set(parameters)
        if taken:
            raise ValueError(f"{sorted(taken)[0]} is set by `max_output_tokens`, which budgets rely on")
        return parameters


class RunSettings(_Section):
    """How far a run goes, and in which way."""

    strategy: Strategy = Strategy.FUNCTION
    attempts: int = Field(default=4, ge=1)
    """Answers asked for one hole: the first and the repairs."""
    budget: float | None = Field(default=None, gt=0)
    """US dollars."""
    fallback: Literal["c", "transpiled", "unimplemented"] = "c"
    sandbox: Literal["auto", "off"] = "auto"
    """Whether what a model wrote is built and run in isolation; there is no run without, unless it is off."""
    prompts: Path | None = None
    """A folder whose templates override ours by file name; relative to that of `llmigrate.toml`."""


class InterfaceSettings(_Section):
    """What the Rust side looks like to its callers."""

    kind: str = ABI
    """`abi`, `idiomatic`, or a Rust crate with open bodies, relative to the folder of `llmigrate.toml`."""
    unsafe: UnsafeRule = UnsafeRule.DENY
    tests: CrateTestsRule = CrateTestsRule.VISIBLE
    shims: bool = True
    """Whether exported symbols of C lead to the idiomatic crate."""

    @property
    def crate(self) -> Path | None:
        """The folder of a given crate, or None."""
        return None if self.kind in {ABI, IDIOMATIC} else Path(self.kind)


class EvidenceSettings(_Section):
    """How much is spent on showing that the Rust does what the C does, and how strong that has to be."""

    level: Literal["none", "quick", "full"] = "quick"
    seconds: int | None = Field(default=None, ge=1)
    """What the search for one function's inputs may take; by default what the level says."""
    minimum_coverage: float = Field(default=0.9, ge=0, le=1)
    """Share of the C's branches."""
    minimum_kills: float = Field(default=0.85, ge=0, le=1)
    """Share of the C's mutants, where they are made."""
    required: bool = False
    """Whether a function with weaker evidence counts as not done."""


class TestSettings(_Section):
    """The module's own tests: each source is a program with `main` that exits with 0 when all is well."""

    sources: tuple[str, ...] | None = None
    flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    """Names for `-l`."""
    timeout: float = Field(default=60, gt=0)
    """Seconds for one test program."""


class CheckSettings(_Section):
    """What is run in the booted kernel, and compared with what the kernel in C says to it."""

    program: Path | None = None
    """A C source, or a program that needs no library; relative to the folder of `llmigrate.toml`."""
    seconds: float = Field(default=60, gt=0)
    """What a boot with it may take."""


class KernelSettings(_Section):
    """The kernel that a module is part of."""

    build: Path | None = None
    """The folder of its build; relative to the folder of `llmigrate.toml`."""
    files: tuple[Path, ...] = ()
    """The module's C files and folders, relative to the kernel's source tree."""
    suites: str = "*"
    """A glob for the KUnit suites to run; empty for none."""
    parameters: tuple[str, ...] = ()
    """More of the kernel's own parameters, for each boot, such as `module.selftest=1`."""
    checks: CheckSettings = CheckSettings()


class ModuleSettings(_Section):
    """What `llmigrate.toml` may say."""

    name: str | None = None
    sources: tuple[str, ...] | None = None
    flags: tuple[str, ...] = ()
    compile_commands: Path | None = None
    tests: TestSettings = TestSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    model: ModelSettings = ModelSettings()
    run: RunSettings = RunSettings()
    interface: InterfaceSettings = InterfaceSettings()
    kernel: KernelSettings = KernelSettings()


Said = Mapping[str, Mapping[str, Any]]
"""What is said beside `llmigrate.toml`, by section of the settings; None values count as not said."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a file that is about several modules says of one; paths in it are absolute."""

    defaults: Said = field(default_factory=dict)
    """Below the module's own `llmigrate.toml`."""
    overrides: Said = field(default_factory=dict)
    """Above it."""


ALONE = Shared()
"""For a module that no such file is about."""


def load_settings(
    folder: Path,
    overrides: Said,
    environment: Mapping[str, str] | None = None,
    shared: Shared = ALONE,
) -> ModuleSettings:
    """Combine a folder's `llmigrate.toml`, the environment and the command line.

    `overrides` is what the command line said. Raise SettingsError for a file that is not TOML, unknown
    keys and bad values.
    """
    data = read_toml(folder / FILE_NAME) if (folder / FILE_NAME).is_file() else {}
    for section, values in shared.defaults.items():
        own = data.get(section, {})
        data[section] = {**values, **own} if isinstance(own, dict) else own
    said = (*shared.overrides.items(), *_from_environment(environment), *overrides.items())
    for section, values in said:
        present = data.setdefault(section, {})
        if isinstance(present, dict):
            present.update({key: value for key, value in values.items() if value is not None})
    try:
        settings = ModuleSettings.model_validate(data)
    except ValidationError as error:
        place = f"{folder / FILE_NAME}, the environment or the command line"
        raise SettingsError(said_of(error, folder / FILE_NAME, place, ModuleSettings)) from None
    return _placed(settings, folder)


def _placed(settings: ModuleSettings, folder: Path) -> ModuleSettings:
    """Take relative paths from the folder of the settings."""
    run, checks = settings.run, settings.kernel.checks
    if run.prompts is not None:
        run = run.model_copy(update={"prompts": folder / run.prompts})
    if checks.program is not None:
        checks = checks.model_copy(update={"program": folder / checks.program})
    kernel = settings.kernel.model_copy(update={"checks": checks})
    interface = settings.interface
    if interface.crate is not None:
        interface = interface.model_copy(update={"kind": str(folder / interface.crate)})
    return settings.model_copy(update={"run": run, "kernel": kernel, "interface": interface})


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file that people write. Raise SettingsError when it is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}; correct the file.") from None


_ENVIRONMENT = {
    "LLMIGRATE_MODEL": ("model", "name"),
    "LLMIGRATE_BASE_URL": ("model", "base_url"),
    "OPENAI_BASE_URL": ("model", "base_url"),
    "LLMIGRATE_JOBS": ("model", "jobs"),
    "LLMIGRATE_PROVIDER_BATCH": ("model", "provider_batch"),
    "LLMIGRATE_STRATEGY": ("run", "strategy"),
    "LLMIGRATE_ATTEMPTS": ("run", "attempts"),
    "LLMIGRATE_BUDGET": ("run", "budget"),
    "LLMIGRATE_FALLBACK": ("run", "fallback"),
    "LLMIGRATE_EVIDENCE": ("evidence", "level"),
    "LLMIGRATE_SANDBOX": ("run", "sandbox"),
}
VARIABLES = frozenset(_ENVIRONMENT)
"""Names of what the environment may say."""


def _from_environment(environment: Mapping[str, str] | None) -> list[tuple[str, dict[str, str]]]:
    values = os.environ if environment is None else environment
    # Reversed, so that our own variable wins over the one that every client of the API reads.
    return [
        (section, {key: values[name]})
        for name, (section, key) in reversed(_ENVIRONMENT.items())
        if values.get(name)
    ]


def said_of(error: ValidationError, path: Path, place: str, model: type[BaseModel], prefix: str = "") -> str:
    """Say in one sentence what is wrong with settings and what to do about it.

    `place` is where a bad value may come from, `prefix` what stands before a key in the file.
    """
    # An unknown key comes first: it may be the reason why another one is missing.
    first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    key = prefix + ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        hint = get_close_matches(str(first["loc"][-1]), _known_keys(model), 1)
        remedy = f"did you mean `{hint[0]}`?" if hint else "remove it or correct its name."
        return f"{path}: unknown key `{key}`; {remedy}"
    is_no_list = first["type"] == "tuple_type"
    said = "it must be a list of strings" if is_no_list else first["msg"].removeprefix("Value error, ")
    return f"{place}: `{key}` is not usable: {said}."


def _known_keys(model: type[BaseModel]) -> list[str]:
    keys = list(model.model_fields)
    for each in model.model_fields.values():
        for kind in (each.annotation, *get_args(each.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                keys += _known_keys(kind)
    return keys
