"""What functions of the C library leave for their callers besides a result."""

from __future__ import annotations

_READERS = """
strtol strtoul strtoll strtoull strtoimax strtoumax strtof strtod strtold
wcstol wcstoul wcstoll wcstoull wcstod
"""
_FILES = """
fopen freopen fdopen fclose fflush fseek fseeko ftell ftello remove rename tmpfile
open openat creat close read write pread pwrite lseek stat fstat lstat access truncate ftruncate
mkdir rmdir unlink link symlink readlink chmod chdir getcwd opendir readdir closedir
dup dup2 pipe fcntl ioctl select poll setenv unsetenv nanosleep kill waitpid
"""
NUMBER_READERS = frozenset(_READERS.split())
"""They read a number out of text, and say in `errno` that it is too large."""
SETS_ERRNO = NUMBER_READERS | frozenset(_FILES.split())
"""They say in `errno` what went wrong.

Those that allocate do too, but Rust's own memory comes and goes at other times. Of mathematical functions
hardly anybody asks, and Rust's do not say.
"""
EXTREMES = ('"99999999999999999999"', '"-99999999999999999999"', '"1e999"')
"""Numbers that none of them can read, as C spells strings."""
