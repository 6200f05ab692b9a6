from __future__ import annotations

from pathlib import Path

import pytest

from repair.rustfmt import format_rust, format_snippets


def test_rust_is_laid_out() -> None:
    assert format_rust("fn f( )->u8{1}") == "fn f() -> u8 {\n    1\n}\n"


@pytest.mark.parametrize("folder", [".", "config/rustfmt"])
def test_settings_of_the_user_change_nothing(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / folder / "rustfmt.toml").write_text("hard_tabs = true\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert format_rust("fn f( )->u8{1}") == "fn f() -> u8 {\n    1\n}\n"


@pytest.mark.parametrize("text", ["fn f( {", "int f(void);", "fn f() { let x = ; }"])
def test_what_is_not_rust_is_nothing(text: str) -> None:
    assert format_rust(text) is None


def test_edition_2024_is_spoken() -> None:
    assert format_rust('unsafe extern "C" { safe fn f(); }') is not None


def test_snippets_come_back_in_order_and_apart() -> None:
    snippets = ["fn a( ){}", "// only a comment", "const B :u8=1;\nfn c(){}"]
    assert format_snippets(snippets) == (
        "fn a() {}",
        "// only a comment",
        "const B: u8 = 1;\nfn c() {}",
    )
    assert format_snippets([]) == ()


def test_a_snippet_that_is_not_rust_is_a_fault() -> None:
    with pytest.raises(ValueError, match="is not Rust"):
        format_snippets(["fn a() {}", "fn ("])
