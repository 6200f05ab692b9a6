"""Makes kernel objects out of a Rust library and C, and checks that they take from the kernel alone."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.process import Completed, run
from repair.kernel.build import KernelBuild, KernelUnit
from repair.kernel.frames import frames

RUST_FLAGS = (
    *("-Cpanic=abort", "-Copt-level=2", "-Ccodegen-units=1", "-Crelocation-model=static"),
    *("-Ccode-model=small", "-Cforce-unwind-tables=no", "-Cembed-bitcode=no", "-Cdebuginfo=0"),
)
"""What rustc needs for objects that User-Mode Linux can link: it stands at 0x60000000, so addresses fit into
32 bits, and its linker script knows no sections of the large code model."""
_USELESS = (
    *(".llvmbc", ".llvmcmd", ".debug_*", ".rela.debug_*", ".eh_frame", ".rela.eh_frame"),
    *(".gcc_except_table*", ".rela.gcc_except_table*", ".comment", ".note.GNU-stack"),
    *(".data.DW.ref.rust_eh_personality", ".rela.data.DW.ref.rust_eh_personality"),
)
"""Bitcode that other tools stumble over, and what only unwinding uses."""
_PERSONALITY = ("DW.ref.rust_eh_personality", "rust_eh_personality")
_ASSIGNED = re.compile(r"^\s*(?:PROVIDE(?:_HIDDEN)?\s*\(\s*)?([A-Za-z_][\w.]*)\s*=[^=]", re.MULTILINE)
_SCRIPT = Path("arch/um/kernel/vmlinux.lds")
_LINKED = "rust_linked.o"
_TIMEOUT = 120


class Fault(enum.StrEnum):
    """What can be wrong with an object."""

    COMPILE = "compile"
    """A C text does not compile with the flags of its file."""
    LINK = "link"
    """The parts do not fit together."""
    MISSING = "missing"
    """A symbol that the C defines is not defined."""
    FOREIGN = "foreign"
    """A symbol that the kernel does not have: the link would take it from the host's libc, or fail."""
    STACK = "stack"
    """A function takes more of the stack than the kernel's own C may."""


@dataclass(frozen=True, slots=True)
class ObjectFinding:
    """One thing that is wrong with an object."""

    fault: Fault
    message: str
    """One sentence, or the tool's own words."""
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Symbols:
    """The global symbols of an object."""

    defined: frozenset[str]
    undefined: frozenset[str]
    """What it needs of others."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a module: the object of the kernel it becomes, and the C texts that go into that."""

    unit: KernelUnit
    c_texts: tuple[Path, ...] = ()
    """The shim, and what stays C; each is compiled as Kbuild compiles the file. None makes it empty."""


@dataclass(frozen=True, slots=True)
class KernelObjects:
    """Objects that can stand in the place of Kbuild's."""

    files: Mapping[str, Path]
    """By name, as in `KernelUnit.object`."""


def make_objects(
    build: KernelBuild, parts: Sequence[Part], library: Path | None, folder: Path
) -> KernelObjects | tuple[ObjectFinding, ...]:
    """Make one object for each part, in an existing folder; the Rust library goes into the first.

    The library is a static one without `std`, built with `RUST_FLAGS`. Everything that the C objects of
    these files define for others must be defined again, and nothing may be needed that the kernel does not
    define; otherwise return what is wrong.
    """
    compiled: list[list[Path]] = []
    for number, part in enumerate(parts):
        objects = _compile_part(part, folder, number)
        if isinstance(objects, ObjectFinding):
            return (objects,)
        compiled.append(objects)
    owed = _owed(build, parts)
    if library is not None:
        used = (read_symbols(path) for objects in compiled for path in objects)
        roots = owed.union(*(each.undefined for each in used)) & _defined_by(library)
        rust = _rust_object(library, roots, folder) if roots else None
        large = _too_large(build, parts, folder / _LINKED) if isinstance(rust, Path) else None
        if isinstance(rust, ObjectFinding) or large is not None:
            return tuple(each for each in (rust, large) if isinstance(each, ObjectFinding))
        compiled[0] += [rust] if rust else []
    files: dict[str, Path] = {}
    for number, (part, objects) in enumerate(zip(parts, compiled, strict=True)):
        output = folder / f"part{number}.o"
        joined = run(("ld", "-m", "elf_x86_64", "-r", "-o", output, *objects), timeout=_TIMEOUT)
        if not joined.ok:
            return (_said(Fault.LINK, joined),)
        files[part.unit.object] = output
    findings = check_objects(build, files, owed)
    return findings or KernelObjects(files)


def check_objects(
    build: KernelBuild, files: Mapping[str, Path], owed: frozenset[str]
) -> tuple[ObjectFinding, ...]:
    """Return what is wrong with objects: symbols in `owed` that none defines, and symbols of nobody's."""
    ours = [read_symbols(path) for path in files.values()]
    defined = frozenset[str]().union(*(each.defined for each in ours))
    needed = frozenset[str]().union(*(each.undefined for each in ours)) - defined
    there = kernel_symbols(build, tuple(files))
    missing = [
        ObjectFinding(Fault.MISSING, f"`{name}` is a symbol of the C and is not defined any more", name)
        for name in sorted(owed - defined)
    ]
    foreign = [
        ObjectFinding(
            Fault.FOREIGN,
            f"`{name}` is used and the kernel does not define it; the link would take it from the host's "
            "libraries, or fail",
            name,
        )
        for name in sorted(needed - there)
    ]
    return (*missing, *foreign)


def kernel_symbols(build: KernelBuild, without: Sequence[str] = ()) -> frozenset[str]:
    """Return what the kernel itself defines for its objects, leaving out what these objects define.

    Objects that are replaced now count as Kbuild's, which are kept.
    """
    script = build.folder / _SCRIPT
    assigned = _ASSIGNED.findall(script.read_text(errors="replace")) if script.exists() else []
    members = _symbols_of([build.kept(name) for name in sorted(build.members.difference(without))])
    return frozenset(assigned).union(*(each.defined for each in members))


def read_symbols(path: Path) -> Symbols:
    """Return the global symbols of an object, as `nm` lists them."""
    return _symbols_of([path])[0]


_known: dict[tuple[Path, int], Symbols] = {}
"""By path and time of change; a kernel has hundreds of objects that stay the same."""


def _symbols_of(paths: Sequence[Path]) -> list[Symbols]:
    keys = {path: (path, path.stat().st_mtime_ns) for path in paths if path.exists()}
    unknown = [path for path, key in keys.items() if key not in _known]
    if unknown:
        listed = run(("nm", "-A", "-g", "--format=posix", *unknown), timeout=_TIMEOUT)
        lines: dict[str, list[list[str]]] = {}
        for line in listed.stdout.decode(errors="replace").splitlines():
            name, _, rest = line.partition(": ")
            lines.setdefault(name, []).append(rest.split())
        _known.update({keys[path]: _sorted_symbols(lines.get(str(path), [])) for path in unknown})
    return [_known[key] for key in keys.values()]


def _sorted_symbols(listed: Sequence[Sequence[str]]) -> Symbols:
    defined = frozenset(name for name, kind, *_ in listed if kind not in "Uwv")
    # An undefined weak symbol may stay so.
    return Symbols(defined, frozenset(name for name, kind, *_ in listed if kind == "U"))


def _owed(build: KernelBuild, parts: Sequence[Part]) -> frozenset[str]:
    """Return what the C objects of these files define for the rest of the kernel."""
    places = [build.kept(part.unit.object) for part in parts]
    return frozenset[str]().union(*(each.defined for each in _symbols_of(places)))


def _compile_part(part: Part, folder: Path, number: int) -> list[Path] | ObjectFinding:
    texts = list(part.c_texts)
    if not texts:
        texts = [folder / f"empty{number}.c"]
        texts[0].write_text('__asm__("");\n')
    objects = []
    for index, text in enumerate(texts):
        output = folder / f"c{number}_{index}.o"
        ended = run(part.unit.compiling(text, output), cwd=part.unit.folder, timeout=_TIMEOUT)
        if not ended.ok:
            return _said(Fault.COMPILE, ended)
        objects.append(output)
    return objects


def _defined_by(library: Path) -> frozenset[str]:
    listed = run(("nm", "-g", "--defined-only", "-j", library), timeout=_TIMEOUT)
    return frozenset(listed.stdout.decode(errors="replace").split())


def _rust_object(library: Path, roots: frozenset[str], folder: Path) -> Path | ObjectFinding:
    """Link what the roots need of a library into one object that shows nothing but the roots."""
    linked, output = folder / _LINKED, folder / "rust.o"
    wanted = [each for name in sorted(roots) for each in ("-u", name)]
    command: tuple[str | Path, ...] = ("ld", "-m", "elf_x86_64", "-r", "--gc-sections", *wanted)
    ended = run((*command, "-o", linked, library), timeout=_TIMEOUT)
    if ended.ok:
        ended = run(("objcopy", *stripping(sorted(roots)), linked, output), timeout=_TIMEOUT)
    if "requires a defined symbol root" in ended.errors:
        first = min(roots, default="none")
        return ObjectFinding(Fault.MISSING, f"the Rust defines no symbol of the C, such as `{first}`", first)
    return output if ended.ok else _said(Fault.LINK, ended)


def _too_large(build: KernelBuild, parts: Sequence[Part], linked: Path) -> ObjectFinding | None:
    """Return which function takes more stack in one call than the kernel wants, and than its C does."""
    wanted = int(build.option("FRAME_WARN") or 0)
    found = {name: size for name, size in frames(linked).items() if size > wanted > 0}
    if not found:
        return None
    most = max(size for part in parts for size in (wanted, *frames(build.kept(part.unit.object)).values()))
    name, size = max(found.items(), key=lambda each: each[1])
    said = f"`{name}` takes {size} bytes of stack in one call, where the kernel warns beyond {wanted}"
    return ObjectFinding(Fault.STACK, said, name) if size > most else None


def stripping(roots: Sequence[str]) -> tuple[str, ...]:
    """Return the options of objcopy that leave of Rust what a kernel can use, and show only the roots."""
    sections = (each for section in _USELESS for each in ("-R", section))
    stripped = (f"--strip-symbol={name}" for name in _PERSONALITY)
    shown = (f"--keep-global-symbol={name}" for name in roots)
    # What only removed code refers to would else be left behind as undefined.
    return ("--strip-unneeded", *sections, *stripped, *shown)


def _said(fault: Fault, ended: Completed) -> ObjectFinding:
    return ObjectFinding(fault, ended.errors.strip() or f"{ended.argv[0]} failed")
