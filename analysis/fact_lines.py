"""Says what is known of functions, records and variables in short lines of plain English, as for a prompt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analysis.error_convention import Convention, ErrorConvention
from analysis.opacity import Visibility
from analysis.pointers import (
    Alias,
    FunctionFacts,
    GlobalFacts,
    Handed,
    MemberFacts,
    NewMemory,
    PointerFacts,
    Reached,
    RecordFacts,
)

_MOST = 3
"""Things of a sort that are named one by one."""


def function_lines(facts: FunctionFacts) -> tuple[str, ...]:
    """Say what is known of a function: by pointer parameters, result, and the rest."""
    lines = [pointer_line(each) for each in facts.pointers]
    lines += _result(facts)
    lines += _allocates(facts.allocates)
    if facts.releases:
        lines.append(f"frees what {_all(facts.releases)} {_verb(facts.releases, 'lead')} to")
    if facts.globals_written:
        lines.append(f"writes the global {_all(facts.globals_written)}")
    if facts.globals_handed:
        lines.append(f"hands the global {_all(facts.globals_handed)} to code that is not seen")
    if facts.error.sets_errno:
        lines.append("sets `errno`")
    if facts.entangled:
        lines.append("too much is stored in too many places to say what else becomes of its parameters")
    if facts.unread is not None:
        lines.append(f"line {facts.unread} could not be read: what stands there may do more")
    return tuple(lines)


def pointer_line(facts: PointerFacts) -> str:
    """Say what is known of a pointer parameter."""
    parts = (
        *_access(facts),
        *_freeing(facts),
        *_lengths(facts),
        *_nulls(facts),
        *_keeping(facts),
        *_aliases(facts.aliases),
        *_handing(facts),
    )
    return f"`{facts.name}`: {', '.join(parts)}"


def record_lines(facts: RecordFacts) -> tuple[str, ...]:
    """Say what is known of a record: who can see into it, and of its members."""
    opacity = facts.opacity
    if opacity.visibility is Visibility.PRIVATE:
        seen = f"only `{opacity.file}` knows it"
    elif opacity.visibility is Visibility.OPAQUE:
        seen = f"opaque to callers: `{opacity.named_in}` names it, only `{opacity.file}` sees its members"
    elif facts.used_in:
        users = f"{_all(facts.used_in)} {_verb(facts.used_in, 'use')} them"
        seen = f"`{opacity.file}` shows its members; in the module {users}"
    else:
        seen = f"`{opacity.file}` shows its members; no function of the module uses them"
    members = (line for each in facts.members if (line := _member(each)))
    return (f"`{opacity.name}`: {seen}", *members)


def variable_lines(facts: GlobalFacts) -> tuple[str, ...]:
    """Say who may change a variable at file scope."""
    said = [f"written by {_all(facts.written_by)}" if facts.written_by else "no function writes it"]
    if facts.is_const:
        return (f"`{facts.ident}`: constant",)
    if facts.handed_by:
        said.append(f"handed to code that is not seen by {_all(facts.handed_by)}")
    if facts.kept:
        said.append("its address is stored elsewhere, so others may write it, too")
    return (f"`{facts.ident}`: {', '.join(said)}",)


def _access(facts: PointerFacts) -> Iterator[str]:
    if facts.is_function:
        yield "called" if facts.called is not None else "passed on" if facts.handed else "not called"
        return
    is_written = facts.written is not None
    may_be_written = is_written or facts.freed is not None or any(not each.const for each in facts.handed)
    if facts.is_out:
        yield "written, never read"
    elif facts.read is not None:
        only = "read" if may_be_written or facts.written_back is not None else "only read"
        yield "read and written" if is_written else only
    elif is_written:
        yield "written"
    elif not may_be_written:
        yield "neither read nor written"
    if facts.written_back is not None and not is_written:
        yield "may be written if what it leads to leads back to it"
    if facts.written_beyond:
        yield f"{_led_to(facts.written_beyond)} may be written"


def _freeing(facts: PointerFacts) -> Iterator[str]:
    if facts.freed is not None:
        yield f"may be freed by `{facts.freed.by}`" if facts.freed.by else "may be freed"
    if facts.freed_beyond:
        yield f"{_led_to(facts.freed_beyond)} may be freed"


def _lengths(facts: PointerFacts) -> Iterator[str]:
    for each in facts.counts:
        yield f"comes with the length {' times '.join(f'`{name}`' for name in each.parameters)}"
    named = facts.named_counts
    if named:
        yield f"{_all(named)} beside it {_verb(named, 'be')} named like a length"
    if facts.terminated is not None:
        yield "ends with a NUL"
    beyond = facts.terminated_beyond
    if beyond:
        yield f"the text at {_reached(beyond)} ends with a NUL"


def _nulls(facts: PointerFacts) -> Iterator[str]:
    if facts.tested is not None:
        by = f" by `{facts.tested.by}`" if facts.tested.by else ""
        yield f"compared with NULL{by}"
    if facts.null_passed is not None:
        yield f"`{facts.null_passed[0]}` may pass NULL"
    if facts.tested is None and facts.null_passed is None:
        yield "never compared with NULL"


def _keeping(facts: PointerFacts) -> Iterator[str]:
    if facts.kept:
        yield f"may be kept in {_some(each.where for each in facts.kept)}"
    if facts.tied:
        where = _reached(each for each in facts.tied if each.what)
        yield f"may be stored in what it leads to itself{f': in {where}' if where else ''}"
    if facts.kept_beyond:
        yield f"pointers that it leads to may be kept in {_some(each.where for each in facts.kept_beyond)}"
    if not (facts.kept or facts.tied or facts.handed or facts.returned):
        yield "not kept"


def _aliases(aliases: Sequence[Alias]) -> Iterator[str]:
    for each in {alias.other: alias for alias in reversed(aliases)}.values():
        said = "is the same pointer as" if each.same else "leads into the same object as"
        yield f"at line {each.line} of `{each.caller}` it {said} `{each.other}`"


def _handing(facts: PointerFacts) -> Iterator[str]:
    if facts.is_function:
        return
    others = [each for each in facts.handed if each.to]
    if others:
        yield f"handed to {_some(_handed(each) for each in others)}, not seen here"
    said = {each.to for each in facts.handed}
    beyond = [_handed(each) for each in facts.handed_beyond if each.to not in said]
    if beyond:
        yield f"pointers that it leads to are handed to {_some(beyond)}, not seen here"


def _handed(handed: Handed) -> str:
    return f"`{handed.to}`{' as const' if handed.const else ''}"


def _result(facts: FunctionFacts) -> Iterator[str]:
    said = ", ".join(_convention(facts.error))
    if said:
        yield f"returns {said}"
    into = [f"into what `{each.name}` leads to" for each in facts.pointers if each.returned is not None]
    into += [
        f"to where `{reached.what}` leads" for each in facts.pointers for reached in each.returned_beyond
    ]
    into += ["to something static"] if facts.returns_static else []
    if into:
        yield f"the result may lead {_joined(into, 'or')}"


def _convention(error: ErrorConvention) -> Iterator[str]:
    names = f" ({_all(error.errnos, 'or')})" if error.errnos else ""
    constants = _all(error.constants, "or")
    match error.kind:
        case Convention.ERRNO:
            yield f"0 or a negative errno{names}"
        case Convention.ERRNO_OR_VALUE:
            yield f"a negative errno{names} or a value"
        case Convention.BOOLEAN:
            yield "0 or 1"
        case Convention.CONSTANTS:
            yield constants
        case Convention.SENTINEL:
            yield f"{constants} or what it computes"
        case Convention.NULL:
            yield "a pointer that may be NULL"
        case Convention.ERRNO_POINTER:
            yield f"a pointer or `ERR_PTR` of a negative errno{names}"
        case _:
            return


def _allocates(allocated: Sequence[NewMemory]) -> Iterator[str]:
    """Say what is allocated, places that take the same record together."""
    for key in dict.fromkeys((each.record, each.released_by) for each in allocated):
        places = [each for each in allocated if (each.record, each.released_by) == key]
        record, releasers = key
        named = _some(_place(each) for each in places)
        kind = f" (a `{record}`)" if record else ""
        freed = (
            f"; {_some(f'`{each}`' for each in releasers)} {_verb(releasers, 'free')} such a record"
            if releasers
            else ""
        )
        yield f"may allocate {named}{kind}{freed}"


def _place(new: NewMemory) -> str:
    if not new.where:
        return "what it returns"
    return f"something behind `{new.where}`" if new.beyond else f"what `{new.where}` leads to"


def _member(facts: MemberFacts) -> str:
    parts = []
    if facts.freed_by:
        parts.append(f"what it leads to may be freed by {_all(facts.freed_by)}")
    if facts.tested:
        parts.append("compared with NULL")
    if facts.counted_by:
        parts.append(f"comes with the length {_all(facts.counted_by)}")
    if facts.functions:
        only = "only " if facts.only_these else "among others "
        parts.append(f"leads to {only}{_all(facts.functions, 'or')}")
    return f"`{facts.name}`: {', '.join(parts)}" if parts else ""


def _led_to(reached: Sequence[Reached]) -> str:
    """Say what pointers lead to, or what is found further on."""
    near = [each for each in reached if not each.beyond]
    far = [each for each in reached if each.beyond]
    said = [f"what {_reached(near)} {_verb(near, 'lead')} to"] if near else []
    said += [f"something behind {_reached(far)}"] if far else []
    return " and ".join(said)


def _reached(reached: Iterable[Reached]) -> str:
    return _some(f"`{each.what}`" for each in reached)


def _some(said: Iterable[str]) -> str:
    """Name a few, and count the rest."""
    listed = tuple(said)
    if len(listed) <= _MOST + 1:
        return _joined(listed, "and")
    return _joined((*listed[:_MOST], f"{len(listed) - _MOST} others"), "and")


def _all(names: Iterable[str], word: str = "and") -> str:
    return _joined(tuple(f"`{each}`" for each in names), word)


def _joined(said: Sequence[str], word: str) -> str:
    return f"{', '.join(said[:-1])} {word} {said[-1]}" if len(said) > 1 else "".join(said)


def _verb(subjects: Sequence[object], verb: str) -> str:
    if verb == "be":
        return "is" if len(subjects) == 1 else "are"
    return f"{verb}s" if len(subjects) == 1 else verb
