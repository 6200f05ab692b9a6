"""Puts an answer for an open body through the gates that need no compiler."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.rust_items import rust_items
from analysis.syntax import Node, child, descendants, parse_rust, text_of
from repair.candidate import Candidate
from repair.code_blocks import NO_RUST, rust_in
from repair.gates import lint, policy
from repair.hole import Hole
from repair.judge import Rejected
from repair.laziness import UNFINISHED, lazy_signs
from repair.rustfmt import format_rust
from repair.verdict import Finding, Gate, Verdict


@dataclass(frozen=True, slots=True)
class GivenReader:
    """Reads answers for open bodies, with what they may use of `unsafe`."""

    unsafe_allowed: bool

    def read(self, hole: Hole, answer: str) -> Candidate | Rejected:
        """Take the function out of an answer and look at it, or say why there is none."""
        code = rust_in(answer)
        if code is None:
            return _rejected(NO_RUST)
        found = _function(code, hole.name)
        if found is None:
            return _rejected(f"The code block does not define the function `{hole.name}` with a body.")
        formatted = format_rust(found)
        if formatted is None:
            return _rejected("The code block is not valid Rust syntax.")
        candidate = Candidate(hole, formatted.strip("\n"))
        findings = tuple(self._findings(candidate, code))
        return Rejected(Verdict(findings), candidate.text) if findings else candidate

    def _findings(self, candidate: Candidate, code: str) -> Iterator[Finding]:
        """Yield what the first gate that rejects the candidate finds."""
        looks = (_interface(candidate, code), _lazy(candidate), self._unsafe(candidate))
        for found in (*map(tuple, looks), policy.check(candidate), lint.check(candidate)):
            if found:
                yield from found
                return

    def _unsafe(self, candidate: Candidate) -> Iterator[Finding]:
        if self.unsafe_allowed or "unsafe" in candidate.hole.signature.split():
            return
        for each in descendants(parse_rust(candidate.text.encode()), frozenset({"unsafe_block", "unsafe"})):
            message = f"Line {each.start_point.row + 1} uses `unsafe`, which is not allowed; find a safe way."
            yield Finding(Gate.POLICY, message)
            return


def _function(code: str, name: str) -> str | None:
    """Return the text of the function of a name, at the top or in an `impl` around it."""
    root = parse_rust(code.encode())
    places: list[Node] = [root]
    places += [body for each in descendants(root, {"impl_item"}) if (body := child(each, "body"))]
    for place in places:
        for each in place.named_children:
            named = child(each, "name")
            if each.type == "function_item" and named is not None and text_of(named) == name:
                return text_of(each)
    return None


def _interface(candidate: Candidate, code: str) -> Iterator[Finding]:
    expected, found = _compact(candidate.hole.signature), _compact(_head(candidate.text))
    if expected != found:
        detail = f"expected: {candidate.hole.signature}\nfound:    {_head(candidate.text)}"
        message = f"The signature of `{candidate.hole.name}` must stay exactly as it was given."
        yield Finding(Gate.INTERFACE, message, detail)
    others = [
        each.name for each in rust_items(code) if each.kind != "impl" and each.name != candidate.hole.name
    ]
    if others:
        names = ", ".join(f"`{each}`" for each in others)
        message = f"{names} cannot be added beside the function; put helpers and `use` inside its body."
        yield Finding(Gate.INTERFACE, message)


def _head(text: str) -> str:
    function = next(iter(descendants(parse_rust(text.encode()), {"function_item"})), None)
    body = child(function, "body")
    if function is None or body is None:
        return ""
    return text.encode()[function.start_byte : body.start_byte].decode().rstrip()


def _compact(signature: str) -> str:
    without_comments = re.sub(r"//[^\n]*|/\*.*?\*/", " ", signature, flags=re.DOTALL)
    return re.sub(r",(?=[)>\]]|where|$)", "", "".join(without_comments.split()))


def _lazy(candidate: Candidate) -> Iterator[Finding]:
    # Only what says that there is more to come: the crate may ask for a panic where the C returns.
    return lazy_signs(candidate.text, candidate.hole.c_text, UNFINISHED)


def _rejected(message: str) -> Rejected:
    return Rejected(Verdict((Finding(Gate.PARSE, message),)), None)
