from __future__ import annotations

from pathlib import Path

from repair.module_tests import TestFailure, TestPrograms, compile_programs
from repair.sandbox import find_sandbox


def programs(folder: Path, timeout: float = 20, **sources: str) -> TestPrograms:
    built = folder / "built"
    built.mkdir()
    for name, text in sources.items():
        (folder / f"{name}.c").write_text(text)
    files = [folder / f"{name}.c" for name in sources]
    objects = compile_programs(files, ("-DLIMIT=3",), folder, built)
    assert isinstance(objects, tuple), objects
    sandbox = find_sandbox()
    assert sandbox is not None
    return TestPrograms(objects, (), folder, built, timeout, sandbox)


def failure(folder: Path, text: str, timeout: float = 20) -> TestFailure:
    failed = programs(folder, timeout, test=text).run(())
    assert failed is not None
    return failed


def test_programs_that_end_well_are_no_failure(tmp_path: Path) -> None:
    text = "int main(void) { return LIMIT - 3; }"
    assert programs(tmp_path, one=text, two=text).run(()) is None


def test_the_first_program_that_fails_is_named(tmp_path: Path) -> None:
    good, bad = "int main(void) { return 0; }", "int main(void) { return 4; }"
    failed = programs(tmp_path, one=good, two=bad, three=bad).run(())
    assert failed is not None
    assert (failed.program, failed.message) == ("two", "The test program two failed with exit status 4.")


def test_the_end_of_what_it_printed_is_kept(tmp_path: Path) -> None:
    text = '#include <stdio.h>\nint main(void) { for (int i = 0; i < 50; i++) printf("%d\\n", i); return 1; }'
    assert failure(tmp_path, text).output.splitlines() == [str(number) for number in range(30, 50)]


def test_a_signal_is_named(tmp_path: Path) -> None:
    message = failure(tmp_path, "#include <stdlib.h>\nint main(void) { abort(); }").message
    assert message == "The test program test was killed by signal 6."


def test_a_program_that_never_ends_is_stopped(tmp_path: Path) -> None:
    message = failure(tmp_path, "int main(void) { for (;;) ; }", 0.5).message
    assert message == "The test program test did not end within 0.5 seconds."


def test_what_the_linker_says_is_kept(tmp_path: Path) -> None:
    failed = failure(tmp_path, "int g(void);\nint main(void) { return g(); }")
    assert failed.message == "The test program test does not link."
    assert "undefined reference to `g'" in failed.output


def test_a_source_that_gcc_rejects_is_named(tmp_path: Path) -> None:
    (tmp_path / "test.c").write_text("int main(void) { return nothing; }")
    failed = compile_programs((tmp_path / "test.c",), (), tmp_path, tmp_path)
    assert isinstance(failed, TestFailure)
    assert failed.message == "The test test.c does not compile."
    assert "nothing" in failed.output


def test_two_programs_of_one_name_are_two_programs(tmp_path: Path) -> None:
    names = ("a/test.c", "b/test.c")
    for name, status in zip(names, (0, 5), strict=True):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(f"int main(void) {{ return {status}; }}")
    objects = compile_programs([tmp_path / name for name in names], (), tmp_path, tmp_path)
    assert isinstance(objects, tuple)
    assert len(set(objects)) == 2
