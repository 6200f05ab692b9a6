"""What makes a driver evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repair.evidence.driver import Driver, DriverSource
from repair.evidence.harness import FULL, QUICK, Effort, Harness, Unusable
from repair.evidence.proving import prove
from tests.evidence import Room

C = """
int f(int n) { return n > 100 ? n - 100 : n; }
void nothing(void) { }
int chosen(_Bool which) { return which ? 3 : 4; }
int short_of(unsigned char n) { return n > 7 ? 1 : n; }
struct flags { _Bool set[2][3]; };
int parity(const _Bool *row, unsigned int n, const struct flags *flags)
{
	int odd = flags->set[1][2];

	while (n--)
		odd ^= row[n];
	return odd;
}
"""
BLIND = 'int n = (int)take_number(8); report_int("n", n); f(n);'
SEEING = 'int n = (int)take_number(8); report_int("n", f(n));'


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), C)


@pytest.mark.parametrize("effort", [QUICK, FULL], ids=lambda each: each.name)
def test_a_driver_that_reports_nothing_of_what_the_function_does_is_no_evidence(
    room: Room, effort: Effort
) -> None:
    hole = room.target("f").hole
    assert isinstance(prove(room.lab, room.written(SEEING), hole, effort), Harness)
    assert prove(room.lab, room.written(BLIND), hole, effort) == Unusable(
        "Whatever is changed in the C, it reports the same."
    )


def test_inputs_that_lead_to_the_same_call_count_once(room: Room) -> None:
    driver = room.written(SEEING)
    assert room.screened(driver, [b"\0\5", b"\0\5\7", b"\0", b"", b"\0\0\1"]).inputs == (b"\0\5", b"\0")
    assert len(room.screened(room.rule("nothing")).inputs) == 1
    inputs = [bytes([how, value]) for how in range(6) for value in range(256)]
    assert len(room.screened(room.rule("chosen"), inputs).inputs) == 2
    assert len(room.screened(room.rule("short_of"), inputs).inputs) == 256


def test_truth_values_in_rows_are_truth_values(room: Room) -> None:
    screened = room.screened(room.rule("parity"))
    assert screened.set_aside.total == 0
    assert len(screened.inputs) > 50


@pytest.mark.parametrize("effort", [QUICK, FULL], ids=lambda each: each.name)
def test_inputs_on_which_nothing_is_reported_do_not_count(room: Room, effort: Effort) -> None:
    often = "unsigned char bytes[4]; take_bytes(bytes, 4); if (bytes[0] < 250) return;"
    driver = room.written(f'{often} report_int("n", f(bytes[1]));')
    made = prove(room.lab, driver, room.target("f").hole, effort)
    assert isinstance(made, Harness)
    assert all(each[:1] >= b"\xfa" for each in made.corpus.inputs)


def test_silence_counts_where_a_mutant_would_speak(room: Room) -> None:
    driver = room.written('int n = (int)take_number(8); if (f(n) == n) return; report_int("n", f(n));')
    quick, full = (prove(room.lab, driver, room.target("f").hole, each) for each in (QUICK, FULL))
    assert isinstance(quick, Harness)
    assert isinstance(full, Harness)
    silent = [run.reports for run in room.runs(driver, full.corpus.inputs)].count(0)
    assert 0 < silent < 10
    assert all(run.reports for run in room.runs(driver, quick.corpus.inputs))


def test_a_driver_that_never_reports_anything_is_no_evidence(room: Room) -> None:
    hole = room.target("f").hole
    assert prove(room.lab, room.written("f(take_bool());"), hole, QUICK) == Unusable("It reports nothing.")


def test_a_function_that_does_nothing_needs_no_driver_that_tells_it_apart(room: Room) -> None:
    driver = room.rule("nothing")
    assert isinstance(prove(room.lab, driver, room.target("nothing").hole, QUICK), Harness)


def test_a_models_driver_may_call_the_module_and_harmless_functions_only(room: Room) -> None:
    hole = room.target("f").hole
    said = "It uses `nice`, which a driver has no business with; do without."
    assert prove(room.lab, by_model(room.written(f"nice(1); {SEEING}")), hole, QUICK) == Unusable(said)
    harmless = f'char text[4]; memset(text, 0, 4); report_int("length", strlen(text)); {SEEING}'
    assert isinstance(prove(room.lab, by_model(room.written(harmless)), hole, QUICK), Harness)


def by_model(driver: Driver) -> Driver:
    return replace(driver, source=DriverSource.MODEL)
