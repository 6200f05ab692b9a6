/* In-place heap sort of arrays and stable merge sort of linked lists. */
#ifndef SORT_H
#define SORT_H

#include <stddef.h>

/*
 * Comparison: negative, zero or positive when *a belongs before, beside or
 * after *b.  Both pointers are elements of the array being sorted.
 */
typedef int (*sort_cmp_fn)(const void *a, const void *b);
typedef int (*sort_cmp_r_fn)(const void *a, const void *b, const void *priv);

/* Exchange two different elements of @size bytes each. */
typedef void (*sort_swap_fn)(void *a, void *b, size_t size);
typedef void (*sort_swap_r_fn)(void *a, void *b, size_t size, const void *priv);

/*
 * Link of a circular doubly linked list.  A list is named by a head, which is
 * a link outside of any element; an empty list is a head linked to itself.
 */
struct list_head {
	struct list_head *next, *prev;
};

/*
 * List comparison: greater than zero when @a must come after @b.  @a always
 * stood before @b in the unsorted list, so 0 and negative results mean the
 * same, and a callback that only answers 0 or 1 will do.
 */
typedef int (*list_cmp_fn)(void *priv, const struct list_head *a, const struct list_head *b);

/* The element of type @type whose member @member is the link @link. */
#define list_entry(link, type, member) \
	((type *)((char *)(link) - offsetof(type, member)))

/* Make @head an empty list. */
static inline void list_init(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

/* Append @node, which must not be on any list, to the list @head. */
static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

void sort_r(void *base, size_t num, size_t size, sort_cmp_r_fn cmp, sort_swap_r_fn swap,
	    const void *priv);
void sort(void *base, size_t num, size_t size, sort_cmp_fn cmp, sort_swap_fn swap);
void list_sort(void *priv, struct list_head *head, list_cmp_fn cmp);

#endif
