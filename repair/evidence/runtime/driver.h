/*
 * What a driver is written against.
 *
 * A driver is C text that follows the declarations of a module's file. It defines `void drive(void)`, which
 * takes values out of the input, calls one function with them, and reports everything that can be observed.
 * Whatever the input, each driver makes the same calls with the same values in every run.
 */
#ifndef LLMIGRATE_DRIVER_H
#define LLMIGRATE_DRIVER_H

#include <stddef.h>
#include <stdint.h>

void drive(void);

/* Take a value out of the input. An input that is used up goes on with zeros. */
int take_bool(void);
/* An integer from least to most, both included. */
int64_t take_range(int64_t least, int64_t most);
/* An integer of so many bits (1 to 64): small numbers, limits and powers of two come often. */
uint64_t take_number(unsigned int bits);
double take_real(void);
/* Fill memory that is there already. */
void take_bytes(void *to, size_t size);

/* Make memory that ends at a guard: one byte beyond it is a crash. It is freed when drive() has ended. */
void *new_block(size_t size);
/* The same, filled from the input. */
void *take_block(size_t size);
/* A string of at most so many characters in a block of its own size. */
char *take_string(size_t most);

/* Give a number that is another one in every run. */
unsigned long run_number(void);

/* Let the n-th call of malloc, calloc, realloc, strdup or strndup from now fail; 0 for none. */
void fail_allocation(unsigned int n);
/* Tell whether memory is a block that has not been freed. */
int is_live(const void *block);
/* Call report_pointer's target by a name of its own. */
void name_pointer(const void *pointer, size_t size, const char *name);

/* Report what can be observed, in order. */
void report_int(const char *what, int64_t value);
void report_uint(const char *what, uint64_t value);
void report_real(const char *what, double value);
void report_bytes(const char *what, const void *bytes, size_t size);
/* A string that ends with a NUL, or NULL. */
void report_text(const char *what, const char *text);
/* Where a pointer leads: which block and how far into it, never an address. */
void report_pointer(const char *what, const void *pointer);
/* That a callback was called. */
void report_call(const char *name);

/* Spell the name of a part: named_part("p", ".next") is "p.next". */
const char *named_part(const char *what, const char *part);
/* Tell whether a pointer leads to something that is no block and has no name, such as a constant. */
int is_elsewhere(const void *pointer);
/* Have the values of so many bytes each, from here to the end of the block, reported by report_watched(). */
void watch_values(const void *object, size_t size, void (*report)(const char *what, const void *at));
/* Have the bytes of a block reported: a string, and a fresh block filled from the input. */
void *watched_string(char *text);
void *watched_block(size_t size);
/* Report everything that is watched and still live, and what is watched because of that. */
void report_watched(void);

/* Answers of a comparison: mostly an order by the first byte or by place, at times none at all. */
int compare_bytes(const void *one, const void *other);
int compare_places(const void *one, const void *other);

#endif
