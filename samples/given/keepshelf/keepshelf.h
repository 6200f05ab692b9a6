/* A bounded ordered map that gives up its least recently used entries. */
#ifndef KEEPSHELF_H
#define KEEPSHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Levels of the skip list: enough for 4^12 entries before searches get slow. */
#define SHELF_LEVELS 12

/* A capacity for those who have no better idea. */
#define SHELF_DEFAULT_CAPACITY 64

/* What a shelf does with keys and values, which are not NULL and any pointer. */
struct shelf_ops {
	/* Negative, zero or positive when a is before, equal to or after b. */
	int (*compare)(const void *a, const void *b);
	/* Called for what the shelf owns and gives to nobody; may be NULL. */
	void (*free_key)(void *key);
	void (*free_value)(void *value);
};

/* An entry.  It is on the list by recency, and on as many by key as it is high. */
struct shelf_node {
	void *key;
	void *value;
	struct shelf_node *newer, *older;
	unsigned int height;
	struct shelf_node *next[];
};

struct shelf {
	struct shelf_ops ops;
	struct shelf_node *first[SHELF_LEVELS];
	struct shelf_node *newest, *oldest;
	size_t len;
	size_t capacity;
	uint32_t seed;		/* of the heights; never 0 */
};

/* A place between entries.  Any change of the shelf makes it invalid. */
struct shelf_cursor {
	const struct shelf_node *ahead;		/* NULL at the end */
};

enum shelf_placed {
	SHELF_ADDED = 0,
	SHELF_REPLACED = 1,	/* in place of the value that the key had */
	SHELF_EVICTED = 2,	/* in place of the least recently used entry */
	SHELF_REFUSED = -1,	/* the capacity is 0 */
	SHELF_NO_MEMORY = -2,
};

struct shelf *shelf_create(size_t capacity, const struct shelf_ops *ops);
void shelf_destroy(struct shelf *shelf);
void shelf_clear(struct shelf *shelf);

int shelf_put(struct shelf *shelf, void *key, void *value);
bool shelf_get(struct shelf *shelf, const void *key, void **value);
bool shelf_peek(const struct shelf *shelf, const void *key, void **value);
bool shelf_contains(const struct shelf *shelf, const void *key);
void *shelf_peek_or(const struct shelf *shelf, const void *key, void *fallback);
bool shelf_floor(const struct shelf *shelf, const void *key, const void **found, void **value);

bool shelf_take(struct shelf *shelf, const void *key, void **taken, void **value);
bool shelf_pop_first(struct shelf *shelf, void **key, void **value);
bool shelf_pop_oldest(struct shelf *shelf, void **key, void **value);
size_t shelf_set_capacity(struct shelf *shelf, size_t capacity);
size_t shelf_retain(struct shelf *shelf, bool (*keep)(const void *key, void *value, void *context),
		    void *context);
size_t shelf_merge(struct shelf *into, struct shelf *from);

struct shelf_cursor shelf_seek(const struct shelf *shelf, const void *key);
bool shelf_next(struct shelf_cursor *cursor, const void **key, void **value);
bool shelf_next_older(struct shelf_cursor *cursor, const void **key, void **value);

/* Start of a walk with shelf_next_older(). */
static inline struct shelf_cursor shelf_newest(const struct shelf *shelf)
{
	struct shelf_cursor cursor = { shelf->newest };

	return cursor;
}

#endif
