/* Integer arithmetic without floating point. */
#ifndef INTMATH_H
#define INTMATH_H

#include <stdint.h>

/* Fraction bits of fixed_log2() and fixed_log10(). */
#define FIXED_LOG_SHIFT 24

/* A divisor made ready for division without a division instruction. */
struct reciprocal {
	uint32_t m;
	uint8_t sh1, sh2;
};

uint64_t gcd(uint64_t a, uint64_t b);
uint64_t lcm(uint64_t a, uint64_t b);
uint64_t lcm_not_zero(uint64_t a, uint64_t b);
uint32_t isqrt32(uint32_t x);
uint32_t isqrt64(uint64_t x);
uint64_t int_pow(uint64_t base, unsigned int exp);
uint64_t mul_u64_u64_div(uint64_t a, uint64_t b, uint64_t c, uint64_t *rem);
void best_rational(uint64_t num, uint64_t den, uint64_t max_num, uint64_t max_den,
		   uint64_t *best_num, uint64_t *best_den);
struct reciprocal reciprocal_make(uint32_t divisor);
uint32_t reciprocal_divide(uint32_t a, struct reciprocal r);
uint32_t fixed_log2(uint32_t x);
uint32_t fixed_log10(uint32_t x);
int64_t div_round_closest(int64_t num, int64_t den);

#endif
