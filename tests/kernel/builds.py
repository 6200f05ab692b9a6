"""A tree and a build of it that look like Kbuild's, made of three small C files with a real compiler."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from repair.kernel.build import KernelBuild, Unusable, open_build

CONFIG = """\
#
# Automatically generated file; DO NOT EDIT.
# Linux/um 6.12.1 Kernel Configuration
#
CONFIG_UML=y
CONFIG_64BIT=y
CONFIG_X86_64=y
CONFIG_CC_IS_GCC=y
CONFIG_KUNIT=y
CONFIG_CC_VERSION_TEXT="gcc \\"12\\""
CONFIG_LOCALVERSION=""
# CONFIG_TINY is not set
"""
SOURCES = {
    "lib/twice.c": "int three(int);\nint twice(int x) { return three(x) - x; }\n",
    "lib/three.c": "int three(int x) { return 3 * x; }\n",
    "lib/tiny.c": "int tiny(void) { return 0; }\n",
    "lib/loaded.c": "int loaded(void) { return 0; }\n",
    "lib/Makefile": """\
obj-y += twice.o three.o
obj-$(CONFIG_TINY) += tiny.o
obj-$(CONFIG_LOADED) += loaded.o
""",
}
# What Kbuild does in some dozens of lines: objects by time, an archive, a program.
_MAKEFILE = """\
.PHONY: all linux
all: linux
linux: $(O)/linux
$(O)/linux: $(O)/lib/twice.o $(O)/lib/three.o
\t@echo "  LD      linux"
\t@cat $^ > $@
$(O)/lib/%.o: lib/%.c
\t@echo "  CC      lib/$*.o"
\t@gcc -O1 -c -o $@ $<
"""


def write_tree(tree: Path) -> Path:
    """Write the tree."""
    for name, text in {**SOURCES, "Makefile": _MAKEFILE}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    return tree.resolve()


def write_build(folder: Path, config: str = CONFIG) -> Path:
    """Write a tree and a build of it that is up to date; return the build's folder."""
    tree = write_tree(folder / "tree")
    build = folder / "build"
    (build / "lib").mkdir(parents=True)
    (build / "include" / "config").mkdir(parents=True)
    (build / "source").symlink_to(tree)
    (build / ".config").write_text(config)
    lines = (line for line in config.splitlines() if line.startswith("CONFIG_") and not line.endswith('=""'))
    options = (line.partition("=") for line in lines)
    unquoted = (f"{name}={_as_in_auto_conf(value)}\n" for name, _, value in options)
    (build / "include" / "config" / "auto.conf").write_text("".join(unquoted))
    for name, flags in (("twice", ""), ("three", ""), ("tiny", ""), ("loaded", " -DMODULE")):
        compile_as_kbuild(build, tree, name, flags)
    (build / "lib" / "tiny.o").unlink()
    subprocess.run(["ar", "cDPrT", "vmlinux.a", "lib/twice.o", "lib/three.o"], cwd=build, check=True)
    linking = "ld -r -o vmlinux.o --whole-archive vmlinux.a --no-whole-archive"
    (build / ".vmlinux.o.cmd").write_text(f"savedcmd_vmlinux.o := {linking}\n")
    (build / "linux").write_text("#!/bin/sh\n")
    (build / "linux").chmod(0o755)
    return build.resolve()


def _as_in_auto_conf(value: str) -> str:
    return value[1:-1].replace('\\"', '"') if value.startswith('"') else value


def compile_as_kbuild(build: Path, tree: Path, name: str, flags: str) -> None:
    """Compile one file and record how, as Kbuild does."""
    define = "-DNAME='\"a b$(pound)c\"'"
    found = f"-Wp,-MMD,lib/.{name}.o.d -I./include -include {tree}/Makefile.h"
    start = f"gcc {found}{flags} {define} --param max-inline-insns-single=9 -O1"
    (tree / "Makefile.h").write_text("/* included by all */\n")
    compiling = f"{start} -c -o lib/{name}.o {tree}/lib/{name}.c "
    subprocess.run(["sh", "-c", compiling], cwd=build, check=True)
    record = f"savedcmd_lib/{name}.o := {compiling}; ./tools/objtool/objtool lib/{name}.o\n\ndeps := x\n"
    (build / "lib" / f".{name}.o.cmd").write_text(record)


def opened(folder: Path) -> KernelBuild:
    """Open a build that can be used."""
    build = open_build(folder)
    assert isinstance(build, KernelBuild), build
    return build


def refused(folder: Path, tree: Path | None = None) -> str:
    """Open a build that cannot be used, and return why."""
    build = open_build(folder, tree)
    assert isinstance(build, Unusable)
    return build.reason


def later(path: Path, seconds: float = 10) -> None:
    """Let a file have been changed after everything else."""
    now = path.stat().st_mtime + seconds
    os.utime(path, (now, now))
