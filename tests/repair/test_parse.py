from __future__ import annotations

import pytest

from repair.candidate import Candidate
from repair.gates.parse import parse
from repair.hole import Hole
from repair.verdict import Gate, Verdict
from tests.repair.holes import function, variable

ITEM = 'pub unsafe extern "C" fn f(x: c_int) -> c_int {\n    x\n}'


def text(answer: str, hole: Hole | None = None) -> str:
    found = parse(hole or function("f"), answer)
    assert isinstance(found, Candidate), found
    return found.text


def rejection(answer: str, hole: Hole | None = None) -> str:
    found = parse(hole or function("f"), answer)
    assert isinstance(found, Verdict)
    (finding,) = found.findings
    assert finding.gate is Gate.PARSE
    return finding.message


@pytest.mark.parametrize("fence", ["```rust", "```rs", "```", "```rust,edition2024", "  ```rust"])
def test_the_item_is_found_in_its_block(fence: str) -> None:
    assert text(f"Here it is:\n{fence}\n{ITEM}\n```\nDone.") == ITEM


def test_windows_line_ends_are_no_obstacle() -> None:
    assert text(f"```rust\n{ITEM}\n```\n".replace("\n", "\r\n")) == ITEM


def test_the_candidate_is_laid_out_by_rustfmt() -> None:
    assert text('```rust\npub unsafe extern "C" fn f( x:c_int )->c_int{x}\n```') == ITEM


def test_a_block_that_says_rust_wins_over_one_that_says_nothing() -> None:
    assert text(f"```\nint f(int x);\n```\n```rust\n{ITEM}\n```") == ITEM


def test_items_in_two_blocks_belong_together() -> None:
    assert (
        text(f"```rust\nfn f_helper() {{}}\n```\nand\n```rust\n{ITEM}\n```")
        == f"{ITEM}\n\nfn f_helper() {{}}"
    )


def test_the_own_item_comes_first() -> None:
    assert text(f"```rust\nconst f_LIMIT: c_int = 3;\n\n{ITEM}\n```").startswith(ITEM)


def test_linkage_and_the_comment_above_are_the_crates_own() -> None:
    assert text(f"```rust\n/// Doubles.\n#[unsafe(no_mangle)]\n{ITEM}\n```") == ITEM
    assert text(f'```rust\n#[export_name = "g"]\n{ITEM}\n```') == ITEM


def test_a_fence_in_a_string_does_not_end_the_block() -> None:
    inside = ITEM.replace("    x\n", '    let _fence = "``` is no end";\n    x\n')
    assert text(f"```rust\n{inside}\n```") == inside


def test_a_static_is_found() -> None:
    hole = variable("limit", "c_int")
    assert text("```rust\npub static mut limit: c_int = 3;\n```", hole) == "pub static mut limit: c_int = 3;"


@pytest.mark.parametrize("answer", ["", "No.", "```c\nint f(int x);\n```", "```python\nprint()\n```"])
def test_an_answer_without_rust_is_rejected(answer: str) -> None:
    assert rejection(answer) == "The answer has no code block that starts with ```rust."


def test_a_block_that_never_ends_is_no_block() -> None:
    assert "no code block" in rejection(f"```rust\n{ITEM}\n")


def test_another_function_is_not_what_was_asked_for() -> None:
    assert rejection(f"```rust\n{ITEM.replace('fn f', 'fn g')}\n```") == (
        "The code block defines `g`, but not the function `f` that was asked for."
    )


def test_a_declaration_is_no_definition() -> None:
    assert "`f`" in rejection('```rust\nunsafe extern "C" { fn f(x: c_int) -> c_int; }\n```')


def test_a_function_of_the_name_is_no_static() -> None:
    assert "static `f`" in rejection(f"```rust\n{ITEM}\n```", variable("f", "c_int"))


def test_broken_syntax_is_rejected() -> None:
    broken = ITEM.replace("    x\n", "    x +\n")
    assert "syntax" in rejection(f"```rust\n{broken}\n```")


def test_prose_in_a_block_defines_nothing() -> None:
    assert "does not define the function `f`" in rejection("```rust\nas before\n```")
