from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from repair.candidate import Candidate
from repair.excuse import Excuse
from repair.gates import omission
from repair.judge import Rejected, read_answer
from repair.verdict import Gate
from tests.repair.holes import variable
from tests.repair.translations import RECORDS, RUST_RECORDS, Translation, faithful, hole_of

C = """\
int f(struct list *list, int key)
{
	struct item *at;
	int err;

	if (list->count == 0)
		return -EINVAL;
	for (at = list->head; at; at = at->next) {
		if (at->key == key) {
			list->count--;
			break;
		}
		total += at->key;
	}
	switch (key) {
	case 1:
		err = step(key);
		break;
	case 2:
		err = undo(key);
		break;
	default:
		err = weigh("other");
	}
	if (err)
		goto out;
	list->head = NULL;
out:
	finish(key);
	return err;
}"""
RUST = """\
pub unsafe extern "C" fn f(list: *mut list, key: c_int) -> c_int {
    if (*list).count == 0 {
        return -EINVAL;
    }
    let mut at = (*list).head;
    while !at.is_null() {
        if (*at).key == key {
            (*list).count -= 1;
            break;
        }
        total += (*at).key;
        at = (*at).next;
    }
    let err = match key {
        1 => step(key),
        2 => undo(key),
        _ => weigh(c"other".as_ptr()),
    };
    if err == 0 {
        (*list).head = core::ptr::null_mut();
    }
    finish(key);
    err
}"""


def candidate(rust: str = RUST, c: str = C, line: int = 101) -> Candidate:
    return Candidate(hole_of(c, rust, line), rust)


def without(*deleted: str) -> Candidate:
    rust = RUST
    for each in deleted:
        assert rust.count(each) == 1
        rust = rust.replace(each, "")
    return candidate(rust)


def score(scored: Candidate) -> float:
    found = omission.score(scored)
    assert found is not None
    return found


def test_a_complete_translation_passes_with_a_full_score() -> None:
    assert omission.check(candidate()) == ()
    assert score(candidate()) == 1.0


@pytest.mark.parametrize("translation", faithful(), ids=lambda each: each.title)
def test_a_faithful_translation_of_another_shape_passes(translation: Translation) -> None:
    assert omission.check(translation.candidate) == ()


def test_the_faithful_translations_compile(tmp_path: Path) -> None:
    modules = "\n".join(
        f"pub mod m{at} {{ use super::*;\n{each.rust}\n}}" for at, each in enumerate(faithful())
    )
    (tmp_path / "all.rs").write_text(RUST_RECORDS + modules)
    functions = "\n".join(each.c.replace(" f(", f" f{at}(", 1) for at, each in enumerate(faithful()))
    headers = "".join(f"#include <{name}.h>\n" for name in ("errno", "string"))
    (tmp_path / "all.c").write_text(headers + RECORDS + functions)
    rustc = ("rustc", "--edition=2024", "--crate-type=lib", "--emit=metadata", "-Awarnings", "all.rs")
    subprocess.run(rustc, cwd=tmp_path, check=True)
    subprocess.run(("gcc", "-fsyntax-only", "-Werror=implicit", "all.c"), cwd=tmp_path, check=True)


@pytest.mark.parametrize(
    ("deleted", "said"),
    [
        ("    if (*list).count == 0 {\n        return -EINVAL;\n    }\n", "Lines 106-107"),
        ("            (*list).count -= 1;\n", "Line 110"),
        ("            break;\n", "Line 111 of the C has no counterpart in the Rust: the `break`"),
        ("        total += (*at).key;\n", "the store to `total`"),
        ("        at = (*at).next;\n", "the store to `at`"),
        ("        2 => undo(key),\n", "the call of `undo`"),
        ("        (*list).head = core::ptr::null_mut();\n", "the store to `head`"),
        ("    finish(key);\n", "the call of `finish`"),
    ],
)
def test_whatever_is_left_out_is_found_with_its_line(deleted: str, said: str) -> None:
    findings = omission.check(without(deleted))
    assert {each.gate for each in findings} == {Gate.OMISSION}
    assert any(said in each.message for each in findings)
    assert score(without(deleted)) <= 1.0


def test_a_finding_quotes_the_lines_of_the_c_file() -> None:
    (finding,) = omission.check(without("    finish(key);\n"))
    assert finding.message == "Line 129 of the C has no counterpart in the Rust: the call of `finish`."
    assert finding.detail == " 129 | \tfinish(key);"


def test_the_score_falls_with_what_is_left_out() -> None:
    little = without("    finish(key);\n")
    much = without("    finish(key);\n", "        total += (*at).key;\n", "            (*list).count -= 1;\n")
    assert 1 > score(little) > score(much) > 0


@pytest.mark.parametrize(
    "comment",
    [
        "// ... rest of the function as before",
        "// ...",
        "// The remaining cases are handled similarly",
        "// same as above",
        "// error handling omitted",
        "// Other cases follow the same pattern, left out for brevity",
        "// TODO: the clean-up",
        "/* simplified */",
        "// implementation goes here",
        "// and so on",
    ],
)
def test_a_comment_in_the_place_of_code_is_a_sign(comment: str) -> None:
    (finding,) = omission.check(
        candidate(RUST.replace("    finish(key);", f"    {comment}\n    finish(key);"))
    )
    assert "A comment stands for code" in finding.message
    assert comment in finding.detail


@pytest.mark.parametrize(
    "comment",
    [
        "// SAFETY: the same as above, for the rest of the list.",
        "// the rest is wrapped to 32 bits",
        "// Keep what was left of it.",
        "// like the one above it in the tree",
    ],
)
def test_a_comment_that_explains_is_none(comment: str) -> None:
    assert (
        omission.check(candidate(RUST.replace("    finish(key);", f"    {comment}\n    finish(key);"))) == ()
    )


def test_a_comment_that_the_c_has_too_is_none() -> None:
    c = C.replace("\tfinish(key);", "\t/* TODO: the rest of the code goes here. */\n\tfinish(key);")
    comment = "// TODO: the rest of the code goes here."
    rust = RUST.replace("    finish(key);", f"    {comment}\n    finish(key);")
    assert omission.check(candidate(rust, c)) == ()


@pytest.mark.parametrize("macro", ["todo!()", "unimplemented!()", 'unreachable!("cannot be")', "panic!()"])
def test_a_macro_in_the_place_of_code_is_a_sign(macro: str) -> None:
    findings = omission.check(candidate(RUST.replace('weigh(c"other".as_ptr())', macro)))
    assert any("stands where the C goes on" in each.message for each in findings)


def test_values_that_no_case_names_may_be_unreachable() -> None:
    c = "int f(int k)\n{\n\tswitch (k) {\n\tcase 1: return step(k);\n\tcase 2: return undo(k);\n\t}\n"
    arms = "1 => step(k),\n        2 => undo(k),\n        _ => unreachable!(),"
    rust = f'pub unsafe extern "C" fn f(k: c_int) -> c_int {{\n    match k {{\n        {arms}\n    }}\n}}'
    assert omission.check(candidate(rust, c + "}")) == ()


def test_an_arm_that_swallows_what_the_default_does_is_found() -> None:
    rust = RUST.replace('_ => weigh(c"other".as_ptr())', "_ => 0")
    (finding,) = omission.check(candidate(rust))
    assert "the call of `weigh`" in finding.message


@pytest.mark.parametrize("body", ["", "0", "-EINVAL"])
def test_a_body_that_is_empty_or_a_constant_is_found(body: str) -> None:
    signature = RUST.partition("{")[0]
    hollow = candidate(f"{signature}{{\n    {body}\n}}")
    assert any("tokens for" in each.message for each in omission.check(hollow))
    assert score(hollow) < 0.2


def test_a_loop_body_that_shrank_is_found() -> None:
    start, end = RUST.index("        if (*at).key"), RUST.index("        at = (*at).next;")
    findings = omission.check(candidate(RUST[:start] + RUST[end:]))
    assert [each.message.partition(" of ")[0] for each in findings] == ["Lines 109-110", "Line 113"]


def test_one_of_several_copies_for_a_fall_through_is_missed() -> None:
    c = (
        "int f(int k)\n{\n\tint s = 0;\n\n\tswitch (k) {\n\tcase 3:\n\t\ts += 1;\n\tcase 2:\n\t\ts += 2;\n"
        "\tcase 1:\n\t\ts += 4;\n\t}\n\treturn s;\n}"
    )
    whole = """\
pub unsafe extern "C" fn f(k: c_int) -> c_int {
    let mut s = 0;
    match k {
        3 => {
            s += 1;
            s += 2;
            s += 4;
        }
        2 => {
            s += 2;
            s += 4;
        }
        1 => s += 4,
        _ => {}
    }
    s
}"""
    assert omission.check(candidate(whole, c)) == ()
    (finding, *_) = omission.check(candidate(whole.replace("            s += 1;\n", ""), c))
    assert "fall through" in finding.message
    by_calls = re.sub(r"s \+= (\d)", r"add(&mut s, \1)", whole)
    by_calls = by_calls.replace("{\n", "{\n    fn add(to: &mut c_int, by: c_int) { *to += by; }\n", 1)
    assert omission.check(candidate(by_calls, c)) == ()
    (finding, *_) = omission.check(candidate(by_calls.replace("            add(&mut s, 1);\n", ""), c))
    assert "fall through" in finding.message


def test_an_excuse_sets_aside_a_finding_all_of_whose_lines_it_covers() -> None:
    lazy = without("    finish(key);\n", "            (*list).count -= 1;\n")
    both = (Excuse(129, 129, "because"), Excuse(110, 110, "because"))
    assert len(omission.check(lazy)) == 2
    assert [each.message[:8] for each in omission.check(lazy, both[:1])] == ["Line 110"]
    assert omission.check(lazy, both) == ()
    assert omission.excused_lines(lazy, both) == (110, 129)


def test_an_excuse_for_a_part_of_the_lines_does_not_help() -> None:
    lazy = without("    if (*list).count == 0 {\n        return -EINVAL;\n    }\n")
    excuse = (Excuse(106, 106, "because"),)
    assert omission.check(lazy, excuse) == omission.check(lazy)
    assert omission.excused_lines(lazy, excuse) == ()


def test_an_excuse_does_not_cover_a_sign_in_the_rust() -> None:
    lazy = candidate(RUST.replace("    finish(key);", "    // ...\n    finish(key);"))
    assert len(omission.check(lazy, (Excuse(1, 999, "because"),))) == 1


def test_variables_are_not_looked_at() -> None:
    hole = variable("x", "c_int")
    assert omission.check(Candidate(hole, f"{hole.signature} = 1;")) == ()


def test_deep_nesting_is_no_fault() -> None:
    deep = RUST.replace("finish(key)", f"finish({'(' * 3000}key{')' * 3000})")
    assert omission.check(candidate(deep)) == ()
    assert omission.score(candidate(deep)) is None


def test_what_cannot_be_compared_has_no_score() -> None:
    hole = variable("x", "c_int")
    assert omission.score(Candidate(hole, f"{hole.signature} = 1;")) is None


def test_a_lazy_answer_is_rejected_before_any_compiler_runs() -> None:
    lazy = without("    finish(key);\n")
    rejected = read_answer(lazy.hole, f"```rust\n{lazy.text}\n```")
    assert isinstance(rejected, Rejected)
    assert rejected.verdict.gate is Gate.OMISSION
    assert isinstance(read_answer(replace(lazy.hole), f"```rust\n{RUST}\n```"), Candidate)


def test_a_text_with_escapes_has_its_counterpart_in_a_longer_one() -> None:
    c = 'void f(int x)\n{\n\tsay("x is %d\\n", __func__, x);\n}\n'
    rust = 'pub unsafe extern "C" fn f(x: c_int) { unsafe { say(c"\\x013m: TEXT\\n".as_ptr(), x) } }'
    assert omission.check(candidate(rust.replace("TEXT", "x is %d"), c)) == ()
    assert omission.check(candidate(rust.replace("TEXT", "y is %d"), c)) != ()


def test_a_call_of_a_closure_that_is_missing_is_a_store_that_is_missing() -> None:
    (saved,) = (each for each in faithful() if each.title == "Stores that come at two places, by a closure")
    once = saved.rust.replace("        save(count, head);\n        return 1;", "        return 1;")
    assert once != saved.rust
    (finding,) = omission.check(replace(saved, rust=once).candidate)
    assert "the store to `count` and the store to `head`" in finding.message


INSIDE, BESIDE, TESTED, METHODS = (
    next(each for each in faithful() if each.title == title)
    for title in (
        "A macro that is used at several places, as a function inside",
        "A macro that ends a round, as functions beside that call one another, with names of their own",
        "A macro that returns, as a function whose result is tested",
        "Macros as methods of a record that holds the locals",
    )
)


@pytest.mark.parametrize(
    ("whole", "deleted", "said"),
    [
        (INSIDE, "        (*it).next = (*list).head;\n", "the store to `next`"),
        (INSIDE, "        *count += 1;\n", "the store to `count`"),
        (BESIDE, "        *sum += 1;\n", "the store to `words`"),
        (BESIDE, "    f_reset(n, mode);\n", "the store to `length`"),
        (BESIDE, " || *mode == 2", "the test of `inside`"),
        (METHODS, "            self.used += 1;\n", "the store to `used`"),
    ],
)
def test_what_a_helper_leaves_out_is_found_at_its_uses(whole: Translation, deleted: str, said: str) -> None:
    assert whole.rust.count(deleted) == 1
    findings = omission.check(replace(whole, rust=whole.rust.replace(deleted, "")).candidate)
    assert any(said in each.message for each in findings)


@pytest.mark.parametrize(
    ("whole", "call"),
    [
        (INSIDE, "        push(list, second, &mut count);\n"),
        (INSIDE, "    push(list, first, &mut count);\n"),
        (BESIDE, "            f_word(&mut words, &mut inside, &mut length);\n"),
        (BESIDE, "    f_word(&mut words, &mut inside, &mut length);\n"),
        (METHODS, "            writer.emit(b'n');\n"),
    ],
)
def test_a_helper_that_is_called_once_too_few_is_found(whole: Translation, call: str) -> None:
    before, _, after = whole.rust.rpartition(call)
    findings = omission.check(replace(whole, rust=before + after).candidate)
    assert any("the store to" in each.message for each in findings)


@pytest.mark.parametrize(
    ("kept", "instead"),
    [
        ("    if failed(err) {\n        return err;\n    }\n", "    failed(err);\n"),
        (
            "    if let Err(err) = tried(finish(key)) {\n        return err;\n    }\n",
            "    let _ = tried(finish(key));\n",
        ),
    ],
)
def test_a_result_that_nobody_looks_at_is_no_early_return(kept: str, instead: str) -> None:
    assert kept in TESTED.rust
    findings = omission.check(replace(TESTED, rust=TESTED.rust.replace(kept, instead)).candidate)
    assert any("the early return" in each.message for each in findings)


def test_a_helper_that_is_never_called_does_nothing() -> None:
    finish = "    finish(key);\n"
    lazy = RUST.replace(finish, "")
    inside = lazy.replace("{\n", f"{{\n    fn finished(key: c_int) {{\n    {finish}    }}\n", 1)
    beside = f"{lazy}\n\nfn f_finished(key: c_int) {{\n{finish}}}"
    for rust in (inside, beside):
        (finding,) = omission.check(candidate(rust))
        assert "the call of `finish`" in finding.message


def test_a_value_that_the_rust_keeps_is_no_counterpart_of_a_constant_or_a_step() -> None:
    c = "int f(struct item *item, int x)\n{\n\tif (step(x))\n\t\tx = 0;\n\tx++;\n\treturn finish(++x);\n}"
    rust = """\
pub unsafe extern "C" fn f(item: *mut item, mut x: c_int) -> c_int {
    let flags = (*item).flags;
    let mut kept = 0;
    if step(x) != 0 {
        x = 0;
    }
    x += 1;
    x += 1;
    finish(x)
}"""
    assert omission.check(candidate(rust, c)) == ()
    for left_out, instead in (
        ("x = 0;", "weigh(flags);"),
        ("x = 0;", "kept += 1;"),
        ("x += 1;", "undo(flags);"),
    ):
        (finding, *_) = omission.check(candidate(rust.replace(left_out, instead, 1), c))
        assert "the store to `x`" in finding.message
