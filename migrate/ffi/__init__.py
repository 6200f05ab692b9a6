"""The C interface of a crate with safe signatures: `extern "C"` shims, written by rule.

`shim_of` makes a shim of what C declares and of a safe signature, or says in a sentence why no rule does;
`ffi_file` writes the file that holds all of them. What becomes of what:

| C | Rust | rules |
|---|---|---|
| integers, `bool`, `char`, reals | the same, other sizes, `char`, enums without fields | `scalars.py` |
| `T *` | `&T`, `&mut T`, `Option` of them, `[T; N]` behind one, a record by copy | `pointers.py` |
| a handle | `&self`, `&mut self`; `self`, `Box<Self>`, `drop` take it back | `pointers.py` |
| `T *` and a length | `&[T]`, `&mut [T]`, `Option` of them | `slices.py` |
| `char *` | `&CStr`, `&[u8]`, `&str`, `String`, `CString`, `Option` of them | `strings.py` |
| a function and its context | `impl Fn`, `F: FnMut`, `&mut dyn FnMut`, `Box<dyn Fn>` | `callbacks.py` |
| a result | values, references, `Box<T>` and `T` for a handle, `Option` of one for NULL | `values.py` |
| a code and places for results | `T`, `(A, B)`, `Option<T>`, `Result<T, E>` | `results.py`, `failure.py` |

What a shim makes of memory of C stands in an `unsafe` block under a comment that says what C promises. What C
passes beyond that ends the process, and is never undefined: a number that Rust cannot take, a variant that
there is not, NULL for values that are counted, and memory that is lent twice and written, where both are
values of one type.
"""
