"""What a C driver that a model wrote may not contain: it observes one function, and does nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.lexer import Token, tokenise
from analysis.syntax import descendants, parse_c, text_of
from repair.verdict import Finding, Gate

HEADERS = frozenset({"driver.h", "stdbool.h", "stddef.h", "stdint.h", "string.h", "limits.h", "errno.h"})
"""What a driver may include when nobody says otherwise."""
_DIRECTIVES = frozenset({"include", "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif"})
_ATTRIBUTES = frozenset({"unused", "__unused__", "noinline", "packed", "aligned"})
_UNDERSCORED = frozenset({"__attribute__", "__attribute", "__func__", "__typeof__", "__extension__"})
_GROUPS = {
    "would end or interrupt the run": (
        *("exit", "_exit", "_Exit", "quick_exit", "abort", "atexit", "at_quick_exit", "on_exit", "assert"),
        *("setjmp", "_setjmp", "sigsetjmp", "longjmp", "_longjmp", "siglongjmp", "raise", "kill", "signal"),
        *("sigaction", "alarm", "pause", "sleep", "usleep", "nanosleep", "setcontext", "swapcontext"),
    ),
    "starts something else": (
        *("fork", "vfork", "clone", "system", "popen", "posix_spawn", "posix_spawnp", "wait", "waitpid"),
        *("execl", "execle", "execlp", "execv", "execve", "execvp", "execvpe", "fexecve", "syscall"),
        *("ptrace", "prctl", "dlopen", "dlsym", "thrd_create"),
    ),
    "reaches outside the function's memory": (
        *("open", "openat", "creat", "fopen", "fdopen", "freopen", "opendir", "unlink", "remove", "rename"),
        *("read", "pread", "fread", "fgets", "getline", "getchar", "scanf", "fscanf", "close", "ioctl"),
        *("socket", "connect", "bind", "listen", "accept", "send", "sendto", "recv", "recvfrom", "pipe"),
        *("mmap", "munmap", "mprotect", "brk", "sbrk", "shmget", "shm_open", "getenv", "secure_getenv"),
        *("setenv", "putenv", "unsetenv", "environ", "environment", "mkdir", "chmod", "chdir", "tmpfile"),
        *("link", "linkat", "symlink", "symlinkat", "unlinkat", "renameat", "rmdir", "truncate", "ftruncate"),
        *("mkfifo", "mknod", "mkstemp", "mkdtemp", "mkdirat", "tmpnam", "chown", "lchown", "utime", "chroot"),
    ),
    "differs from run to run": (
        *("time", "clock", "gettimeofday", "clock_gettime", "timespec_get", "ftime", "times", "getrusage"),
        *("rand", "rand_r", "random", "srand", "srandom", "drand48", "lrand48", "arc4random", "getrandom"),
        *("getentropy", "getpid", "getppid", "gettid", "getuid", "gethostname", "uname", "getauxval"),
    ),
    "prints, where only reports count": (
        *("printf", "fprintf", "dprintf", "vprintf", "vfprintf", "puts", "fputs", "putchar", "putc", "fputc"),
        *("perror", "write", "pwrite", "fwrite", "stdout", "stderr", "stdin", "syslog", "psignal"),
    ),
    "is not the driver's to have": ("main", "asm", "_Pragma"),
}
_REASONS = {name: reason for reason, names in _GROUPS.items() for name in names}
_PREFIXES = {
    "LLVMFuzzer": "belongs to a fuzzer",
    "llm_": "belongs to what runs the driver",
    "pthread_": "starts something else",
}
CALLABLE = frozenset(
    {
        *(
            "malloc",
            "calloc",
            "realloc",
            "reallocarray",
            "free",
            "aligned_alloc",
            "posix_memalign",
            "memalign",
        ),
        *("memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strnlen", "strcpy", "strncpy"),
        *("strcat", "strncat", "strcmp", "strncmp", "strchr", "strrchr", "strstr", "strdup", "strndup"),
        *("qsort", "bsearch", "snprintf", "sprintf", "strtol", "strtoul", "strtod", "atoi", "errno"),
    }
)
"""Functions that a driver may call, and must not replace."""
_RUNTIME = Path(__file__).with_name("runtime")
INTERFACE = frozenset(re.findall(r"LLM_LINKED\((\w+)\);", (_RUNTIME / "driver.h").read_text())) - {"drive"}
"""What a driver takes values and reports with."""
_MEMBER_OF = frozenset({"field_declaration", "pointer_declarator", "array_declarator"})
_SPLICE = re.compile(r"\\[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class _Text:
    """A driver as tokens, the bodies of its macros included."""

    code: str
    directives: tuple[str, ...]
    tokens: tuple[Token, ...]

    @property
    def words(self) -> list[str]:
        return [token.text.decode("utf-8", errors="replace") for token in self.tokens]


def check_driver(
    text: str,
    headers: Collection[str] = HEADERS,
    spared: Collection[str] = (),
    reserved: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return what is wrong with a driver's text, before anything is compiled.

    It may include the `headers`. `spared` names are the module's own, whatever they mean elsewhere;
    `reserved` ones it may use but not define: the module's functions. The same holds for its own interface.
    """
    read = _read(text)
    messages = dict.fromkeys(
        (
            *_directives(read, headers),
            *_disguises(read),
            *_attributes(read.words),
            *_names(read.words, frozenset(spared)),
            *_definitions(read, frozenset(reserved) | CALLABLE | INTERFACE),
        )
    )
    return tuple(Finding(Gate.POLICY, message) for message in messages)


def _read(text: str) -> _Text:
    code = _SPLICE.sub("", text)
    tokens: list[Token] = []
    directives: list[str] = []
    members = _members(code)
    for token in tokenise(code.encode()):
        if token.start in members:
            continue
        if token.kind == "directive":
            directives.append(token.text.decode("utf-8", errors="replace").strip())
            tokens += tokenise(re.sub(rb"^\s*#\s*\w*", b"", token.text))
        elif token.kind != "comment":
            tokens.append(token)
    return _Text(code, tuple(directives), tuple(each for each in tokens if each.kind != "string"))


def _members(code: str) -> frozenset[int]:
    """Return where members of records are declared: their names mean nothing outside."""
    fields = descendants(parse_c(code.encode()), {"field_identifier"})
    declared = (each for each in fields if each.parent is not None and each.parent.type in _MEMBER_OF)
    return frozenset(each.start_byte for each in declared)


def _directives(read: _Text, headers: Collection[str]) -> Iterator[str]:
    for directive in read.directives:
        name = re.sub(r"^#\s*", "", directive)
        word = re.match(r"\w*", name)
        kind = word[0] if word else ""
        if kind not in _DIRECTIVES:
            yield f"`#{kind}` is not allowed in a driver; remove it."
        elif kind == "include":
            named = re.fullmatch(r'include\s*[<"]([^>"]+)[>"]\s*', name)
            if named is None or named[1] not in headers:
                yield f"`{directive}` is not among a driver's headers; what it needs is included already."
        elif "##" in directive:
            yield "`##` puts names together out of parts; write them out."


def _disguises(read: _Text) -> Iterator[str]:
    words = read.words
    if any(each in {"\\", "#", "@", "`"} for each in words):
        yield "A character outside of strings is not C; write plain C without `\\u` and stray `#`."
    if any(pair in {("%", ":"), ("<", ":"), ("<", "%"), ("?", "?")} for pair in _adjacent(read)):
        yield "Digraphs and trigraphs hide what the code says; write plain C."


def _adjacent(read: _Text) -> Iterator[tuple[str, str]]:
    for one, other in zip(read.tokens, read.tokens[1:], strict=False):
        if other.start == one.start + len(one.text):
            yield one.text.decode(errors="replace"), other.text.decode(errors="replace")


def _attributes(words: Sequence[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        if word == "[" and words[at + 1 : at + 2] == ["["]:
            yield "Attributes in `[[ ]]` are not allowed in a driver; remove them."
        if word in {"__attribute__", "__attribute"}:
            for name in _inside(words[at + 1 :]):
                if name.isidentifier() and name not in _ATTRIBUTES:
                    yield f"The attribute `{name}` is not allowed in a driver; remove it."


def _inside(words: Sequence[str]) -> Iterator[str]:
    """Yield what stands in the parentheses that come first."""
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth <= 0:
            return
        yield word


def _names(words: Sequence[str], spared: frozenset[str]) -> Iterator[str]:
    for before, word in zip(("", *words), words, strict=False):
        if before in {".", "->"} or word in spared or not word.isidentifier():
            continue
        reason = _REASONS.get(word) or next(
            (said for prefix, said in _PREFIXES.items() if word.startswith(prefix)), None
        )
        if reason is not None:
            yield f"`{word}` {reason}; remove it, or give what you mean another name."
        elif word.startswith("__") and word not in _UNDERSCORED:
            yield f"`{word}` is the compiler's; write plain C without names that begin with `__`."


def _definitions(read: _Text, taken: frozenset[str]) -> Iterator[str]:
    defined = [*_functions(read.code), *_macros(read.directives)]
    for name in defined:
        if name in taken:
            yield f"`{name}` exists already, and a driver must not replace it; give yours another name."
    if _functions(read.code).count("drive") != 1:
        yield "The driver does not define `void drive(void)` exactly once."


def _macros(directives: Sequence[str]) -> list[str]:
    found = (re.match(r"#\s*(?:define|undef)\s+(\w+)", each) for each in directives)
    return [each[1] for each in found if each]


def _functions(code: str) -> list[str]:
    """Return the names of the functions that are defined, and of the variables that get a value."""
    found: list[str] = []
    for item in descendants(parse_c(code.encode()), {"function_definition", "declaration"}):
        wanted = {"function_declarator"} if item.type == "function_definition" else {"init_declarator"}
        for declarator in list(descendants(item, wanted))[:1]:
            named = next(descendants(declarator, {"identifier"}), None)
            found += [text_of(named)] if named is not None else []
    return found
