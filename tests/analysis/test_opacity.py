"""Who can see into a record."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.opacity import Visibility
from tests.analysis.facts import facts

_DEFINITION = "struct box { int *in; };\n"


@pytest.mark.parametrize(
    ("header", "c", "expected"),
    [
        ("struct box;\nint f(struct box *b);\n", _DEFINITION, Visibility.OPAQUE),
        ("int f(struct box *b);\n", _DEFINITION, Visibility.OPAQUE),
        ("/* struct box is ours */\nint f(void *b);\n", _DEFINITION, Visibility.PRIVATE),
        ("struct boxes;\n", _DEFINITION, Visibility.PRIVATE),
        (_DEFINITION, "", Visibility.OPEN),
    ],
)
def test_headers_say_what_callers_see(tmp_path: Path, header: str, c: str, expected: Visibility) -> None:
    c = f'#include "box.h"\n{c}int g(struct box *b) {{ return *b->in; }}\n'
    assert facts(tmp_path, c, box=header).records["struct box"].opacity.visibility is expected


def test_a_record_without_a_tag_goes_by_its_typedef(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        "typedef struct { int x; } box_t; typedef enum { A, B } kind_t; int g(box_t *b) { return b->x; }",
    )
    assert set(found.records) == {"box_t"}
    assert found.records["box_t"].used_in == ("m.c",)


def test_a_record_knows_the_files_that_use_its_members(tmp_path: Path) -> None:
    header = "struct used { int x; }; struct named { int y; };\n"
    header += "static inline int get(struct used *u) { return u->x; }\n"
    c = '#include "box.h"\nint f(struct used *u, struct named *n) { return get(u) + (n != 0); }\n'
    found = facts(tmp_path, c, box=header).records
    assert found["struct used"].used_in == ("box.h",)
    assert found["struct named"].used_in == ()
