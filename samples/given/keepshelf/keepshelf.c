/*
 * A bounded ordered map that gives up its least recently used entries.
 *
 * The entries form a skip list by key and a doubly linked list by recency.
 * The shelf owns keys and values: they are freed through its callbacks, the
 * key first, unless they are handed back.
 */
#include <stdlib.h>

#include "keepshelf.h"

/* Any value but 0 will do; a fixed one makes runs alike. */
#define FIRST_SEED 2463534242u

/*
 * A path to a place among the keys: for each level the links, of a node or of
 * the shelf itself, of which the one of that level leads across the place.
 */
typedef struct shelf_node **shelf_path[SHELF_LEVELS];

/* A height for a new node: each further level is a matter of one in four. */
static unsigned int random_height(struct shelf *shelf)
{
	uint32_t bits = shelf->seed;
	unsigned int height = 1;

	bits ^= bits << 13;
	bits ^= bits >> 17;
	bits ^= bits << 5;
	shelf->seed = bits;
	for (; height < SHELF_LEVELS && (bits & 3) == 0; bits >>= 2)
		height++;
	return height;
}

/*
 * Find the first node that is not before @key, or NULL, and the path to it.
 * A node that links lead to on some level is higher than that level.
 */
static struct shelf_node *find_path(struct shelf *shelf, const void *key, shelf_path path)
{
	struct shelf_node **links = shelf->first;
	size_t level;

	for (level = SHELF_LEVELS; level-- > 0; ) {
		while (links[level] && shelf->ops.compare(links[level]->key, key) < 0)
			links = links[level]->next;
		path[level] = links;
	}
	return links[0];
}

/* Take a node off the list by recency. */
static void recency_remove(struct shelf *shelf, struct shelf_node *node)
{
	if (node->newer)
		node->newer->older = node->older;
	else
		shelf->newest = node->older;
	if (node->older)
		node->older->newer = node->newer;
	else
		shelf->oldest = node->newer;
}

/* Put a node that is not on the list by recency at its newest end. */
static void recency_push(struct shelf *shelf, struct shelf_node *node)
{
	node->newer = NULL;
	node->older = shelf->newest;
	if (shelf->newest)
		shelf->newest->newer = node;
	else
		shelf->oldest = node;
	shelf->newest = node;
}

/* Make a node the most recently used one. */
static void touch(struct shelf *shelf, struct shelf_node *node)
{
	if (shelf->newest == node)
		return;
	recency_remove(shelf, node);
	recency_push(shelf, node);
}

/* Take the node that @path leads to off all lists. */
static void detach(struct shelf *shelf, struct shelf_node *node, shelf_path path)
{
	unsigned int level;

	for (level = 0; level < node->height; level++)
		path[level][level] = node->next[level];
	recency_remove(shelf, node);
	shelf->len--;
}

/* Free a node off the lists, and what of it the caller has no pointer for. */
static void hand_over(struct shelf *shelf, struct shelf_node *node, void **key, void **value)
{
	if (key)
		*key = node->key;
	else if (shelf->ops.free_key)
		shelf->ops.free_key(node->key);
	if (value)
		*value = node->value;
	else if (shelf->ops.free_value)
		shelf->ops.free_value(node->value);
	free(node);
}

/*
 * shelf_create - an empty shelf
 * @capacity: the most entries it will hold; SIZE_MAX for any number
 *
 * Returns NULL when there is no memory.
 */
struct shelf *shelf_create(size_t capacity, const struct shelf_ops *ops)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));

	if (!shelf)
		return NULL;
	shelf->ops = *ops;
	shelf->capacity = capacity;
	shelf->seed = FIRST_SEED;
	return shelf;
}

/* shelf_clear - free all entries in the order of their keys */
void shelf_clear(struct shelf *shelf)
{
	while (shelf_pop_first(shelf, NULL, NULL))
		;
}

/* shelf_destroy - free a shelf, which may be NULL, and its entries as shelf_clear() does */
void shelf_destroy(struct shelf *shelf)
{
	if (!shelf)
		return;
	shelf_clear(shelf);
	free(shelf);
}

/*
 * Replace the value of a node.  The key that came with the new value goes: the
 * node keeps the one it has.
 */
static int replace(struct shelf *shelf, struct shelf_node *node, void *key, void *value)
{
	void *old = node->value;

	node->value = value;
	touch(shelf, node);
	if (shelf->ops.free_key && key != node->key)
		shelf->ops.free_key(key);
	if (shelf->ops.free_value && old != value)
		shelf->ops.free_value(old);
	return SHELF_REPLACED;
}

/*
 * shelf_put - give an entry to the shelf, as its most recently used one
 *
 * Makes room if there is none.  With a negative result, of which it may be
 * any, key and value stay with the caller and the shelf is as it was.
 */
int shelf_put(struct shelf *shelf, void *key, void *value)
{
	int placed = SHELF_ADDED;
	struct shelf_node *node;
	unsigned int height, level;
	shelf_path path;

	if (shelf->capacity == 0)
		return SHELF_REFUSED;
	node = find_path(shelf, key, path);
	if (node && shelf->ops.compare(node->key, key) == 0)
		return replace(shelf, node, key, value);

	height = random_height(shelf);
	node = malloc(sizeof(*node) + height * sizeof(node->next[0]));
	if (!node)
		return SHELF_NO_MEMORY;
	if (shelf->len == shelf->capacity) {
		shelf_pop_oldest(shelf, NULL, NULL);
		find_path(shelf, key, path);	/* may have led over the evicted node */
		placed = SHELF_EVICTED;
	}

	node->key = key;
	node->value = value;
	node->height = height;
	for (level = 0; level < height; level++) {
		node->next[level] = path[level][level];
		path[level][level] = node;
	}
	recency_push(shelf, node);
	shelf->len++;
	return placed;
}

/*
 * shelf_get - look up a value, and make its entry the most recently used one
 * @value: where to put it, or NULL
 *
 * Returns whether the key is there; *value is not written otherwise.
 */
bool shelf_get(struct shelf *shelf, const void *key, void **value)
{
	shelf_path path;
	struct shelf_node *node = find_path(shelf, key, path);

	if (!node || shelf->ops.compare(node->key, key) != 0)
		return false;
	touch(shelf, node);
	if (value)
		*value = node->value;
	return true;
}

/* shelf_peek - look up as shelf_get() does, but leave the order by recency alone */
bool shelf_peek(const struct shelf *shelf, const void *key, void **value)
{
	struct shelf_cursor cursor = shelf_seek(shelf, key);

	if (!cursor.ahead || shelf->ops.compare(cursor.ahead->key, key) != 0)
		return false;
	if (value)
		*value = cursor.ahead->value;
	return true;
}

/* shelf_contains - whether there is an entry for a key */
bool shelf_contains(const struct shelf *shelf, const void *key)
{
	return shelf_peek(shelf, key, NULL);
}

/* shelf_peek_or - the value for a key, or @fallback if there is none */
void *shelf_peek_or(const struct shelf *shelf, const void *key, void *fallback)
{
	void *value = fallback;

	shelf_peek(shelf, key, &value);
	return value;
}

/*
 * shelf_floor - the entry with the greatest key that is not after @key
 *
 * Returns false, and writes nothing, when all keys are after it.
 */
bool shelf_floor(const struct shelf *shelf, const void *key, const void **found, void **value)
{
	struct shelf_node *const *links = shelf->first;
	const struct shelf_node *floor = NULL;
	size_t level;

	for (level = SHELF_LEVELS; level-- > 0; ) {
		while (links[level] && shelf->ops.compare(links[level]->key, key) <= 0) {
			floor = links[level];
			links = floor->next;
		}
	}
	if (!floor)
		return false;
	*found = floor->key;
	*value = floor->value;
	return true;
}

/*
 * shelf_take - remove the entry for a key
 * @taken: where to put the key of the entry, or NULL to free it
 * @value: where to put its value, or NULL to free it
 */
bool shelf_take(struct shelf *shelf, const void *key, void **taken, void **value)
{
	shelf_path path;
	struct shelf_node *node = find_path(shelf, key, path);

	if (!node || shelf->ops.compare(node->key, key) != 0)
		return false;
	detach(shelf, node, path);
	hand_over(shelf, node, taken, value);
	return true;
}

/* shelf_pop_first - remove the entry with the least key as shelf_take() does */
bool shelf_pop_first(struct shelf *shelf, void **key, void **value)
{
	struct shelf_node *node = shelf->first[0];
	shelf_path path;
	size_t level;

	if (!node)
		return false;
	/* Nothing is before it, so there is nothing to compare. */
	for (level = 0; level < SHELF_LEVELS; level++)
		path[level] = shelf->first;
	detach(shelf, node, path);
	hand_over(shelf, node, key, value);
	return true;
}

/* shelf_pop_oldest - remove the least recently used entry as shelf_take() does */
bool shelf_pop_oldest(struct shelf *shelf, void **key, void **value)
{
	struct shelf_node *node = shelf->oldest;
	shelf_path path;

	if (!node)
		return false;
	find_path(shelf, node->key, path);
	detach(shelf, node, path);
	hand_over(shelf, node, key, value);
	return true;
}

/*
 * shelf_set_capacity - change how many entries the shelf will hold
 *
 * Returns how many had to go for it, the least recently used ones first.
 */
size_t shelf_set_capacity(struct shelf *shelf, size_t capacity)
{
	size_t evicted = 0;

	shelf->capacity = capacity;
	while (shelf->len > capacity) {
		shelf_pop_oldest(shelf, NULL, NULL);
		evicted++;
	}
	return evicted;
}

/*
 * shelf_retain - free the entries that @keep, asked in the order of the keys, is false for
 *
 * Returns how many these were.  @keep may change values, but not the shelf.
 */
size_t shelf_retain(struct shelf *shelf, bool (*keep)(const void *key, void *value, void *context),
		    void *context)
{
	struct shelf_node *node = shelf->first[0];
	size_t removed = 0;
	shelf_path path;
	size_t level;

	for (level = 0; level < SHELF_LEVELS; level++)
		path[level] = shelf->first;
	while (node) {
		struct shelf_node *next = node->next[0];

		if (keep(node->key, node->value, context)) {
			for (level = 0; level < node->height; level++)
				path[level] = node->next;
		} else {
			detach(shelf, node, path);
			hand_over(shelf, node, NULL, NULL);
			removed++;
		}
		node = next;
	}
	return removed;
}

/*
 * shelf_merge - move the entries of one shelf to another with the same callbacks
 *
 * They are put from the least to the most recently used one, and make room as
 * usual.  Returns how many were moved.  Those that @into does not take stay.
 */
size_t shelf_merge(struct shelf *into, struct shelf *from)
{
	struct shelf_node *node;
	size_t moved = 0;
	shelf_path path;

	if (into == from)
		return 0;
	while ((node = from->oldest)) {
		/* The key may be freed when it is put: look for it before. */
		find_path(from, node->key, path);
		if (shelf_put(into, node->key, node->value) < 0)
			break;
		detach(from, node, path);
		free(node);
		moved++;
	}
	return moved;
}

/* shelf_seek - start of a walk at the first key that is not before @key, or at all if NULL */
struct shelf_cursor shelf_seek(const struct shelf *shelf, const void *key)
{
	struct shelf_node *const *links = shelf->first;
	struct shelf_cursor cursor;
	size_t level;

	for (level = SHELF_LEVELS; key && level-- > 0; ) {
		while (links[level] && shelf->ops.compare(links[level]->key, key) < 0)
			links = links[level]->next;
	}
	cursor.ahead = links[0];
	return cursor;
}

/* shelf_next - walk over an entry by key; false, and nothing is written, at the end */
bool shelf_next(struct shelf_cursor *cursor, const void **key, void **value)
{
	const struct shelf_node *node = cursor->ahead;

	if (!node)
		return false;
	*key = node->key;
	*value = node->value;
	cursor->ahead = node->next[0];
	return true;
}

/* shelf_next_older - walk as shelf_next() does, from new to old */
bool shelf_next_older(struct shelf_cursor *cursor, const void **key, void **value)
{
	const struct shelf_node *node = cursor->ahead;

	if (!node)
		return false;
	*key = node->key;
	*value = node->value;
	cursor->ahead = node->older;
	return true;
}
