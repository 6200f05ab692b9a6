"""Ask gcc whether the sizes and offsets that the Rust side asserts are its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analysis.declarations import Type
from analysis.process import run
from analysis.rust_items import RustItem
from analysis.unit import CompileCommand
from migrate.errors import BaselineError

_ASSERTION = re.compile(
    r'"(?P<what>Size|Alignment|Offset)\s+of\s+(?:field:\s*)?(?P<type>\w+)(?:::(?P<field>\w+))?"\s*\]'
    r"\s*\[[^\]]*?-\s*(?P<value>\d+)\s*(?:usize)?\s*\]"
)
_PROBE = "llmigrate_layout"
_DISAGREEMENT = re.compile(rf"^{_PROBE}:(\d+):.*static assertion failed", re.MULTILINE)
_ERROR_ELSEWHERE = re.compile(rf"^(?!{_PROBE}:).*\berror:.*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Claim:
    """A number that the Rust side asserts about a type."""

    about: str
    """The size, alignment or offset in words."""
    expression: str
    """What it is in C."""
    value: int


def read_claims(items: Iterable[RustItem], types: Mapping[str, tuple[Type, ...]]) -> Iterator[Claim]:
    """Read the layout assertions of bindgen; types and fields that C has no name for are left out."""
    for item in items:
        found = _ASSERTION.finditer(item.text) if item.name == "_" else ()
        for assertion in found:
            claim = _claim(assertion, types)
            if claim is not None:
                yield claim


def _claim(assertion: re.Match[str], types: Mapping[str, tuple[Type, ...]]) -> Claim | None:
    name, field, value = assertion["type"], assertion["field"], int(assertion["value"])
    declared = types.get(name) or types.get(name.removesuffix("_")) or ()
    spelled = next((f"{each.kind} {each.name}" for each in declared if each.kind != "typedef"), None)
    spelled = spelled or next((each.name for each in declared), None)
    if spelled is None:
        return None
    if assertion["what"] != "Offset":
        measured = "sizeof" if assertion["what"] == "Size" else "_Alignof"
        return Claim(f"the {assertion['what'].lower()} of {spelled}", f"{measured}({spelled})", value)
    members = {member for each in declared for member in each.members}
    member = next((each for each in (field, field.removesuffix("_")) if each in members), None)
    if member is None:
        return None
    expression = f"__builtin_offsetof({spelled}, {member})"
    return Claim(f"the offset of {member} in {spelled}", expression, value)


def check_layout(command: CompileCommand, claims: Iterable[Claim]) -> None:
    """Have gcc check what is claimed about the types of a C file, with the file's own flags.

    Raise BaselineError that names the first type on which the two compilers disagree, or when gcc does
    not accept the file.
    """
    asked = tuple(claims)
    assertions = (f'_Static_assert({each.expression} == {each.value}, "");' for each in asked)
    lines = (f'#include "{command.file}"', f'#line 1 "{_PROBE}"', *assertions, "")
    result = run(
        ("gcc", *command.flags, "-w", "-fsyntax-only", "-x", "c", "-"),
        cwd=command.directory,
        stdin="\n".join(lines).encode(),
    )
    if result.ok:
        return
    refused = _DISAGREEMENT.search(result.errors)
    if refused is not None:
        claim = asked[int(refused[1]) - 1]
        raise BaselineError(
            f"gcc and bindgen disagree on {command.file.name}: {claim.about} is {claim.value} for bindgen; "
            "check that the file's flags mean the same to clang"
        )
    # An error in a question alone says that C spells a type otherwise: no answer, and no disagreement.
    elsewhere = _ERROR_ELSEWHERE.search(result.errors)
    if elsewhere is not None:
        raise BaselineError(
            f"{command.file.name} does not compile once its file-local definitions can be linked: "
            f"{elsewhere[0]}"
        )
