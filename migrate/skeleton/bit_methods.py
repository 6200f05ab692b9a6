"""Bit-fields as c2rust writes them, with the methods that it leaves to a crate of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DERIVED = re.compile(r",\s*BitfieldStruct\b|\bBitfieldStruct\s*,\s*")
_RECORD = re.compile(r"^pub struct (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_STORAGE = re.compile(r"((?:#\[bitfield\([^\]]*\)\]\s*)+)pub (\w+):")
_FIELD = re.compile(r'name\s*=\s*"(\w+)",\s*ty\s*=\s*"([^"]+)",\s*bits\s*=\s*"(\d+)\.\.=(\d+)"')
_ATTRIBUTE = re.compile(r"[ \t]*#\[bitfield\([^\]]*\)\]\s*?\n")

_METHODS = """\
impl {record} {{
    pub fn {name}(&self) -> {type} {{
        llmigrate_bits(&self.{storage}, {first}, {last}, {signed}){converted}
    }}
    pub fn set_{name}(&mut self, value: {type}) {{
        llmigrate_set_bits(&mut self.{storage}, {first}, {last}, value as i64);
    }}
}}
"""
_HELPERS = """\
fn llmigrate_bits(storage: &[u8], first: usize, last: usize, signed: bool) -> i64 {
    let negative = signed && storage[last / 8] >> (last % 8) & 1 == 1;
    (first..=last).rev().fold(if negative { -1 } else { 0 }, |value, bit| {
        value << 1 | i64::from(storage[bit / 8] >> (bit % 8) & 1)
    })
}
fn llmigrate_set_bits(storage: &mut [u8], first: usize, last: usize, value: i64) {
    for bit in first..=last {
        let mask = 1 << (bit % 8);
        if value >> (bit - first) & 1 == 1 {
            storage[bit / 8] |= mask;
        } else {
            storage[bit / 8] &= !mask;
        }
    }
}
"""


def with_bit_methods(text: str) -> str:
    """Return c2rust's text with methods for its bit-fields written out, lowest bit first."""
    methods = list(_methods(text))
    if not methods:
        return text
    plain = _ATTRIBUTE.sub("", _DERIVED.sub("", text))
    return "\n".join((plain, *methods, _HELPERS))


def _methods(text: str) -> Iterator[str]:
    for record in _RECORD.finditer(text):
        for storage in _STORAGE.finditer(record[2]):
            for name, type_text, first, last in _FIELD.findall(storage[1]):
                is_bool = type_text == "bool"
                yield _METHODS.format(
                    record=record[1],
                    storage=storage[2],
                    name=name,
                    type=type_text,
                    first=first,
                    last=last,
                    signed="false" if is_bool else f"<{type_text}>::MIN != 0",
                    converted=" != 0" if is_bool else f" as {type_text}",
                )
