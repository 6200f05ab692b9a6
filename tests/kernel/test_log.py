from __future__ import annotations

from repair.kernel.log import RustPlace, complaints, differences, filtered, read_panic

_LOG = """\
Linux version 6.12.117 (root@vm) #1 Sat Nov 21 21:24:10 UTC 2026
[    0.010000] Calibrating delay loop... 3269.42 BogoMIPS (lpj=16347136)
[    0.020000] test_div64: Completed, 0.000491520s elapsed
[    0.030000] pointer 0x00000000604d8060 and ffff888004c0a3c0
001 mount: ok
002 took: 17 units
"""
_PANIC = """\
Run /check
RUST PANIC: src/lib.rs:27:16: attempt to multiply with overflow
BUG: failure at lib/shim.c:14/llmigrate_rust_panic()!
Kernel panic - not syncing: BUG!
CPU: 0 UID: 0 PID: 1 Comm: swapper
"""


def test_times_addresses_and_the_machine_are_left_out() -> None:
    assert filtered(_LOG) == (
        "test_div64: Completed, N elapsed",
        "pointer N and N",
        "001 mount: ok",
        "002 took: 17 units",
    )


def test_what_a_check_says_stays_as_it_is() -> None:
    said = ("018 they are: 1000000000.000000001", "022 content: 9000 bytes, sum 3ca6ef02")
    assert filtered("\n".join(said)) == said


def test_two_boots_that_differ_in_those_do_not_differ() -> None:
    other = _LOG.replace("0.0", "1.5").replace("#1", "#2").replace("0x00000000604d8060", "0x00000000deadbeef")
    assert other != _LOG
    assert differences([_LOG], other) == ()


def test_a_difference_is_shown_from_both_sides() -> None:
    assert differences([_LOG], _LOG.replace("mount: ok", "mount: EINVAL")) == (
        "-001 mount: ok",
        "+001 mount: EINVAL",
    )


def test_lines_that_differ_between_boots_of_the_c_say_nothing() -> None:
    again, rust = _LOG.replace("17 units", "18 units"), _LOG.replace("17 units", "19 units")
    assert differences([_LOG], rust) == ("-002 took: 17 units", "+002 took: 19 units")
    assert differences([_LOG, again], rust) == ()
    assert differences([_LOG, again], rust.replace("mount: ok", "mount: EIO")) == (
        "-001 mount: ok",
        "+001 mount: EIO",
    )


def test_a_panic_names_the_place_in_the_rust() -> None:
    panic = read_panic(_LOG + _PANIC)
    assert panic is not None
    assert panic.message == "BUG!"
    assert panic.rust == RustPlace("src/lib.rs", 27, 16, "attempt to multiply with overflow")
    assert panic.detail.startswith("RUST PANIC")
    assert panic.sentence == (
        "Rust panicked in the kernel at src/lib.rs:27:16: attempt to multiply with overflow"
    )


def test_a_panic_of_the_c_is_told_in_the_kernels_words() -> None:
    panic = read_panic("Kernel panic - not syncing: Segfault with no mm\n")
    assert panic is not None
    assert (panic.rust, panic.sentence) == (None, "the kernel panicked: Segfault with no mm")
    assert read_panic(_LOG) is None


def test_complaints_are_picked_out() -> None:
    assert complaints(_LOG) == ()
    double = "BUG: KASAN: double-free in ramfs_kill_sb+0x12/0x20"
    log = f"{_LOG}[ 1.0] {double}\nWARNING: CPU: 0 PID: 1 at fs/x.c:3\n"
    assert complaints(log) == (double, "WARNING: CPU: 0 PID: N at fs/x.c:3")
