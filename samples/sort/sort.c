/*
 * Sorting without extra memory: arrays by heap sort, lists by merge sort.
 *
 * Neither algorithm recurses or allocates, so both are fit for small stacks
 * and for callers that may not fail.
 */
#include <stdint.h>
#include <string.h>

#include "sort.h"

/*
 * The built-in ways to swap.  These are marks, not functions: do_swap()
 * recognises them and calls the helper directly, which spares an indirect
 * call for every exchange.  No function lives at so low an address.
 */
#define SWAP_WORDS_64	1
#define SWAP_WORDS_32	2
#define SWAP_BYTES	3
#define SWAP_MARK(n)	((sort_swap_r_fn)(uintptr_t)(n))

/* One run for every power of two: more than any list in memory can need. */
#define MAX_RUNS	(8 * sizeof(size_t))

struct swap_rule {
	size_t width;		/* bytes moved at once, a power of two */
	unsigned int mark;
};

/* Fastest first; the last rule fits every array. */
static const struct swap_rule swap_rules[] = {
	{ sizeof(uint64_t), SWAP_WORDS_64 },
	{ sizeof(uint32_t), SWAP_WORDS_32 },
	{ 1, SWAP_BYTES },
};

/* An array seen as a heap.  Positions in it are byte offsets, not indices. */
struct heap {
	unsigned char *base;
	size_t size;		/* of one element, in bytes */
	size_t lsb;		/* lowest set bit of size */
	sort_cmp_r_fn cmp;
	sort_swap_r_fn swap;	/* never NULL: a callback or a built-in mark */
	const void *priv;
};

/* The callbacks of sort(), which travel as the context of sort_r(). */
struct plain_callbacks {
	sort_cmp_fn cmp;
	sort_swap_fn swap;
};

/*
 * Tell whether every element starts at a multiple of @width and holds a whole
 * number of such words.  @width must be a power of two.
 */
static int is_aligned(const void *base, size_t size, size_t width)
{
	/* A bit set in either value is set in the disjunction: one test for both. */
	return (((uintptr_t)base | size) & (width - 1)) == 0;
}

/*
 * Swap two elements in steps of 64 bits.  @size must be a multiple of 8.
 *
 * The words are copied rather than accessed in place, since the elements may
 * be of any type; with aligned elements a copy is a single load or store.
 */
static void swap_words_64(unsigned char *a, unsigned char *b, size_t size)
{
	uint64_t x, y;
	size_t i;

	for (i = 0; i < size; i += sizeof(x)) {
		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		memcpy(a + i, &y, sizeof(y));
		memcpy(b + i, &x, sizeof(x));
	}
}

/* Swap two elements in steps of 32 bits.  @size must be a multiple of 4. */
static void swap_words_32(unsigned char *a, unsigned char *b, size_t size)
{
	uint32_t x, y;
	size_t i;

	for (i = 0; i < size; i += sizeof(x)) {
		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		memcpy(a + i, &y, sizeof(y));
		memcpy(b + i, &x, sizeof(x));
	}
}

/* Swap two elements byte by byte.  @size must not be 0. */
static void swap_bytes(unsigned char *a, unsigned char *b, size_t size)
{
	unsigned char tmp;

	do {
		tmp = *a;
		*a++ = *b;
		*b++ = tmp;
	} while (--size);
}

/* Pick the widest built-in swap that suits the array's place and element size. */
static sort_swap_r_fn choose_swap(const void *base, size_t size)
{
	const struct swap_rule *rule = swap_rules;

	/* Ends at the byte rule at the latest: everything is aligned to 1. */
	while (!is_aligned(base, size, rule->width))
		rule++;
	return SWAP_MARK(rule->mark);
}

/* Exchange the elements at offsets @i and @j, which differ. */
static void do_swap(const struct heap *heap, size_t i, size_t j)
{
	unsigned char *a = heap->base + i;
	unsigned char *b = heap->base + j;

	if (heap->swap == SWAP_MARK(SWAP_WORDS_64))
		swap_words_64(a, b, heap->size);
	else if (heap->swap == SWAP_MARK(SWAP_WORDS_32))
		swap_words_32(a, b, heap->size);
	else if (heap->swap == SWAP_MARK(SWAP_BYTES))
		swap_bytes(a, b, heap->size);
	else
		heap->swap(a, b, heap->size, heap->priv);
}

/* Compare the elements at offsets @i and @j. */
static int do_cmp(const struct heap *heap, size_t i, size_t j)
{
	return heap->cmp(heap->base + i, heap->base + j, heap->priv);
}

/*
 * Offset of the parent of the element at offset @child, which must not be 0.
 *
 * With c = child / size the parent has index (c - 1) / 2, rounded down.  We
 * never divide by the size: the offset (c - 1) * size has the bit @lsb set
 * exactly when c - 1 is odd, because size / lsb is odd.
 */
static size_t parent(size_t child, size_t lsb, size_t size)
{
	size_t offset = child - size;

	if (offset & lsb)
		offset -= size;
	return offset >> 1;
}

/*
 * Move the element at offset @root down to its place in the heap that ends at
 * offset @end.  Both subtrees of @root must be heaps already.
 *
 * The way down follows the greater child to a leaf without looking at the
 * root element; only then do we climb back to where that element belongs.
 * It mostly belongs near the bottom, so this costs about half the comparisons
 * of testing it at every level.
 */
static void sift_down(const struct heap *heap, size_t root, size_t end)
{
	const size_t size = heap->size;
	size_t pos = root;
	size_t child;

	/* No object exceeds half of the address space: 2 * pos cannot wrap. */
	while ((child = 2 * pos + size) + size < end)
		pos = do_cmp(heap, child, child + size) >= 0 ? child : child + size;
	if (child + size == end)
		pos = child;	/* the last leaf has no sibling */

	/* The bound on pos also stops a comparison that contradicts itself. */
	while (pos != root && do_cmp(heap, root, pos) >= 0)
		pos = parent(pos, heap->lsb, size);

	/* Rotate the path: every element on it moves up by one level. */
	for (; pos != root; pos = parent(pos, heap->lsb, size))
		do_swap(heap, root, pos);
}

/*
 * sort_r - sort an array in place, with a context for the callbacks
 * @base: first element; may be NULL when @num is 0
 * @num: number of elements
 * @size: bytes per element; 0 leaves nothing to sort
 * @cmp: comparison, not NULL
 * @swap: exchange of two elements, or NULL for a plain copy of their bytes
 * @priv: handed to both callbacks, may be NULL
 *
 * Takes O(num * log(num)) steps whatever the input.  Not stable.  A @cmp that
 * is not a consistent order gives some permutation of the elements.
 */
void sort_r(void *base, size_t num, size_t size, sort_cmp_r_fn cmp, sort_swap_r_fn swap,
	    const void *priv)
{
	struct heap heap = { base, size, size & (0 - size), cmp, swap, priv };
	size_t root, end;

	if (num < 2 || size == 0)
		return;
	if (!heap.swap)
		heap.swap = choose_swap(base, size);

	/* Elements in the upper half are leaves, hence heaps from the start. */
	end = num * size;
	for (root = (num >> 1) * size; root != 0; ) {
		root -= size;
		sift_down(&heap, root, end);
	}

	/* The greatest element goes to the end, and the heap shrinks by one. */
	while ((end -= size) != 0) {
		do_swap(&heap, 0, end);
		sift_down(&heap, 0, end);
	}
}

/* Comparison for sort_r() that calls the one without context in @priv. */
static int call_plain_cmp(const void *a, const void *b, const void *priv)
{
	const struct plain_callbacks *plain = priv;

	return plain->cmp(a, b);
}

/* Exchange for sort_r() that calls the one without context in @priv. */
static void call_plain_swap(void *a, void *b, size_t size, const void *priv)
{
	const struct plain_callbacks *plain = priv;

	plain->swap(a, b, size);
}

/*
 * sort - sort an array in place
 *
 * Same as sort_r() for callbacks that need no context.  @swap may be NULL.
 */
void sort(void *base, size_t num, size_t size, sort_cmp_fn cmp, sort_swap_fn swap)
{
	const struct plain_callbacks plain = { cmp, swap };

	/* A wrapped NULL would hide that the built-in swaps are wanted. */
	sort_r(base, num, size, call_plain_cmp, swap ? call_plain_swap : NULL, &plain);
}

/*
 * Merge two sorted chains and return the first link of the result.  Chains
 * end with NULL and are never empty; their prev pointers are left stale.  All
 * of @a preceded all of @b in the list, so equals are taken from @a.
 */
static struct list_head *merge(void *priv, list_cmp_fn cmp, struct list_head *a,
			       struct list_head *b)
{
	struct list_head *first;
	struct list_head **tail = &first;

	while (a && b) {
		struct list_head **from = cmp(priv, a, b) <= 0 ? &a : &b;

		*tail = *from;
		tail = &(*from)->next;
		*from = *tail;
	}
	*tail = a ? a : b;
	return first;
}

/*
 * Merge as merge() does, but into the list @head, and set the prev pointers
 * that the earlier merges left stale.  @b may be NULL, @a may not.
 */
static void merge_final(void *priv, list_cmp_fn cmp, struct list_head *head,
			struct list_head *a, struct list_head *b)
{
	struct list_head *tail = head;
	struct list_head *node;

	while (a || b) {
		/* An exhausted chain loses; cmp() sees only real links. */
		if (!b || (a && cmp(priv, a, b) <= 0)) {
			node = a;
			a = a->next;
		} else {
			node = b;
			b = b->next;
		}
		tail->next = node;
		node->prev = tail;
		tail = node;
	}
	tail->next = head;
	head->prev = tail;
}

/*
 * Add one link, or rather a chain of one, to the pending runs and return the
 * slot where it ended up.  Slot n is NULL or holds a run of 2^n links; adding
 * works like a binary counter, where a merge is the carry.  Higher slots hold
 * earlier parts of the list.
 */
static size_t add_run(void *priv, list_cmp_fn cmp, struct list_head **runs,
		      struct list_head *run)
{
	size_t slot;

	for (slot = 0; runs[slot]; slot++) {
		run = merge(priv, cmp, runs[slot], run);
		runs[slot] = NULL;
	}
	runs[slot] = run;
	return slot;
}

/*
 * list_sort - sort a doubly linked list, keeping the order of equals
 * @priv: handed to @cmp, may be NULL
 * @head: list to sort, not NULL, may be empty
 * @cmp: comparison, not NULL; must not change the list
 *
 * Takes O(n * log(n)) steps and a fixed amount of stack.
 */
void list_sort(void *priv, struct list_head *head, list_cmp_fn cmp)
{
	struct list_head *runs[MAX_RUNS] = { NULL };
	struct list_head *node = head->next;
	struct list_head *rest = NULL;
	size_t top = 0;
	size_t slot;

	if (node == head->prev)
		return;		/* no link, or a single one */

	head->prev->next = NULL;
	while (node) {
		struct list_head *next = node->next;

		node->next = NULL;
		slot = add_run(priv, cmp, runs, node);
		if (slot > top)
			top = slot;
		node = next;
	}

	/* Collect the runs from the short to the long, all but the longest. */
	for (slot = 0; slot < top; slot++) {
		if (runs[slot])
			rest = rest ? merge(priv, cmp, runs[slot], rest) : runs[slot];
	}
	merge_final(priv, cmp, head, runs[top], rest);
}
