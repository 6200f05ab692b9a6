/* Tests of the textkit module: exit 0 and one line when all pass. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "textkit.h"

#define CHECK(cond)                                                            \
	do {                                                                   \
		checks++;                                                      \
		if (!(cond)) {                                                 \
			fprintf(stderr, "%s:%d: failed: %s\n", __FILE__,       \
				__LINE__, #cond);                              \
			exit(1);                                               \
		}                                                              \
	} while (0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define UNTOUCHED 4711

static unsigned long checks;
static uint64_t lcg_state = 521288629u;

static uint32_t next_random(void)
{
	lcg_state = lcg_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(lcg_state >> 33);
}

static void check_u64(const char *text, unsigned int base, int status, uint64_t value, size_t used)
{
	uint64_t got_value = UNTOUCHED;
	size_t got_used = UNTOUCHED;

	CHECK(tk_parse_u64(text, strlen(text), base, &got_value, &got_used) == status);
	CHECK(got_value == (status == TK_OK ? value : UNTOUCHED));
	CHECK(got_used == (status == TK_OK ? used : UNTOUCHED));
}

static void test_parse_u64(void)
{
	check_u64("0", 10, TK_OK, 0, 1);
	check_u64("12ab", 10, TK_OK, 12, 2);
	check_u64("12aB", 16, TK_OK, 0x12ab, 4);
	check_u64("zZ", 36, TK_OK, 35 * 36 + 35, 2);
	check_u64("102", 2, TK_OK, 2, 2);
	check_u64("00000000000000000000000001", 10, TK_OK, 1, 26);
	check_u64("18446744073709551615", 10, TK_OK, UINT64_MAX, 20);
	check_u64("18446744073709551616", 10, TK_OVERFLOW, 0, 0);
	check_u64("ffffffffffffffff", 16, TK_OK, UINT64_MAX, 16);
	check_u64("10000000000000000", 16, TK_OVERFLOW, 0, 0);
	/* Wraps to a small number when nobody looks. */
	check_u64("18446744073709551617000", 10, TK_OVERFLOW, 0, 0);
	check_u64("3w5e11264sgsf", 36, TK_OK, UINT64_MAX, 13);
	check_u64("3w5e11264sgsg", 36, TK_OVERFLOW, 0, 0);
	check_u64("", 10, TK_EMPTY, 0, 0);
	check_u64("x1", 10, TK_EMPTY, 0, 0);
	check_u64(" 1", 10, TK_EMPTY, 0, 0);
	check_u64("-1", 10, TK_EMPTY, 0, 0);
	check_u64("2", 2, TK_EMPTY, 0, 0);
	check_u64("1", 1, TK_BASE, 0, 0);
	check_u64("1", 37, TK_BASE, 0, 0);
	check_u64("", 0, TK_BASE, 0, 0);
	check_u64("1_000_000", 10, TK_OK, 1000000, 9);
	check_u64("1__0", 10, TK_OK, 1, 1);
	check_u64("1_", 10, TK_OK, 1, 1);
	check_u64("1_x", 10, TK_OK, 1, 1);
	check_u64("_1", 10, TK_EMPTY, 0, 0);
}

static void check_i64(const char *text, unsigned int base, int status, int64_t value, size_t used)
{
	int64_t got_value = UNTOUCHED;
	size_t got_used = UNTOUCHED;

	CHECK(tk_parse_i64(text, strlen(text), base, &got_value, &got_used) == status);
	CHECK(got_value == (status == TK_OK ? value : UNTOUCHED));
	CHECK(got_used == (status == TK_OK ? used : UNTOUCHED));
}

static void test_parse_i64(void)
{
	check_i64("42 ", 10, TK_OK, 42, 2);
	check_i64("+42", 10, TK_OK, 42, 3);
	check_i64("-42", 10, TK_OK, -42, 3);
	check_i64("-0", 10, TK_OK, 0, 2);
	check_i64("9223372036854775807", 10, TK_OK, INT64_MAX, 19);
	check_i64("9223372036854775808", 10, TK_OVERFLOW, 0, 0);
	check_i64("-9223372036854775808", 10, TK_OK, INT64_MIN, 20);
	check_i64("-9223372036854775809", 10, TK_OVERFLOW, 0, 0);
	check_i64("-99999999999999999999", 10, TK_OVERFLOW, 0, 0);
	check_i64("-8000000000000000", 16, TK_OK, INT64_MIN, 17);
	check_i64("", 10, TK_EMPTY, 0, 0);
	check_i64("-", 10, TK_EMPTY, 0, 0);
	check_i64("+-5", 10, TK_EMPTY, 0, 0);
	check_i64("-_5", 10, TK_EMPTY, 0, 0);
	check_i64("- 5", 10, TK_EMPTY, 0, 0);
	check_i64("-5", 1, TK_BASE, 0, 0);
}

/* Whether the text is the expected one, and is terminated. */
static int holds(const struct tk_builder *b, const char *want)
{
	return b->len == strlen(want) && memcmp(b->text, want, b->len + 1) == 0;
}

static void test_builder(void)
{
	char memory[9];
	struct tk_builder b;

	tk_builder_init(&b, memory, sizeof(memory));
	CHECK(holds(&b, "") && b.limit == 8 && !b.full);
	CHECK(tk_put(&b, "abc", 3) == TK_OK && holds(&b, "abc"));
	CHECK(tk_put(&b, "", 0) == TK_OK);
	CHECK(tk_put(&b, "defgh", 5) == TK_OK && holds(&b, "abcdefgh"));
	CHECK(tk_put(&b, "", 0) == TK_OK && !b.full);
	CHECK(tk_put(&b, "i", 1) == TK_FULL && b.full && holds(&b, "abcdefgh"));
	CHECK(tk_put(&b, "", 0) == TK_FULL);

	/* Fullness lasts until a cut, even one that shortens nothing. */
	tk_cut(&b, 100);
	CHECK(holds(&b, "abcdefgh") && !b.full);
	tk_cut(&b, 6);
	CHECK(holds(&b, "abcdef"));
	CHECK(tk_put(&b, "xyz", 3) == TK_FULL && holds(&b, "abcdef"));
	CHECK(tk_put(&b, "x", 1) == TK_FULL && holds(&b, "abcdef"));
	tk_cut(&b, 6);
	CHECK(tk_put(&b, "x", 1) == TK_OK && holds(&b, "abcdefx"));
	CHECK(tk_put(&b, "x", SIZE_MAX) == TK_FULL);
	tk_cut(&b, 0);
	CHECK(holds(&b, "") && tk_put(&b, "\0\n", 2) == TK_OK && b.len == 2);
}

static void test_builder_without_room(void)
{
	char byte = 'x';
	struct tk_builder b;

	tk_builder_init(&b, &byte, 1);
	CHECK(byte == '\0' && b.limit == 0);
	CHECK(tk_put(&b, "", 0) == TK_OK && tk_put(&b, "a", 1) == TK_FULL && byte == '\0');
	tk_builder_init(&b, NULL, 0);
	CHECK(tk_put(&b, "", 0) == TK_OK && tk_put(&b, "a", 1) == TK_FULL && b.len == 0);
	tk_cut(&b, 0);
	CHECK(tk_put_u64(&b, 0, 10, 0) == TK_FULL);
	tk_cut(&b, 0);
	CHECK(tk_put_escaped(&b, "", 0) == TK_OK && tk_put_escaped(&b, "\n", 1) == TK_FULL);
	CHECK(tk_put_error(&b, TK_INVALID, 1) == TK_FULL && b.len == 0);
}

static void check_number(uint64_t value, unsigned int base, size_t width, const char *want)
{
	char memory[80];
	struct tk_builder b;

	/* Exactly enough room, then one too little. */
	tk_builder_init(&b, memory, strlen(want) + 2);
	CHECK(tk_put(&b, "=", 1) == TK_OK);
	CHECK(tk_put_u64(&b, value, base, width) == TK_OK);
	CHECK(b.text[0] == '=' && strcmp(b.text + 1, want) == 0 && b.len == b.limit);
	tk_builder_init(&b, memory, strlen(want) + 1);
	CHECK(tk_put(&b, "=", 1) == TK_OK);
	CHECK(tk_put_u64(&b, value, base, width) == TK_FULL);
	CHECK(holds(&b, "=") && b.full);
}

static void test_put_u64(void)
{
	char memory[32];
	struct tk_builder b;

	check_number(0, 10, 0, "0");
	check_number(0, 10, 3, "000");
	check_number(1234, 10, 2, "1234");
	check_number(1234, 10, 4, "1234");
	check_number(1234, 10, 5, "01234");
	check_number(0xbeef, 16, 6, "00beef");
	check_number(UINT64_MAX, 10, 0, "18446744073709551615");
	check_number(UINT64_MAX, 36, 0, "3w5e11264sgsf");
	check_number(UINT64_MAX, 2, 0,
		     "1111111111111111111111111111111111111111111111111111111111111111");

	tk_builder_init(&b, memory, sizeof(memory));
	CHECK(tk_put_u64(&b, 1, 1, 0) == TK_BASE && tk_put_u64(&b, 1, 37, 0) == TK_BASE);
	CHECK(!b.full && b.len == 0);
	CHECK(tk_put_u64(&b, 1, 10, SIZE_MAX) == TK_FULL && holds(&b, "") && b.full);
	CHECK(tk_put_u64(&b, 1, 1, 0) == TK_BASE);
}

static void check_error(int status, size_t at, const char *want)
{
	char memory[80];
	struct tk_builder b;
	size_t size;

	for (size = 0; size <= strlen(want); size++) {
		tk_builder_init(&b, memory, size);
		CHECK(tk_put_error(&b, status, at) == TK_FULL && b.len == 0 && b.full);
	}
	tk_builder_init(&b, memory, size);
	CHECK(tk_put_error(&b, status, at) == TK_OK && holds(&b, want));
}

static void test_put_error(void)
{
	check_error(TK_OK, 7, "no error");
	check_error(TK_EMPTY, 7, "no number");
	check_error(TK_BASE, 7, "base not within 2 to 36");
	check_error(TK_OVERFLOW, 7, "number too large");
	check_error(TK_INVALID, 12, "malformed input at offset 12");
	check_error(TK_CUT, 7, "input ends too early");
	check_error(TK_FULL, 7, "no room left");
	check_error(1, 7, "unknown error");
	check_error(TK_FULL - 1, 7, "unknown error");
	check_error(INT_MIN, 7, "unknown error");
}

static void check_escaped(const void *data, size_t len, const char *want)
{
	char memory[80];
	unsigned char back[80];
	struct tk_builder b;
	size_t size, written, at;

	for (size = 2; size < strlen(want) + 2; size++) {
		tk_builder_init(&b, memory, size);
		CHECK(tk_put(&b, ">", 1) == TK_OK);
		CHECK(tk_put_escaped(&b, data, len) == TK_FULL && holds(&b, ">"));
	}
	tk_builder_init(&b, memory, size - 1);
	CHECK(tk_put_escaped(&b, data, len) == TK_OK && holds(&b, want));
	CHECK(tk_unescape(b.text, b.len, back, len, &written, &at) == TK_OK);
	CHECK(written == len && memcmp(back, data, len) == 0);
}

static void test_put_escaped(void)
{
	struct tk_builder b;
	char memory[4];

	check_escaped("", 0, "");
	check_escaped("plain ~", 7, "plain ~");
	check_escaped("a\tb\r\n", 5, "a\\tb\\r\\n");
	check_escaped("\"\\'", 3, "\\\"\\\\'");
	check_escaped("\0" "7", 2, "\\07");
	check_escaped("\x01\x1f\x7f\x80\xff", 5, "\\x01\\x1f\\x7f\\x80\\xff");

	/* A text that is full stays so, whatever is put. */
	tk_builder_init(&b, memory, sizeof(memory));
	CHECK(tk_put_escaped(&b, "\x01", 1) == TK_FULL && b.len == 0);
	CHECK(tk_put_escaped(&b, "", 0) == TK_FULL);
}

static void check_unescape(const char *text, int status, size_t at, const char *want, size_t len)
{
	unsigned char out[80];
	size_t got_written = UNTOUCHED, got_at = UNTOUCHED;

	CHECK(tk_unescape(text, strlen(text), out, sizeof(out), &got_written, &got_at) == status);
	CHECK(got_written == (status == TK_OK ? len : UNTOUCHED));
	CHECK(got_at == (status == TK_INVALID ? at : UNTOUCHED));
	CHECK(status != TK_OK || memcmp(out, want, len) == 0);
	CHECK(tk_unescape(text, strlen(text), NULL, 0, &got_written, &got_at) == status);
	CHECK(got_written == (status == TK_OK ? len : UNTOUCHED));
}

static void test_unescape(void)
{
	unsigned char out[4];
	size_t written = UNTOUCHED, at = UNTOUCHED;

	check_unescape("", TK_OK, 0, "", 0);
	check_unescape("a\"b\n\xe4", TK_OK, 0, "a\"b\n\xe4", 5);
	check_unescape("\\n\\t\\r\\\\\\\"\\0", TK_OK, 0, "\n\t\r\\\"\0", 6);
	check_unescape("\\x41\\xfF!", TK_OK, 0, "A\xff!", 3);
	check_unescape("\\x414", TK_OK, 0, "A4", 2);
	check_unescape("\\012", TK_OK, 0, "\0" "12", 3);
	check_unescape("ab\\q", TK_INVALID, 3, NULL, 0);
	check_unescape("\\N", TK_INVALID, 1, NULL, 0);
	check_unescape("\\xg0", TK_INVALID, 2, NULL, 0);
	check_unescape("\\x0g", TK_INVALID, 3, NULL, 0);
	check_unescape("ab\\", TK_CUT, 0, NULL, 0);
	check_unescape("\\x", TK_CUT, 0, NULL, 0);
	check_unescape("\\x4", TK_CUT, 0, NULL, 0);

	/* A NUL is no letter of an escape. */
	CHECK(tk_unescape("\\\0", 2, out, 4, &written, &at) == TK_INVALID && at == 1);
	CHECK(tk_unescape("abcd", 4, out, 4, &written, &at) == TK_OK && written == 4);
	CHECK(tk_unescape("abcde", 5, out, 4, &written, &at) == TK_FULL && written == 4);
	/* The escape is read before the room is looked at. */
	CHECK(tk_unescape("abcd\\q", 6, out, 4, &written, &at) == TK_INVALID && at == 5);
	CHECK(tk_unescape("abcd\\", 5, out, 4, &written, &at) == TK_CUT);
}

static void check_lines(const char *text, size_t len, const char *const *want, size_t count)
{
	const char *rest = text, *line;
	size_t left = len, line_len, i;

	for (i = 0; i < count; i++) {
		CHECK(tk_next_line(&rest, &left, &line, &line_len));
		CHECK(rest + left == text + len);
		CHECK(line_len == strlen(want[i]) && memcmp(line, want[i], line_len) == 0);
	}
	CHECK(!tk_next_line(&rest, &left, &line, &line_len));
	CHECK(left == 0 && rest == text + len);
}

static void test_lines(void)
{
	static const char *const abc[] = { "a", "b", "c" };
	static const char *const blank[] = { "", "", "", "" };
	static const char *const mixed[] = { "one", "", "two", "", "three" };
	static const char text[] = "a\nb\nc";

	check_lines("", 0, NULL, 0);
	check_lines(text, 5, abc, 3);
	check_lines("a\nb\nc\n", 6, abc, 3);
	check_lines("a\rb\rc\r", 6, abc, 3);
	check_lines("a\r\nb\r\nc\r\n", 9, abc, 3);
	check_lines("a\r\nb\nc\r", 7, abc, 3);
	check_lines("\n", 1, blank, 1);
	check_lines("\n\r", 2, blank, 2);
	check_lines("\r\n\r\n", 4, blank, 2);
	check_lines("\r\r\n\n\r", 5, blank, 4);
	check_lines("one\n\ntwo\r\rthree", 15, mixed, 5);
	/* What is behind the text does not count, not even the end of a "\r\n". */
	check_lines("a\r\n", 2, abc, 1);
	check_lines("ab", 1, abc, 1);
}

static uint32_t sum_of(const void *data, size_t len)
{
	struct tk_sum sum = TK_SUM_INIT;

	tk_sum_add(&sum, data, len);
	return tk_sum_value(&sum);
}

/* Reference: folded at every step. */
static uint32_t naive_sum(const uint8_t *data, size_t len)
{
	uint64_t a = 0xffff, b = 0xffff;
	size_t i;

	for (i = 0; i < len; i += 2) {
		a += data[i] + (i + 1 < len ? 256u * data[i + 1] : 0);
		while (a > 0xffff)
			a = (a & 0xffff) + (a >> 16);
		b += a;
		while (b > 0xffff)
			b = (b & 0xffff) + (b >> 16);
	}
	return (uint32_t)(b << 16 | a);
}

static void test_sum(void)
{
	static uint8_t data[5000];
	size_t i, len;

	CHECK(sum_of("", 0) == 0xffffffff);
	CHECK(sum_of("a", 1) == 0x00610061);
	/* Folded once, the second half would be 0x10000. */
	CHECK(sum_of("\x01", 1) == 0x00010001);
	CHECK(sum_of("ab", 2) == 0x62616261);
	CHECK(sum_of("abcde", 5) == 0xf04fc729);
	CHECK(sum_of("abcdef", 6) == 0x56502d2a);
	CHECK(sum_of("\0\0\0", 3) == 0xffffffff);
	CHECK(sum_of("\xff\xff", 2) == 0xffffffff);

	memset(data, 0xff, sizeof(data));
	for (len = 0; len <= sizeof(data); len += 1 + len / 9)
		CHECK(sum_of(data, len) == naive_sum(data, len));
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)next_random();
	for (len = 0; len <= sizeof(data); len += 1 + len / 9)
		CHECK(sum_of(data, len) == naive_sum(data, len));
}

static void test_sum_in_pieces(void)
{
	struct tk_sum sum = TK_SUM_INIT;
	uint8_t data[2000];
	size_t i, pos, len;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 % 251);
	CHECK(sum_of(data, 2000) == 0x6b8ea8c4);
	for (pos = 0; pos < sizeof(data); pos += len) {
		/* Asking in between changes nothing. */
		CHECK(tk_sum_value(&sum) == naive_sum(data, pos));
		len = next_random() % 9;
		if (len > sizeof(data) - pos)
			len = sizeof(data) - pos;
		tk_sum_add(&sum, data + pos, len);
	}
	CHECK(tk_sum_value(&sum) == naive_sum(data, sizeof(data)));
}

int main(void)
{
	test_parse_u64();
	test_parse_i64();
	test_builder();
	test_builder_without_room();
	test_put_u64();
	test_put_error();
	test_put_escaped();
	test_unescape();
	test_lines();
	test_sum();
	test_sum_in_pieces();
	printf("textkit: %lu checks passed\n", checks);
	return 0;
}
