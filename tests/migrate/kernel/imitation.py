"""A tiny tree with headers that do what those of a kernel do, and a build that compiled it."""

from __future__ import annotations

import shlex
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate.kernel.module import open_kernel_module
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.skeleton.flags import moved_flags
from repair.plug import Plug, PlugKind, RenderedCrate

_COMPILER = """\
    #define __always_inline inline __attribute__((__always_inline__))
    #define inline inline __attribute__((__gnu_inline__)) __attribute__((__unused__))
    #define __section(name) __attribute__((__section__(name)))
    #define __init __section(".init.text") __attribute__((__cold__))
    #define noinline __attribute__((__noinline__))
    #define __must_check __attribute__((__warn_unused_result__))
    #define __user
    #define __PASTE_(a, b) a##b
    #define __PASTE(a, b) __PASTE_(a, b)
    #define __UNIQUE_ID(prefix) __PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)
    """
_KERNEL = """\
    #ifndef KERNEL_H
    #define KERNEL_H
    typedef _Bool bool;
    typedef unsigned char u8;
    typedef unsigned int gfp_t;
    typedef __SIZE_TYPE__ size_t;
    #define NULL ((void *)0)
    #define EINVAL 22
    #define GFP_KERNEL ((gfp_t)(0x400u | 0x800u))
    #define __FILED(s) #s
    #define EXPORT_SYMBOL(sym) \\
        static void *__section(".discard.addressable") __attribute__((__used__)) \\
            __UNIQUE_ID(__PASTE(__addressable_, sym)) = (void *)&sym; \\
        asm(".section \\".export_symbol\\",\\"a\\"\\n__export_symbol_" #sym \\
            ": .asciz \\"\\"\\n.quad " #sym "\\n.previous")
    #define fs_initcall(fn) \\
        static int (*__UNIQUE_ID(initcall))(void) __attribute__((__used__)) __section(".initcall5.init") = fn
    #define WARN_ON(c) ({ if (c) warned(__FILE__, __LINE__); (c); })
    extern size_t strlen(const char *text);
    #define strlen(p) __builtin_choose_expr(0, 0, strlen(p))
    void warned(const char *file, int line);
    void *kmalloc(size_t size, gfp_t flags);
    void kfree(const void *block);
    struct empty { } __attribute__((__aligned__(64)));
    struct task {
        long state; int a, b, c, d, e, f, g; struct empty stats; int pid; char comm[16];
    };
    extern struct task *running;
    #define current running
    struct operations {
        int (*open)(int how); int (*close)(void); long (*size)(void);
        int (*r1)(void); int (*r2)(void); int (*r3)(void); int (*r4)(void); int (*r5)(void); int (*r6)(void);
    };
    static __always_inline int halved(int x) { return x / 2; }
    int register_operations(const struct operations *ops);
    #endif
    """
_INTERNAL = """\
    #include <linux/kernel.h>
    struct option { const char *name; int data; };
    extern const struct option options[];
    int tally(const char *text);
    """
_TALLY = """\
    #include "internal.h"

    /* How much room a tally has. */
    #define ROOM 8

    static int opened;

    static noinline int tally_open(int how)
    {
        if (WARN_ON(how < 0))
            return -EINVAL;
        opened += halved(how);
        return opened;
    }

    static __always_inline bool is_high(char c)
    {
        return c >= 128;
    }

    #ifdef CONFIG_NEVER
    static int never(void) { return 0; }
    #endif

    const struct option options[] = {
        { "room", ROOM },
        { }
    };

    static const struct operations tally_operations = {
        .open = tally_open,
    };

    /* Count the high characters of a text. */
    int __must_check tally(const char *text)
    {
        int n = 0;
        size_t i;

    #ifdef CONFIG_QUICK
        if (!text)
            return 0;
    #endif
        for (i = 0; i < strlen(text); i++)
            n += is_high(text[i]);
        return current->pid + n;
    }
    EXPORT_SYMBOL(tally);

    static int __init tally_init(void)
    {
        return register_operations(&tally_operations);
    }
    fs_initcall(tally_init);
    """
_FLAGS = (
    "-Wp,-MMD,lib/.NAME.o.d -nostdinc -ITREE/include -I./generated -include TREE/include/linux/compiler.h "
    "-include ./generated/config.h -D__KERNEL__ -std=gnu11 -fshort-wchar -funsigned-char -fno-common "
    "-fno-PIE -fno-strict-aliasing -fno-strict-overflow -fmacro-prefix-map=TREE/= -O2 "
    "-fno-allow-store-data-races -fconserve-stack -ftrivial-auto-var-init=zero "
    "-Wall -Wmissing-prototypes -Wmissing-declarations -Werror"
)


@dataclass(frozen=True, slots=True)
class Imitation:
    """A tree and a build of it."""

    tree: Path
    build: Path

    def prepared(self, *files: str) -> Prepared:
        """Prepare files of the tree as one module."""
        module = open_kernel_module([self.tree / file for file in files], self.tree, self.build)
        return prepare(module, Templates())


def write_imitation(folder: Path) -> Imitation:
    """Write a tree with a module `lib/tally`, a test of it, and a file that is not compiled."""
    tree, build = folder / "tree", folder / "build"
    texts = {
        tree / "Kconfig": "",
        tree / "include/linux/compiler.h": _COMPILER,
        tree / "include/linux/kernel.h": _KERNEL,
        tree / "lib/tally/internal.h": _INTERNAL,
        tree / "lib/tally/tally.c": _TALLY,
        tree / "lib/tally/tally_kunit.c": "int tested;\n",
        tree / "lib/tally/off.c": "int off;\n",
        build / ".config": "CONFIG_QUICK=y\n",
        build / "generated/config.h": "#define CONFIG_QUICK 1\n",
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    imitation = Imitation(tree, build)
    record_command(imitation, "lib/tally/tally.c")
    return imitation


def record_command(imitation: Imitation, file: str, compiler: str = "gcc", more: str = "") -> None:
    """Leave beside the object of a file what Kbuild leaves when it has compiled it."""
    source = Path(file)
    flags = _FLAGS.replace("TREE", str(imitation.tree)).replace("NAME", source.stem)
    name = source.with_suffix(".o")
    line = f"savedcmd_{name} := {compiler} {flags} {more} -c -o {name} {imitation.tree / file}"
    path = imitation.build / source.parent / f".{source.stem}.o.cmd"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{line}\n\nsource_{name} := {imitation.tree / file}\n")


def taken(prepared: Prepared, idents: Sequence[str]) -> RenderedCrate:
    """Render the crate with some definitions out of the C."""
    return prepared.assembly.render({ident: Plug(PlugKind.UNIMPLEMENTED) for ident in idents})


def compile_exposed(prepared: Prepared, crate: RenderedCrate, folder: Path, *more: str) -> dict[str, str]:
    """Compile the C of a crate as the build does; return what gcc says of each file, and nothing for none."""
    root = prepared.module.root
    for path, text in crate.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)
    said: dict[str, str] = {}
    for command in prepared.module.commands:
        file = command.file.relative_to(root)
        flags = moved_flags(command, root, folder / "c")
        output = folder / file.with_suffix(".o").name
        ran = subprocess.run(
            ["gcc", *flags, *more, "-c", "-o", str(output), str(folder / "c" / file)],
            cwd=command.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        said[file.as_posix()] = ran.stderr if ran.returncode else ""
    return said


def symbols(object_file: Path) -> dict[str, str]:
    """Return the kind of each symbol of an object, as `nm` names it."""
    listed = subprocess.run(["nm", str(object_file)], capture_output=True, text=True, check=True).stdout
    return {words[-1]: words[-2] for line in listed.splitlines() if (words := shlex.split(line))}
