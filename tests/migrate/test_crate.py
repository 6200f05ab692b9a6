"""The crate mirrors the C files, builds with their flags, and reads like Rust."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from analysis.unit import CompileCommand
from migrate.skeleton.crate import module_name, rust_paths
from migrate.skeleton.flags import moved_flags
from repair.cargo import write_files as write_crate
from tests.migrate.hybrids import prepare_module, tried, write_files

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"


def test_every_c_file_gets_a_rust_file_of_its_own_and_shares_it_with_its_header() -> None:
    names = [
        "a/x.c",
        "b/x.c",
        "a_x.c",
        "a-x.c",
        "2d.c",
        "lib.c",
        "mod.c",
        "type.c",
        "self.c",
        "core.c",
        "m.c",
        "m.h",
    ]
    paths = rust_paths([Path(name) for name in names])
    assert paths[Path("m.c")] == paths[Path("m.h")] == "src/m.rs"
    assert len(set(paths.values())) == len(names) - 1
    for path in paths.values():
        name = module_name(path)
        assert name.isidentifier()
        assert name not in {"lib", "mod", "type", "self", "core"}


def test_files_with_names_that_are_not_rust_link_side_by_side(tmp_path: Path) -> None:
    names = ["my-file.c", "2d.c", "lib.c", "mod.c", "sub/x.c", "other/x.c", "sub_x.c", "core.c", "type.c"]
    files = {
        name: f"static int h(void) {{ return {number}; }}\nint f{number}(void) {{ return h(); }}\n"
        for number, name in enumerate(names)
    }
    files["llmigrate.toml"] = 'sources = ["*.c", "*/*.c"]\n'
    expression = " + ".join(f"f{number}() * {10**number}" for number in range(len(names)))
    rust = {
        f"{name}:h": f'unsafe extern "C" fn h() -> c_int {{ {number} }}'
        for number, name in enumerate(names)
        if number % 2
    }
    prototypes = "".join(f"int f{number}(void);" for number in range(len(names)))
    value = sum(number * 10**number for number in range(len(names)))
    assert tried(tmp_path, files, prototypes, expression, rust).gives(value, value)


def test_flags_with_quotes_spaces_and_backslashes_reach_the_c_in_the_crate(tmp_path: Path) -> None:
    files = {
        "src/m.c": '#include "up.h"\nconst char *text(void) { return NAME SECOND; }\n'
        "int api(void) { return UP + text()[2] + text()[6] + VALUE; }\n",
        "include/up.h": "#define UP 1000\n",
        "llmigrate.toml": r"""sources = ["src/*.c"]
flags = ['-DNAME="a \"b"', '-DSECOND="c{}\\d"', '-D', 'VALUE=(10000 + 20000)', '-Iinclude', '-include',
'up.h']
""",
    }
    value = 1000 + ord('"') + ord("}") + 30000
    assert tried(tmp_path, files, "int api(void);", "api()").gives(value, value)


def test_headers_above_the_root_are_found_where_they_are(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"shared/common.h": "#define BASE 7\nstatic inline int half(int x) { return x / 2; }\n"}
    )
    files = {
        "m.c": '#include "common.h"\nint api(void) { return half(BASE * 2) + BASE; }\n',
        "llmigrate.toml": 'flags = ["-I../shared"]\n',
    }
    rust = {"api": 'pub unsafe extern "C" fn api() -> c_int { unsafe { half(BASE * 2) + BASE } }'}
    assert tried(tmp_path, files, "int api(void);", "api()", rust).gives(14, 14)


@pytest.mark.parametrize("absolute", [True, False])
def test_a_compilation_database_gives_each_file_its_flags(tmp_path: Path, absolute: bool) -> None:
    root = tmp_path / "module"
    start = f"{root}/" if absolute else "../"
    entries = [
        {
            "directory": str(root / "build") if absolute else "build",
            "file": f"{start}a.c",
            "command": f"cc -DONE=1 -I{start}include -o a.o -c {start}a.c",
        },
        {
            "directory": str(root / "build") if absolute else "build",
            "file": f"{start}b.c",
            "arguments": [
                "cc",
                '-DTEXT="two words"',
                "-I",
                f"{start}include",
                "-c",
                f"{start}b.c",
                "-MF",
                "b.d",
            ],
        },
    ]
    files = {
        "a.c": '#include "i.h"\nint a(void) { return ONE + INCLUDED; }\n',
        "b.c": '#include "i.h"\nint b(void) { return sizeof TEXT + INCLUDED; }\n',
        "include/i.h": "#define INCLUDED 100\n",
        "build/kept": "",
        "compile_commands.json": json.dumps(entries),
    }
    assert tried(tmp_path, files, "int a(void), b(void);", "a() * 1000 + b()").gives(101110, 101110)


def test_include_folders_of_the_module_move_with_it_and_others_stay(tmp_path: Path) -> None:
    root = write_files(tmp_path / "m", {"inc/a.h": "", "inc/b.h": ""})
    (tmp_path / "other").mkdir()
    flags = "-Iinc -I ../other -iquote . -isystem../m/inc -include inc/a.h -imacrosinc/b.h -include a.h -O2"
    moved = moved_flags(CompileCommand(root / "a.c", tuple(flags.split()), root), root, Path("c"))
    assert " ".join(moved) == (
        f"-Ic/inc -I {tmp_path}/other -iquote c -isystemc/inc -include c/inc/a.h -imacrosc/inc/b.h"
        " -include a.h -O2"
    )


_UGLY = (
    b"/* first: ends with stars **/\r\n/* nested /* like */\r\n// slashes \\\r\n continued // more\r\n"
    b"/** doc *\\/ comment\t\twith tabs   \r\n *  - item \xe9\xff latin   \r\n *\tcode(); // here\r\n */\r\n"
    b'int api(void)\r\n{\r\n\tconst char *s = "not /* a comment */ // \xe9";   \r\n'
    b"\treturn s[0] + '\"' + '/'; /* tail */\r\n}\r\n\r\n/* " + b"very long " * 60 + b" */\r\n"
    b"static int v = 1; // after \\ text\r\n//! bang\r\n//\r\n///* odd\r\nint get(void) { return v++; }\r\n"
    b'/*/ tricky */\r\n/* #[doc] } { " */\r\nint three(void) { return 3; } /* unterminated quote " */\r\n'
    b"/* one\rtwo\x0cthree */\r\nstruct t { int x; };   /* behind */\r\n"
    b"int four(struct t *t) { return t->x; }\r\n"
)


def test_ugly_comments_and_line_ends_become_rust_that_builds_and_is_laid_out(tmp_path: Path) -> None:
    rust = {"v": "static mut v: c_int = 1;"}
    prototypes = "int api(void), get(void), three(void);"
    found = tried(tmp_path, {"m.c": _UGLY}, prototypes, "api() + get() + three()", rust)
    value = ord("n") + ord('"') + ord("/") + 1 + 3
    assert found.gives(value, value + 1)
    text = found.rust("src/m.rs")
    assert "// slashes" in text
    assert text.count("very long") == 60
    assert "\r" not in text
    assert_laid_out(found.prepared.assembly.render({}).files, tmp_path / "crate")


@pytest.mark.parametrize("sample", ["intmath", "ramfs", "sort"])
def test_the_crates_of_the_samples_are_laid_out_by_rustfmt(sample: str, tmp_path: Path) -> None:
    assembly = prepare_module(SAMPLES / sample).assembly
    assert_laid_out(assembly.render({}).files, tmp_path / "crate")


def assert_laid_out(files: Mapping[str, bytes], folder: Path) -> None:
    write_crate(folder, files)
    checked = subprocess.run(
        ["rustfmt", "--edition", "2024", "--check", *sorted(folder.rglob("*.rs"))],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
