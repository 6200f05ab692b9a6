"""A Dask cluster on the loopback interface: a scheduler and workers as processes that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from distributed import Client
from platformdirs import user_cache_path

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 60


def eventually(true: Callable[[], object], what: str, seconds: float = _PATIENCE) -> None:
    """Wait until something is true; fail when it takes too long."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} has not come true in {seconds:g} seconds"
        time.sleep(0.02)


def parent(pid: int) -> int:
    """Return the process that has started a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def descendants(pid: int) -> dict[int, str]:
    """Return the command lines of all processes that a process has started, by their numbers."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = parent(int(path.parent.name))
        except OSError:
            continue
    found: dict[int, str] = {}
    for child in parents:
        above = child
        while above in parents and above != pid:
            above = parents[above]
        if above == pid and child != pid:
            found[child] = _command(child)
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def runs_below(pid: int) -> list[int]:
    """Return the processes of runs that a process has started."""
    return [child for child, command in descendants(pid).items() if "migrate.batch.worker" in command]


def is_alive(pid: int) -> bool:
    """Tell whether a process has not ended, whoever is to hear of that."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class DaskCluster:
    """A scheduler and workers; each worker has a cache folder of its own, as if it were a machine."""

    def __init__(self, folder: Path, workers: int = 3) -> None:
        self.folder = folder
        self._count = workers
        self._stack = ExitStack()
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._start_scheduler()
        for _ in range(self._count):
            self.add_worker()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_all()
        self._stack.close()

    def add_worker(
        self, environment: Mapping[str, str] | None = None, nanny: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start one more worker and wait until it can be used; a nanny brings it back when it is killed."""
        number = len(self.workers)
        cache = self.cache(number)
        cache.mkdir(parents=True, exist_ok=True)
        shared = cache / "llmigrate" / "workspaces"
        if not shared.exists():
            # To fill cargo's build folders anew takes longer than a test.
            shared.parent.mkdir(exist_ok=True)
            (user_cache_path("llmigrate") / "workspaces").mkdir(parents=True, exist_ok=True)
            shared.symlink_to(user_cache_path("llmigrate") / "workspaces")
        self.workers.append(self._start_worker(number, environment or {}, nanny))
        self._wait_for_workers()
        return self.workers[-1]

    def restart_worker(self, number: int) -> None:
        """Start a worker again on the machine that it was on."""
        self.workers[number] = self._start_worker(number, {}, nanny=False)
        self._wait_for_workers()

    def restart(self) -> None:
        """Start a scheduler, and all workers on the machines that they were on."""
        self._end_all()
        self._start_scheduler()
        self.workers = [self._start_worker(number, {}, nanny=False) for number in range(len(self.workers))]
        self._wait_for_workers()

    def _end_all(self) -> None:
        for process in (*self.workers, self.scheduler):
            for below in descendants(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(below, signal.SIGKILL)
            kill(process)

    def _start_scheduler(self) -> None:
        file = self.folder / "scheduler.json"
        file.unlink(missing_ok=True)
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        self.scheduler = self._start("scheduler", {}, *options)
        eventually(file.exists, "a scheduler that has an address")
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            self.address = client.scheduler.address

    def _start_worker(
        self, number: int, environment: Mapping[str, str], nanny: bool
    ) -> subprocess.Popen[bytes]:
        options = ("--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
        care = "--nanny" if nanny else "--no-nanny"
        folder = ("--local-directory", str(self.folder / "dask"))
        own = {"XDG_CACHE_HOME": str(self.cache(number)), **environment}
        return self._start("worker", own, self.address, care, *options, *folder)

    def _wait_for_workers(self) -> None:
        alive = sum(each.poll() is None for each in self.workers)
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(alive, timeout=_PATIENCE)

    def cache(self, number: int) -> Path:
        """Return the cache folder of a machine."""
        return self.folder / f"cache-{number}"

    def kept(self, batch: str = "*") -> list[Path]:
        """Return the ledgers that machines keep of runs."""
        return sorted(self.folder.glob(f"cache-*/llmigrate/cluster/{batch}/*/out/ledger.sqlite"))

    def _start(self, what: str, environment: Mapping[str, str], *options: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self.folder / f"{what}.log").open("ab"))
        return subprocess.Popen(
            (sys.executable, "-m", f"distributed.cli.dask_{what}", *options),
            cwd=ROOT,
            env={**_plain_environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _plain_environment() -> dict[str, str]:
    """Return the environment without the user's keys and settings, which a machine would prefer."""
    return {name: each for name, each in os.environ.items() if not name.startswith(("OPENAI_", "LLMIGRATE_"))}


def kill(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """End a process without warning."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
