"""How functions say that they failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.error_convention import Convention
from tests.analysis.facts import function

_HEAD = """\
#include <errno.h>
#include <stdlib.h>
#define LIMIT 9
enum code { DONE, BROKEN };
int other(int);
"""


def convention(tmp_path: Path, text: str) -> Convention:
    return function(tmp_path, _HEAD + text).error.kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("void f(int x) { (void)x; }", Convention.NOTHING),
        ("int f(int x) { if (x) return -EINVAL; return 0; }", Convention.ERRNO),
        ("int f(int x) { int err = 0; if (x) err = -EIO; return err; }", Convention.ERRNO),
        ("int f(int x) { if (x) return -EINVAL; return x * 2; }", Convention.ERRNO_OR_VALUE),
        ("int f(int x) { return x == 3 || !x; }", Convention.BOOLEAN),
        ("int f(int x) { if (x) return 1; return 0; }", Convention.BOOLEAN),
        ("int f(int x) { if (x) return -1; return 0; }", Convention.CONSTANTS),
        ("int f(int x) { return x ? DONE : LIMIT; }", Convention.CONSTANTS),
        ("int f(int x) { if (x < 0) return -1; return x; }", Convention.SENTINEL),
        ("unsigned f(unsigned x) { if (!x) return LIMIT; return x; }", Convention.SENTINEL),
        ("int f(int x) { return x + 1; }", Convention.VALUE),
        ("int *f(int *x) { return *x ? x : NULL; }", Convention.NULL),
        ("int *f(int *x) { if (*x) return 0; return x; }", Convention.NULL),
        ("void *f(void) { return malloc(4); }", Convention.NULL),
        ("int *f(int *x) { return x + 1; }", Convention.VALUE),
        (
            "void *ERR_PTR(long); void *f(int x) { return x ? ERR_PTR(-ENOMEM) : 0; }",
            Convention.ERRNO_POINTER,
        ),
    ],
)
def test_a_convention_follows_from_what_is_returned(tmp_path: Path, text: str, expected: Convention) -> None:
    assert convention(tmp_path, text) == expected


def test_constants_have_the_names_that_the_text_gives_them(tmp_path: Path) -> None:
    found = function(
        tmp_path, _HEAD + "int f(int x) { if (x > 2) return -EIO; return x ? BROKEN : LIMIT; }"
    ).error
    assert found.errnos == ("EIO",)
    assert found.constants == ("BROKEN", "LIMIT")


def test_what_a_called_function_returns_is_returned(tmp_path: Path) -> None:
    c = """\
        static int low(int x) { if (x) return -EIO; return 0; }
        int f(int x) { int err = low(x); if (err) return err; return low(x + 1); }
        """
    found = function(tmp_path, _HEAD + c).error
    assert (found.kind, found.errnos) == (Convention.ERRNO, ("EIO",))


@pytest.mark.parametrize(
    ("test", "expected"),
    [("n < 0", Convention.ERRNO), ("n >= 0", Convention.VALUE), ("n", Convention.ERRNO_OR_VALUE)],
)
def test_a_test_of_the_sign_leaves_only_one_sign(tmp_path: Path, test: str, expected: Convention) -> None:
    c = f"""\
        static int low(int x) {{ if (x) return -EIO; return x + 2; }}
        int f(int x) {{ int n = low(x); if ({test}) return n; return 0; }}
        """
    assert convention(tmp_path, c) == expected


def test_the_last_value_before_a_jump_counts(tmp_path: Path) -> None:
    c = """\
        int f(int x) {
            int err = other(x);
            if (x) { err = -EIO; goto out; }
            err = 0;
        out:
            return err;
        }
        """
    assert convention(tmp_path, c) == Convention.ERRNO


def test_a_loop_may_return_what_an_earlier_round_set(tmp_path: Path) -> None:
    c = "int f(int x) { int err = 0; while (x--) { if (err) return err; err = -EIO; } return 0; }"
    found = function(tmp_path, _HEAD + c).error
    assert (found.kind, found.errnos) == (Convention.ERRNO, ("EIO",))


def test_a_variable_that_others_may_set_is_computed(tmp_path: Path) -> None:
    c = "void set(int *); int f(void) { int err = 0; set(&err); return err; }"
    assert convention(tmp_path, c) == Convention.VALUE


def test_a_result_through_a_member_is_that_of_what_stands_there(tmp_path: Path) -> None:
    c = """\
        struct ops { int (*run)(int); };
        static int low(int x) { return x ? -EIO : 0; }
        static const struct ops ops = { low };
        int f(const struct ops *o) { return o->run(3); }
        """
    assert convention(tmp_path, c) == Convention.ERRNO


def test_errno_itself_may_be_set(tmp_path: Path) -> None:
    assert function(tmp_path, _HEAD + "int f(int x) { errno = ENOMEM; return -1; }").error.sets_errno
    assert not function(tmp_path, _HEAD + "int f(int x) { return errno == x ? -1 : 0; }").error.sets_errno
