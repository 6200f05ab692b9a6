/*
 * For code whose allocations cannot fail: Rust's own end the program where
 * there is no memory, so that a failure of the C has no counterpart.
 */
extern const int llm_never_fails;
const int llm_never_fails = 1;
