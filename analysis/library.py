"""What functions of libc and of the kernel do with the pointers that they are given, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_WRAPPED = re.compile(r"^(?:__builtin_|__underlying_|__fortify_|__)(?=[a-z])|_noprof$|(?<=[a-z])_chk$")


@dataclass(frozen=True, slots=True)
class Known:
    """What a function does with its arguments, by position; what is not listed is only read."""

    allocates: bool = False
    """It returns memory, or another resource, that nobody else holds."""
    frees: tuple[int, ...] = ()
    writes: tuple[int, ...] = ()
    """What it reads and writes."""
    fills: tuple[int, ...] = ()
    """What it writes and does not read."""
    texts: tuple[int, ...] = ()
    """What has to end with a NUL."""
    sized: tuple[tuple[int, tuple[int, ...]], ...] = ()
    """Pointers with the arguments whose product is the number of bytes or values."""
    returns: int | None = None
    """The argument into which the result points."""
    copies: bool = False
    """It copies what the second argument leads to over what the first leads to."""
    stores: tuple[tuple[int, int], ...] = ()
    """Arguments that it stores through other arguments."""
    stores_new: int | None = None
    """The argument through which it stores memory that nobody else holds."""


def _all(names: str, known: Known) -> dict[str, Known]:
    return dict.fromkeys(names.split(), known)


_PAIR = ((0, (2,)), (1, (2,)))
_FIRST = ((0, (1,)),)

LIBRARY: Mapping[str, Known] = {
    # Memory and resources of libc.
    **_all("malloc calloc aligned_alloc memalign valloc tmpfile alloca", Known(allocates=True)),
    **_all("realloc reallocarray reallocf", Known(allocates=True, frees=(0,))),
    **_all("strdup strdupa wcsdup fopen popen opendir", Known(allocates=True, texts=(0,))),
    **_all("strndup", Known(allocates=True)),
    **_all("fdopen", Known(allocates=True, texts=(1,))),
    **_all("free cfree fclose pclose closedir freeaddrinfo regfree", Known(frees=(0,))),
    **_all("posix_memalign", Known(stores_new=0)),
    **_all("asprintf vasprintf", Known(stores_new=0, texts=(1,))),
    # Memory of the kernel.
    **_all(
        "kmalloc kzalloc kcalloc kmalloc_array kmalloc_node kzalloc_node kvmalloc kvzalloc kvcalloc"
        " kvmalloc_array kmem_cache_alloc kmem_cache_zalloc vmalloc vzalloc devm_kmalloc devm_kzalloc"
        " devm_kcalloc alloc_page alloc_pages __get_free_page __get_free_pages get_zeroed_page"
        " dma_alloc_coherent mempool_alloc",
        Known(allocates=True),
    ),
    **_all("krealloc kvrealloc krealloc_array", Known(allocates=True, frees=(0,))),
    **_all("kmemdup kvmemdup", Known(allocates=True, sized=_FIRST)),
    **_all("kstrdup kstrdup_const", Known(allocates=True, texts=(0,))),
    **_all("kstrndup", Known(allocates=True)),
    **_all("kasprintf", Known(allocates=True, texts=(1,))),
    **_all("kfree kvfree vfree kfree_sensitive kfree_const free_page free_pages", Known(frees=(0,))),
    **_all("kmem_cache_free devm_kfree mempool_free", Known(frees=(1,))),
    # Bytes.
    **_all("memcpy memmove", Known(fills=(0,), sized=_PAIR, returns=0, copies=True)),
    **_all("memset", Known(fills=(0,), sized=((0, (2,)),), returns=0)),
    **_all("bzero explicit_bzero memzero_explicit", Known(fills=(0,), sized=_FIRST)),
    **_all("memcmp bcmp", Known(sized=_PAIR)),
    **_all("memchr memrchr", Known(sized=((0, (2,)),), returns=0)),
    # Text.
    **_all("strlen puts perror atoi atol atoll atof getenv", Known(texts=(0,))),
    **_all("strcmp strcasecmp strcoll strspn strcspn", Known(texts=(0, 1))),
    **_all("strcpy stpcpy", Known(fills=(0,), texts=(1,), returns=0)),
    **_all("strcat", Known(writes=(0,), texts=(0, 1), returns=0)),
    **_all("strlcat", Known(writes=(0,), texts=(0, 1), sized=((0, (2,)),))),
    **_all("strlcpy strscpy", Known(fills=(0,), texts=(1,), sized=((0, (2,)),))),
    **_all("strncpy stpncpy", Known(fills=(0,), sized=((0, (2,)),), returns=0)),
    **_all("strncat", Known(writes=(0,), returns=0)),
    **_all("strnlen", Known(sized=_FIRST)),
    **_all("strncmp strncasecmp", Known()),
    **_all("strchr strrchr strchrnul index rindex", Known(texts=(0,), returns=0)),
    **_all("strstr strpbrk strcasestr", Known(texts=(0, 1), returns=0)),
    **_all("fputs", Known(texts=(0,), writes=(1,))),
    **_all("strtol strtoul strtoll strtoull strtod simple_strtoul", Known(texts=(0,), stores=((0, 1),))),
    # Rows of values.
    **_all("qsort", Known(writes=(0,), sized=((0, (1, 2)),))),
    **_all("bsearch", Known(sized=((1, (2, 3)),), returns=1)),
    # Input and output.
    **_all("printf vprintf", Known(texts=(0,))),
    **_all("fprintf vfprintf", Known(writes=(0,), texts=(1,))),
    **_all("sprintf vsprintf", Known(fills=(0,), texts=(1,))),
    **_all("snprintf vsnprintf scnprintf", Known(fills=(0,), texts=(2,), sized=_FIRST)),
    **_all("fputc putc ungetc", Known(writes=(1,))),
    **_all("fgetc getc fflush rewind clearerr fseek", Known(writes=(0,))),
    **_all("feof ferror fileno ftell putchar abs labs toupper tolower exit abort", Known()),
    **_all("fgets", Known(fills=(0,), writes=(2,), sized=_FIRST, returns=0)),
    **_all("fread", Known(fills=(0,), writes=(3,), sized=((0, (1, 2)),))),
    **_all("fwrite", Known(writes=(3,), sized=((0, (1, 2)),))),
    **_all("read", Known(fills=(1,), sized=((1, (2,)),))),
    **_all("write", Known(sized=((1, (2,)),))),
    **_all("errno_location", Known()),
}


def known_function(name: str) -> Known | None:
    """Return what is known of a function, also under the names that compilers and headers give it."""
    while name not in LIBRARY:
        shorter = _WRAPPED.sub("", name)
        if shorter == name:
            return None
        name = shorter
    return LIBRARY[name]
