"""A fleet of the samples, the given crates and real C packages, on a cluster: each ends as far as it can."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import ROOT, DaskCluster
from tests.endpoint import Endpoint, scripted
from tests.packages import package_source
from tests.shared import made_once

SAMPLES = {
    "sort": 10,
    "intmath": 12,
    "ramfs": 25,
    "textkit": 20,
    "keepshelf": 32,
    "sort-idiomatic": 16,
    "intmath-idiomatic": 18,
    "ramfs-idiomatic": 40,
}
"""The modules of the samples' fleet, and how many holes each has at least."""
PACKAGES = {
    "cjson": ("cJSON.c", "test.c", ""),
    "hiredis": ("dict.c", "", ""),
    "http-parser": ("http_parser.c", "test.c", ""),
    "jansson": ("src/utf.c", "", "-DHAVE_STDINT_H"),
    "libcsv": ("libcsv.c", "test_csv.c", ""),
    "zlib": ("adler32.c", "", ""),
}
"""Debian's source packages, each with the file to migrate, its test and the flags it is built with."""


def write_package(folder: Path, source: str, test: str, flags: str) -> None:
    """Say how a package is built."""
    tests = json.dumps([test] if test else [])
    settings = (
        f"sources = {json.dumps([source])}\nflags = {json.dumps(flags.split())}\n[tests]\nsources = {tests}\n"
    )
    (folder / "llmigrate.toml").write_text(settings)


def write_fleet(folder: Path) -> Path:
    """Write a fleet of everything; skip where a package cannot be had."""
    sources = {name: package_source(name) for name in PACKAGES}
    for name, how in PACKAGES.items():
        shutil.copytree(sources[name], folder / "packages" / name)
        write_package(folder / "packages" / name, *how)
    samples = json.dumps(str(ROOT / "samples" / "fleet.toml"))
    (folder / "fleet.toml").write_text(f'include = [{samples}]\n[[module]]\npath = "packages/*"\n')
    return folder / "fleet.toml"


@dataclass(frozen=True)
class Fleet:
    """A fleet after its batch."""

    exit: int
    rows: dict[str, dict[str, Any]]
    out: Path
    plan: dict[str, dict[str, Any]]
    """By module, what a dry run says."""

    def report(self, name: str) -> dict[str, Any]:
        """Return the report of a module."""
        report: dict[str, Any] = json.loads((self.out / "modules" / name / "report.json").read_text())
        return report


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command on the code of this checkout."""
    program = (sys.executable, "-m", "migrate.cli", "batch", *map(str, arguments), "--json")
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=600, env=os.environ)


def run_fleet(folder: Path) -> None:
    """Plan and run it; the model that packages are asked of never says anything that can be used."""
    path, out = write_fleet(folder), folder / "out"
    planned = command(path, "-o", out, "--dry-run")
    (folder / "plan.json").write_text(planned.stdout)
    silent = scripted("I cannot help with that.")
    with Endpoint(lambda body: silent) as endpoint, DaskCluster(folder / "cluster") as cluster:
        model = ("--model", "scripted-model", "--base-url", endpoint.base_url, "--attempts", "1")
        ended = command(path, "-o", out, *model, "--evidence", "none", "--scheduler", cluster.address)
    assert ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    folder = made_once(tmp_path_factory, "fleet", run_fleet)
    plan = json.loads((folder / "plan.json").read_text())["modules"]
    ended = json.loads((folder / "out" / "batch.json").read_text())
    rows = {each["name"]: each for each in ended["modules"]}
    return Fleet(ended["exit"], rows, folder / "out", {each["name"]: each for each in plan})


def test_the_batch_says_that_holes_are_left(fleet: Fleet) -> None:
    assert fleet.exit == 3
    assert len(fleet.rows) == len(SAMPLES) + len(PACKAGES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_ends_in_rust_from_its_recording(fleet: Fleet, name: str) -> None:
    row = fleet.rows[name]
    assert row["state"] == "rust", row["message"]
    assert row["rust"] == row["holes"] >= SAMPLES[name]
    model = fleet.report(name)["model"]
    assert model["replayed"] >= SAMPLES[name]
    assert model["calls"] == 0


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_without_a_model_ends_in_a_crate_with_all_holes_in_c(fleet: Fleet, name: str) -> None:
    row, report = fleet.rows[name], fleet.report(name)
    assert row["state"] == "holes", row["message"]
    assert row["rust"] == 0
    assert {hole["plug"] for hole in report["holes"]} == {"c"}
    assert report["totals"]["holes"] == len(report["holes"]) == row["holes"] > 0
    assert report["tests"]["passed"] is (True if PACKAGES[name][1] else None)
    built = (
        "cargo",
        "build",
        "--quiet",
        "--manifest-path",
        fleet.out / "modules" / name / "crate" / "Cargo.toml",
    )
    assert subprocess.run(built, capture_output=True).returncode == 0


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_has_a_full_plan(fleet: Fleet, name: str) -> None:
    plan = fleet.plan[name]
    assert plan["why_not"] == ""
    assert plan["holes"] == fleet.rows[name]["holes"]
    assert plan["prompts"] > 0
    assert plan["prompt_tokens"] > plan["prompts"]
