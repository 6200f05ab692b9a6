"""The check finds each kind of thing that can be wrong, and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from migrate.check.record import Entry, Record
from tests.command import cli
from tests.migrate.check.conftest import Stored

HEADER = "sort.h"
SOURCE = "sort.c"


def named(findings: list[dict[str, Any]], kind: str) -> set[str]:
    assert {each["kind"] for each in findings} <= {kind}
    return {each["name"] for each in findings}


def entry_changed(name: str, change: Callable[[Entry], Entry]) -> Callable[[Record], Record]:
    def changed(record: Record) -> Record:
        assert name in {each.name for each in record.entries}
        entries = (change(each) if each.name == name else each for each in record.entries)
        return replace(record, entries=tuple(entries))

    return changed


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")
    subprocess.run(("git", "-C", folder, *who, *arguments), check=True, capture_output=True)


def committed(stored: Stored) -> None:
    git(stored.module, "init", "-q")
    git(stored.module, "add", ".")
    git(stored.module, "commit", "-qm", "Begin")


# Sources.


def test_the_tree_that_was_migrated_has_no_findings(stored: Stored) -> None:
    result = stored.check()
    assert result.exit == 0
    assert result.json["ok"] is True
    assert (result.json["functions"], result.json["files"]) == (20, 2)
    assert result.json["built"] == []
    assert "--no-build" in result.json["not_checked"][0]


def test_white_space_comments_and_moved_lines_are_no_drift(stored: Stored) -> None:
    text = (stored.module / SOURCE).read_text()
    text = re.sub(r"/\*.*?\*/", "/* another\n\n comment */", text, flags=re.DOTALL)
    (stored.module / SOURCE).write_text("\n\n" + text.replace("\t", "    ").replace(") {", ")\n{"))
    assert stored.findings() == []


def test_another_body_is_drift_of_its_function_alone(stored: Stored) -> None:
    stored.edit(SOURCE, "(width - 1)) == 0", "(width - 1)) == 1")
    (finding,) = stored.findings()
    assert (finding["kind"], finding["name"], finding["file"]) == ("drift", "is_aligned", SOURCE)
    lines = (stored.module / SOURCE).read_text().splitlines()
    assert lines[finding["line"] - 1].startswith("static int is_aligned(")
    (change,) = finding["changes"]
    assert change["declaration"] == "function is_aligned"
    assert "(width - 1)) == 0" in change["old"] and "(width - 1)) == 1" in change["new"]


def test_another_macro_is_drift_of_each_function_that_uses_it(stored: Stored) -> None:
    stored.edit(SOURCE, "#define SWAP_BYTES\t3", "#define SWAP_BYTES\t4")
    findings = stored.findings()
    assert named(findings, "drift") == {"swap_rules", "do_swap"}
    assert {change["declaration"] for each in findings for change in each["changes"]} == {"macro SWAP_BYTES"}


def test_another_record_in_a_header_is_drift_with_old_and_new(stored: Stored) -> None:
    stored.edit(HEADER, "struct list_head *next, *prev;", "struct list_head *prev, *next;")
    findings = stored.findings()
    assert {"merge", "list_sort", "list_add_tail"} <= named(findings, "drift")
    assert "swap_bytes" not in named(findings, "drift")
    (change,) = next(each for each in findings if each["name"] == "merge")["changes"]
    assert (change["declaration"], change["file"]) == ("struct list_head", HEADER)
    assert "*next, *prev" in change["old"] and "*prev, *next" in change["new"]


def test_another_signature_is_drift_of_callers_and_another_body_is_not(stored: Stored) -> None:
    stored.edit(SOURCE, "static size_t parent(size_t child,", "static unsigned long parent(size_t child,")
    heads = re.findall(r"^[a-z][^\n;#]*?(\w+)\([^;{]*\)\n\{\n(.*?)^\}", _source(stored), re.M | re.S)
    callers = {name for name, body in heads if "parent(" in body}
    assert callers
    assert named(stored.findings(), "drift") == {"parent", *callers}


def test_a_declaration_that_is_gone_is_drift_without_a_new_text(stored: Stored) -> None:
    stored.edit(SOURCE, "#define MAX_RUNS\t(8 * sizeof(size_t))", "enum { MAX_RUNS = 64 };")
    findings = stored.findings()
    assert {change["new"] for each in findings for change in each["changes"]} == {None}
    assert all("(gone)" in each["message"] for each in findings)


def test_a_function_that_was_added_is_new(stored: Stored) -> None:
    with (stored.module / SOURCE).open("a") as file:
        file.write("\nint added(int x)\n{\n\treturn x;\n}\n")
    (finding,) = stored.findings()
    assert (finding["kind"], finding["name"]) == ("new", "added")
    assert _source(stored).splitlines()[finding["line"] - 1] == "int added(int x)"


def test_a_variable_that_was_added_is_new(stored: Stored) -> None:
    with (stored.module / SOURCE).open("a") as file:
        file.write("\nint added = 5;\n")
    (finding,) = stored.findings()
    assert (finding["kind"], finding["name"]) == ("new", "added")


def test_a_function_that_is_gone_is_removed(stored: Stored) -> None:
    stored.edit(SOURCE, "static size_t parent(", "static size_t ancestor(")
    kinds = {(each["kind"], each["name"]) for each in stored.findings()}
    assert ("removed", "parent") in kinds
    assert ("new", "ancestor") in kinds


def test_a_file_that_is_gone_has_all_its_functions_removed(stored: Stored) -> None:
    (stored.module / SOURCE).unlink()
    findings = [each for each in stored.findings() if each["kind"] == "removed"]
    assert len(findings) == 18
    assert all(f"{SOURCE} is gone" in each["message"] for each in findings)


def test_a_file_that_became_a_folder_counts_as_gone(stored: Stored) -> None:
    (stored.module / HEADER).unlink()
    (stored.module / HEADER).mkdir()
    kinds = {(each["kind"], each["name"]) for each in stored.findings()}
    assert ("removed", "list_init") in kinds
    assert ("drift", "merge") in kinds


def test_c_that_is_not_utf_8_is_compared_byte_by_byte(stored: Stored) -> None:
    path = stored.module / SOURCE
    path.write_bytes(path.read_bytes() + b'\nconst char *umlaut = "\xe4";\n/* \xff */\n')
    assert named(stored.findings(), "new") == {"umlaut"}


# Evidence and state.


def test_evidence_below_the_minimum_of_the_settings_is_weak(stored: Stored) -> None:
    def weakened(entry: Entry) -> Entry:
        assert entry.evidence is not None
        return replace(entry, evidence={**entry.evidence, "branches": 10, "branches_hit": 7})

    stored.change(SOURCE, entry_changed("merge", weakened))
    (finding,) = stored.findings()
    assert (finding["kind"], finding["name"]) == ("weak-evidence", "merge")
    assert "70% of branches reached, 90% wanted" in finding["message"]
    with (stored.module / "llmigrate.toml").open("a") as file:
        file.write("\n[evidence]\nminimum_coverage = 0.5\n")
    assert stored.findings() == []


def test_a_function_without_evidence_is_weak(stored: Stored) -> None:
    stored.change(SOURCE, entry_changed("merge", lambda entry: replace(entry, evidence=None)))
    assert named(stored.findings(), "weak-evidence") == {"merge"}


def test_a_hole_that_is_still_c_is_found_with_the_reason(stored: Stored) -> None:
    in_c = entry_changed("merge", lambda entry: replace(entry, state="c", why="It never ended.", rust=None))
    stored.change(SOURCE, in_c)
    (finding,) = stored.findings()
    assert (finding["kind"], finding["level"], finding["name"]) == ("in-c", "note", "merge")
    assert "It never ended" in finding["message"]


def test_findings_of_an_ignored_kind_are_counted_only(stored: Stored) -> None:
    stored.change(SOURCE, entry_changed("merge", lambda entry: replace(entry, evidence=None)))
    result = stored.check("--ignore", "weak-evidence")
    assert result.exit == 0
    assert (result.json["findings"], result.json["ignored"]) == ([], 1)


# What a change touches.


def test_with_a_revision_only_what_changed_since_is_found(stored: Stored) -> None:
    stored.edit(SOURCE, "(width - 1)) == 0", "(width - 1)) == 1")
    committed(stored)
    assert named(stored.findings(), "drift") == {"is_aligned"}
    assert stored.findings("--diff", "HEAD") == []
    stored.edit(SOURCE, "#define MAX_RUNS\t(8 * sizeof(size_t))", "#define MAX_RUNS\t64")
    assert named(stored.findings("--diff", "HEAD"), "drift") == {"list_sort"}


def test_with_a_revision_a_moved_line_touches_nothing(stored: Stored) -> None:
    stored.change(SOURCE, entry_changed("merge", lambda entry: replace(entry, evidence=None)))
    committed(stored)
    stored.edit(SOURCE, '#include "sort.h"\n', '#include "sort.h"\n\n\n')
    assert stored.findings("--diff", "HEAD") == []
    assert named(stored.findings(), "weak-evidence") == {"merge"}


def test_with_a_revision_weak_evidence_of_what_changed_is_found(stored: Stored) -> None:
    stored.change(SOURCE, entry_changed("merge", lambda entry: replace(entry, evidence=None)))
    committed(stored)
    stored.edit(HEADER, "struct list_head *next, *prev;", "struct list_head *prev, *next;")
    kinds = {(each["kind"], each["name"]) for each in stored.findings("--diff", "HEAD")}
    assert ("weak-evidence", "merge") in kinds
    assert ("drift", "merge") in kinds


# Paths.


def test_a_path_chooses_what_is_looked_at(stored: Stored) -> None:
    stored.edit(HEADER, "struct list_head *next, *prev;", "struct list_head *prev, *next;")
    result = cli("check", stored.module / HEADER, "--against", stored.store, "--json", "--no-build")
    assert {each["file"] for each in result.json["findings"]} == {HEADER}
    assert result.json["files"] == 1


def test_a_store_of_a_tree_is_found_from_its_subfolders(migrated: Path, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(migrated / "sort", root / "lib" / "sort")
    ended = cli("store", migrated / "out", "--into", tmp_path / "whole", "--root", migrated)
    assert ended.exit == 0, ended.stderr
    (root / "lib" / "sort").rename(root / "sort")
    (root / "sort" / SOURCE).write_text("int other;\n")
    result = cli("check", root / "sort", "--against", tmp_path / "whole", "--json", "--no-build")
    assert result.json["root"] == str(root)
    assert {each["file"] for each in result.json["findings"]} >= {f"sort/{SOURCE}"}


# Rust.


def test_the_rust_of_the_store_builds_and_passes(stored: Stored) -> None:
    result = stored.check_all("--evidence", "quick")
    assert (result.exit, result.json["built"]) == (0, ["."]), result.stdout
    assert result.json["not_checked"] == []


def test_rust_that_does_not_compile_fails(stored: Stored) -> None:
    def broken(entry: Entry) -> Entry:
        return replace(entry, rust=(entry.rust or "").replace("{", "{ let () = 5;", 1))

    stored.change(SOURCE, entry_changed("merge", broken))
    (finding,) = stored.check_all().json["findings"]
    assert (finding["kind"], finding["name"]) == ("fails", "merge")
    assert "gate compile" in finding["message"]
    assert "mismatched types" in finding["message"] + finding["detail"]


def test_rust_that_does_something_else_fails(stored: Stored) -> None:
    def other(entry: Entry) -> Entry:
        assert entry.rust is not None and entry.rust.count("== 0") == 1, entry.rust
        return replace(entry, rust=entry.rust.replace("== 0", "!= 0"))

    stored.change(SOURCE, entry_changed("is_aligned", other))
    (finding,) = stored.check_all("--evidence", "quick").json["findings"]
    assert (finding["kind"], finding["name"]) == ("fails", "is_aligned")
    assert "gate behaviour" in finding["message"]


def test_c_that_no_longer_builds_is_found(stored: Stored) -> None:
    stored.edit(SOURCE, "(width - 1)) == 0", "(width - 1)) == nothing")
    kinds = {(each["kind"], each["name"]) for each in stored.check_all().json["findings"]}
    assert kinds == {("drift", "is_aligned"), ("fails", ".")}


def test_without_a_toolchain_the_rest_is_checked_and_that_is_said(
    stored: Stored, tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    stored.edit(SOURCE, "(width - 1)) == 0", "(width - 1)) == 1")
    result = stored.check_all()
    assert named(result.json["findings"], "drift") == {"is_aligned"}
    (said,) = result.json["not_checked"]
    assert "gcc" in said and "not found" in said


def test_rust_for_a_kernel_is_not_built_here_and_that_is_said(stored: Stored) -> None:
    for file in (SOURCE, HEADER):
        stored.change(file, lambda record: replace(record, target="kernel"))
    result = stored.check_all()
    assert result.exit == 0
    assert "kernel" in result.json["not_checked"][0]


def _source(stored: Stored) -> str:
    return (stored.module / SOURCE).read_text()
