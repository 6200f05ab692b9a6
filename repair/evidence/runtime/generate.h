/* What the parts of the generator share. */
#ifndef LLMIGRATE_GENERATE_H
#define LLMIGRATE_GENERATE_H

#include <stddef.h>
#include <stdint.h>

#define LLM_LONGEST 512
#define LLM_PLACES (1u << 16)	/* of code, and as many of comparisons behind them */
#define LLM_LONGEST_WORD 32

/* What one comparison found, and what it would have been equal to. */
struct llm_pair {
	uint64_t found, wanted;
	uint32_t width;		/* bytes */
};

struct llm_word {
	uint32_t size;
	uint8_t bytes[LLM_LONGEST_WORD];
};

/* The same of strings. */
struct llm_words {
	struct llm_word found, wanted;
};

/* What one run reached: places, and how often each. */
struct llm_reached {
	uint8_t counts[2 * LLM_PLACES];
	uint32_t places[2 * LLM_PLACES];
	uint32_t count;
};

extern struct llm_reached llm_reached;
extern volatile int llm_traces;

/* Forget what was reached. */
void llm_reset_trace(void);
/* End the run: it takes more branches than any input may. */
void llm_has_no_end(void);
/* One of the latest, or NULL where there is none. */
const struct llm_pair *llm_some_pair(void);
const struct llm_words *llm_some_words(void);

void llm_seed_random(uint64_t seed);
uint32_t llm_below(uint32_t limit);
/* Change an input of at most LLM_LONGEST bytes, perhaps by a part of another one. Return its new size. */
uint32_t llm_change(uint8_t *bytes, uint32_t size, const uint8_t *other, uint32_t other_size);

#endif
