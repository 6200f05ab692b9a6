"""The ways in which the C is compiled: for searching, screening, replaying and counting what is covered."""

from __future__ import annotations

from dataclasses import dataclass

ALLOCATORS = (
    *("malloc", "calloc", "realloc", "free", "strdup", "strndup"),
    *("aligned_alloc", "posix_memalign"),
)
CLOCKS = ("time", "clock", "gettimeofday", "clock_gettime", "timespec_get")
_NO_BUILTINS = tuple(f"-fno-builtin-{name}" for name in ALLOCATORS)
# gcc and clang count reals that fit no integer as undefined only where they are asked for.
_UNDEFINED = "undefined,float-cast-overflow"
_SANITIZERS = (f"-fsanitize=address,{_UNDEFINED}", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to compile the C and to link it with a driver."""

    name: str
    compiler: str
    flags: tuple[str, ...]
    link_flags: tuple[str, ...] = ()
    driver_flags: tuple[str, ...] = ()
    """How a driver is compiled, where that is not as for all others."""
    runtime: tuple[str, ...] = ("replay.c",)
    """The files of the runtime that are not for every program."""


SCREEN = Variant(
    "screen",
    "gcc",
    # A call of memcpy that the compiler does itself is not looked at.
    ("-g1", "-O1", *_SANITIZERS, *_NO_BUILTINS, "-fno-builtin-memcpy"),
    ("-fsanitize=address,undefined",),
)
"""Ends on what the C leaves undefined: AddressSanitizer and UndefinedBehaviorSanitizer."""
PLAIN = Variant(
    "plain",
    "gcc",
    ("-O0", "-ftrivial-auto-var-init=zero", *_NO_BUILTINS),
    # Most of what Rust's library brings is not used, and no debugger looks at the rest.
    ("-Wl,-S", "-Wl,--gc-sections"),
)
"""What the Rust is compared with."""
_OTHERWISE = ("-O2", "-ftrivial-auto-var-init=pattern", *_NO_BUILTINS)
OTHERWISE = Variant("otherwise", "gcc", _OTHERWISE, driver_flags=_OTHERWISE)
"""The same C with other values in what it leaves uninitialised, and other optimisations."""
COVERAGE = Variant(
    "coverage", "gcc", ("-O0", "-g", "--coverage", *_NO_BUILTINS), ("--coverage", "-Wl,-u,__gcov_dump")
)
SEARCH = Variant(
    "search",
    "clang",
    (
        *("-g1", "-O1", f"-fsanitize=fuzzer-no-link,{_UNDEFINED}", f"-fsanitize-trap={_UNDEFINED}"),
        *_NO_BUILTINS,
    ),
    ("-fsanitize=fuzzer",),
    runtime=("search.c",),
    driver_flags=("-O1", "-fsanitize=fuzzer-no-link"),
)
"""For libFuzzer: undefined behaviour traps, so that a search can go on after it."""
_COMPARISONS = ("memcmp", "strcmp", "strncmp")
GENERATE = Variant(
    "generate",
    "gcc",
    (
        *("-g1", "-O0", "-fsanitize-coverage=trace-pc,trace-cmp"),
        *(f"-fsanitize={_UNDEFINED}", "-fsanitize-undefined-trap-on-error"),
        *(f"-fno-builtin-{name}" for name in _COMPARISONS),
        *_NO_BUILTINS,
    ),
    tuple(f"-Wl,--wrap={name}" for name in (*_COMPARISONS, "exit")),
    runtime=("generate.c", "trace.c", "change.c"),
    driver_flags=("-O0", "-fsanitize-coverage=trace-pc,trace-cmp"),
)
"""For our own generator, which asks for nothing but gcc: not optimised, since that hides branches from it."""
