"""Which modules of a fleet a batch is about."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from migrate.batch.fleet import Member
from migrate.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several equal parts of a fleet; a module is in the same one whatever else is in the fleet."""

    number: int
    """From 1."""
    count: int

    def holds(self, name: str) -> bool:
        """Tell whether a module is in this part."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8]) % self.count == self.number - 1


ALL = Shard(1, 1)


@dataclass(frozen=True, slots=True)
class Selection:
    """What the command line says of the modules that it wants."""

    include: tuple[str, ...] = ()
    """Globs on names, one of which has to match; without any, all modules are wanted."""
    exclude: tuple[str, ...] = ()
    shard: Shard = ALL

    def of(self, members: Iterable[Member]) -> tuple[Member, ...]:
        """Return the modules that are wanted. Raise SettingsError when a glob to include matches none."""
        every = tuple(members)
        for pattern in self.include:
            if not any(fnmatchcase(each.name, pattern) for each in every):
                raise SettingsError(
                    f"--include {pattern} matches no module of the fleet; see its names with --dry-run"
                )
        return tuple(each for each in every if self._wants(each.name))

    def _wants(self, name: str) -> bool:
        included = not self.include or _matches(name, self.include)
        return included and not _matches(name, self.exclude) and self.shard.holds(name)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def read_shard(text: str) -> Shard:
    """Read `K/N`. Raise ValueError when it is none."""
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    shard = Shard(int(found[1]), int(found[2])) if found else None
    if shard is None or not 1 <= shard.number <= shard.count:
        raise ValueError("it must be K/N with K from 1 to N, such as 2/5")
    return shard
