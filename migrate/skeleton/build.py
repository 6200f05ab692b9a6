"""From the inventory to the skeleton: expose the C, bind it, lay the Rust files out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.inventory import Inventory
from analysis.rust_items import RustItem
from analysis.slices import Slice
from migrate.skeleton.exposable import check_exposable
from migrate.skeleton.expose import ExposedFile, expose
from migrate.skeleton.layout import Layout
from migrate.skeleton.layout_check import Claim, check_layout, read_claims
from migrate.skeleton.skeleton import RustFile, Skeleton
from migrate.skeleton.target import HOSTED, Target
from migrate.skeleton.views import View, moved_command, read_views, write_copy
from repair.hole import Hole
from repair.rustfmt import format_snippets


def build_skeleton(
    inventory: Inventory, slices: Mapping[str, Slice], crate: str, target: Target = HOSTED
) -> Skeleton:
    """Build the skeleton of a module. Raise BaselineError when bindgen does not accept its C."""
    check_exposable(inventory)
    exposed = expose(inventory, crate)
    views = read_views(inventory, slices, exposed, crate)
    claims = {view.file: tuple(read_claims(view.items, view.unit.types)) for view in views}
    _check_layouts(exposed, views, claims)
    files = Layout(inventory, crate, views, target).files()
    closing = {view.file: target.closing(view.wrappers, claims[view.file]) for view in views}
    return Skeleton(
        crate=crate,
        target=target,
        root=inventory.root,
        files=files,
        exposed=exposed,
        commands=tuple(unit.command for unit in inventory.units),
        closing={file: text for file, text in closing.items() if text},
        items={view.file: _by_name(view) for view in views},
        home={
            each.ident: each.unit.command.file.relative_to(inventory.root) for each in inventory.definitions
        },
        declarations=_formatted_declarations(files),
    )


def _check_layouts(
    exposed: Iterable[ExposedFile], views: Iterable[View], claims: Mapping[Path, Iterable[Claim]]
) -> None:
    with tempfile.TemporaryDirectory(prefix="llmigrate-") as name:
        folder = Path(name)
        write_copy(folder, {file.file: file.text({}) for file in exposed})
        for view in views:
            check_layout(moved_command(view.unit, folder), claims[view.file])


def _by_name(view: View) -> dict[str, RustItem]:
    """Index a view's items; a type's generated methods stand under `impl NAME`, C's under `extern NAME`."""
    named = {
        f"extern {item.name}" if item.foreign else item.name: item
        for item in view.items
        if item.kind != "impl" and item.name != "_"
    }
    methods = {f"impl {item.name}": item for item in view.items if item.kind == "impl"}
    return named | methods


def _formatted_declarations(files: Iterable[RustFile]) -> dict[str, str]:
    holes = [part for file in files for part in file.parts if isinstance(part, Hole)]
    without_rust = {hole.ident: hole.signature for hole in holes if hole.signature.startswith("//")}
    declared = [hole for hole in holes if hole.ident not in without_rust]
    texts = format_snippets([hole.declaration for hole in declared])
    return without_rust | {hole.ident: text for hole, text in zip(declared, texts, strict=True)}
