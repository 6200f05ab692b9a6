/* Where a run went and what it compared: what instrumented code calls, and stand-ins for strcmp(). */
#include <string.h>

#include "generate.h"

#define BRANCH_LIMIT 500000
#define PAIRS 1024
#define WORDS 256
#define PAGE 4096

extern const char __executable_start[];

struct llm_reached llm_reached;
volatile int llm_traces;

static struct llm_pair pairs[PAIRS];
static struct llm_words words[WORDS];
static uint32_t pair_count, word_count;
static uint32_t last_place;
static unsigned long branches;

void llm_reset_trace(void)
{
	for (uint32_t i = 0; i < llm_reached.count; i++)
		llm_reached.counts[llm_reached.places[i]] = 0;
	llm_reached.count = 0;
	last_place = 0;
	branches = 0;
}

const struct llm_pair *llm_some_pair(void)
{
	return pair_count ? &pairs[llm_below(pair_count < PAIRS ? pair_count : PAIRS)] : NULL;
}

const struct llm_words *llm_some_words(void)
{
	return word_count ? &words[llm_below(word_count < WORDS ? word_count : WORDS)] : NULL;
}

static void touch(uint32_t place)
{
	if (!llm_reached.counts[place])
		llm_reached.places[llm_reached.count++] = place;
	llm_reached.counts[place] += llm_reached.counts[place] < 255;
}

static uint32_t mixed(uint64_t value)
{
	return (uint32_t)(value * UINT64_C(0x9E3779B97F4A7C15) >> 48);
}

static uint64_t place_of(const void *code)
{
	return (uint64_t)((const char *)code - __executable_start);
}

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	uint32_t place = mixed(place_of(__builtin_return_address(0)));

	if (!llm_traces)
		return;
	if (++branches > BRANCH_LIMIT)
		llm_has_no_end();
	touch((last_place << 1 ^ place) % LLM_PLACES);
	last_place = place;
}

static void remember_pair(uint64_t found, uint64_t wanted, uint32_t width)
{
	pairs[pair_count++ % PAIRS] = (struct llm_pair){ found, wanted, width };
}

static void compared(const void *code, uint64_t one, uint64_t other, uint32_t width)
{
	uint64_t differing = one ^ other;

	if (!llm_traces)
		return;
	touch(LLM_PLACES + mixed(place_of(code) * 128 + (uint64_t)__builtin_popcountll(differing)) % LLM_PLACES);
	if (differing)
		remember_pair(one, other, width);
}

static uint64_t cut(uint64_t value, uint32_t width)
{
	return width < 8 ? value & ((UINT64_C(1) << 8 * width) - 1) : value;
}

/* The caller's registers hold more than a narrow value: the rest is cut off. */
#define TRACE_CMP(width)                                                                                      \
	void __sanitizer_cov_trace_cmp##width(uint64_t one, uint64_t other);                                  \
	void __sanitizer_cov_trace_cmp##width(uint64_t one, uint64_t other)                                   \
	{                                                                                                     \
		compared(__builtin_return_address(0), cut(one, width), cut(other, width), width);             \
		compared(__builtin_return_address(0), cut(other, width), cut(one, width), width);             \
	}                                                                                                     \
	void __sanitizer_cov_trace_const_cmp##width(uint64_t wanted, uint64_t found);                         \
	void __sanitizer_cov_trace_const_cmp##width(uint64_t wanted, uint64_t found)                          \
	{                                                                                                     \
		compared(__builtin_return_address(0), cut(found, width), cut(wanted, width), width);          \
	}

TRACE_CMP(1)
TRACE_CMP(2)
TRACE_CMP(4)
TRACE_CMP(8)

void __sanitizer_cov_trace_switch(uint64_t value, const uint64_t *cases);

void __sanitizer_cov_trace_switch(uint64_t value, const uint64_t *cases)
{
	/* How many there are, how many bits each has, and the values. */
	for (uint64_t i = 0; llm_traces && i < cases[0]; i++)
		if (value != cases[2 + i])
			remember_pair(value, cases[2 + i], (uint32_t)(cases[1] / 8));
}

void __sanitizer_cov_trace_cmpf(float one, float other);
void __sanitizer_cov_trace_cmpd(double one, double other);

static void compared_reals(const void *code, int order)
{
	if (llm_traces)
		touch(LLM_PLACES + mixed(place_of(code) * 4 + (uint64_t)order) % LLM_PLACES);
}

void __sanitizer_cov_trace_cmpf(float one, float other)
{
	compared_reals(__builtin_return_address(0), (one < other) + 2 * (one > other));
}

void __sanitizer_cov_trace_cmpd(double one, double other)
{
	compared_reals(__builtin_return_address(0), (one < other) + 2 * (one > other));
}

static struct llm_word word_of(const void *bytes, size_t size)
{
	struct llm_word word = { (uint32_t)(size < LLM_LONGEST_WORD ? size : LLM_LONGEST_WORD), { 0 } };

	memcpy(word.bytes, bytes, word.size);
	return word;
}

static void remember_words(const void *one, size_t one_size, const void *other, size_t other_size)
{
	if (!llm_traces)
		return;
	for (int turned = 0; turned < 2; turned++) {
		struct llm_words *to = &words[word_count++ % WORDS];

		to->found = turned ? word_of(other, other_size) : word_of(one, one_size);
		to->wanted = turned ? word_of(one, one_size) : word_of(other, other_size);
	}
}

/* How far two strings agree is a step on the way to equality. */
static void compared_bytes(const void *code, const char *one, const char *other, size_t size)
{
	size_t same = 0;

	while (same < size && same < 30 && one[same] == other[same])
		same++;
	if (llm_traces)
		touch(LLM_PLACES + mixed(place_of(code) * 32 + same) % LLM_PLACES);
}

int __real_memcmp(const void *one, const void *other, size_t size);
int __wrap_memcmp(const void *one, const void *other, size_t size);
int __real_strcmp(const char *one, const char *other);
int __wrap_strcmp(const char *one, const char *other);
int __real_strncmp(const char *one, const char *other, size_t most);
int __wrap_strncmp(const char *one, const char *other, size_t most);

int __wrap_memcmp(const void *one, const void *other, size_t size)
{
	int result = __real_memcmp(one, other, size);

	if (result)
		remember_words(one, size, other, size);
	compared_bytes(__builtin_return_address(0), one, other, size);
	return result;
}

/* A comparison may end before the text does: no further than the page that it has read from. */
static size_t text_size(const char *text, size_t most)
{
	size_t readable = PAGE - (uintptr_t)text % PAGE;

	return strnlen(text, most < readable ? most : readable);
}

static void compared_text(const void *code, const char *one, const char *other, size_t most)
{
	size_t size = text_size(one, most), other_size = text_size(other, most);

	remember_words(one, size, other, other_size);
	compared_bytes(code, one, other, size < other_size ? size : other_size);
}

int __wrap_strcmp(const char *one, const char *other)
{
	int result = __real_strcmp(one, other);

	compared_text(__builtin_return_address(0), one, other, LLM_LONGEST_WORD + 1);
	return result;
}

int __wrap_strncmp(const char *one, const char *other, size_t most)
{
	int result = __real_strncmp(one, other, most);

	if (most > LLM_LONGEST_WORD + 1)
		most = LLM_LONGEST_WORD + 1;
	compared_text(__builtin_return_address(0), one, other, most);
	return result;
}
