"""The tests of a C module pass on a safe crate through shims, with nothing of the tests changed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from migrate.ffi.failure import Codes
from migrate.ffi.ffi_file import lines_per_shim
from tests.migrate.ffi.workshop import LIBRARIES, Workshop

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "intmath"
RUST = """
const LOG2: [u32; 65] = [TABLE];

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Reciprocal { m: u32, sh1: u8, sh2: u8 }

impl Reciprocal {
    pub fn new(divisor: u32) -> Self {
        let l = u32::BITS - (divisor - 1).leading_zeros();
        let excess = (1u64 << l) - u64::from(divisor);
        let m = ((excess << 32) / u64::from(divisor) + 1) as u32;
        Reciprocal { m, sh1: l.min(1) as u8, sh2: (l - l.min(1)) as u8 }
    }

    pub fn divide(self, a: u32) -> u32 {
        let t = ((u64::from(a) * u64::from(self.m)) >> 32) as u32;
        (t + ((a - t) >> self.sh1)) >> self.sh2
    }
}

pub fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 { (a, b) = (b, a % b); }
    a
}

pub fn lcm(a: u64, b: u64) -> u64 {
    if a == 0 || b == 0 { 0 } else { (a / gcd(a, b)).wrapping_mul(b) }
}

pub fn lcm_not_zero(a: u64, b: u64) -> u64 {
    if a == 0 || b == 0 { a | b } else { lcm(a, b) }
}

pub fn isqrt32(x: u32) -> u32 { x.isqrt() }

pub fn isqrt64(x: u64) -> u32 { x.isqrt() as u32 }

pub fn int_pow(base: u64, exp: u32) -> u64 { base.wrapping_pow(exp) }

pub fn mul_div(a: u64, b: u64, c: u64) -> Option<(u64, u64)> {
    let (product, c) = (u128::from(a) * u128::from(b), u128::from(c));
    let quotient = u64::try_from(product.checked_div(c)?).ok()?;
    Some((quotient, (product % c) as u64))
}

pub fn best_rational(mut num: u64, mut den: u64, max_num: u64, max_den: u64) -> (u64, u64) {
    let steps = |start: u64, step: u64, limit: u64| (limit - start).checked_div(step).unwrap_or(u64::MAX);
    let ((mut n0, mut d0), (mut n1, mut d1)) = ((0, 1), (1, 0));
    while den != 0 {
        let (term, rest) = (num / den, num % den);
        let t = term.min(steps(n0, n1, max_num)).min(steps(d0, d1, max_den));
        let older = d0;
        (n0, d0) = (n0 + t * n1, d0 + t * d1);
        if t < term {
            if d1 == 0 || t > term - t || (t == term - t && rest * d1 < den * older) { (n1, d1) = (n0, d0); }
            break;
        }
        ((n0, d0), (n1, d1)) = ((n1, d1), (n0, d0));
        (num, den) = (den, rest);
    }
    (n1, d1)
}

pub fn fixed_log2(x: u32) -> u32 {
    let Some(exponent) = x.checked_ilog2() else { return 0 };
    let mantissa = x << (31 - exponent);
    let index = ((mantissa >> 25) & 63) as usize;
    let frac = u64::from(mantissa & 0x1ff_ffff);
    let step = u64::from(LOG2[index + 1] - LOG2[index]);
    (exponent << 24) + LOG2[index] + ((step * frac) >> 25) as u32
}

pub fn fixed_log10(x: u32) -> u32 { ((u64::from(fixed_log2(x)) * 1_292_913_986) >> 32) as u32 }

pub fn div_round_closest(num: i64, den: i64) -> i64 {
    let (n, d) = (i128::from(num).abs(), i128::from(den).abs());
    let quotient = (2 * n + d) / (2 * d);
    let signed = if (num < 0) == (den < 0) { quotient } else { -quotient };
    signed.min(i128::from(i64::MAX)) as i64
}
"""
BINDINGS = "#[repr(C)] pub struct reciprocal { pub m: u32, pub sh1: u8, pub sh2: u8 }"


def workshop() -> Workshop:
    table = re.search(r"log2_table\[[^{]*\{(.*?)\};", (SAMPLE / "intmath.c").read_text(), re.DOTALL)
    assert table
    shop = Workshop(RUST.replace("TABLE", table[1].strip()), BINDINGS)
    for name in ("gcd", "lcm", "lcm_not_zero"):
        shop.add(f"{name}(a: u64, b: u64) -> u64", name)
    shop.add("isqrt32(x: u32) -> u32", "isqrt32")
    shop.add("isqrt64(x: u64) -> u32", "isqrt64")
    shop.add("int_pow(base: u64, exp: c_uint) -> u64", "int_pow")
    mul_div = "mul_u64_u64_div(a: u64, b: u64, c: u64, rem: *mut u64) -> u64"
    shop.add(mul_div, "mul_div", {"rem": ""}, Codes(failure="u64::MAX"))
    limits = "num: u64, den: u64, max_num: u64, max_den: u64"
    shop.add(f"best_rational({limits}, best_num: *mut u64, best_den: *mut u64)", "best_rational")
    shop.add("reciprocal_make(divisor: u32) -> reciprocal", "Reciprocal::new")
    shop.add("reciprocal_divide(a: u32, r: reciprocal) -> u32", "Reciprocal::divide")
    shop.add("fixed_log2(x: u32) -> u32", "fixed_log2")
    shop.add("fixed_log10(x: u32) -> u32", "fixed_log10")
    shop.add("div_round_closest(num: i64, den: i64) -> i64", "div_round_closest")
    return shop


def test_the_tests_of_c_pass_on_safe_rust(tmp_path: Path) -> None:
    library = workshop().library(tmp_path)
    tests = tmp_path / "tests"
    built = ("gcc", "-std=gnu11", "-O1", "-o", tests, SAMPLE / "test_intmath.c", library, *LIBRARIES)
    assert subprocess.run(built).returncode == 0
    assert subprocess.run([tests]).returncode == 0


def test_shims_of_a_simple_module_take_five_to_six_lines() -> None:
    assert lines_per_shim(workshop().functions) < 6
