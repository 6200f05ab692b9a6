/* What only drivers by rule use, under names that no module has. */
#ifndef LLMIGRATE_RULE_H
#define LLMIGRATE_RULE_H

/* The headers of a kernel define these types themselves. */
#ifndef __KERNEL__
#include <stddef.h>
#include <stdint.h>
#endif

#define LLM_MOST_MADE 12

/* The records of one type that a run has made. */
struct llm_made {
	unsigned long run;
	int count;
	void *records[LLM_MOST_MADE];
};

/* Tell whether a record that was made before, or none, is to be used instead of a new one. */
int llm_reuses(struct llm_made *made, int depth, void **chosen);
void *llm_add(struct llm_made *made, void *record);
/* True once in eight times. */
int llm_rarely(void);

/* A string of words, numbers and other characters, in a block with so much room behind it. */
char *llm_take_text(const char *const words[], size_t count, size_t room);
/* Let the module free and reallocate the blocks of the driver, as if they came from malloc(). */
void llm_give_away(void);
/* What an allocating callback answers: fresh memory with the content of an older block, or NULL. */
void *llm_answer_block(size_t size, const void *old);

/* How many bytes there are from here to the end of a live block; 0 where there is none. */
size_t llm_room_at(const void *pointer);
/* How many bytes the driver has put behind a record of so many bytes. */
size_t llm_tail(const void *record, size_t size);
/* Spell the name of a part: llm_part("p", ".next") is "p.next". */
const char *llm_part(const char *what, const char *part);
/* Tell whether a pointer leads to something that is no block and has no name, such as a constant. */
int llm_is_elsewhere(const void *pointer);
/* Tell whether so many bytes can be read, as far as that is known: in a live block, or in none. */
int llm_can_read(const void *pointer, size_t size);
/* Report text that ends with a NUL, or after so many characters, where it can be read. */
void llm_report_text(const char *what, const char *text, size_t most);
/* Tell whether a pointer leads to code or data of the program. */
int llm_is_program(const void *pointer);
/* Tell whether it leads to some that has no name, such as a static local. */
int llm_is_static(const void *pointer);
/*
 * Have the values of so many bytes each, from here to the end of the block, reported by llm_report_watched();
 * of what is static, one value.
 */
void llm_watch(const void *object, size_t size, void (*report)(const char *what, const void *at));
/* The same; of what is a variable, so many values. */
void llm_watch_table(const void *object, size_t size, size_t count,
		     void (*report)(const char *what, const void *at));
/* Have the bytes of a block reported, and return it. */
void *llm_watched(void *block);
/*
 * Once in eight times, move two of these rows into one block so that they overlap, `least` units or more
 * apart. Return the block, or NULL.
 */
void *llm_overlapped(void **const rows[], size_t count, size_t unit, size_t least);
/* Report everything that is watched and still live, and what is watched because of that. */
void llm_report_watched(void);

/* Answers of a comparison: mostly an order by the first byte or by place, at times none at all. */
int llm_compare_bytes(const void *one, const void *other);
int llm_compare_places(const void *one, const void *other);

#endif
