/*
 * What a driver is written against.
 *
 * A driver is C text that follows the declarations of a module's file. It defines `void drive(void)`, which
 * takes values out of the input, calls one function with them, and reports everything that can be observed.
 * Whatever the input, each driver makes the same calls with the same values in every run.
 */
#ifndef LLMIGRATE_DRIVER_H
#define LLMIGRATE_DRIVER_H

/* The headers of a kernel define these types themselves. */
#ifndef __KERNEL__
#include <stddef.h>
#include <stdint.h>
#endif

/* A module may have a function of the same name: ours are linked under names that nobody else has. */
#define LLM_LINKED(name) __asm__("llm_driver_" #name)

void drive(void) LLM_LINKED(drive);

/* Take a value out of the input. An input that is used up goes on with zeros. */
int take_bool(void) LLM_LINKED(take_bool);
/* An integer from least to most, both included. */
int64_t take_range(int64_t least, int64_t most) LLM_LINKED(take_range);
/* An integer of so many bits (1 to 64): small numbers, limits and powers of two come often. */
uint64_t take_number(unsigned int bits) LLM_LINKED(take_number);
double take_real(void) LLM_LINKED(take_real);
/* Fill memory that is there already. */
void take_bytes(void *to, size_t size) LLM_LINKED(take_bytes);

/* Make memory that ends at a guard: one byte beyond it is a crash. It is freed when drive() has ended. */
void *new_block(size_t size) LLM_LINKED(new_block);
/* The same, filled from the input. */
void *take_block(size_t size) LLM_LINKED(take_block);
/* A string of at most so many characters in a block of its own size. */
char *take_string(size_t most) LLM_LINKED(take_string);

/* Let the n-th call of malloc, calloc, realloc, strdup or strndup from now fail; 0 for none. */
void fail_allocation(unsigned int n) LLM_LINKED(fail_allocation);
/* Tell whether memory is a block that has not been freed. */
int is_live(const void *block) LLM_LINKED(is_live);
/* Call report_pointer's target by a name of its own. */
void name_pointer(const void *pointer, size_t size, const char *name) LLM_LINKED(name_pointer);

/* Report what can be observed, in order. */
void report_int(const char *what, int64_t value) LLM_LINKED(report_int);
void report_uint(const char *what, uint64_t value) LLM_LINKED(report_uint);
void report_real(const char *what, double value) LLM_LINKED(report_real);
void report_bytes(const char *what, const void *bytes, size_t size) LLM_LINKED(report_bytes);
/* A string that ends with a NUL, or NULL. */
void report_text(const char *what, const char *text) LLM_LINKED(report_text);
/* Where a pointer leads: which block and how far into it, never an address. */
void report_pointer(const char *what, const void *pointer) LLM_LINKED(report_pointer);
/* That a callback was called. */
void report_call(const char *name) LLM_LINKED(report_call);

#endif
