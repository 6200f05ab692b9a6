/* Tests of the keepshelf module: exit 0 and one line when all pass. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keepshelf.h"

#define CHECK(cond)                                                            \
	do {                                                                   \
		checks++;                                                      \
		if (!(cond)) {                                                 \
			fprintf(stderr, "%s:%d: failed: %s\n", __FILE__,       \
				__LINE__, #cond);                              \
			exit(1);                                               \
		}                                                              \
	} while (0)

#define RANGE 200

static unsigned long checks;
static uint64_t lcg_state = 123456789u;

static uint32_t next_random(void)
{
	lcg_state = lcg_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(lcg_state >> 33);
}

/* What was freed, in that order: "key" and "value", each behind a blank. */
static char freed[4096];

static void free_text(void *text)
{
	size_t len = strlen(freed);

	if (len + strlen(text) + 2 < sizeof(freed))
		sprintf(freed + len, " %s", (char *)text);
	free(text);
}

static int was_freed(const char *want)
{
	int same = strcmp(freed, want) == 0;

	if (!same)
		fprintf(stderr, "freed:%s\n", freed);
	freed[0] = '\0';
	return same;
}

static char *copy_of(const char *text)
{
	return strcpy(malloc(strlen(text) + 1), text);
}

/* Case does not matter: keys can be equal, and still be told apart. */
static int compare_texts(const void *a, const void *b)
{
	const unsigned char *x = a, *y = b;

	while (*x && tolower(*x) == tolower(*y))
		x++, y++;
	return tolower(*x) - tolower(*y);
}

static const struct shelf_ops text_ops = { compare_texts, free_text, free_text };

static int put(struct shelf *shelf, const char *key, const char *value)
{
	return shelf_put(shelf, copy_of(key), copy_of(value));
}

/* Every pair of the shelf, by key or from new to old: "key=value " each. */
static const char *listed(const struct shelf *shelf, int by_key)
{
	static char text[4096];
	struct shelf_cursor cursor = by_key ? shelf_seek(shelf, NULL) : shelf_newest(shelf);
	const void *key;
	void *value;
	size_t count = 0;

	text[0] = '\0';
	while (by_key ? shelf_next(&cursor, &key, &value) : shelf_next_older(&cursor, &key, &value)) {
		sprintf(text + strlen(text), "%s=%s ", (const char *)key, (char *)value);
		count++;
	}
	CHECK(count == shelf->len);
	CHECK(by_key ? !shelf_next(&cursor, &key, &value) : !shelf_next_older(&cursor, &key, &value));
	return text;
}

/* Links in both directions, on all levels, in order. */
static void check_links(const struct shelf *shelf)
{
	const struct shelf_node *node, *last = NULL;
	size_t count = 0;
	unsigned int level;

	for (node = shelf->newest; node; last = node, node = node->older, count++)
		CHECK(node->newer == last);
	CHECK(shelf->oldest == last && count == shelf->len && shelf->len <= shelf->capacity);
	for (level = 0; level < SHELF_LEVELS; level++) {
		size_t on_level = 0, high_enough = 0;

		for (last = NULL, node = shelf->first[level]; node; node = node->next[level]) {
			CHECK(node->height > level);
			CHECK(!last || shelf->ops.compare(last->key, node->key) < 0);
			last = node;
			on_level++;
		}
		for (node = shelf->first[0]; node; node = node->next[0])
			high_enough += node->height > level;
		CHECK(on_level == high_enough && (level || on_level == shelf->len));
	}
}

static void test_put_and_evict(void)
{
	struct shelf *shelf = shelf_create(3, &text_ops);

	CHECK(put(shelf, "m", "1") == SHELF_ADDED);
	CHECK(put(shelf, "c", "2") == SHELF_ADDED);
	CHECK(put(shelf, "x", "3") == SHELF_ADDED);
	CHECK(strcmp(listed(shelf, 1), "c=2 m=1 x=3 ") == 0);
	CHECK(strcmp(listed(shelf, 0), "x=3 c=2 m=1 ") == 0);
	CHECK(was_freed(""));

	/* The key that was there first stays, and the entry is used again. */
	CHECK(put(shelf, "M", "4") == SHELF_REPLACED);
	CHECK(was_freed(" M 1"));
	CHECK(strcmp(listed(shelf, 0), "m=4 x=3 c=2 ") == 0);
	CHECK(put(shelf, "a", "5") == SHELF_EVICTED);
	CHECK(was_freed(" c 2"));
	CHECK(strcmp(listed(shelf, 1), "a=5 m=4 x=3 ") == 0);
	CHECK(strcmp(listed(shelf, 0), "a=5 m=4 x=3 ") == 0);
	check_links(shelf);
	shelf_destroy(shelf);
	CHECK(was_freed(" a 5 m 4 x 3"));
}

static void test_capacities_at_the_edge(void)
{
	struct shelf *shelf = shelf_create(0, &text_ops);
	char key[] = "a", value[] = "1";

	CHECK(shelf_put(shelf, key, value) == SHELF_REFUSED && shelf->len == 0);
	CHECK(!shelf_contains(shelf, "a") && was_freed(""));
	CHECK(shelf_set_capacity(shelf, 1) == 0);
	CHECK(put(shelf, "a", "1") == SHELF_ADDED);
	CHECK(put(shelf, "A", "2") == SHELF_REPLACED && was_freed(" A 1"));
	CHECK(put(shelf, "b", "3") == SHELF_EVICTED && was_freed(" a 2"));
	CHECK(put(shelf, "a", "4") == SHELF_EVICTED && was_freed(" b 3"));
	check_links(shelf);
	CHECK(shelf_set_capacity(shelf, SIZE_MAX) == 0);
	CHECK(put(shelf, "c", "5") == SHELF_ADDED && put(shelf, "b", "6") == SHELF_ADDED);
	CHECK(shelf_set_capacity(shelf, 1) == 2 && was_freed(" a 4 c 5"));
	CHECK(shelf_set_capacity(shelf, 0) == 1 && was_freed(" b 6"));
	CHECK(shelf->len == 0 && !shelf->newest && !shelf->oldest);
	shelf_destroy(shelf);
	shelf_destroy(NULL);
	CHECK(was_freed(""));
}

static void test_look_up(void)
{
	struct shelf *shelf = shelf_create(SHELF_DEFAULT_CAPACITY, &text_ops);
	void *value = shelf;
	char fallback[] = "?";

	CHECK(!shelf_get(shelf, "a", &value) && value == shelf);
	put(shelf, "a", "1"), put(shelf, "b", "2"), put(shelf, "c", "3");
	CHECK(shelf_peek(shelf, "A", &value) && strcmp(value, "1") == 0);
	CHECK(shelf_contains(shelf, "b") && !shelf_contains(shelf, "bb"));
	CHECK(strcmp(shelf_peek_or(shelf, "a", fallback), "1") == 0);
	CHECK(shelf_peek_or(shelf, "", fallback) == fallback);
	CHECK(strcmp(listed(shelf, 0), "c=3 b=2 a=1 ") == 0);
	CHECK(shelf_get(shelf, "b", &value) && strcmp(value, "2") == 0);
	CHECK(strcmp(listed(shelf, 0), "b=2 c=3 a=1 ") == 0);
	CHECK(shelf_get(shelf, "a", NULL));
	CHECK(shelf_get(shelf, "A", NULL));
	CHECK(strcmp(listed(shelf, 0), "a=1 b=2 c=3 ") == 0);
	CHECK(!shelf_get(shelf, "d", &value) && !shelf_get(shelf, "", NULL));
	CHECK(!shelf_peek(shelf, "ab", NULL));
	CHECK(strcmp(listed(shelf, 0), "a=1 b=2 c=3 ") == 0);
	check_links(shelf);
	shelf_destroy(shelf);
	CHECK(was_freed(" a 1 b 2 c 3"));
}

static void check_floor(const struct shelf *shelf, const char *key, const char *want)
{
	const void *found = shelf;
	void *value = NULL;

	CHECK(shelf_floor(shelf, key, &found, &value) == (want != NULL));
	CHECK(want ? strcmp(found, want) == 0 && value : found == shelf && !value);
}

static void check_seek(const struct shelf *shelf, const char *key, const char *want)
{
	struct shelf_cursor cursor = shelf_seek(shelf, key);
	const void *found = shelf;
	void *value = NULL;

	CHECK(shelf_next(&cursor, &found, &value) == (want != NULL));
	CHECK(want ? strcmp(found, want) == 0 && value : found == shelf && !value);
}

static void test_floor_and_seek(void)
{
	struct shelf *shelf = shelf_create(9, &text_ops);

	check_floor(shelf, "x", NULL);
	check_seek(shelf, "x", NULL);
	check_seek(shelf, NULL, NULL);
	put(shelf, "d", "4"), put(shelf, "b", "2"), put(shelf, "f", "6");
	check_floor(shelf, "a", NULL);
	check_floor(shelf, "b", "b");
	check_floor(shelf, "c", "b");
	check_floor(shelf, "E", "d");
	check_floor(shelf, "zz", "f");
	check_seek(shelf, "a", "b");
	check_seek(shelf, "b", "b");
	check_seek(shelf, "c", "d");
	check_seek(shelf, "F", "f");
	check_seek(shelf, "g", NULL);
	check_seek(shelf, NULL, "b");
	CHECK(strcmp(listed(shelf, 0), "f=6 b=2 d=4 ") == 0);
	shelf_destroy(shelf);
	CHECK(was_freed(" b 2 d 4 f 6"));
}

static void test_take_and_pop(void)
{
	struct shelf *shelf = shelf_create(9, &text_ops);
	void *key = shelf, *value = shelf;

	CHECK(!shelf_take(shelf, "a", &key, &value));
	CHECK(!shelf_pop_first(shelf, &key, &value) && !shelf_pop_oldest(shelf, &key, &value));
	CHECK(key == shelf && value == shelf);
	put(shelf, "Bb", "1"), put(shelf, "d", "2"), put(shelf, "a", "3"), put(shelf, "c", "4");
	put(shelf, "e", "5");
	CHECK(!shelf_take(shelf, "b", &key, &value) && key == shelf);
	CHECK(shelf_take(shelf, "bB", &key, &value) && was_freed(""));
	CHECK(strcmp(key, "Bb") == 0 && strcmp(value, "1") == 0);
	free(key), free(value);
	CHECK(!shelf_take(shelf, "bb", NULL, NULL));
	CHECK(shelf_take(shelf, "c", NULL, &value) && was_freed(" c") && strcmp(value, "4") == 0);
	free(value);
	CHECK(shelf_pop_oldest(shelf, &key, NULL) && was_freed(" 2") && strcmp(key, "d") == 0);
	free(key);
	CHECK(shelf_pop_first(shelf, NULL, NULL) && was_freed(" a 3"));
	check_links(shelf);
	CHECK(shelf_pop_first(shelf, NULL, NULL) && was_freed(" e 5"));
	CHECK(!shelf_pop_first(shelf, NULL, NULL) && shelf->len == 0);
	check_links(shelf);
	CHECK(put(shelf, "z", "6") == SHELF_ADDED);
	shelf_clear(shelf);
	CHECK(was_freed(" z 6") && shelf->len == 0 && shelf->capacity == 9);
	shelf_destroy(shelf);
	CHECK(was_freed(""));
}

static bool keep_some(const void *key, void *value, void *context)
{
	char **asked = context;

	*(*asked)++ = *(const char *)key;
	*(char *)value += 1;
	return strchr("bdg", *(const char *)key) != NULL;
}

static void test_retain(void)
{
	struct shelf *shelf = shelf_create(9, &text_ops);
	char text[] = "fbaegdc", asked[8] = "", *end = asked;
	size_t i;

	CHECK(shelf_retain(shelf, keep_some, NULL) == 0);
	for (i = 0; text[i]; i++) {
		const char key[] = { text[i], '\0' }, value[] = { (char)('0' + i), '\0' };

		put(shelf, key, value);
	}
	CHECK(shelf_retain(shelf, keep_some, &end) == 4);
	CHECK(strcmp(asked, "abcdefg") == 0 && was_freed(" a 3 c 7 e 4 f 1"));
	CHECK(strcmp(listed(shelf, 1), "b=2 d=6 g=5 ") == 0);
	CHECK(strcmp(listed(shelf, 0), "d=6 g=5 b=2 ") == 0);
	check_links(shelf);
	shelf_destroy(shelf);
	CHECK(was_freed(" b 2 d 6 g 5"));
}

static void test_merge(void)
{
	struct shelf *into = shelf_create(3, &text_ops), *from = shelf_create(9, &text_ops);

	CHECK(shelf_merge(into, from) == 0 && shelf_merge(into, into) == 0);
	put(into, "c", "1"), put(into, "a", "2"), put(into, "d", "3");
	put(from, "b", "4"), put(from, "A", "5"), put(from, "e", "6");
	CHECK(shelf_merge(into, into) == 0 && into->len == 3);
	/* c goes for b, the value of a is replaced, and d goes for e. */
	CHECK(shelf_merge(into, from) == 3);
	CHECK(was_freed(" c 1 A 2 d 3"));
	CHECK(strcmp(listed(into, 1), "a=5 b=4 e=6 ") == 0);
	CHECK(strcmp(listed(into, 0), "e=6 a=5 b=4 ") == 0);
	CHECK(from->len == 0 && from->capacity == 9);
	check_links(into), check_links(from);

	/* More than there is room for: the oldest ones fall through. */
	put(from, "v", "7"), put(from, "w", "8"), put(from, "x", "9"), put(from, "y", "0");
	CHECK(shelf_merge(into, from) == 4);
	CHECK(was_freed(" b 4 a 5 e 6 v 7"));
	CHECK(strcmp(listed(into, 1), "w=8 x=9 y=0 ") == 0);

	shelf_set_capacity(from, 0);
	CHECK(shelf_merge(from, into) == 0 && into->len == 3 && was_freed(""));
	shelf_destroy(into), shelf_destroy(from);
	CHECK(was_freed(" w 8 x 9 y 0"));
}

static int compare_numbers(const void *a, const void *b)
{
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

/* The heights come from a fixed seed, and no callback has to be there. */
static void test_heights(void)
{
	static const struct shelf_ops ops = { compare_numbers, NULL, NULL };
	static const unsigned int want[] = { 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 4 };
	struct shelf *shelf = shelf_create(SIZE_MAX, &ops);
	const struct shelf_node *node;
	static int keys[4096];
	size_t i, highest = 0;

	for (i = 0; i < 4096; i++) {
		keys[i] = (int)i;
		CHECK(shelf_put(shelf, &keys[i], &keys[i]) == SHELF_ADDED);
	}
	for (i = 0, node = shelf->first[0]; node; i++, node = node->next[0]) {
		CHECK(i >= sizeof(want) / sizeof(want[0]) || node->height == want[i]);
		if (node->height > highest)
			highest = node->height;
	}
	CHECK(highest >= 5 && highest <= SHELF_LEVELS);
	/* A key that is there takes no new node, hence no number of the sequence. */
	CHECK(shelf_put(shelf, &keys[5], &keys[6]) == SHELF_REPLACED);
	check_links(shelf);
	shelf_clear(shelf);
	/* After this seed there would be a bit for four levels more. */
	shelf->seed = 1140858880;
	CHECK(shelf_put(shelf, &keys[0], &keys[0]) == SHELF_ADDED);
	CHECK(shelf->seed == 0x40000000 && shelf->newest->height == SHELF_LEVELS);
	check_links(shelf);
	shelf_destroy(shelf);
}

/* Reference: for each key when it was last used, or 0. */
static uint32_t used[RANGE];

static size_t count_used(int *oldest)
{
	size_t count = 0;
	int i;

	for (i = 0, *oldest = -1; i < RANGE; i++) {
		if (!used[i])
			continue;
		count++;
		if (*oldest < 0 || used[i] < used[*oldest])
			*oldest = i;
	}
	return count;
}

static void random_step(struct shelf *shelf, int *keys, uint32_t now)
{
	int key = (int)(next_random() % RANGE), oldest;
	size_t count = count_used(&oldest);
	void *value = NULL;

	CHECK(shelf->len == count);
	switch (next_random() % 8) {
	case 0:
		CHECK(shelf_get(shelf, &key, &value) == (used[key] != 0));
		used[key] = used[key] ? now : 0;
		break;
	case 1:
		CHECK(shelf_take(shelf, &key, NULL, &value) == (used[key] != 0));
		used[key] = 0;
		break;
	case 2:
		CHECK(shelf_pop_oldest(shelf, NULL, &value) == (count != 0));
		CHECK(!count || value == &keys[oldest]);
		if (count)
			used[oldest] = 0;
		return;
	case 3:
		CHECK(shelf_contains(shelf, &key) == (used[key] != 0));
		return;
	default:
		if (used[key]) {
			CHECK(shelf_put(shelf, &keys[key], &keys[key]) == SHELF_REPLACED);
		} else if (count == shelf->capacity) {
			CHECK(shelf_put(shelf, &keys[key], &keys[key]) == SHELF_EVICTED);
			used[oldest] = 0;
		} else {
			CHECK(shelf_put(shelf, &keys[key], &keys[key]) == SHELF_ADDED);
		}
		used[key] = now;
		return;
	}
	CHECK(value == (value ? &keys[key] : NULL));
}

static void test_random_steps(void)
{
	static const struct shelf_ops ops = { compare_numbers, NULL, NULL };
	struct shelf *shelf = shelf_create(50, &ops);
	int keys[RANGE], i;
	uint32_t now;

	for (i = 0; i < RANGE; i++)
		keys[i] = i;
	for (now = 1; now <= 5000; now++) {
		random_step(shelf, keys, now);
		if (now % 50 == 0)
			check_links(shelf);
	}
	shelf_destroy(shelf);
}

int main(void)
{
	test_put_and_evict();
	test_capacities_at_the_edge();
	test_look_up();
	test_floor_and_seek();
	test_take_and_pop();
	test_retain();
	test_merge();
	test_heights();
	test_random_steps();
	printf("keepshelf: %lu checks passed\n", checks);
	return 0;
}
