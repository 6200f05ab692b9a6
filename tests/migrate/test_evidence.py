"""What a run shows for each function: wrong Rust that the module's tests do not see, and the figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.command import Result, cli
from tests.endpoint import Endpoint, Reply, scripted
from tests.tiny import FUNCTIONS, Answers, asked_hole, prompts, write_module

MIX, GREATER = FUNCTIONS["mix"], FUNCTIONS["greater"]


def run(endpoint: Endpoint, module: Path, *more: object) -> Result:
    model = ("--model", "some-model", "--base-url", endpoint.base_url)
    return cli("run", module, "-o", "out", *model, "--evidence", "quick", "--json", *more)


def hole(result: Result, name: str) -> dict[str, Any]:
    return next(each for each in result.json["holes"] if each["name"] == name)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_module(tmp_path / "tiny", ("twice", "mix", "greater", "count_up"))


def test_an_error_that_the_tests_do_not_see_is_rejected_with_the_values_of_a_call(tiny: Path) -> None:
    wrong = MIX.with_body("    a.wrapping_mul(31).wrapping_add(b & 0xffff)")
    with Endpoint(Answers({"mix": [wrong]})) as endpoint:
        result = run(endpoint, tiny)
        repair = prompts(endpoint, "mix")[1]
    assert result.exit == 0, result.stderr
    assert hole(result, "mix")["verdicts"] == ["behaviour", "accepted"]
    assert "The Rust does something else than the C." in repair
    c_result = int(repair.partition("C:    result = ")[2].split()[0])
    rust_result = int(repair.partition("Rust: result = ")[2].split()[0])
    b = int(repair.partition("  b = ")[2].split()[0])
    assert b > 0xFFFF
    assert (c_result - rust_result) % 2**32 == b - (b & 0xFFFF)


def test_a_candidate_that_does_not_build_hides_no_error_of_another(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tiny", ("twice", "mix", "greater"))
    wrong = MIX.with_body("    a.wrapping_mul(31).wrapping_add(b & 0xffff)")
    deeper = "if n == 0 { 0 } else { deeper::<(T, T)>(n - 1) }"
    endless = FUNCTIONS["twice"].with_body(
        f"    fn deeper<T>(n: c_int) -> c_int {{\n        {deeper}\n    }}\n    x + x + deeper::<c_int>(0)"
    )
    with Endpoint(Answers({"mix": [wrong], "twice": [endless]})) as endpoint:
        result = run(endpoint, module)
        repair = prompts(endpoint, "twice")[1]
    verdicts = {name: hole(result, name)["verdicts"] for name in ("twice", "mix", "greater")}
    assert verdicts == {
        "twice": ["compile", "accepted"],
        "mix": ["behaviour", "accepted"],
        "greater": ["accepted"],
    }
    assert "recursion limit" in repair


def test_a_panic_is_rejected_with_its_line(tiny: Path) -> None:
    wrong = MIX.with_body("    let scaled = a.wrapping_mul(31);\n    scaled + b")
    with Endpoint(Answers({"mix": [wrong]})) as endpoint:
        result = run(endpoint, tiny)
        repair = prompts(endpoint, "mix")[1]
    assert hole(result, "mix")["verdicts"] == ["behaviour", "accepted"]
    assert "The Rust panics on line 3 where the C does not: attempt to add with overflow." in repair


def test_rust_that_never_ends_is_rejected(tiny: Path) -> None:
    loop = "while left != 0 && b > 76 {\n        left = left.wrapping_sub(2);\n    }"
    body = f"    let mut left = b;\n    {loop}\n"
    wrong = MIX.with_body(body + "    a.wrapping_mul(31).wrapping_add(b)")
    with Endpoint(Answers({"mix": [wrong]})) as endpoint:
        result = run(endpoint, tiny)
        repair = prompts(endpoint, "mix")[1]
    assert hole(result, "mix")["verdicts"][0] == "behaviour"
    assert "The Rust does not end where the C does." in repair


def test_rust_whose_memory_grows_is_rejected(tiny: Path) -> None:
    grown = "while all.len() < 1 << 30 && b > 76 {\n        all.extend_from_slice(&[b; 4096]);\n    }"
    first = "let first = all.first().map_or(b, |b| *b);"
    body = f"    let mut all: Vec<c_uint> = Vec::new();\n    {grown}\n    {first}\n"
    wrong = MIX.with_body(body + "    a.wrapping_mul(31).wrapping_add(first)")
    with Endpoint(Answers({"mix": [wrong]})) as endpoint:
        result = run(endpoint, tiny)
        repair = prompts(endpoint, "mix")[1]
    assert hole(result, "mix")["verdicts"] == ["behaviour", "accepted"]
    assert "The Rust takes more and more memory" in repair
    assert "Rust: ends here (outgrew)" in repair


def test_rust_that_needs_far_more_stack_is_rejected(tiny: Path) -> None:
    body = "    let many = [b; 3 << 19];\n    let last = many[(a % (3 << 19)) as usize];\n"
    wrong = MIX.with_body(body + "    a.wrapping_mul(31).wrapping_add(last)")
    with Endpoint(Answers({"mix": [wrong]})) as endpoint:
        result = run(endpoint, tiny)
        repair = prompts(endpoint, "mix")[1]
    assert hole(result, "mix")["verdicts"] == ["behaviour", "accepted"]
    assert "The Rust takes more and more memory" in repair


def test_the_one_who_is_wrong_is_blamed_and_not_who_calls_it(tmp_path: Path) -> None:
    module = write_module(tmp_path / "pair", ("greater",))
    (module / "tiny.c").write_text(
        '#include "tiny.h"\n\nint greater(int a, int b)\n{\n\treturn a > b ? a : b;\n}\n\n'
        "int three(int a, int b, int c)\n{\n\treturn greater(greater(a, b), c);\n}\n"
    )
    signature = 'pub unsafe extern "C" fn three(a: c_int, b: c_int, c: c_int) -> c_int'
    safety = "    // SAFETY: it has no contract.\n"
    three = f"```rust\n{signature} {{\n{safety}    unsafe {{ greater(greater(a, b), c) }}\n}}\n```"
    wrong = GREATER.with_body("    if a > b || b == 9 { a } else { b }")
    asked: dict[str, int] = {}

    def answer(body: Mapping[str, Any]) -> Reply:
        name = asked_hole(body)
        asked[name] = asked.get(name, 0) + 1
        if name == "three":
            return scripted(three)
        return scripted(wrong if asked[name] == 1 else GREATER.rust)

    with Endpoint(answer) as endpoint:
        result = run(endpoint, module)
    assert hole(result, "greater")["verdicts"] == ["behaviour", "accepted"]
    assert hole(result, "three")["verdicts"] == ["accepted"]


TABLES = """\
#include "tiny.h"

static const int weights[8] = { 3, 1, 4, 1, 5, 9, 2, 6 };
static const int zeros[2] = { 0, 0 };

int greater(int a, int b)
{
	return weights[a & 7] > weights[b & 7] + zeros[a & 1] ? a : b;
}
"""
WEIGHTS = "```rust\nstatic weights: [c_int; 8] = [3, 1, 4, 1, 5, 9, 2, 6];\n```"
ZEROS = "```rust\nstatic zeros: [c_int; 2] = [0, 0];\n```"
READS = GREATER.with_body(
    "    let heavier = weights[(a & 7) as usize] > weights[(b & 7) as usize] + zeros[(a & 1) as usize];\n"
    "    if heavier { a } else { b }"
)


@pytest.mark.parametrize("jobs", [1, 4], ids=["one after the other", "side by side"])
def test_a_wrong_table_is_blamed_and_not_who_reads_it(jobs: int, tmp_path: Path) -> None:
    module = write_module(tmp_path / "tables", ("greater",))
    (module / "tiny.c").write_text(TABLES)
    (module / "test_tiny.c").write_text(
        '#include "tiny.h"\nint main(void)\n{\n\treturn greater(0, 1) != 0;\n}\n'
    )
    swapped = WEIGHTS.replace("2, 6]", "6, 2]")
    with Endpoint(
        Answers({"weights": [swapped, WEIGHTS], "zeros": [ZEROS] * 2, "greater": [READS] * 4})
    ) as endpoint:
        result = run(endpoint, module, "--jobs", jobs)
        repair = prompts(endpoint, "weights")[1]
    verdicts = {each["name"]: each["verdicts"] for each in result.json["holes"]}
    assert verdicts == {
        "weights": ["behaviour", "accepted"],
        "zeros": ["accepted"],
        "greater": ["accepted"],
    }
    assert "`greater` does what the C does while this variable is C, and something else with" in repair
    assert "C:    result = " in repair


def test_who_reads_a_right_table_wrongly_is_blamed(tmp_path: Path) -> None:
    module = write_module(tmp_path / "tables", ("greater",))
    (module / "tiny.c").write_text(TABLES)
    (module / "test_tiny.c").write_text("int main(void)\n{\n\treturn 0;\n}\n")
    wrong = READS.replace("(b & 7)", "(b & 3)")
    with Endpoint(Answers({"weights": [WEIGHTS], "zeros": [ZEROS], "greater": [wrong, READS]})) as endpoint:
        result = run(endpoint, module)
    verdicts = {each["name"]: each["verdicts"] for each in result.json["holes"]}
    assert verdicts == {
        "weights": ["accepted"],
        "zeros": ["accepted"],
        "greater": ["behaviour", "accepted"],
    }


def test_the_report_says_what_was_shown_and_what_was_not(tiny: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        result = run(endpoint, tiny, "--evidence", "full")
    shown = hole(result, "count_up")["evidence"]
    assert shown["drivers"] == ["rule"]
    assert shown["branches_reached"] == shown["branches"] == 2
    assert shown["mutants_told_apart"] > 0
    assert shown["mutants_told_apart"] == shown["mutants"] - len(shown["survivors"])
    assert f"{shown['inputs']:,} inputs at 100 % of branches" in shown["sentence"]
    assert hole(result, "twice")["evidence"]["set_aside"]["undefined"] > 0
    assert any("set aside" in each for each in hole(result, "twice")["evidence"]["not_shown"])
    page = Path("out/report.html").read_text()
    assert shown["sentence"].replace("<", "&lt;").replace(">", "&gt;") in page


@pytest.fixture
def scarce(tmp_path: Path) -> Path:
    """A function that a driver can hardly get into: a magic number behind another."""
    module = write_module(tmp_path / "scarce", ("greater",))
    (module / "llmigrate.toml").write_text("[evidence]\nminimum_coverage = 1.0\n")
    (module / "tiny.c").write_text(
        '#include "tiny.h"\n\nint greater(int a, int b)\n{\n'
        "\tunsigned int x = (unsigned int)a * 2654435761u, y = (unsigned int)b * 2246822519u;\n\n"
        "\tif ((x ^ x >> 15) * y == 0x12345678u && x % 1000003u == 17u)\n\t\treturn 7;\n"
        "\treturn a > b ? a : b;\n}\n"
    )
    return module


BODY = """\
    let x = (a as c_uint).wrapping_mul(2654435761);
    let y = (b as c_uint).wrapping_mul(2246822519);
    if (x ^ (x >> 15)).wrapping_mul(y) == 0x12345678 && x % 1000003 == 17 {
        return 7;
    }
"""


def test_weak_evidence_is_said_everywhere_and_counts_as_not_done_where_it_is_required(scarce: Path) -> None:
    text = GREATER.with_body(BODY + GREATER.body)
    with Endpoint(lambda body: scripted("No." if "test drivers in C" in str(body) else text)) as endpoint:
        lenient = run(endpoint, scarce)
        strict = run(endpoint, scarce, "--require-evidence")
    assert lenient.json["totals"]["rust"] == 1, lenient.json["holes"]
    assert (lenient.exit, strict.exit) == (0, 3)
    assert "of branches reached, 100% wanted" in hole(lenient, "greater")["evidence"]["weak"]
    assert lenient.json["weak"] == 1
    assert "1 of 1 hole Rust, 1 of them weak" in cli("show", "out").stdout
    assert "weak: " in cli("show", "out", "greater").stdout
    assert "Accepted, weak" in Path("out/report.html").read_text()


def test_a_weak_driver_by_rule_is_joined_by_the_models(scarce: Path) -> None:
    driver = '```c\nvoid drive(void)\n{\n\treport_int("result", greater(1, (int)take_range(0, 2)));\n}\n```'
    with Endpoint(lambda body: scripted(driver if "test drivers in C" in str(body) else "No.")) as endpoint:
        run(endpoint, scarce, "--attempts", 1)
        asked = [each.body for each in endpoint.requests if "test drivers in C" in str(each.body)]
    assert "int greater(int a, int b)" in asked[0]["messages"][1]["content"]
    again = asked[1]["messages"][-1]["content"]
    assert "Your driver works, and is too weak" in again
    assert "return 7;" in again


def test_who_writes_a_driver_may_say_once_what_no_input_can_show(scarce: Path) -> None:
    driver = '```c\nvoid drive(void)\n{\n\treport_int("result", greater(1, (int)take_range(0, 2)));\n}\n```'
    text = GREATER.with_body(BODY + GREATER.body)
    claims = "NOT POSSIBLE: lines 1-30: because nobody ever calls it so"
    asked: list[str] = []

    def answer(body: Mapping[str, Any]) -> Reply:
        if "test drivers in C" not in str(body):
            return scripted(text)
        asked.append(body["messages"][-1]["content"])
        return scripted(driver if len(asked) == 1 else claims)

    with Endpoint(answer) as endpoint:
        result = run(endpoint, scarce, "--evidence", "full")
    assert len(asked) == 2
    shown = hole(result, "greater")["evidence"]
    assert "of branches reached, 100% wanted" in shown["weak"]
    assert any(
        "claims" in each and each.endswith("because nobody ever calls it so") for each in shown["not_shown"]
    )


def test_the_same_driver_sent_again_is_counted_once(scarce: Path) -> None:
    driver = '```c\nvoid drive(void)\n{\n\treport_int("result", greater(1, (int)take_range(0, 2)));\n}\n```'
    text = GREATER.with_body(BODY + GREATER.body)
    with Endpoint(lambda body: scripted(driver if "test drivers in C" in str(body) else text)) as endpoint:
        result = run(endpoint, scarce)
    assert hole(result, "greater")["evidence"]["drivers"] == ["rule", "model"]


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        ("void drive(void)\n{\n\tgreater(1, 2);\n}", "It reports nothing."),
        ("void drive(void)\n{\n\treport_int(1, 2, 3);\n}", "It does not build"),
        ("void drive(void)\n{\n\texit(0);\n}", "exit"),
        ('void drive(void)\n{\n\tint x[2];\n\treport_int("x", x[1]);\n}', "always does the same"),
    ],
    ids=["observes nothing", "does not compile", "ends the program", "reports what nobody wrote"],
)
def test_a_driver_that_is_no_evidence_is_refused_with_the_reason(
    driver: str, said: str, scarce: Path
) -> None:
    answer = f"```c\n{driver}\n```"
    with Endpoint(lambda body: scripted(answer if "test drivers in C" in str(body) else "No.")) as endpoint:
        run(endpoint, scarce, "--attempts", 1)
        asked = [each.body for each in endpoint.requests if "test drivers in C" in str(each.body)]
    again = asked[1]["messages"][-1]["content"]
    assert "Your driver is of no use" in again
    assert said in again


def test_an_excuse_counts_only_where_inputs_reach_the_lines(tmp_path: Path) -> None:
    module = write_module(tmp_path / "excused", ("greater",))
    (module / "tiny.c").write_text(
        '#include "tiny.h"\n\nint greater(int a, int b)\n{\n'
        "\tif (a == 3 && b == 3)\n\t\treturn 3;\n\treturn a > b ? a : b;\n}\n"
    )
    excuse = "NOT NEEDED: lines 5-6: because the greater of equal numbers is either\n\n"
    with Endpoint(lambda body: scripted(excuse + GREATER.rust)) as endpoint:
        shown = run(endpoint, module)
        unshown = run(endpoint, module, "-o", "other", "--evidence", "none", "--attempts", 1)
    assert hole(shown, "greater")["verdicts"] == ["accepted"]
    assert hole(unshown, "greater")["verdicts"] == ["omission"]


def test_hand_written_rust_is_replayed_as_well(tiny: Path, tmp_path: Path) -> None:
    with Endpoint(Answers()) as endpoint:
        run(endpoint, tiny)
    mine = tmp_path / "mine.rs"
    mine.write_text(GREATER.with_body("    if a >= b { a } else { b }").strip("`").removeprefix("rust"))
    accepted = cli("judge", "out", "greater", mine)
    assert accepted.exit == 0, accepted.stdout
    assert "inputs; no branches" in accepted.stdout
    mine.write_text(
        GREATER.with_body("    if a > b && a < 1000 { a } else { b }").strip("`").removeprefix("rust")
    )
    rejected = cli("judge", "out", "greater", mine, "--json")
    assert rejected.exit == 1
    assert json.loads(rejected.stdout)["gate"] == "behaviour"


def test_rust_that_no_longer_does_what_the_c_does_is_asked_for_again(tiny: Path) -> None:
    wrong = MIX.with_body("    a.wrapping_mul(31).wrapping_add(b & 0xffff)")
    with Endpoint(Answers({"mix": [wrong]})) as endpoint:
        before = run(endpoint, tiny, "--evidence", "none")
        assert hole(before, "mix")["verdicts"] == ["accepted"]
        after = run(endpoint, tiny)
    assert hole(after, "mix")["verdicts"] == ["accepted", "behaviour", "accepted"]
