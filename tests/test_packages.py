"""C that was not written here gets a crate that builds, with every hole still in C, and passes its tests."""

from __future__ import annotations

from pathlib import Path

from migrate.module import open_module
from migrate.prepare import Prepared, prepare
from migrate.prompts import Templates
from migrate.settings import ModuleSettings
from tests.migrate.hybrids import outputs
from tests.packages import package_source

_ZLIB_TEST = """\
#include <stdio.h>
#include <string.h>
#include "zlib.h"

int main(void)
{
	const unsigned char *text = (const unsigned char *)"123456789";
	static unsigned char large[100000];
	unsigned long head, tail;
	size_t i;

	if (adler32(1, text, 9) != 0x091E01DE || adler32(0, NULL, 0) != 1)
		return 1;
	if (crc32(0, text, 9) != 0xCBF43926 || crc32(0, NULL, 0) != 0)
		return 2;
	head = adler32(1, text, 4);
	tail = adler32(1, text + 4, 5);
	if (adler32_combine(head, tail, 5) != 0x091E01DE)
		return 3;
	head = crc32(0, text, 4);
	tail = crc32(0, text + 4, 5);
	if (crc32_combine(head, tail, 5) != 0xCBF43926)
		return 4;
	if (crc32_combine_op(head, tail, crc32_combine_gen(5)) != 0xCBF43926)
		return 5;
	for (i = 0; i < sizeof(large); i++)
		large[i] = (unsigned char)(i * 7 + (i >> 8));
	head = crc32(0, large, 33333);
	if (crc32(head, large + 33333, sizeof(large) - 33333) != crc32(0, large, sizeof(large)))
		return 6;
	printf("%lx %lx\\n", crc32(0, large, sizeof(large)), adler32(1, large, sizeof(large)));
	return 0;
}
"""


def prepared(path: Path, settings: ModuleSettings) -> Prepared:
    return prepare(open_module(path, settings), Templates())


def test_libcsv_in_a_crate_passes_its_own_tests(tmp_path: Path) -> None:
    source = package_source("libcsv")
    module = prepared(source / "libcsv.c", ModuleSettings())
    assert len(module.skeleton.holes) > 20
    said = outputs(module, source / "test_csv.c", {}, tmp_path)
    assert said.crate == said.c
    assert "All tests passed" in said.crate


def test_zlib_checksums_in_a_crate_are_the_known_ones(tmp_path: Path) -> None:
    source = package_source("zlib")
    settings = ModuleSettings(name="zlib", sources=("adler32.c", "crc32.c"), flags=(f"-I{source}",))
    module = prepared(source, settings)
    assert {"adler32", "crc32", "crc32_combine_op", "x2nmodp"} <= set(module.skeleton.by_ident)
    test = tmp_path / "test_zlib.c"
    test.write_text(_ZLIB_TEST)
    said = outputs(module, test, {}, tmp_path)
    assert said.crate == said.c != ""


def test_all_of_zlib_in_a_crate_runs_its_own_example(tmp_path: Path) -> None:
    source = package_source("zlib")
    module = prepared(source, ModuleSettings(name="zlib", flags=(f"-I{source}",)))
    assert len(module.skeleton.holes) > 150
    said = outputs(module, source / "test" / "example.c", {}, tmp_path)
    assert said.crate == said.c
    assert "inflate with dictionary: hello, hello!" in said.crate
