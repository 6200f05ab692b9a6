/* Text and bytes: numbers, a bounded builder, escapes, lines, a checksum. */
#ifndef TEXTKIT_H
#define TEXTKIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What most functions return.  Out-pointers are written on TK_OK only. */
enum tk_status {
	TK_OK = 0,
	TK_EMPTY = -1,		/* no digit where a number should be */
	TK_BASE = -2,		/* the base is none of 2..36 */
	TK_OVERFLOW = -3,	/* the number does not fit its type */
	TK_INVALID = -4,	/* malformed input; an offset tells where */
	TK_CUT = -5,		/* the input ends in the middle of something */
	TK_FULL = -6,		/* the output has no room for it */
};

/*
 * Text under construction, in memory of the caller.  It is NUL-terminated at
 * any time, unless the memory has no byte at all.
 */
struct tk_builder {
	char *text;
	size_t len;		/* without the NUL */
	size_t limit;		/* the greatest len there is room for */
	bool full;		/* something did not fit; nothing more is taken */
};

/* A checksum on its way through the data. */
struct tk_sum {
	uint32_t a, b;
	uint8_t odd;		/* first byte of a word whose second is yet to come */
	bool has_odd;
};

/* Of no data.  Sums start at the greatest word, so that zeros count as well. */
#define TK_SUM_INIT { 0xffff, 0xffff, 0, false }

int tk_parse_u64(const char *text, size_t len, unsigned int base, uint64_t *value, size_t *used);
int tk_parse_i64(const char *text, size_t len, unsigned int base, int64_t *value, size_t *used);

void tk_builder_init(struct tk_builder *b, char *memory, size_t size);
int tk_put(struct tk_builder *b, const void *data, size_t len);
int tk_put_u64(struct tk_builder *b, uint64_t value, unsigned int base, size_t width);
int tk_put_escaped(struct tk_builder *b, const void *data, size_t len);
int tk_put_error(struct tk_builder *b, int status, size_t at);
void tk_cut(struct tk_builder *b, size_t len);

int tk_unescape(const char *text, size_t len, unsigned char *out, size_t size, size_t *written,
		size_t *at);
bool tk_next_line(const char **rest, size_t *left, const char **line, size_t *len);

void tk_sum_add(struct tk_sum *sum, const void *data, size_t len);
uint32_t tk_sum_value(const struct tk_sum *sum);

#endif
