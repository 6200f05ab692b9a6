"""Methods and functions of Rust's library by what they can stand for in a translation."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ASKING = {"is_null": "==", "is_none": "==", "is_some": "!=", "is_ok": "==", "is_err": "!=", "is_empty": "=="}
"""Methods that are a comparison with nothing."""
CHOOSING = _words(
    "min max clamp cmp partial_cmp eq ne then then_some unwrap_or unwrap_or_else unwrap_or_default map_or"
    " map_or_else or or_else and and_then is_some_and is_none_or is_ok_and ok_or ok_or_else filter xor"
    " unsigned_abs abs wrapping_abs signum abs_diff checked_add checked_sub checked_mul checked_div"
    " saturating_add saturating_sub saturating_mul div_ceil next_multiple_of rem_euclid get get_mut first"
    " last split_first split_last strip_prefix strip_suffix starts_with ends_with contains"
    " is_ascii_digit is_ascii_alphabetic is_ascii_alphanumeric is_ascii_whitespace is_ascii_uppercase"
    " is_ascii_lowercase is_ascii_hexdigit is_power_of_two is_multiple_of is_positive is_negative"
    " as_ref as_mut to_digit map map_err copied"
)
"""Methods that can stand for a choice."""
ITERATING = _words(
    "iter iter_mut into_iter chars bytes windows chunks chunks_exact chunks_exact_mut chunks_mut step_by rev"
    " take take_while skip skip_while map_while find find_map position rposition any all fold try_fold"
    " for_each sum product count zip enumerate next successors from_fn scan split splitn lines to_bytes"
    " count_bytes from_ptr fill from_raw_parts from_raw_parts_mut leading_zeros trailing_zeros ilog2 ilog10"
    " count_ones pow wrapping_pow isqrt checked_ilog2 swap_with_slice reverse sort copy_within"
)
"""Methods that can stand for a loop, or a part of one."""
WRITING = _words(
    "write write_unaligned write_volatile write_bytes set replace take insert swap store fetch_add fetch_sub"
    " copy_from copy_from_nonoverlapping copy_from_slice clone_from_slice clone_from fill push"
    " assume_init_mut get_or_insert get_or_insert_with sort reverse swap_with_slice copy_within append extend"
)
"""Methods that store."""
SWAPPING = frozenset({"swap", "replace", "take", "write", "write_bytes", "write_unaligned", "write_volatile"})
POINTED = SWAPPING | _words("copy copy_nonoverlapping copy_from copy_from_nonoverlapping copy_to")
"""Those that store to what a pointer points at."""
PICKING = frozenset({"min", "max", "clamp", "unwrap_or", "unwrap_or_else", "map_or", "map_or_else"})
"""Methods whose value is one of several."""
COPYING = frozenset({"copy_nonoverlapping", "copy"})
QUIET = (
    ASKING.keys()
    | CHOOSING
    | ITERATING
    | WRITING
    | _words(
        "unwrap expect unwrap_unchecked cast cast_mut cast_const as_ptr as_mut_ptr addr clone to_owned add"
        " sub offset byte_add byte_sub byte_offset read read_unaligned read_volatile len wrapping_neg"
        " to_le to_be swap_bytes to_ne_bytes to_bytes as_bytes not is_some is_none"
    )
)
"""Methods of the standard library without arguments that are no bit-field's."""
