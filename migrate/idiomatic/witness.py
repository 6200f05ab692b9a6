"""What replays against the C show of a crate that a user gave, where rules let C call it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from migrate.given.assembly import GivenAssembly
from migrate.given.crate import GivenCrate
from migrate.given.holes import named_after_c
from migrate.given.prepare import PreparedGiven
from migrate.idiomatic.assembly import Outside, ShimmedAssembly
from migrate.idiomatic.handles import hidden_by
from migrate.idiomatic.room import ShimmedRoom
from migrate.idiomatic.shim_check import ShimCheck
from migrate.idiomatic.shims import ShimMaker, types_of
from migrate.model.asking import Address
from migrate.model.exchange import Message
from migrate.prepare import Prepared
from migrate.report.display import RunDisplay
from repair.cargo import Workspace
from repair.evidence.comparison import Difference
from repair.evidence.evidence import Evidence, evidence_of
from repair.evidence.proof import Proof
from repair.gates.behaviour import described
from repair.plug import Plug

_FORBIDS = re.compile(rb"#!\[\s*(?:forbid|deny)\s*\(\s*unsafe_code\s*\)\s*\]")
_NO_STD = re.compile(rb"#!\[\s*no_std\s*\]")
_LIBRARY = re.compile(rb"^\[lib\][ \t]*$", re.MULTILINE)
_CRATE_TYPE = re.compile(rb"^crate-type\s*=.*$", re.MULTILINE)
_BOTH = b'crate-type = ["rlib", "staticlib"]'


@dataclass(frozen=True)
class Witness:
    """Replays filled bodies against the C that they stand for, on a copy of the crate that C can call.

    A given interface may want something else than the C does, so a difference rejects nothing: it is told.
    """

    abi: Prepared
    prepared: PreparedGiven
    workspace: Workspace
    display: RunDisplay
    address: Address

    def evidence(self, plugs: Mapping[str, Plug]) -> dict[str, Evidence]:
        """Return what is shown for each body that a rule lets C call, by hole."""
        crate = linkable(self.prepared.crate)
        holes = named_after_c(self.prepared.holes)
        given = {c.hole.ident: each.hole.ident for c, each in zip(holes, self.prepared.holes, strict=True)}
        base = GivenAssembly(crate, holes)
        check = ShimCheck(base, self.workspace, crate.edition)
        outside = _without_state(ShimMaker(self.abi, crate, holes, _nobody, check, 1).by_rule(), crate)
        filled = {c: plugs[ident] for c, ident in given.items() if ident in plugs}
        self.workspace.write(ShimmedAssembly(base, outside, crate.edition).render(filled))
        if not outside or not self.workspace.build().ok:
            self.display.note("nothing is replayed: no rule lets C call the crate")
            return {}
        room = ShimmedRoom(self.abi, self.workspace, self.display, outside, types_of(crate), ())
        behaviour = room.behaviour(None, self.address)
        held = [ident for ident in outside if ident in filled]
        differing = behaviour.differences(held, self.workspace.library(crate.name))
        proofs = {ident: each for ident, each in behaviour.proofs.items() if ident in held}
        return {
            given[ident]: evidence_of(_told(each, differing.get(ident)), room.minimum, differs=False)
            for ident, each in proofs.items()
        }


def _without_state(outside: Mapping[str, Outside], crate: GivenCrate) -> dict[str, Outside]:
    """Leave out what works on values that C only holds: of those, C would have to make all or none."""
    types = types_of(crate)
    return {ident: each for ident, each in outside.items() if not any(hidden_by(each.shim, types))}


def linkable(crate: GivenCrate) -> GivenCrate:
    """Return a crate as C can be linked with it: a static library, in which one file may be unsafe."""
    root = "src/lib.rs"
    files = dict(crate.files)
    # Bodies are known by where they stand.
    files[root] = _FORBIDS.sub(lambda found: b" " * len(found[0]), files[root])
    manifest = _CRATE_TYPE.sub(b"", files["Cargo.toml"])
    files["Cargo.toml"] = (
        _LIBRARY.sub(b"[lib]\n" + _BOTH, manifest)
        if _LIBRARY.search(manifest)
        else manifest.rstrip() + b"\n\n[lib]\n" + _BOTH + b"\n"
    )
    return replace(crate, files=files)


def can_be_linked(crate: GivenCrate) -> bool:
    """Tell whether C can be linked with a crate at all: not where it would bring a panic handler along."""
    root = crate.files.get("src/lib.rs")
    return root is not None and _NO_STD.search(root) is None and "src/ffi.rs" not in crate.files


def _told(proof: Proof, difference: Difference | None) -> Proof:
    if difference is None:
        return proof
    said = f"On an input it differs from the C, as its interface may ask for: {described(difference)}"
    return Proof(proof.ident, (), (said,))


def _nobody(purpose: str, attempt: int, messages: tuple[Message, ...]) -> str:
    raise AssertionError(f"rules ask nobody, {purpose}")
