"""`llmigrate kernel`: what a kernel needs besides."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from migrate.commands.options import AS_JSON, OUT, sandbox_option
from migrate.errors import Exit, OutputError, SettingsError
from migrate.kernel.elsewhere import test_elsewhere
from migrate.kernel.export import KernelResult, exported
from migrate.kernel.packages import require_packages
from migrate.kernel.prepare import Prepared, configuration
from migrate.kernel.prepare import prepare as prepare_build
from migrate.prepare import prepare as prepare_module
from migrate.prompts import Templates
from migrate.report.console import Console
from migrate.report.files import read_report
from migrate.run.isolation import choose_sandbox
from migrate.run.ledger import Ledger
from migrate.run.output import existing_output
from migrate.subject import Subject, present_subject
from repair.cargo import read_files, write_files
from repair.kernel.ktap import Outcome
from repair.plug import PlugKind

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def kernel() -> None:
    """Build the kernel that modules are tried in."""


@kernel.command()
@click.option("--tree", type=_FOLDER, required=True, metavar="SRC", help="The source of Linux; only read.")
@click.option("--build", type=_FOLDER, required=True, metavar="DIR", help="Where the build is, or shall be.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Options that the kernel must have, as in .config [what DIR has, or those of --kind].",
)
@click.option(
    "--kind",
    type=click.Choice(["plain", "checked"]),
    help="Our own options instead: for KUnit, or with KASAN, kmemleak and lockdep too [plain].",
)
@sandbox_option
@AS_JSON
def prepare(
    tree: Path, build: Path, config: Path | None, kind: str | None, sandbox: str | None, as_json: bool
) -> int:
    """Make a User-Mode Linux build of SRC in DIR with KUnit, and boot it.

    What is done already is not done again, so an interrupted build goes on where it was. Exit 4 when the
    kernel does not build, boot or pass its own tests.
    """
    if config is not None and kind is not None:
        raise SettingsError("--config and --kind each choose the options; leave one out")
    console = Console()
    require_packages()
    chosen = choose_sandbox("off" if sandbox == "off" else "auto")
    prepared = prepare_build(tree, build, _wanted(config, kind), chosen, console.say)
    if as_json:
        console.json(_payload(prepared))
    else:
        passed = len(prepared.boot.ktap.named(Outcome.PASSED))
        console.data(
            f"{prepared.build.linux} boots in {prepared.boot.seconds:.1f} s and passes {passed} tests; "
            f"{prepared.steps} files were made in {prepared.seconds:.0f} s"
        )
    return Exit.DONE


@kernel.command()
@OUT
@click.option("--into", "folder", type=_FOLDER, required=True, metavar="DIR", help="A new folder.")
def export(out: Path, folder: Path) -> int:
    """Write the result in OUT as files for the kernel's tree.

    The Rust, the C that stays, a patch that makes Kbuild build them where a variable of make names DIR,
    and a commit message that says what was shown.
    """
    if folder.exists() and any(folder.iterdir()):
        raise OutputError(f"{folder} is not empty; name a new folder with --into")
    output = existing_output(out)
    with Ledger(output.ledger) as ledger:
        module = present_subject(ledger).open({})
        filled = ledger.filled()
    if module.build is None:
        raise OutputError(f"{out} is not of files of a kernel; run them with --kernel first")
    skeleton = prepare_module(module, Templates(module.settings.run.prompts)).skeleton
    rust = {ident for ident, each in filled.items() if each.plug.kind is not PlugKind.C}
    result = KernelResult(
        crate=read_files(output.crate),
        name=module.crate,
        tree=module.build.tree,
        sources=module.sources,
        root=module.root,
        symbols=tuple(sorted(hole.symbol for hole in skeleton.slots if hole.ident in rust or hole.value)),
        report=read_report(output.folder),
    )
    write_files(folder, exported(result))
    Console().data(
        f"{folder} holds the Rust, the C that stays, kbuild.patch and COMMIT_MESSAGE. "
        f"In the tree: patch -p1 < {folder / 'kbuild.patch'}; then make with {result.variable}={folder}"
    )
    return Exit.DONE


@kernel.command(name="test")
@OUT
@click.option("--build", "folder", type=_FOLDER, required=True, metavar="DIR", help="The other build.")
@AS_JSON
def test_result(out: Path, folder: Path, as_json: bool) -> int:
    """Test the result in OUT in another build of the kernel, such as one with KASAN and kmemleak.

    The crate is made anew with that configuration's types, linked and booted; what it says must be what the C
    says there. Exit 1 when it is not. Nothing in OUT changes.
    """
    with Ledger(existing_output(out).ledger) as ledger:
        subject = present_subject(ledger)
        plugs = {ident: each.plug for ident, each in ledger.filled().items()}
    failure = test_elsewhere(Subject(subject.paths, folder), plugs)
    console = Console()
    if as_json:
        console.json(
            {"build": str(folder), "passed": failure is None, "failure": failure and asdict(failure)}
        )
    elif failure is None:
        console.data(f"the result in {out} passes in {folder}, too")
    else:
        console.data(f"{failure.message}\n{failure.output}")
    return Exit.DONE if failure is None else Exit.FINDINGS


def _wanted(config: Path | None, kind: str | None) -> str | None:
    if config is None:
        return None if kind is None else configuration(kind)
    try:
        return config.read_text()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{config} cannot be read; correct --config") from None


def _payload(prepared: Prepared) -> dict[str, object]:
    tests = prepared.boot.ktap
    return {
        "tree": str(prepared.build.tree),
        "build": str(prepared.build.folder),
        "compile_commands": str(prepared.build.compile_commands),
        "steps": prepared.steps,
        "seconds": round(prepared.seconds, 3),
        "boot_seconds": round(prepared.boot.seconds, 3),
        "tests": {outcome.value: len(tests.named(outcome)) for outcome in Outcome},
    }
