"""A lock that a kernel's macro makes stays in C by design: it is told of, and no hole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from migrate.check.check import Wish, check
from migrate.check.harvest import KERNEL, Harvest
from migrate.check.store import Store
from migrate.errors import Exit, SettingsError
from migrate.kernel.export import KernelResult, commit_message
from migrate.kernel.module import open_kernel_module
from migrate.model.asking import Address
from migrate.module import Module
from migrate.plan import make_plan
from migrate.prepare import prepare
from migrate.prompts import Templates
from migrate.report.display import SilentDisplay
from migrate.report.files import read_report
from migrate.report.json_format import ReportJson
from migrate.run.by_hand import accept_by_hand, judge_by_hand
from migrate.run.ledger import Ledger
from migrate.run.outcome import Outcome
from migrate.run.output import open_output
from migrate.run.run import Run, prepared_run
from migrate.settings import EvidenceSettings, ModuleSettings
from migrate.skeleton.target import HOSTED
from repair.cargo import leased_workspace
from repair.plug import Plug, PlugKind
from tests.migrate.kernel.imitation import (
    Imitation,
    compile_exposed,
    record_command,
    symbols,
    taken,
    write_imitation,
)

SAID = "stays in C, as the kernel's macros make it: lock (DEFINE_MUTEX)"
_MUTEX = """\
struct mutex { int owner; struct mutex *next; };
#define __MUTEX_INITIALIZER(name) { 0, &(name) }
#define DEFINE_MUTEX(name) struct mutex name = __MUTEX_INITIALIZER(name)
#define LIST_HEAD(name) struct mutex name = { 0, 0 }
#define DEFINE_SHOW_ATTRIBUTE(name) \\
    static const struct operations name##_fops = { .open = name##_open }
void mutex_lock(struct mutex *lock);
int shown(void);
"""
_GUARD = """\
#include <linux/kernel.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(lock);

int guarded(int by)
{
    mutex_lock(&lock);
    return by + 1;
}
"""
_GUARDED = """
pub unsafe extern "C" fn guarded(by: c_int) -> c_int {
    // SAFETY: the lock lives as long as the kernel.
    unsafe { mutex_lock(&raw mut lock) };
    by.wrapping_add(1)
}
"""


def with_file(folder: Path, c: str) -> Imitation:
    """Write a tree with one more file, `lib/guard/guard.c`."""
    imitation = write_imitation(folder)
    file = imitation.tree / "lib/guard/guard.c"
    file.parent.mkdir()
    file.write_text(c)
    (imitation.tree / "include/linux/mutex.h").write_text(_MUTEX)
    record_command(imitation, "lib/guard/guard.c")
    return imitation


def opened(imitation: Imitation) -> Module:
    settings = ModuleSettings(evidence=EvidenceSettings(level="none"))
    return open_kernel_module([imitation.tree / "lib/guard"], imitation.tree, imitation.build, settings)


@dataclass(frozen=True)
class Finished:
    """A run in which a person wrote the only function."""

    imitation: Imitation
    out: Path
    run: Run
    outcome: Outcome

    @property
    def report(self) -> ReportJson:
        """The report as it was written."""
        return read_report(self.out)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    folder = tmp_path_factory.mktemp("guard")
    imitation, address = with_file(folder, _GUARD), Address("", "", {}, "")
    with (
        open_output(folder / "out") as output,
        Ledger(output.ledger) as ledger,
        leased_workspace() as workspace,
        prepared_run(opened(imitation), output, ledger, workspace, SilentDisplay()) as run,
    ):
        judged = judge_by_hand(run, run.progress(), "guarded", _GUARDED)
        assert judged.verdict.accepted, judged.verdict
        accept_by_hand(run, run.progress(), judged, address)
        yield Finished(imitation, folder / "out", run, run.migrate(address, None))


def test_a_run_is_done_when_all_but_the_lock_is_rust(finished: Finished) -> None:
    assert finished.outcome.exit is Exit.DONE
    assert finished.report["totals"]["holes"] == finished.report["totals"]["rust"] == 1


def test_the_report_accounts_for_the_lock(finished: Finished) -> None:
    report, slots = finished.report, finished.run.prepared.skeleton.slots
    made = {"name": "lock", "file": "guard.c", "line": 4, "macro": "DEFINE_MUTEX"}
    assert report["made_by_macros"] == [made]
    assert (
        report["totals"]["holes"] + report["fixed_items"] + len(report["made_by_macros"]) == len(slots) == 2
    )
    page = (finished.out / "report.html").read_text().replace("&#39;", "'")
    assert f"S{SAID[1:]}." in page


def test_rust_uses_the_lock_that_c_defines(finished: Finished, tmp_path: Path) -> None:
    prepared = finished.run.prepared
    crate = prepared.assembly.render({"guarded": Plug(PlugKind.RUST, _GUARDED.strip())})
    assert b'#[link_name = "guard__guard__lock"]' in crate.files["src/guard.rs"]
    assert compile_exposed(prepared, crate, tmp_path) == {"guard.c": ""}
    assert symbols(tmp_path / "guard.o")["guard__guard__lock"] in "Vv"


def test_the_plan_lists_the_lock_as_no_hole(finished: Finished) -> None:
    plan = make_plan(finished.run.prepared, None, None)
    assert list(plan.staying) == [SAID]
    assert [(each.name, each.made_by) for each in plan.globals] == [("lock", "DEFINE_MUTEX")]


def test_the_commit_message_says_that_the_lock_stays(finished: Finished) -> None:
    module = finished.run.module
    result = KernelResult(
        *({}, module.crate, finished.imitation.tree, module.sources, module.root, ()), finished.report
    )
    said = " ".join(commit_message(result).split())
    assert "1 of 1 functions and tables" in said
    assert f"S{SAID[1:]}." in said


def test_rust_for_the_lock_is_refused_with_the_reason(finished: Finished) -> None:
    run = finished.run
    with pytest.raises(SettingsError, match="lock stays in C by design: the macro DEFINE_MUTEX makes it"):
        judge_by_hand(run, run.progress(), "lock", "static mut lock: mutex = 0;")


def test_a_store_holds_no_entry_for_the_lock_and_a_check_does_not_miss_it(
    finished: Finished, tmp_path: Path
) -> None:
    run, root = finished.run, finished.imitation.tree
    harvest = Harvest(run.prepared, run.ledger, finished.report, root / "lib/guard", root, KERNEL)
    (record,) = harvest.records()
    assert [each.name for each in record.entries] == ["guarded"]
    Store(tmp_path / "store").write([record])
    wish = Wish((root / "lib/guard",), tmp_path / "store", tmp_path / "memory", build=False)
    assert [(each.name, each.kind.value) for each in check(wish).findings] == [("guarded", "weak-evidence")]


def test_several_kinds_of_macros_make_what_stays(tmp_path: Path) -> None:
    c = f"{_GUARD}static LIST_HEAD(waiting);\nstatic int x_open(int how) {{ return how; }}\n"
    shown = "int shown(void) { return register_operations(&x_fops) + !waiting.next; }\n"
    prepared = with_file(tmp_path, f"{c}DEFINE_SHOW_ATTRIBUTE(x);\n{shown}").prepared("lib/guard")
    makers = {hole.ident: hole.maker for hole in prepared.skeleton.furniture}
    assert makers == {"lock": "DEFINE_MUTEX", "waiting": "LIST_HEAD", "x_fops": "DEFINE_SHOW_ATTRIBUTE"}
    assert {hole.ident for hole in prepared.skeleton.holes} == {"guarded", "x_open", "shown"}
    (line,) = make_plan(prepared, None, None).staying
    assert line.startswith(
        "stay in C, as the kernel's macros make them: lock (DEFINE_MUTEX), waiting (LIST_HEAD)"
    )
    assert compile_exposed(prepared, taken(prepared, ["guarded"]), tmp_path / "crate") == {"guard.c": ""}


def test_what_a_macro_of_the_module_itself_makes_is_a_hole_that_stays(tmp_path: Path) -> None:
    own = "#define OWN(name) static DEFINE_MUTEX(name)\nOWN(lock);\n"
    prepared = with_file(tmp_path, _GUARD.replace("static DEFINE_MUTEX(lock);", own)).prepared("lib/guard")
    assert prepared.skeleton.furniture == ()
    assert [hole.ident for hole in prepared.skeleton.holes if hole.stays] == ["lock"]


def test_a_hosted_module_has_no_such_thing(tmp_path: Path) -> None:
    module = opened(with_file(tmp_path, _GUARD))
    prepared = prepare(replace(module, target=HOSTED), Templates())
    assert prepared.skeleton.furniture == ()
    assert "lock" in {hole.ident for hole in prepared.skeleton.holes}
