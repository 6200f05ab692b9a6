from __future__ import annotations

from pathlib import Path

import pytest

from migrate.batch.fleet import Member
from migrate.batch.selection import Selection, Shard, read_shard
from migrate.errors import SettingsError

MEMBERS = tuple(Member(f"m{number}", (Path(f"/m{number}"),)) for number in range(200))


def chosen(selection: Selection, members: tuple[Member, ...] = MEMBERS) -> set[str]:
    return {each.name for each in selection.of(members)}


def test_shards_are_a_fleet_in_parts_each_module_in_one() -> None:
    parts = [chosen(Selection(shard=Shard(number, 3))) for number in (1, 2, 3)]
    assert set.union(*parts) == {each.name for each in MEMBERS}
    assert sum(map(len, parts)) == len(MEMBERS)
    assert min(map(len, parts)) > len(MEMBERS) / 5


def test_a_module_stays_in_its_shard_when_others_come_and_go() -> None:
    shard = Selection(shard=Shard(2, 3))
    assert chosen(shard, MEMBERS[::2]) == chosen(shard) & {each.name for each in MEMBERS[::2]}


def test_globs_say_what_is_wanted_and_what_is_not() -> None:
    assert chosen(Selection(("m1", "m2?"), ("*5",))) == {"m1", *(f"m2{digit}" for digit in "012346789")}


def test_a_glob_that_wants_what_is_not_there_is_a_mistake() -> None:
    with pytest.raises(SettingsError, match="--include nothing matches no module"):
        Selection(("nothing",)).of(MEMBERS)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "1/3/5"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 2/5"):
        read_shard(text)


def test_a_shard_is_written_with_a_slash() -> None:
    assert read_shard("2/5") == Shard(2, 5)
