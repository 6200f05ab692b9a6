"""How much of a Rust text is unsafe."""

from __future__ import annotations

from analysis.syntax import Node, descendants, parse_rust


def count_unsafe_blocks(text: str) -> int:
    """Count the `unsafe { ... }` blocks of Rust text, those in macro arguments included."""
    root = parse_rust(text.encode("utf-8", "replace"))
    return sum(_opens_block(keyword) for keyword in descendants(root, {"unsafe"}))


def _opens_block(keyword: Node) -> bool:
    following = keyword.next_sibling
    if following is None:
        return False
    if following.type == "token_tree":
        return following.children[0].type == "{"
    return following.type == "block"
