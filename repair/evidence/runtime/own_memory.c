/*
 * For Rust that manages its memory in a way of its own: how often it
 * allocates is no behaviour, and where it cannot, the program ends.
 */
extern const int llm_own_memory;
const int llm_own_memory = 1;
