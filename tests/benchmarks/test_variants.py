"""Variants of accepted functions stand side by side in one crate, and each is judged by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analysis.mutations import MutationKind
from benchmarks.equivalent import Equivalents
from benchmarks.evidence import Sample, opened
from benchmarks.mutants import Tried, try_mutants
from benchmarks.omission import recall, try_deletions
from benchmarks.variants import Variant, VariantCrate
from tests.benchmarks.recorded import record
from tests.tiny import write_module

_MIX = """\
```rust
pub unsafe extern "C" fn mix(a: c_uint, b: c_uint) -> c_uint {
    mix_scaled(a).wrapping_add(b)
}

fn mix_scaled(a: c_uint) -> c_uint {
    a.wrapping_mul(31)
}
```"""
"""With a helper, of which each copy has its own."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    folder = write_module(tmp_path_factory.mktemp("variants") / "tiny", ("mix", "greater", "count_up"))
    with opened(record(folder, {"mix": _MIX}), "quick") as found:
        yield found


@pytest.fixture(scope="module")
def tried(sample: Sample) -> list[Tried]:
    return try_mutants(sample, 1, Equivalents(frozenset(), frozenset()))


def test_what_was_recorded_is_accepted(sample: Sample) -> None:
    assert set(sample.functions) == {"mix", "greater", "count_up"}
    assert all(sample.behaviour.proofs[ident].harnesses for ident in sample.functions)


def test_only_a_mutant_that_means_the_same_survives_all_gates(tried: list[Tried]) -> None:
    assert [(each.ident, each.mutant.after) for each in tried if not each.gate] == [("greater", "a >= b")]
    assert {each.ident for each in tried if each.gate == "behaviour"} == {"mix", "greater", "count_up"}


def test_plain_arithmetic_for_wrapping_is_told_apart_where_something_wraps(tried: list[Tried]) -> None:
    plain = [each for each in tried if each.mutant.kind is MutationKind.OVERFLOW]
    assert [(each.ident, each.gate) for each in plain] == [("mix", "behaviour")] * 2
    assert not any(each.counts for each in plain)


def test_what_does_not_compile_is_no_variant_and_takes_no_other_along(sample: Sample) -> None:
    text = sample.functions["greater"].candidate.text
    broken = Variant(1, "greater", text.replace("a > b", "a > nothing"))
    empty = Variant(2, "greater", text.replace("a > b", "a == a"))
    overflowing = Variant(4, "greater", text.replace("a > b", "a > c_int::MAX + 1"))
    sifted = VariantCrate(sample).sift([broken, empty, Variant(3, "greater", text), overflowing])
    assert [each.number for each in sifted.compiling] == [2, 3]
    assert sifted.linted == {2}


def test_the_modules_tests_run_with_the_variant_that_is_chosen(sample: Sample) -> None:
    text = sample.functions["greater"].candidate.text
    crate = VariantCrate(sample)
    variants = [Variant(1, "greater", text.replace("a > b", "a < b")), Variant(2, "greater", text)]
    assert crate.fail_tests(variants, crate.sift(variants).library) == {1}


def test_a_deletion_counts_when_the_harness_tells_it_apart(sample: Sample) -> None:
    tried = try_deletions(sample)
    changing = {each.deletion.deleted for each in tried if each.changes_behaviour}
    assert "i += 1;" in changing
    assert recall([each for each in tried if each.changes_behaviour]) == 1
