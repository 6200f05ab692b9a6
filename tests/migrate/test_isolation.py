from __future__ import annotations

from pathlib import Path

import pytest

from migrate.run.isolation import isolated
from migrate.subject import Subject
from repair.cargo import Workspace
from repair.sandbox import NO_SANDBOX
from tests.command import cli
from tests.endpoint import Endpoint
from tests.tiny import FUNCTIONS, Answers, write_module

FLAGS = """\
flags = ["-I", "../shared", "-include../forced.h", "-DX=-I/usr", "-I..", "-I/", "-Imissing"]
"""


def test_a_build_sees_the_headers_that_flags_name_and_never_the_home_folder(tmp_path: Path) -> None:
    module = write_module(tmp_path / "me" / "tiny", settings=FLAGS)
    (tmp_path / "me" / "shared").mkdir()
    (tmp_path / "me" / "forced.h").touch()
    workspace = Workspace(tmp_path, tmp_path, sandbox=NO_SANDBOX)
    found = isolated(workspace, Subject((module,)).open({}), NO_SANDBOX).visible
    me = tmp_path / "me"
    assert found == (me, me / "forced.h", me / "shared")


def test_a_folder_around_the_home_folder_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = write_module(tmp_path / "me" / "tiny", settings='flags = ["-I..", "-I../.."]\n')
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    workspace = Workspace(tmp_path, tmp_path, sandbox=NO_SANDBOX)
    assert isolated(workspace, Subject((module,)).open({}), NO_SANDBOX).visible == ()


def test_a_module_with_headers_elsewhere_is_migrated(tmp_path: Path) -> None:
    settings = 'flags = ["-I../shared", "-include", "../forced.h"]\n'
    module = write_module(tmp_path / "tiny", ["twice"], settings)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "shared.h").write_text("#define TWO 2\n")
    (tmp_path / "forced.h").write_text("#define ONE 1\n")
    text = (module / "tiny.c").read_text().replace("return x + x", "return x * TWO / ONE")
    (module / "tiny.c").write_text(f'#include "shared.h"\n{text}')
    right = FUNCTIONS["twice"].with_body("    x * TWO as c_int / ONE as c_int")
    with Endpoint(Answers({"twice": [right]})) as endpoint:
        more = ("--model", "some-model", "--base-url", endpoint.base_url)
        ended = cli("run", module, "-o", tmp_path / "out", *more)
    assert ended.exit == 0, ended.stderr
