/*
 * list.h - intrusive, circular, doubly linked lists.
 *
 * A record that wants to be on a list embeds a struct list_head. The list
 * itself is another struct list_head that belongs to no record; an empty list
 * is a head that points at itself. Nothing here allocates or frees.
 */
#ifndef RAMFS_LIST_H
#define RAMFS_LIST_H

#include <stddef.h>

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

/* Initialiser for a head with static storage: the empty list. */
#define LIST_HEAD_INIT(name) { &(name), &(name) }

/* The record of the given type whose member is at ptr. */
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/* Visit every node; the body must leave the list alone. */
#define list_for_each(pos, head) \
	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)

/* Visit every node; the body may take pos, but not ahead, off the list. */
#define list_for_each_safe(pos, ahead, head) \
	for ((pos) = (head)->next, (ahead) = (pos)->next; \
	     (pos) != (head); \
	     (pos) = (ahead), (ahead) = (pos)->next)

/* Make head an empty list, or node a node that is on no list. */
static inline void list_init(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

/* Put node between two neighbours. For the functions below only. */
static inline void list_splice_node(struct list_head *node,
				    struct list_head *prev,
				    struct list_head *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

/* Put node, which must be on no list, at the front of head. */
static inline void list_add(struct list_head *node, struct list_head *head)
{
	list_splice_node(node, head, head->next);
}

/* Put node, which must be on no list, at the end of head. */
static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_splice_node(node, head->prev, head);
}

/* Take node off its list. Taking it off twice is harmless. */
static inline void list_del(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* Return 1 when the list has no nodes, 0 otherwise. */
static inline int list_empty(const struct list_head *head)
{
	return head->next == head;
}

#endif /* RAMFS_LIST_H */
