"""What a C function returns for NULL, where that can be read off its tests."""

import pytest

from migrate.ffi.nullable import nullable_of


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("if (!p) return -1; p->x = 1; return 0;", {"p": "-1"}),
        ("if (p == NULL) { return NULL; } return p->next;", {"p": "NULL"}),
        ("if (NULL == p) return; p->x = 1;", {"p": ""}),
        ("if (p) p->x = 1;", {"p": ""}),
        ("if (p && p->size) return p->size; return 0;", {}),
        ("if (p != NULL) return p->size; return 0;", {"p": "0"}),
        ("if (p == NULL || q == NULL) return -1; return 0;", {"p": "-1", "q": "-1"}),
        ("if (p == NULL && q == NULL) return -1; return 0;", {}),
        ("/* Set it. */ if (p) p->x = 1;", {"p": ""}),
        ("if (!p) return fallback(); return 0;", {}),
        ("return p->x;", {}),
    ],
)
def test_a_test_that_stands_alone_tells(body: str, found: dict[str, str]) -> None:
    assert nullable_of(f"int f(struct s *p, struct s *q)\n{{\n{body}\n}}", ("p", "q")) == found
