/* Tests of the intmath module: exit 0 and one line when all pass. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "intmath.h"

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

static unsigned long checks;
static uint64_t lcg_state = 362436069362436069u;

/* Values at which carries, signs and shifts go wrong. */
static const uint64_t edges[] = {
	0, 1, 2, 3, 5, 7, 8, 10, 63, 64, 65, 255, 256, 1000, 65535, 65536, 65537,
	0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, 0x100000000,
	0x100000001, 0x1ffffffff, 0xffffffff00000000, 0xfffffffe00000001,
	0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000001,
	0xfffffffffffffffe, 0xffffffffffffffff,
};

static uint32_t random32(void)
{
	lcg_state = lcg_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(lcg_state >> 32);
}

/* All lengths in bits are about equally likely. */
static uint64_t random64(void)
{
	uint64_t value = (uint64_t)random32() << 32;

	value |= random32();
	return value >> (random32() % 64);
}

/* Reference: 128-bit product by adding shifted copies. */
static void naive_mul(uint64_t a, uint64_t b, uint64_t *hi, uint64_t *lo)
{
	int bit;

	*hi = *lo = 0;
	for (bit = 63; bit >= 0; bit--) {
		*hi = *hi << 1 | *lo >> 63;
		*lo <<= 1;
		if (b >> bit & 1) {
			*lo += a;
			*hi += *lo < a;
		}
	}
}

/* Reference: Euclid with division. */
static uint64_t naive_gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static void check_gcd_and_lcm(uint64_t a, uint64_t b)
{
	uint64_t divisor = naive_gcd(a, b);
	uint64_t multiple = divisor ? a / divisor * b : 0;

	CHECK(gcd(a, b) == divisor);
	CHECK(lcm(a, b) == multiple);
	CHECK(lcm_not_zero(a, b) == (a == 0 ? b : b == 0 ? a : multiple));
}

static void test_gcd_and_lcm(void)
{
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(edges); i++) {
		for (j = 0; j < ARRAY_LEN(edges); j++)
			check_gcd_and_lcm(edges[i], edges[j]);
	}
	for (i = 0; i < 3000; i++) {
		uint64_t common = random64() >> 32;

		check_gcd_and_lcm(random64(), random64());
		check_gcd_and_lcm(common * random32(), common * random32());
	}
	CHECK(gcd(0, 0) == 0 && gcd(0, 9) == 9 && gcd(9, 0) == 9);
	CHECK(gcd(48, 36) == 12 && gcd((uint64_t)1 << 63, (uint64_t)1 << 63) == (uint64_t)1 << 63);
	CHECK(lcm(4, 6) == 12 && lcm(0, 6) == 0);
	CHECK(lcm_not_zero(0, 6) == 6 && lcm_not_zero(6, 0) == 6 && lcm_not_zero(0, 0) == 0);
	CHECK(lcm(3, UINT64_MAX) == UINT64_MAX);
	/* 2^65 - 2 wraps */
	CHECK(lcm(2, UINT64_MAX) == UINT64_MAX - 1);
}

/* r is the root when r^2 <= x < (r + 1)^2 */
static void check_isqrt(uint64_t x)
{
	uint64_t root = isqrt64(x);

	CHECK(root * root <= x);
	CHECK(x - root * root <= 2 * root);
	if (x <= UINT32_MAX)
		CHECK(isqrt32((uint32_t)x) == root);
}

static void test_isqrt(void)
{
	uint64_t i;

	for (i = 0; i < 2000; i++)
		check_isqrt(i);
	for (i = 0; i < ARRAY_LEN(edges); i++)
		check_isqrt(edges[i]);
	for (i = 0; i < 3000; i++) {
		uint64_t root = random64() >> 32;

		check_isqrt(random64());
		check_isqrt(root * root);
		check_isqrt(root * root + 2 * root);
		if (root)
			check_isqrt(root * root - 1);
	}
	CHECK(isqrt32(0) == 0 && isqrt32(15) == 3 && isqrt32(16) == 4);
	CHECK(isqrt32(0xfffe0000) == 0xfffe && isqrt32(0xfffe0001) == 0xffff);
	CHECK(isqrt32(UINT32_MAX) == 0xffff);
	CHECK(isqrt64(UINT64_MAX) == UINT32_MAX);
	CHECK(isqrt64(0xfffffffe00000001) == UINT32_MAX);
	CHECK(isqrt64(0xfffffffe00000000) == UINT32_MAX - 1);
	CHECK(isqrt64((uint64_t)1 << 32) == 65536);
}

static void test_int_pow(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(edges) + 200; i++) {
		uint64_t base = i < ARRAY_LEN(edges) ? edges[i] : random64();
		uint64_t power = 1;
		unsigned int exp;

		for (exp = 0; exp < 70; exp++) {
			CHECK(int_pow(base, exp) == power);
			power *= base;
		}
	}
	CHECK(int_pow(0, 0) == 1 && int_pow(0, 1) == 0);
	CHECK(int_pow(10, 19) == 10000000000000000000u);
	CHECK(int_pow(2, 63) == 0x8000000000000000 && int_pow(2, 64) == 0);
	CHECK(int_pow(1, 0xffffffff) == 1 && int_pow(UINT64_MAX, 0xffffffff) == UINT64_MAX);
}

static void check_mul_div(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t hi, lo, quotient, back_hi, back_lo, rem = 0x5eed;

	naive_mul(a, b, &hi, &lo);
	quotient = mul_u64_u64_div(a, b, c, &rem);
	CHECK(mul_u64_u64_div(a, b, c, NULL) == quotient);
	if (hi >= c) {
		CHECK(quotient == UINT64_MAX && rem == 0x5eed);
		return;
	}
	CHECK(rem < c);
	naive_mul(quotient, c, &back_hi, &back_lo);
	back_lo += rem;
	back_hi += back_lo < rem;
	CHECK(back_hi == hi && back_lo == lo);
}

static void test_mul_div(void)
{
	size_t i, j, k;

	for (i = 0; i < ARRAY_LEN(edges); i++) {
		for (j = 0; j < ARRAY_LEN(edges); j++) {
			for (k = 0; k < ARRAY_LEN(edges); k++)
				check_mul_div(edges[i], edges[j], edges[k]);
		}
	}
	for (i = 0; i < 5000; i++) {
		uint64_t a = random64(), b = random64();

		check_mul_div(a, b, random64());
		check_mul_div(a, b, a | b);
	}
	CHECK(mul_u64_u64_div(UINT64_MAX, UINT64_MAX, UINT64_MAX, NULL) == UINT64_MAX);
	CHECK(mul_u64_u64_div(7, 9, 10, NULL) == 6);
	CHECK(mul_u64_u64_div(0, 5, 0, NULL) == UINT64_MAX);
	CHECK(mul_u64_u64_div((uint64_t)1 << 63, 6, 3, NULL) == UINT64_MAX);
	CHECK(mul_u64_u64_div((uint64_t)1 << 63, 6, 4, NULL) == 0xc000000000000000);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Reference: try all denominators, with the numerators next to the value. */
static void check_small_rational(uint64_t num, uint64_t den, uint64_t max_num, uint64_t max_den)
{
	uint64_t want_num = 0, want_den = 1, got_num = 77, got_den = 77;
	uint64_t n, d;

	for (d = 1; d <= max_den; d++) {
		uint64_t low = num * d / den;

		for (n = low; n <= low + 1; n++) {
			uint64_t m = n < max_num ? n : max_num;

			/* |num/den - m/d| < |num/den - want|, times all denominators */
			if (distance(num * d, m * den) * want_den <
			    distance(num * want_den, want_num * den) * d) {
				want_num = m;
				want_den = d;
			}
		}
	}
	best_rational(num, den, max_num, max_den, &got_num, &got_den);
	CHECK(got_num == want_num && got_den == want_den);
}

static void test_best_rational_small(void)
{
	uint64_t num, den;
	int i;

	for (num = 0; num <= 24; num++) {
		for (den = 1; den <= 24; den++) {
			uint64_t limit;

			for (limit = 1; limit <= 8; limit++) {
				check_small_rational(num, den, limit, 9 - limit);
				check_small_rational(num, den, 30, limit);
				check_small_rational(num, den, limit, 30);
			}
		}
	}
	for (i = 0; i < 4000; i++)
		check_small_rational(random32() % 5000, 1 + random32() % 5000,
				     1 + random32() % 60, 1 + random32() % 60);
}

struct rational_case {
	uint64_t num, den, max_num, max_den;
	uint64_t want_num, want_den;
};

static void test_best_rational_large(void)
{
	/* From an exact search of the Stern-Brocot tree; the last four turn on half a term. */
	static const struct rational_case cases[] = {
		{ 314159265u, 100000000u, 1000u, 1000u, 355u, 113u },
		{ 314159265u, 100000000u, 255u, 255u, 245u, 78u },
		{ 271828182u, 100000000u, 10000u, 10000u, 2721u, 1001u },
		{ UINT64_MAX, 1u, 5u, 9u, 5u, 1u },
		{ 1u, UINT64_MAX, 9u, 5u, 0u, 1u },
		{ UINT64_MAX, 18446744073709551614u, UINT64_MAX, UINT64_MAX,
		  UINT64_MAX, 18446744073709551614u },
		{ UINT64_MAX, 18446744073709551614u, 1099511627776u, 1099511627776u, 1u, 1u },
		{ 18446744073709551614u, UINT64_MAX, 9223372036854775808u, 9223372036854775808u,
		  9223372036854775807u, 9223372036854775808u },
		{ 12200160415121876738u, 7540113804746346429u, 4294967296u, 4294967296u,
		  2971215073u, 1836311903u },
		{ 12200160415121876738u, 7540113804746346429u, UINT64_MAX, 1000000000000000u,
		  1304969544928657u, 806515533049393u },
		{ 695669038258802149u, 3479403046872145u, 13778697u, 6587664192563217u,
		  8272884u, 41377u },
		{ 1141153371300629929u, 18008728104892228253u, UINT64_MAX, 4406353848u,
		  279216029u, 4406353848u },
		{ 3958986996260640575u, 1932937663302849943u, UINT64_MAX, 694362718u,
		  653685530u, 319155729u },
		{ 10531498782278263233u, 7527437024851985753u, UINT64_MAX, 83951249616547223u,
		  117454650259899126u, 83951249616547223u },
		{ 2682157341073333219u, 449319225041187331u, UINT64_MAX, 55099457865923u,
		  40381535037287u, 6764778393525u },
	};
	uint64_t num, den;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		best_rational(cases[i].num, cases[i].den, cases[i].max_num, cases[i].max_den,
			      &num, &den);
		CHECK(num == cases[i].want_num && den == cases[i].want_den);
	}
	/* Without limits the fraction is only reduced. */
	for (i = 0; i < 500; i++) {
		uint64_t a = random64(), b = random64() | 1, divisor = naive_gcd(a, b);

		best_rational(a, b, UINT64_MAX, UINT64_MAX, &num, &den);
		CHECK(num == a / divisor && den == b / divisor);
	}
}

static void check_reciprocal(uint32_t divisor)
{
	struct reciprocal r = reciprocal_make(divisor);
	size_t i;

	CHECK(r.sh1 == (divisor > 1) && r.sh2 < 32);
	for (i = 0; i < ARRAY_LEN(edges); i++)
		CHECK(reciprocal_divide((uint32_t)edges[i], r) == (uint32_t)edges[i] / divisor);
	for (i = 0; i < 40; i++) {
		uint32_t value = random32();
		uint32_t multiple = value - value % divisor;

		CHECK(reciprocal_divide(value, r) == value / divisor);
		CHECK(reciprocal_divide(multiple, r) == multiple / divisor);
		CHECK(reciprocal_divide(multiple - 1, r) == (multiple - 1) / divisor);
	}
}

static void test_reciprocal(void)
{
	struct reciprocal one = reciprocal_make(1), seven = reciprocal_make(7);
	uint32_t i;

	for (i = 1; i < 600; i++) {
		check_reciprocal(i);
		check_reciprocal(0 - i);
		check_reciprocal(0x80000000 - 300 + i);
		check_reciprocal(random32() >> (i % 32) | 1);
	}
	for (i = 0; i < 32; i++)
		check_reciprocal((uint32_t)1 << i);
	CHECK(one.m == 1 && one.sh1 == 0 && one.sh2 == 0);
	CHECK(seven.m == 0x24924925 && seven.sh1 == 1 && seven.sh2 == 2);
}

/* Reference: binary digits of the logarithm by repeated squaring, 30 of them. */
static uint64_t naive_log2(uint32_t x)
{
	uint64_t log = 31, mantissa = x;
	int i;

	while (mantissa < 0x80000000) {
		mantissa <<= 1;
		log--;
	}
	for (i = 0; i < 30; i++) {
		mantissa = mantissa * mantissa >> 31;
		log <<= 1;
		if (mantissa >> 32) {
			mantissa >>= 1;
			log |= 1;
		}
	}
	return log;
}

static void check_logs(uint32_t x)
{
	uint64_t log2 = naive_log2(x);
	uint64_t log10 = (log2 >> 2) * 1292913986 >> 30;	/* 1292913986 / 2^32 = log10(2) */

	CHECK(distance((uint64_t)fixed_log2(x) << 6, log2) < (uint64_t)1 << (30 - 14));
	CHECK(distance((uint64_t)fixed_log10(x) << 6, log10) < (uint64_t)1 << (30 - 16));
	CHECK(x == UINT32_MAX || fixed_log2(x) <= fixed_log2(x + 1));
}

/* The table is right to one unit; between its points the values lie on lines. */
static void check_log_interval(uint32_t i)
{
	uint32_t here = i << 25, next = here + 0x2000000;
	uint32_t low = fixed_log2(here), part;
	uint32_t high = next ? fixed_log2(next) : (uint32_t)32 << FIXED_LOG_SHIFT;

	CHECK(distance((uint64_t)low << 6, naive_log2(here)) <= 64);
	for (part = 0; part < 0x2000000; part += 0x123457) {
		uint64_t rise = (uint64_t)(high - low) * part / 0x2000000;

		CHECK(fixed_log2(here + part) == low + rise);
	}
}

static void test_logs(void)
{
	uint32_t i;

	CHECK(fixed_log2(0) == 0 && fixed_log10(0) == 0);
	CHECK(fixed_log2(1) == 0 && fixed_log10(1) == 0);
	for (i = 0; i < 32; i++)
		CHECK(fixed_log2((uint32_t)1 << i) == i << FIXED_LOG_SHIFT);
	for (i = 1; i < ARRAY_LEN(edges); i++) {
		if ((uint32_t)edges[i])
			check_logs((uint32_t)edges[i]);
	}
	for (i = 1; i < 2000; i++)
		check_logs(i);
	for (i = 0; i < 5000; i++)
		check_logs(random32() >> (i % 32) | 1);
	for (i = 64; i < 128; i++)
		check_log_interval(i);
	CHECK(distance(fixed_log10(1000), (uint64_t)3 << FIXED_LOG_SHIFT) < 256);
	CHECK(fixed_log10(UINT32_MAX) >> FIXED_LOG_SHIFT == 9);
}

/* Reference: the quotient q is right when |num - q * den| * 2 <= |den|. */
static void check_div_round(int64_t num, int64_t den)
{
	int64_t quotient = div_round_closest(num, den);
	uint64_t d = den < 0 ? 0 - (uint64_t)den : (uint64_t)den;
	/* The true difference is small, so that it survives the wrapping. */
	uint64_t wrapped = (uint64_t)num - (uint64_t)quotient * (uint64_t)den;
	uint64_t off = wrapped >> 63 ? 0 - wrapped : wrapped;

	if (num == INT64_MIN && den == -1) {
		CHECK(quotient == INT64_MAX);
		return;
	}
	CHECK(off <= d - off && off <= d);
	CHECK(quotient == 0 || (quotient < 0) == ((num < 0) != (den < 0)));
	/* A tie must have gone away from zero: beyond the exact quotient. */
	if (off == d - off)
		CHECK(quotient != 0 && (wrapped >> 63) != (uint64_t)(num < 0));
}

static void test_div_round(void)
{
	size_t i, j;
	int64_t num, den;

	for (i = 0; i < ARRAY_LEN(edges); i++) {
		for (j = 1; j < ARRAY_LEN(edges); j++)
			check_div_round((int64_t)edges[i], (int64_t)edges[j]);
	}
	for (i = 0; i < 5000; i++) {
		num = (int64_t)(random64() ^ (0 - (uint64_t)(i & 1)));
		den = (int64_t)(random64() ^ (0 - (uint64_t)(i >> 1 & 1)));
		if (den)
			check_div_round(num, den);
	}
	for (num = -60; num <= 60; num++) {
		for (den = 1; den <= 20; den++) {
			check_div_round(num, den);
			check_div_round(num, -den);
		}
	}
	CHECK(div_round_closest(5, 2) == 3 && div_round_closest(-5, 2) == -3);
	CHECK(div_round_closest(INT64_MIN, 1) == INT64_MIN);
	CHECK(div_round_closest(INT64_MAX, INT64_MIN) == -1);
	CHECK(div_round_closest(INT64_MIN, INT64_MIN) == 1);
	CHECK(div_round_closest(INT64_MIN, -1) == INT64_MAX);
}

int main(void)
{
	test_gcd_and_lcm();
	test_isqrt();
	test_int_pow();
	test_mul_div();
	test_best_rational_small();
	test_best_rational_large();
	test_reciprocal();
	test_logs();
	test_div_round();
	printf("intmath: %lu checks passed\n", checks);
	return 0;
}
