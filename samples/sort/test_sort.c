/* Tests of the sort module: exit 0 and one line when all pass. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sort.h"

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
static uint64_t lcg_state = 88172645463325252u;

/* Top bits of a linear congruential generator. */
static uint32_t next_random(void)
{
	lcg_state = lcg_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(lcg_state >> 33);
}

/* What the context callbacks may rely on, and where they leave their marks. */
struct context {
	const unsigned char *base;
	size_t num, size;
	int sign;
	size_t *cmps, *swaps;
};

static int is_element(const struct context *ctx, const void *p)
{
	size_t offset = (size_t)((const unsigned char *)p - ctx->base);

	return offset < ctx->num * ctx->size && offset % ctx->size == 0;
}

static int cmp_context(const void *a, const void *b, const void *priv)
{
	const struct context *ctx = priv;

	CHECK(is_element(ctx, a) && is_element(ctx, b));
	CHECK(a != b);
	++*ctx->cmps;
	return ctx->sign * memcmp(a, b, ctx->size);
}

static void exchange(unsigned char *a, unsigned char *b, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		unsigned char tmp = a[i];

		a[i] = b[i];
		b[i] = tmp;
	}
}

static void swap_context(void *a, void *b, size_t size, const void *priv)
{
	const struct context *ctx = priv;

	CHECK(is_element(ctx, a) && is_element(ctx, b));
	CHECK(a != b);
	CHECK(size == ctx->size);
	++*ctx->swaps;
	exchange(a, b, size);
}

/* Reference: insertion sort by neighbour exchange. */
static void naive_sort(unsigned char *base, size_t num, size_t size, int sign)
{
	size_t i, j;

	for (i = 1; i < num; i++) {
		for (j = i; j > 0; j--) {
			unsigned char *b = base + j * size;

			if (sign * memcmp(b - size, b, size) <= 0)
				break;
			exchange(b - size, b, size);
		}
	}
}

/* Twice n * log2(n), rounded up, plus slack: far below a quadratic count. */
static size_t cmp_limit(size_t num)
{
	size_t bits = 0;

	while (((size_t)1 << bits) < num)
		bits++;
	return 2 * num * bits + num;
}

#define GUARD 0xa5
#define ROOM 4096

static void check_one_array(size_t num, size_t size, size_t offset, int sign, int own_swap)
{
	static uint64_t memory[ROOM / 8], expected[ROOM / 8];
	unsigned char *bytes = (unsigned char *)memory, *want = (unsigned char *)expected;
	size_t cmps = 0, swaps = 0, i;
	struct context ctx = { bytes + offset, num, size, sign, &cmps, &swaps };

	memset(bytes, GUARD, ROOM);
	/* Few different values: equal elements must occur. */
	for (i = 0; i < num * size; i++)
		bytes[offset + i] = (unsigned char)(next_random() % (size < 3 ? 256 : 3));
	memcpy(want, bytes, ROOM);
	naive_sort(want + offset, num, size, sign);

	sort_r(bytes + offset, num, size, cmp_context, own_swap ? swap_context : NULL, &ctx);
	CHECK(memcmp(bytes, want, ROOM) == 0);
	CHECK(cmps <= cmp_limit(num));
	CHECK(num < 2 ? cmps == 0 && swaps == 0 : cmps >= num - 1);
	CHECK(!own_swap || num < 2 || swaps >= num - 1);
	CHECK(own_swap || swaps == 0);
}

static void test_sort_r_sizes(void)
{
	static const size_t nums[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 50 };
	size_t size, offset, n;

	for (size = 1; size <= 24; size++) {
		for (offset = 0; offset <= 8; offset++) {
			for (n = 0; n < ARRAY_LEN(nums); n++)
				check_one_array(nums[n], size, offset, n & 1 ? 1 : -1,
						(n + size + offset) % 4 == 0);
		}
	}
	check_one_array(63, 64, 0, 1, 0);
	check_one_array(60, 60, 4, 1, 0);
	check_one_array(1000, 4, 0, -1, 0);
	check_one_array(511, 8, 0, 1, 1);
}

static int fail_cmp(const void *a, const void *b, const void *priv)
{
	(void)a, (void)b, (void)priv;
	CHECK(!"nothing to compare");
	return 0;
}

static void test_sort_r_nothing_to_do(void)
{
	unsigned char one[4] = { 4, 3, 2, 1 };

	sort_r(NULL, 0, 4, fail_cmp, NULL, NULL);
	sort_r(one, 1, 4, fail_cmp, NULL, NULL);
	sort_r(one, 4, 0, fail_cmp, NULL, NULL);
	sort_r(one, 0, 0, fail_cmp, NULL, NULL);
	CHECK(one[0] == 4 && one[1] == 3 && one[2] == 2 && one[3] == 1);
}

static int cmp_constant(const void *a, const void *b, const void *priv)
{
	(void)a, (void)b;
	return *(const int *)priv;
}

static int cmp_noise(const void *a, const void *b, const void *priv)
{
	(void)a, (void)b, (void)priv;
	return (int)(next_random() % 3) - 1;
}

static void check_permutation(sort_cmp_r_fn cmp, const void *priv, size_t num)
{
	uint32_t values[200];
	unsigned char seen[200] = { 0 };
	size_t i;

	for (i = 0; i < num; i++)
		values[i] = (uint32_t)i;
	sort_r(values, num, sizeof(values[0]), cmp, NULL, priv);
	for (i = 0; i < num; i++) {
		CHECK(values[i] < num);
		CHECK(!seen[values[i]]);
		seen[values[i]] = 1;
	}
}

/* A comparison that is no order must still not lose or invent elements. */
static void test_sort_r_inconsistent_cmp(void)
{
	static const int results[] = { -1, 0, 1 };
	size_t num, i;

	for (num = 0; num <= 200; num += 1 + num / 8) {
		for (i = 0; i < ARRAY_LEN(results); i++)
			check_permutation(cmp_constant, &results[i], num);
		check_permutation(cmp_noise, NULL, num);
	}
}

static int cmp_i32(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? INT32_MIN : x > y ? INT32_MAX : 0;
}

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

struct record {
	uint16_t key;
	char name[3];
	uint8_t copies;
};

static int cmp_record(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return (int)x->key - (int)y->key;
}

static size_t record_swaps;

/* A swap that does more than to copy: it counts how often an element moved. */
static void swap_records(void *a, void *b, size_t size)
{
	struct record *x = a, *y = b, tmp = *x;

	CHECK(size == sizeof(struct record));
	CHECK(x != y);
	*x = *y;
	*y = tmp;
	x->copies++;
	y->copies++;
	record_swaps++;
}

static void test_sort_integers(void)
{
	int32_t ints[300];
	uint64_t longs[300];
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < 300; i++) {
		ints[i] = (int32_t)next_random() - 0x40000000;
		longs[i] = ((uint64_t)next_random() << 33) ^ next_random();
		sum += longs[i];
	}
	ints[0] = INT32_MAX;
	ints[299] = INT32_MIN;
	sort(ints, 300, sizeof(ints[0]), cmp_i32, NULL);
	sort(longs, 300, sizeof(longs[0]), cmp_u64, NULL);
	CHECK(ints[0] == INT32_MIN && ints[299] == INT32_MAX);
	for (i = 0; i < 300; i++) {
		CHECK(i == 0 || ints[i - 1] <= ints[i]);
		CHECK(i == 0 || longs[i - 1] <= longs[i]);
		sum -= longs[i];
	}
	CHECK(sum == 0);
}

/* Sorted, reversed and constant inputs. */
static void test_sort_patterns(void)
{
	int32_t up[64], down[64], flat[64];
	int i;

	for (i = 0; i < 64; i++) {
		up[i] = i;
		down[i] = 63 - i;
		flat[i] = 7;
	}
	sort(up, 64, sizeof(up[0]), cmp_i32, NULL);
	sort(down, 64, sizeof(down[0]), cmp_i32, NULL);
	sort(flat, 64, sizeof(flat[0]), cmp_i32, NULL);
	for (i = 0; i < 64; i++)
		CHECK(up[i] == i && down[i] == i && flat[i] == 7);
}

static void test_sort_own_swap(void)
{
	struct record records[100];
	size_t moves = 0, i;

	for (i = 0; i < 100; i++) {
		records[i].key = (uint16_t)(i * 37 % 100);
		records[i].copies = 0;
		memcpy(records[i].name, "ab", 3);
		records[i].name[0] = (char)('a' + records[i].key % 26);
	}
	sort(records, 100, sizeof(records[0]), cmp_record, swap_records);
	for (i = 0; i < 100; i++) {
		CHECK(records[i].key == i);
		CHECK(records[i].name[0] == (char)('a' + i % 26));
		moves += records[i].copies;
	}
	CHECK(record_swaps >= 50);
	CHECK(moves == 2 * record_swaps);
}

struct item {
	int key;
	int place;
	struct list_head link;
};

struct list_context {
	size_t calls;
	int only_positive;
};

static int cmp_items(void *priv, const struct list_head *a, const struct list_head *b)
{
	struct list_context *ctx = priv;
	const struct item *x = list_entry(a, const struct item, link);
	const struct item *y = list_entry(b, const struct item, link);

	ctx->calls++;
	CHECK(x->place < y->place);
	if (ctx->only_positive)
		return x->key > y->key;
	return x->key - y->key;
}

static void check_list(size_t num, int range, int only_positive)
{
	static struct item items[1100];
	static unsigned char seen[1100];
	struct list_context ctx = { 0, only_positive };
	struct list_head head, *pos;
	const struct item *last = NULL;
	size_t i, count = 0;

	list_init(&head);
	for (i = 0; i < num; i++) {
		items[i].key = (int)(next_random() % (uint32_t)range) - range / 2;
		items[i].place = (int)i;
		seen[i] = 0;
		list_add_tail(&items[i].link, &head);
	}
	list_sort(&ctx, &head, cmp_items);

	for (pos = head.next; pos != &head; pos = pos->next) {
		const struct item *item = list_entry(pos, struct item, link);

		CHECK(count < num);
		CHECK(pos->next->prev == pos && pos->prev->next == pos);
		CHECK(!seen[item->place]);
		seen[item->place] = 1;
		if (last)
			CHECK(last->key < item->key ||
			      (last->key == item->key && last->place < item->place));
		last = item;
		count++;
	}
	CHECK(count == num);
	CHECK(head.next->prev == &head && head.prev->next == &head);
	CHECK(ctx.calls <= cmp_limit(num));
	CHECK(num >= 2 || ctx.calls == 0);
}

static void test_list_sort(void)
{
	static const int ranges[] = { 1, 2, 5, 100, 1000000 };
	size_t num, i;

	for (num = 0; num <= 70; num++) {
		for (i = 0; i < ARRAY_LEN(ranges); i++)
			check_list(num, ranges[i], (int)(num + i) & 1);
	}
	check_list(1023, 300, 0);
	check_list(1024, 300, 1);
	check_list(1025, 300, 0);
}

static int cmp_links_by_address(void *priv, const struct list_head *a, const struct list_head *b)
{
	CHECK(priv == NULL);
	return a > b;
}

/* The elements may be bare links, and the context may be NULL. */
static void test_list_sort_bare_links(void)
{
	struct list_head links[37], head;
	size_t i;

	list_init(&head);
	for (i = 0; i < 37; i++)
		list_add_tail(&links[i * 5 % 37], &head);
	list_sort(NULL, &head, cmp_links_by_address);
	CHECK(head.next == &links[0] && head.prev == &links[36]);
	for (i = 1; i < 37; i++)
		CHECK(links[i - 1].next == &links[i] && links[i].prev == &links[i - 1]);
}

int main(void)
{
	test_sort_r_sizes();
	test_sort_r_nothing_to_do();
	test_sort_r_inconsistent_cmp();
	test_sort_integers();
	test_sort_patterns();
	test_sort_own_swap();
	test_list_sort();
	test_list_sort_bare_links();
	printf("sort: %lu checks passed\n", checks);
	return 0;
}
