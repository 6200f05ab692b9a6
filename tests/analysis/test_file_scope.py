"""What stands at file scope is what the index finds there, bodies unread."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.file_scope import FileScope, read_file_scope
from analysis.index import index_file
from analysis.source import SourceFile

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path for folder in ("samples", "repair/evidence/runtime") for path in (ROOT / folder).rglob("*.[ch]")
)


def scope_of(text: str) -> FileScope:
    return read_file_scope(SourceFile(Path("a.c"), text.encode()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_it_agrees_with_the_index(path: Path) -> None:
    source = SourceFile.read(path)
    whole, scope = index_file(source), read_file_scope(source)
    spans = {(key, span) for key, spans in scope.places.items() for span in spans}
    assert {(("function", each.name), each.span) for each in whole.functions} <= spans
    assert {((each.kind, each.name), each.span) for each in whole.types} <= spans
    assert {(("macro", each.name), each.span) for each in whole.macros} <= spans
    named = {each.name for each in whole.functions} | {each.name for each in whole.variables}
    named |= {each.name for each in whole.prototypes} | {each.name for each in whole.types}
    named |= {each.name for each in whole.macros}
    assert {name for _, name in scope.places} == named


def test_a_text_holds_every_variant_of_a_declaration() -> None:
    scope = scope_of("#ifdef A\n#define N 1\n#else\n#define N 2\n#endif\n")
    assert scope.text(("macro", "N")) == b"#define N 1\n#define N 2"
    assert scope.line(("macro", "N")) == 2


def test_a_signature_is_that_of_the_definition_where_there_is_one() -> None:
    scope = scope_of("int f(int);\nint g(void);\nint f(int x)\n{\n\treturn x;\n}\n")
    assert scope.text(("signature", "f")) == b"int f(int x)\n"
    assert scope.text(("signature", "g")) == b"int g(void);"
    assert scope.definitions == (("function", "f"),)


def test_a_variable_is_known_without_its_value_and_a_global_with_it() -> None:
    scope = scope_of("static const int steps[] = { 1, 2 };\nextern int other;\n")
    assert scope.text(("variable", "steps")) == b"static const int steps[]"
    assert scope.text(("global", "steps")) == b"static const int steps[] = { 1, 2 };"
    assert scope.definitions == (("global", "steps"),)
    assert scope.text(("variable", "other")) == b"extern int other;"


def test_binary_and_missing_names_declare_nothing() -> None:
    assert read_file_scope(SourceFile(Path("a.c"), b"int a;\0")).places == {}
    assert scope_of("int a;").text(("function", "a")) is None
