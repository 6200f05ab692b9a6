"""What has to be installed for a kernel to be built and booted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from analysis.process import run
from migrate.doctor import Finding, Tool, examine_tools
from migrate.errors import SettingsError

TOOLS_OF_A_KERNEL = (
    Tool("make", "runs the kernel's own build", "apt-get install make"),
    Tool("gcc", "builds the kernel", "apt-get install gcc"),
    Tool("ld", "links the kernel", "apt-get install binutils"),
    Tool("flex", "reads the kernel's configuration", "apt-get install flex"),
    Tool("bison", "reads the kernel's configuration", "apt-get install bison"),
    Tool("bc", "computes the kernel's constants", "apt-get install bc"),
    Tool("perl", "runs scripts of the kernel's build", "apt-get install perl"),
    Tool("setarch", "boots a kernel at the same addresses each time", "apt-get install util-linux"),
)
_STATIC = Tool("static libc", "links a check into one program", "apt-get install libc6-dev")


def examine_kernel(find: Callable[[str], str | None] | None = None) -> tuple[Finding, ...]:
    """Look for every tool of a kernel's build. `find` maps a program's name to its path."""
    return (*examine_tools(TOOLS_OF_A_KERNEL, find), _static_libc())


def require_packages() -> None:
    """Make sure that a kernel can be built here. Raise SettingsError with the command that helps."""
    missing = [each for each in examine_kernel() if not each.ok]
    if missing:
        names = ", ".join(each.tool.name for each in missing)
        packages = dict.fromkeys(each.tool.remedy.removeprefix("apt-get install ") for each in missing)
        raise SettingsError(f"a kernel cannot be built without {names}; apt-get install {' '.join(packages)}")


def _static_libc() -> Finding:
    with tempfile.TemporaryDirectory() as folder:
        command = ("gcc", "-x", "c", "-static", "-o", Path(folder) / "program", "-")
        try:
            linked = run(command, stdin=b"int main(void) { return 0; }", timeout=60).ok
        except FileNotFoundError:
            linked = False
    return Finding(_STATIC, "libc.a" if linked else None, None if linked else "not found")
