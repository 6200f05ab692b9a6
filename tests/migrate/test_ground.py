"""Rust that was accepted and does not pass any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import Exit, UserError
from migrate.run.ground import Ground
from migrate.run.ledger import Ledger
from repair.cargo import leased_workspace
from repair.judge import Judge
from repair.module_tests import TestPrograms, compile_programs
from repair.sandbox import find_sandbox
from tests.command import cli
from tests.endpoint import Endpoint
from tests.repair.holes import PlainCrate, function
from tests.tiny import Answers, write_module

WEAK = "int main(void) { return 0; }\n"
STRICT = "int half(int); int main(void) { return half(8) != 4; }\n"
C = "int half(int x) { return x / 2; }\nint same(int x) { return x; }\n"
WRONG = '```rust\npub unsafe extern "C" fn half(x: c_int) -> c_int {\n    x\n}\n```'
RIGHT = WRONG.replace("    x\n", "    x / 2\n")
SAME = '```rust\npub unsafe extern "C" fn same(x: c_int) -> c_int {\n    x\n}\n```'


def test_stricter_tests_reject_the_function_that_fails_them_and_it_is_asked_for_again(tmp_path: Path) -> None:
    module = tmp_path / "half"
    module.mkdir()
    (module / "half.c").write_text(C)
    (module / "test_half.c").write_text(WEAK)
    with Endpoint(Answers({"half": [WRONG, RIGHT], "same": [SAME]})) as endpoint:
        options = ("run", module, "-o", "out", "--json", "--model", "m", "--base-url", endpoint.base_url)
        assert cli(*options).exit == 0
        (module / "test_half.c").write_text(STRICT)
        mended = cli(*options)
        assert (mended.exit, mended.json["tests"]["passed"]) == (0, True), mended.stderr
        assert len(endpoint.requests) == 3
    assert "x / 2" in Path("out/crate/src/half.rs").read_text()


def test_tests_with_the_names_of_folders_of_ours_run_all_the_same(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", ["twice"])
    test = (module / "test_tiny.c").read_text()
    for name in ("test_1.c", "test_2.c"):
        (module / name).write_text(test)
    (module / "llmigrate.toml").write_text('[tests]\nsources = ["test_1.c", "test_2.c", "test_tiny.c"]\n')
    with Endpoint(Answers()) as endpoint:
        ended = cli("run", module, "-o", "out", "--model", "m", "--base-url", endpoint.base_url)
    assert ended.exit == 0, ended.stderr


def test_a_helper_may_not_hide_a_name_of_the_module(tmp_path: Path) -> None:
    module = tmp_path / "same"
    module.mkdir()
    (module / "same.c").write_text("int same(int x) { return x; }\n")
    (module / "other.c").write_text("int same_add(int x) { return x + 100; }\n")
    helper = SAME.replace("    x\n}\n", "    same_add(x)\n}\n\nfn same_add(x: c_int) -> c_int {\n    x\n}\n")
    with Endpoint(Answers({"same": [helper, SAME], "same_add": [ADD]})) as endpoint:
        options = ("--json", "--model", "m", "--base-url", endpoint.base_url)
        ended = cli("run", module, "-o", "out", *options)
    attempts = {hole["name"]: hole["attempts"] for hole in ended.json["holes"]}
    assert attempts == {"same": 2, "same_add": 1}


ADD = '```rust\npub unsafe extern "C" fn same_add(x: c_int) -> c_int {\n    x + 100\n}\n```'


def test_a_bare_skeleton_that_fails_is_our_fault_and_is_written_down(tmp_path: Path) -> None:
    (tmp_path / "test.c").write_text('#include <stdio.h>\nint main(void) { puts("no"); return 1; }\n')
    objects = compile_programs((tmp_path / "test.c",), (), tmp_path, tmp_path)
    sandbox = find_sandbox()
    assert isinstance(objects, tuple) and sandbox is not None
    programs = TestPrograms(objects, (), tmp_path, tmp_path, 10, sandbox)
    with leased_workspace() as workspace, Ledger(tmp_path / "ledger.sqlite") as ledger:
        judge = Judge(PlainCrate((function("f"),)), workspace, "trial", programs)
        with pytest.raises(UserError, match="with all its functions in C") as raised:
            Ground(judge, ledger, tmp_path / "skeleton.log").firm(())
    assert raised.value.exit is Exit.FAULT
    assert "exit status 1" in (tmp_path / "skeleton.log").read_text()
