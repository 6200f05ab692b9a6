from __future__ import annotations

from repair.kernel.ktap import Outcome, read_ktap

_SORTED = """\
[    0.010000] Console initialized on /dev/tty0
KTAP version 1
1..2
    KTAP version 1
    # Subtest: lib_sort
    # module: test_sort
    1..1
    ok 1 test_sort
ok 1 lib_sort
    KTAP version 1
    # Subtest: math
    1..2
        KTAP version 1
        # Subtest: powers
        ok 1 Power of zero # a comment
        ok 2 - Max base
    # powers: pass:2 fail:0 skip:0 total:2
    ok 1 powers
random: crng init done
    ok 2 roots # SKIP no roots here
# Totals: pass:2 fail:0 skip:1 total:3
ok 2 math
reboot: System halted
"""


def test_results_are_named_by_their_suites() -> None:
    read = read_ktap(_SORTED)
    assert read.ok
    assert read.outcomes == {
        "lib_sort/test_sort": Outcome.PASSED,
        "math/powers/Power of zero # a comment": Outcome.PASSED,
        "math/powers/Max base": Outcome.PASSED,
        "math/roots": Outcome.SKIPPED,
    }
    suite = read.suite("math")
    assert suite is not None
    assert [each.name for each in suite.tests] == ["powers", "roots"]
    assert read.suite("nothing") is None


def test_times_before_lines_do_not_matter() -> None:
    stamped = "".join(f"[    0.123456] {line}\n" for line in _SORTED.splitlines()[1:])
    assert read_ktap(stamped) == read_ktap(_SORTED)


def test_a_failure_comes_with_what_was_expected() -> None:
    log = _SORTED.replace(
        "    ok 1 test_sort\nok 1",
        "    # test_sort: EXPECTATION FAILED at lib/test_sort.c:37\n    not ok 1 test_sort\nnot ok 1",
    )
    read = read_ktap(log)
    assert not read.ok
    assert read.named(Outcome.FAILED) == ("lib_sort/test_sort",)
    suite = read.suite("lib_sort")
    assert suite is not None
    assert suite.tests[0].said == ("test_sort: EXPECTATION FAILED at lib/test_sort.c:37",)


def test_a_suite_that_fails_as_a_whole_is_a_failure() -> None:
    assert not read_ktap(_SORTED.replace("ok 2 math", "not ok 2 math")).ok


def test_what_a_crash_cut_off_is_unfinished() -> None:
    log = _SORTED[: _SORTED.index("        ok 2 - Max base")] + "Kernel panic - not syncing: BUG!\n"
    read = read_ktap(log)
    assert not read.ok
    assert read.named(Outcome.UNFINISHED) == ("math/test 2",)
    suite = read.suite("math")
    assert suite is not None
    assert (suite.outcome, suite.tests[0].outcome) == (Outcome.UNFINISHED, Outcome.UNFINISHED)


def test_suites_that_were_announced_and_never_began_are_unfinished() -> None:
    log = "KTAP version 1\n1..3\nok 1 first\nreboot: System halted\n"
    assert read_ktap(log).named(Outcome.UNFINISHED) == ("test 2", "test 3")


def test_a_log_without_results_is_not_ok() -> None:
    assert not read_ktap("Linux version 6.12\nreboot: System halted\n").ok
    assert not read_ktap("").ok


def test_a_known_failure_is_none() -> None:
    assert read_ktap("KTAP version 1\n1..1\nnot ok 1 slow # TODO later\n").ok
