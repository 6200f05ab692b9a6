/* Where a panic of Rust without a standard library ends: what std would print, and an abort. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void llmigrate_rust_panic(const char *file, size_t file_length, unsigned int line, unsigned int column,
			  const char *why, size_t why_length);

void llmigrate_rust_panic(const char *file, size_t file_length, unsigned int line, unsigned int column,
			  const char *why, size_t why_length)
{
	fprintf(stderr, "panicked at %.*s:%u:%u:\n%.*s\n", (int)file_length, file, line, column,
		(int)why_length, why);
	abort();
}
