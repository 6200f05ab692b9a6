/*
 * Text and bytes for settings, logs and wires.
 *
 * Nothing here allocates, and nothing depends on the locale.  Inputs are given
 * by pointer and length: a NUL in them is a byte like any other.
 */
#include <string.h>

#include "textkit.h"

/* What digit_value() says of all that is no digit: more than any base. */
#define NO_DIGIT 255u

/* The words that can be added before a sum of sums must be folded. */
#define SUM_WORDS 359

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* Bytes with an escape of one letter, and these letters in the same order. */
#define NAMED_ESCAPES 6
static const char escaped_bytes[NAMED_ESCAPES + 1] = "\n\t\r\\\"\0";
static const char escape_letters[NAMED_ESCAPES + 1] = "ntr\\\"0";

/* By -status. */
static const char *const messages[] = {
	"no error",
	"no number",
	"base not within 2 to 36",
	"number too large",
	"malformed input",
	"input ends too early",
	"no room left",
};

/* The value of a digit of any base up to 36, in either case. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned int)(c - 'A') + 10;
	return NO_DIGIT;
}

/*
 * tk_parse_u64 - read the number at the start of a text
 * @used: where to put how many characters belong to it
 *
 * A single '_' may stand between two digits.  What follows the number is not
 * looked at.  All digits are read before an overflow is reported.
 */
int tk_parse_u64(const char *text, size_t len, unsigned int base, uint64_t *value, size_t *used)
{
	uint64_t sum = 0;
	bool fits = true;
	size_t end = 0;		/* just after the last digit */
	size_t i;

	if (base < 2 || base > 36)
		return TK_BASE;
	for (i = 0; i < len; i++) {
		unsigned int digit = digit_value(text[i]);

		if (digit < base) {
			if (sum > (UINT64_MAX - digit) / base)
				fits = false;
			sum = sum * base + digit;
			end = i + 1;
		} else if (text[i] != '_' || i == 0 || end != i) {
			break;
		}
	}
	if (end == 0)
		return TK_EMPTY;
	if (!fits)
		return TK_OVERFLOW;
	*value = sum;
	*used = end;
	return TK_OK;
}

/*
 * tk_parse_i64 - read the number at the start of a text, which may have a sign
 *
 * As tk_parse_u64(), with one '+' or '-' directly before the digits.
 */
int tk_parse_i64(const char *text, size_t len, unsigned int base, int64_t *value, size_t *used)
{
	bool negative = len > 0 && text[0] == '-';
	size_t sign = negative || (len > 0 && text[0] == '+');
	uint64_t magnitude;
	size_t count;
	int status;

	status = tk_parse_u64(text + sign, len - sign, base, &magnitude, &count);
	if (status != TK_OK)
		return status;
	/* There is one negative number more than there are positive ones. */
	if (magnitude > (uint64_t)INT64_MAX + negative)
		return TK_OVERFLOW;
	*value = (int64_t)(negative ? 0 - magnitude : magnitude);
	*used = sign + count;
	return TK_OK;
}

/*
 * tk_builder_init - start an empty text
 * @memory: room for the text and its NUL; may be NULL when @size is 0
 */
void tk_builder_init(struct tk_builder *b, char *memory, size_t size)
{
	b->text = memory;
	b->len = 0;
	b->limit = size ? size - 1 : 0;
	b->full = false;
	if (size)
		memory[0] = '\0';
}

/* Undo what was put since the text had @mark characters; @full stays. */
static void take_back(struct tk_builder *b, size_t mark)
{
	if (mark >= b->len)
		return;
	b->len = mark;
	b->text[mark] = '\0';
}

/*
 * tk_put - append characters, all of them or none
 *
 * After the first failure everything fails, even to append nothing, until
 * tk_cut(): no text comes out with a hole in it.  So callers may put piece
 * after piece and look at the last result only.
 */
int tk_put(struct tk_builder *b, const void *data, size_t len)
{
	if (b->full || len > b->limit - b->len) {
		b->full = true;
		return TK_FULL;
	}
	if (len) {
		memcpy(b->text + b->len, data, len);
		b->len += len;
		b->text[b->len] = '\0';
	}
	return TK_OK;
}

/*
 * tk_put_u64 - append a number, all of it or nothing
 * @width: with fewer digits than this, zeros are put before them
 *
 * Digits above 9 are small letters.  A wrong base does not make the text full.
 */
int tk_put_u64(struct tk_builder *b, uint64_t value, unsigned int base, size_t width)
{
	char number[64];	/* the digits of UINT64_MAX with base 2 */
	size_t first = sizeof(number);
	size_t mark = b->len;
	size_t count;
	int status = TK_OK;

	if (base < 2 || base > 36)
		return TK_BASE;
	do {
		number[--first] = digits[value % base];
		value /= base;
	} while (value);

	/* Ends soon even with an absurd width, because the text gets full. */
	for (count = sizeof(number) - first; count < width && status == TK_OK; count++)
		status = tk_put(b, "0", 1);
	if (status == TK_OK)
		status = tk_put(b, number + first, sizeof(number) - first);
	if (status != TK_OK)
		take_back(b, mark);
	return status;
}

/*
 * tk_put_error - append what a status means, all of it or nothing
 * @at: told in addition if @status is TK_INVALID
 */
int tk_put_error(struct tk_builder *b, int status, size_t at)
{
	const char *message = "unknown error";
	size_t mark = b->len;
	int result;

	if (status <= TK_OK && status >= TK_FULL)
		message = messages[-status];
	result = tk_put(b, message, strlen(message));
	if (status == TK_INVALID) {
		tk_put(b, " at offset ", 11);
		result = tk_put_u64(b, at, 10, 0);
	}
	if (result != TK_OK)
		take_back(b, mark);
	return result;
}

/* tk_cut - shorten a text to @len characters if it has more, and let it grow again */
void tk_cut(struct tk_builder *b, size_t len)
{
	take_back(b, len);
	b->full = false;
}

/*
 * tk_put_escaped - append bytes as printable ASCII, all of them or nothing
 *
 * Quotes and backslashes are escaped too, so that the result can be put
 * between quotes.  Bytes without an escape of their own become \xHH.
 */
int tk_put_escaped(struct tk_builder *b, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	size_t mark = b->len;
	int status = tk_put(b, "", 0);
	size_t i;

	for (i = 0; i < len && status == TK_OK; i++) {
		const char *named = memchr(escaped_bytes, bytes[i], NAMED_ESCAPES);

		if (named) {
			tk_put(b, "\\", 1);
			status = tk_put(b, &escape_letters[named - escaped_bytes], 1);
		} else if (bytes[i] >= 0x20 && bytes[i] < 0x7f) {
			status = tk_put(b, &bytes[i], 1);
		} else {
			tk_put(b, "\\x", 2);
			status = tk_put_u64(b, bytes[i], 16, 2);
		}
	}
	if (status != TK_OK)
		take_back(b, mark);
	return status;
}

/*
 * Read an escape from the character after its backslash on.  @pos moves behind
 * it, or to the character that is wrong.
 */
static int read_escape(const char *text, size_t len, size_t *pos, unsigned char *byte)
{
	const char *letter;
	unsigned int value = 0;
	int i;

	if (*pos == len)
		return TK_CUT;
	if (text[*pos] != 'x') {
		letter = memchr(escape_letters, text[*pos], NAMED_ESCAPES);
		if (!letter)
			return TK_INVALID;
		*byte = (unsigned char)escaped_bytes[letter - escape_letters];
		++*pos;
		return TK_OK;
	}
	++*pos;
	for (i = 0; i < 2; i++) {
		unsigned int digit;

		if (*pos == len)
			return TK_CUT;
		digit = digit_value(text[*pos]);
		if (digit >= 16)
			return TK_INVALID;
		value = value * 16 + digit;
		++*pos;
	}
	*byte = (unsigned char)value;
	return TK_OK;
}

/*
 * tk_unescape - the bytes that tk_put_escaped() was given
 * @out: where to put them, or NULL to count them, when @size does not matter
 * @at: where to put the offset of the wrong character if TK_INVALID is returned
 *
 * Takes bytes that need no escape, printable or not, as they are.
 */
int tk_unescape(const char *text, size_t len, unsigned char *out, size_t size, size_t *written,
		size_t *at)
{
	size_t count = 0;
	size_t pos = 0;

	while (pos < len) {
		unsigned char byte = (unsigned char)text[pos++];

		if (byte == '\\') {
			int status = read_escape(text, len, &pos, &byte);

			if (status == TK_INVALID)
				*at = pos;
			if (status != TK_OK)
				return status;
		}
		if (out) {
			if (count == size)
				return TK_FULL;
			out[count] = byte;
		}
		count++;
	}
	*written = count;
	return TK_OK;
}

/*
 * tk_next_line - split the first line off a text
 * @rest: the text, moved behind the line
 * @left: its length, lessened accordingly
 *
 * A line ends with "\n", "\r" or "\r\n", which is not part of it, or with the
 * text.  Returns false when nothing is left: no empty line follows the last
 * line end.
 */
bool tk_next_line(const char **rest, size_t *left, const char **line, size_t *len)
{
	const char *text = *rest;
	size_t end = 0;

	if (*left == 0)
		return false;
	while (end < *left && text[end] != '\n' && text[end] != '\r')
		end++;
	*line = text;
	*len = end;
	if (end + 1 < *left && text[end] == '\r' && text[end + 1] == '\n')
		end++;
	if (end < *left)
		end++;
	*rest = text + end;
	*left -= end;
	return true;
}

/* Add the high half of a sum to the low one, which keeps it modulo 65535. */
static uint32_t fold(uint32_t sum)
{
	return (sum & 0xffff) + (sum >> 16);
}

/*
 * tk_sum_add - take more data into a checksum
 *
 * It is one of Fletcher's, over 16-bit words with the low byte first.  Where
 * the data is divided between calls does not matter.
 */
void tk_sum_add(struct tk_sum *sum, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	unsigned int words = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (!sum->has_odd) {
			sum->odd = bytes[i];
			sum->has_odd = true;
			continue;
		}
		sum->a += sum->odd | (uint32_t)bytes[i] << 8;
		sum->b += sum->a;
		sum->has_odd = false;
		/* From 0x1fffe each, b can take so many words and not wrap. */
		if (++words == SUM_WORDS) {
			sum->a = fold(sum->a);
			sum->b = fold(sum->b);
			words = 0;
		}
	}
	sum->a = fold(sum->a);
	sum->b = fold(sum->b);
}

/* tk_sum_value - the checksum of what was added so far, an odd byte as if a 0 followed */
uint32_t tk_sum_value(const struct tk_sum *sum)
{
	uint32_t a = sum->a;
	uint32_t b = sum->b;

	if (sum->has_odd) {
		a += sum->odd;
		b += a;
	}
	/* A carry of the first fold makes a second one necessary. */
	return fold(fold(b)) << 16 | fold(fold(a));
}
