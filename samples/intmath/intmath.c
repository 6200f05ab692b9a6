/*
 * Integer arithmetic without floating point and without a wider type than
 * 64 bits.  Unsigned arithmetic here wraps on purpose in places; each of them
 * says so.
 */
#include <stddef.h>

#include "intmath.h"

/* The lesser of two numbers.  Evaluates one of them twice. */
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))

/* Exchange two variables of type @type. */
#define SWAP_VARS(type, a, b)		\
	do {				\
		type swap_tmp_ = (a);	\
		(a) = (b);		\
		(b) = swap_tmp_;	\
	} while (0)

#define LOG_TABLE_BITS 6

/* log10(2) with 32 fraction bits. */
#define LOG10_OF_2 1292913986u

/* log2(1 + i / 64) with 24 fraction bits; the last entry closes the interval. */
static const uint32_t log2_table[(1 << LOG_TABLE_BITS) + 1] = {
	0x0000000, 0x005b9e6, 0x00b5d6a, 0x010eb39, 0x01663f7,
	0x01bc842, 0x02118b1, 0x02655d4, 0x02b8034, 0x0309858,
	0x0359ebc, 0x03a93dd, 0x03f782d, 0x0444c1f, 0x049101f,
	0x04dc493, 0x05269e1, 0x0570069, 0x05b8887, 0x0600296,
	0x0646eea, 0x068cdd8, 0x06d1fb0, 0x07164bf, 0x0759d50,
	0x079c9ab, 0x07dea16, 0x081fed4, 0x0860828, 0x08a0650,
	0x08df989, 0x091e20f, 0x095c01a, 0x09993e3, 0x09d5da0,
	0x0a11d84, 0x0a4d3c2, 0x0a8808c, 0x0ac2411, 0x0afbe80,
	0x0b35004, 0x0b6d8cb, 0x0ba58ff, 0x0bdd0c8, 0x0c1404f,
	0x0c4a7ba, 0x0c80731, 0x0cb5ed7, 0x0ceaed0, 0x0d1f740,
	0x0d53848, 0x0d87209, 0x0dba4a4, 0x0ded039, 0x0e1f4e5,
	0x0e512c7, 0x0e829fb, 0x0eb3a9f, 0x0ee44cd, 0x0f148a1,
	0x0f44636, 0x0f73da4, 0x0fa2f04, 0x0fd1a71, 0x1000000,
};

/* An unsigned 128-bit number. */
struct wide {
	uint64_t hi, lo;
};

/* Index of the highest set bit of @x, which must not be 0: 0..63. */
static unsigned int highest_bit(uint64_t x)
{
	unsigned int bit = 0;
	unsigned int step;

	/* Halve the span that holds the highest bit until one bit is left. */
	for (step = 32; step; step >>= 1) {
		if (x >> step) {
			x >>= step;
			bit += step;
		}
	}
	return bit;
}

/* Index of the lowest set bit of @x, which must not be 0: 0..63. */
static unsigned int lowest_bit(uint64_t x)
{
	/* The two's complement, which wraps, agrees with x in that bit only. */
	return highest_bit(x & (0 - x));
}

/*
 * gcd - greatest common divisor
 *
 * Any arguments will do; gcd(x, 0) is x, and gcd(0, 0) is 0.
 */
uint64_t gcd(uint64_t a, uint64_t b)
{
	unsigned int twos;

	if (a == 0 || b == 0)
		return a | b;

	/* Powers of two common to both are set aside, all others dropped. */
	twos = lowest_bit(a | b);
	a >>= lowest_bit(a);
	for (;;) {
		b >>= lowest_bit(b);
		if (a == b)
			return a << twos;
		/* Both are odd here: the difference is even and not 0. */
		if (a > b)
			SWAP_VARS(uint64_t, a, b);
		b -= a;
	}
}

/*
 * lcm - least common multiple
 *
 * 0 when an argument is 0.  A multiple that needs more than 64 bits wraps.
 */
uint64_t lcm(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return 0;
	/* Dividing first is exact and keeps the product as small as can be. */
	return a / gcd(a, b) * b;
}

/*
 * lcm_not_zero - least common multiple that takes 0 for "no demand"
 *
 * For granularities where 0 means that any will do: the answer is then the
 * other argument, and 0 only if both are 0.  Wraps as lcm() does.
 */
uint64_t lcm_not_zero(uint64_t a, uint64_t b)
{
	uint64_t multiple = lcm(a, b);

	/* Not a matter of wrapping: 2^64 divides no least common multiple. */
	if (multiple)
		return multiple;
	return b ? b : a;
}

/* isqrt32 - square root of any @x, rounded down */
uint32_t isqrt32(uint32_t x)
{
	uint32_t root = 0;
	uint32_t bit;

	/*
	 * One binary digit of the root per step.  What is left of x is x - r^2
	 * for the root r found so far, while the variable root holds 2 * r,
	 * scaled to the place of the digit under test.
	 */
	for (bit = (uint32_t)1 << 30; bit; bit >>= 2) {
		uint32_t trial = root + bit;

		root >>= 1;
		if (x >= trial) {
			x -= trial;
			root += bit;
		}
	}
	return root;
}

/* isqrt64 - square root of any @x, rounded down */
uint32_t isqrt64(uint64_t x)
{
	uint64_t root, next;

	if (x <= UINT32_MAX)
		return isqrt32((uint32_t)x);

	/*
	 * Newton's method from above the root: the estimates fall until they
	 * reach it.  The first one is at most 2^32, so no sum can wrap.
	 */
	next = (uint64_t)1 << (highest_bit(x) / 2 + 1);
	do {
		root = next;
		next = (root + x / root) >> 1;
	} while (next < root);
	return (uint32_t)root;
}

/*
 * int_pow - @base raised to @exp
 *
 * 1 when @exp is 0, also for a @base of 0.  Wraps modulo 2^64.
 */
uint64_t int_pow(uint64_t base, unsigned int exp)
{
	uint64_t result = 1;

	for (; exp; exp >>= 1) {
		if (exp & 1)
			result *= base;
		base *= base;
	}
	return result;
}

/* The full product of two 64-bit numbers, from four products of their halves. */
static struct wide mul_wide(uint64_t a, uint64_t b)
{
	uint64_t a_hi = a >> 32, a_lo = (uint32_t)a;
	uint64_t b_hi = b >> 32, b_lo = (uint32_t)b;
	uint64_t cross = a_hi * b_lo;
	uint64_t low = a_lo * b_lo;
	uint64_t middle;
	struct wide product;

	/* (2^32 - 1)^2 + 2 * (2^32 - 1) is 2^64 - 1: the sum just fits. */
	middle = a_lo * b_hi + (uint32_t)cross + (low >> 32);
	product.hi = a_hi * b_hi + (cross >> 32) + (middle >> 32);
	product.lo = middle << 32 | (uint32_t)low;
	return product;
}

/*
 * Divide @n by @d, which must be greater than n.hi so that the quotient fits.
 * The remainder goes to @rem, which must not be NULL.
 */
static uint64_t div_wide(struct wide n, uint64_t d, uint64_t *rem)
{
	uint64_t quotient = 0;
	unsigned int i;

	/* Long division in base two; n.hi is the remainder so far, below d. */
	for (i = 0; i < 64; i++) {
		uint64_t carry = n.hi >> 63;

		n.hi = n.hi << 1 | n.lo >> 63;
		n.lo <<= 1;
		quotient <<= 1;
		/* With a carry n.hi lacks 2^64; the wrapping difference is right. */
		if (carry || n.hi >= d) {
			n.hi -= d;
			quotient |= 1;
		}
	}
	*rem = n.hi;
	return quotient;
}

/*
 * mul_u64_u64_div - @a * @b / @c, rounded down, with a 128-bit product
 * @rem: receives the remainder; may be NULL
 *
 * A quotient that needs more than 64 bits, and any division by 0, gives
 * UINT64_MAX and leaves *@rem alone.
 */
uint64_t mul_u64_u64_div(uint64_t a, uint64_t b, uint64_t c, uint64_t *rem)
{
	struct wide product = mul_wide(a, b);
	uint64_t quotient, rest;

	if (product.hi >= c)
		return UINT64_MAX;
	/* Most products are short, and there the machine can divide. */
	if (product.hi == 0) {
		quotient = product.lo / c;
		rest = product.lo % c;
	} else {
		quotient = div_wide(product, c, &rest);
	}
	if (rem)
		*rem = rest;
	return quotient;
}

/* The greatest t for which @start + t * @step <= @limit; @start <= @limit. */
static uint64_t max_steps(uint64_t start, uint64_t step, uint64_t limit)
{
	return step ? (limit - start) / step : UINT64_MAX;
}

/*
 * best_rational - the fraction closest to @num / @den within limits
 * @num: any
 * @den: not 0
 * @max_num: greatest numerator allowed, not 0
 * @max_den: greatest denominator allowed, not 0
 * @best_num, @best_den: receive the fraction in lowest terms; not NULL
 *
 * Of two fractions equally close the one with the smaller terms is taken.
 */
void best_rational(uint64_t num, uint64_t den, uint64_t max_num, uint64_t max_den,
		   uint64_t *best_num, uint64_t *best_den)
{
	/* The last two convergents n/d of the continued fraction, older first. */
	uint64_t n0 = 0, d0 = 1;
	uint64_t n1 = 1, d1 = 0;

	while (den) {
		uint64_t term = num / den;
		uint64_t rest = num % den;
		uint64_t t_num = max_steps(n0, n1, max_num);
		uint64_t t_den = max_steps(d0, d1, max_den);
		uint64_t t = MIN_OF(term, MIN_OF(t_num, t_den));
		uint64_t older_d = d0;

		n0 += t * n1;
		d0 += t * d1;
		if (t < term) {
			/*
			 * The next convergent is out of bounds.  With the lesser
			 * term t we still have a fraction on its way there: closer
			 * than the last convergent if t is more than half of the
			 * term, and perhaps if it is exactly half.  The start, 1/0,
			 * is no candidate at all.  The products cannot wrap: neither
			 * exceeds num * d1 + den * older_d, which never changes and
			 * was the den of the caller at first.
			 */
			if (d1 == 0 || t > term - t ||
			    (t == term - t && rest * d1 < den * older_d)) {
				n1 = n0;
				d1 = d0;
			}
			break;
		}
		SWAP_VARS(uint64_t, n0, n1);
		SWAP_VARS(uint64_t, d0, d1);
		num = den;
		den = rest;
	}
	*best_num = n1;
	*best_den = d1;
}

/*
 * reciprocal_make - prepare the division by @divisor, which must not be 0
 *
 * With l = log2(divisor) rounded up, the whole part of 2^(32 + l) / divisor
 * plus one has 33 bits.  The top one is always set: m holds the other 32.
 */
struct reciprocal reciprocal_make(uint32_t divisor)
{
	/* 0 for a divisor of 1, else one more than the highest bit of the rest. */
	unsigned int l = divisor > 1 ? highest_bit(divisor - 1) + 1 : 0;
	uint64_t excess = ((uint64_t)1 << l) - divisor;
	struct reciprocal r;

	r.m = (uint32_t)((excess << 32) / divisor + 1);
	r.sh1 = (uint8_t)MIN_OF(l, 1);
	r.sh2 = (uint8_t)(l - r.sh1);
	return r;
}

/* reciprocal_divide - @a divided by the divisor that @r was made from */
uint32_t reciprocal_divide(uint32_t a, struct reciprocal r)
{
	uint32_t t = (uint32_t)(((uint64_t)a * r.m) >> 32);

	/* (t + a) >> l, where t + a may need 33 bits: t + (a - t) / 2 does not. */
	return (t + ((a - t) >> r.sh1)) >> r.sh2;
}

/*
 * fixed_log2 - binary logarithm of @x with 24 fraction bits
 *
 * Off by less than 2^-14, and exact for powers of two.  The logarithm of 0 is
 * not defined; we answer 0.
 */
uint32_t fixed_log2(uint32_t x)
{
	const unsigned int frac_bits = 31 - LOG_TABLE_BITS;
	uint32_t exponent, mantissa, index, frac, step;

	if (x == 0)
		return 0;
	exponent = highest_bit(x);
	/* The highest bit moves to bit 31, where it stands for 1. */
	mantissa = x << (31 - exponent);
	index = (mantissa >> frac_bits) & ((1u << LOG_TABLE_BITS) - 1);
	frac = mantissa & ((1u << frac_bits) - 1);

	/* Between two entries the logarithm is taken for a straight line. */
	step = log2_table[index + 1] - log2_table[index];
	return (exponent << FIXED_LOG_SHIFT) + log2_table[index] +
	       (uint32_t)(((uint64_t)step * frac) >> frac_bits);
}

/*
 * fixed_log10 - decimal logarithm of @x with 24 fraction bits
 *
 * Off by less than 2^-16; 0 when @x is 0, as for fixed_log2().
 */
uint32_t fixed_log10(uint32_t x)
{
	return (uint32_t)(((uint64_t)fixed_log2(x) * LOG10_OF_2) >> 32);
}

/* |@x| as an unsigned number, which also has room for -INT64_MIN. */
static uint64_t magnitude(int64_t x)
{
	/* Negated after the conversion: an unsigned negation may wrap. */
	return x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
}

/*
 * div_round_closest - @num / @den rounded to the closest integer
 * @den: not 0
 *
 * Halves round away from zero.  The one quotient that does not fit, that of
 * INT64_MIN by -1, is limited to INT64_MAX.
 */
int64_t div_round_closest(int64_t num, int64_t den)
{
	uint64_t n = magnitude(num), d = magnitude(den);
	uint64_t quotient = n / d;
	uint64_t rest = n % d;

	/* rest * 2 >= d, in a form that cannot wrap */
	if (rest >= d - rest)
		quotient++;
	if ((num < 0) == (den < 0))
		return (int64_t)MIN_OF(quotient, INT64_MAX);
	/* A quotient of 2^63 has no positive twin: step around it. */
	return quotient ? -(int64_t)(quotient - 1) - 1 : 0;
}
