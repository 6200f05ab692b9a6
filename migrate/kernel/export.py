"""A finished kernel module as files for a tree, with a hook for Kbuild and a commit message."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from migrate.report.figures import sentence
from migrate.report.json_format import EvidenceJson, ReportJson
from migrate.report.show import furniture_lines
from migrate.skeleton.bindings import EDITION
from repair.kernel.objects import RUST_FLAGS, stripping
from repair.kernel.panic import PANIC_C

_HOOK = """\
# {files} with their Rust, where {variable} names the folder of this file; without it, the C as it was.
ifneq ($({variable}),)
quiet_cmd_{name}_rustc = RUSTC   $@
      cmd_{name}_rustc = MAKEFLAGS= rustc --edition={edition} -Awarnings {flags} \\
	-Coverflow-checks=yes --crate-type=staticlib --crate-name={name} -o $@ $({variable})/rust/lib.rs
quiet_cmd_{name}_rust = LD [R]  $@
      cmd_{name}_rust = $(LD) $(KBUILD_LDFLAGS) -r --gc-sections {roots} -o $@.linked $< && \\
	$(OBJCOPY) {stripped} $@.linked $@ && rm $@.linked
quiet_cmd_{name}_cc = CC      $@
      cmd_{name}_cc = $(CC) $(c_flags) -iquote $(src) -c -o $@ $<
quiet_cmd_{name}_ld = LD [R]  $@
      cmd_{name}_ld = $(LD) $(KBUILD_LDFLAGS) -r -o $@ $(filter %.o,$^)

$(obj)/{name}_rust.a: $(wildcard $({variable})/rust/*.rs) FORCE
	$(call if_changed,{name}_rustc)
$(obj)/{name}_rust.o: $(obj)/{name}_rust.a FORCE
	$(call if_changed,{name}_rust)
{rules}targets += {targets}
endif
"""
_RULES = """\
$(obj)/{stem}_c.o: $({variable})/c/{file} FORCE
	$(call if_changed_dep,{name}_cc)
$(obj)/{stem}.o: {parts} FORCE
	$(call if_changed,{name}_ld)
"""
_PANIC_RULE = """\
$(obj)/{name}_panic.o: $({variable})/c/llmigrate_panic.c FORCE
	$(call if_changed_dep,{name}_cc)
"""
_INCLUDE = "-include $(if $({variable}),$({variable})/{hook})\n"
_WIDTH = 75


@dataclass(frozen=True, slots=True)
class KernelResult:
    """What a run on files of a kernel came to."""

    crate: Mapping[str, bytes]
    """Its files by path."""
    name: str
    """The crate's."""
    tree: Path
    sources: tuple[Path, ...]
    """The C files, absolute."""
    root: Path
    symbols: tuple[str, ...]
    """What Rust defines for others."""
    report: ReportJson

    @property
    def variable(self) -> str:
        """The variable of make that turns the Rust on."""
        return f"LLMIGRATE_{self.name.upper()}"


def exported(result: KernelResult) -> dict[str, bytes]:
    """Return the files of an export by path."""
    rust = {
        f"rust/{name.removeprefix('src/')}": text
        for name, text in result.crate.items()
        if name.startswith("src/")
    }
    c = {name: text for name, text in result.crate.items() if name.startswith("c/")}
    patches = "".join(_patch(result, folder) for folder in _folders(result))
    return {
        **rust,
        **c,
        "c/llmigrate_panic.c": PANIC_C.read_bytes(),
        **{_hook_name(result, folder): _hook(result, folder).encode() for folder in _folders(result)},
        "kbuild.patch": patches.encode(),
        "COMMIT_MESSAGE": commit_message(result).encode(),
    }


def _folders(result: KernelResult) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(file.parent for file in result.sources))


def _hook_name(result: KernelResult, folder: Path) -> str:
    return f"{folder.relative_to(result.tree).as_posix().replace('/', '_')}.mk"


def _hook(result: KernelResult, folder: Path) -> str:
    sources = [file for file in result.sources if file.parent == folder]
    known = {"name": result.name, "variable": result.variable}
    has_rust = folder == result.sources[0].parent
    rules = _PANIC_RULE.format(**known) if has_rust else ""
    targets = [f"{result.name}_{part}" for part in ("rust.a", "rust.o", "panic.o") if has_rust]
    for number, file in enumerate(sources):
        parts = [f"{file.stem}_c.o"]
        if has_rust and number == 0:
            parts += [f"{result.name}_rust.o", f"{result.name}_panic.o"]
        relative = file.relative_to(result.root).as_posix()
        joined = " ".join(f"$(obj)/{part}" for part in parts)
        rules += _RULES.format(stem=file.stem, file=relative, parts=joined, **known)
        targets.append(f"{file.stem}_c.o")
    return _HOOK.format(
        files=", ".join(file.relative_to(result.tree).as_posix() for file in sources),
        edition=EDITION,
        flags=" ".join(RUST_FLAGS),
        roots=" ".join(f"-u {name}" for name in result.symbols),
        stripped=" ".join(stripping(result.symbols)),
        rules=rules,
        targets=" ".join(targets),
        **known,
    )


def _patch(result: KernelResult, folder: Path) -> str:
    """Return the change of a folder's Makefile that reads the hook, as `patch -p1` takes it."""
    name = (folder / "Makefile").relative_to(result.tree).as_posix()
    before = (folder / "Makefile").read_text(errors="surrogateescape").splitlines(keepends=True)
    after = [*before, _INCLUDE.format(variable=result.variable, hook=_hook_name(result, folder))]
    return "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))


def commit_message(result: KernelResult) -> str:
    """Say in the form of a kernel's log what was migrated and what was shown of it."""
    place = result.sources[0].parent.relative_to(result.tree).as_posix()
    report = result.report
    said = (_migrated(result), _kept(report), _booted(report), _unshown(report))
    paragraphs = (textwrap.fill(each, _WIDTH) for each in said if each)
    listed = _replayed(report)
    trailer = f"Assisted-by: LLMigrate:{report['model']['name']}"
    parts = (f"{place}: {result.name} in Rust", *paragraphs, listed, trailer)
    return "\n\n".join(part for part in parts if part) + "\n"


def _migrated(result: KernelResult) -> str:
    totals, holes = result.report["totals"], result.report["holes"]
    files = " and ".join(file.relative_to(result.tree).as_posix() for file in result.sources)
    by_hand = sum(hole["source"] == "hand" for hole in holes)
    first = sum(hole["attempts"] == 1 and hole["source"] == "model" for hole in holes)
    return (
        f"{totals['rust']} of {totals['holes']} functions and tables of {files} are Rust, with the interface "
        f"of the C. Exports, initcalls and parameters stay in C. {first} were accepted at the first answer, "
        f"{by_hand} were written by hand."
    )


def _kept(report: ReportJson) -> str:
    return " ".join(map(sentence, furniture_lines(report)))


def _booted(report: ReportJson) -> str:
    if not report["tests"]["passed"]:
        return "The kernel's tests were not passed with it."
    return (
        "With it the kernel boots, passes the KUnit tests that it passes with the C, and says the same in "
        "the checks that were run."
    )


def _unshown(report: ReportJson) -> str:
    """Say what is weakly shown, and what by booting alone."""
    alone = [name for name, each in _evidence(report) if not each["inputs"]]
    weak = [name for name, each in _evidence(report) if each["inputs"] and each["weak"]]
    said = (
        f"Shown by the boot alone, not by replay: {', '.join(alone)}." if alone else "",
        f"Replayed, with evidence below the minimum: {', '.join(weak)}." if weak else "",
    )
    return " ".join(each for each in said if each)


def _replayed(report: ReportJson) -> str:
    lines = [f"  {name}: {each['sentence']}" for name, each in _evidence(report) if each["inputs"]]
    return "\n".join(("What replay on the C's inputs showed:", "", *lines)) if lines else ""


def _evidence(report: ReportJson) -> Iterator[tuple[str, EvidenceJson]]:
    for hole in report["holes"]:
        shown = hole.get("evidence")
        if shown is not None:
            yield hole["name"], shown
