from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from repair.kernel.initrd import Entry, NotBuilt, archive, build_static, file, initrd

needs_cpio = pytest.mark.skipif(shutil.which("cpio") is None, reason="cpio is not installed")


def listed(data: bytes) -> list[list[str]]:
    ran = subprocess.run(["cpio", "-itv", "--numeric-uid-gid"], input=data, capture_output=True, check=True)
    assert ran.stderr.endswith(b" blocks\n") or ran.stderr.endswith(b" block\n")
    return [line.split() for line in ran.stdout.decode().splitlines()]


@needs_cpio
def test_cpio_reads_back_what_was_written(tmp_path: Path) -> None:
    data = archive(
        {
            "bin/tool": file(b"four", 0o755),
            "etc/empty": file(b""),
            "dev/console": Entry(stat.S_IFCHR | 0o600, device=(5, 1)),
            "bin/link": Entry(stat.S_IFLNK | 0o777, b"tool"),
        }
    )
    lines = listed(data)
    assert [(line[0], line[-1]) for line in lines if "->" not in line] == [
        ("drwxr-xr-x", "bin"),
        ("-rwxr-xr-x", "bin/tool"),
        ("drwxr-xr-x", "dev"),
        ("crw-------", "dev/console"),
        ("drwxr-xr-x", "etc"),
        ("-rw-r--r--", "etc/empty"),
    ]
    console = next(line for line in lines if line[-1] == "dev/console")
    assert console[4:6] == ["5,", "1"]
    unpacking = ["cpio", "-id", "--no-absolute-filenames", "bin/*"]
    subprocess.run(unpacking, input=data, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "bin" / "tool").read_bytes() == b"four"
    assert (tmp_path / "bin" / "link").readlink() == Path("tool")


def test_the_same_entries_give_the_same_bytes() -> None:
    one, other = file(b"1"), file(b"2")
    assert archive({"a": one, "b/c": other}) == archive({"b/c": other, "a": one})


@needs_cpio
def test_an_initrd_starts_the_check(tmp_path: Path) -> None:
    (tmp_path / "check.c").write_text("int main(void) { return 7; }\n")
    program = build_static(tmp_path / "check.c")
    assert isinstance(program, bytes)
    (tmp_path / "check").write_bytes(program)
    (tmp_path / "check").chmod(0o755)
    assert subprocess.run([tmp_path / "check"], check=False).returncode == 7
    made = initrd(program, {"data/input": file(b"x")})
    assert isinstance(made, bytes)
    assert {"init", "check", "dev/console", "proc", "data/input"} <= {line[-1] for line in listed(made)}


def test_a_check_that_does_not_build_says_why(tmp_path: Path) -> None:
    (tmp_path / "check.c").write_text("int main(void) { return x; }\n")
    program = build_static(tmp_path / "check.c")
    assert isinstance(program, NotBuilt)
    assert "undeclared" in program.message
