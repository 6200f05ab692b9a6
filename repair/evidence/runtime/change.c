/* Changes of an input, by chance that is the same for the same seed. */
#include <string.h>

#include "generate.h"

static uint64_t state;

void llm_seed_random(uint64_t seed)
{
	state = seed * 2 + 1;
}

static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(0x2545F4914F6CDD1D);
}

uint32_t llm_below(uint32_t limit)
{
	return (uint32_t)((next_random() >> 32) * limit >> 32);
}

static uint32_t insert(uint8_t *bytes, uint32_t size, uint32_t at, const uint8_t *new, uint32_t count)
{
	if (count > LLM_LONGEST - size)
		count = LLM_LONGEST - size;
	memmove(bytes + at + count, bytes + at, size - at);
	memcpy(bytes + at, new, count);
	return size + count;
}

static uint32_t overwrite(uint8_t *bytes, uint32_t size, uint32_t at, const uint8_t *new, uint32_t count)
{
	if (count > LLM_LONGEST - at)
		count = LLM_LONGEST - at;
	memcpy(bytes + at, new, count);
	return at + count > size ? at + count : size;
}

static uint32_t put(uint8_t *bytes, uint32_t size, const uint8_t *new, uint32_t count)
{
	uint32_t at = llm_below(size + 1);

	return llm_below(2) ? insert(bytes, size, at, new, count) : overwrite(bytes, size, at, new, count);
}

/* Replace what a comparison found by what it wanted, or write that in the form that take_number() reads. */
static uint32_t meet_comparison(uint8_t *bytes, uint32_t size, const struct llm_pair *wanted)
{
	struct llm_pair pair = *wanted;
	uint32_t start = llm_below(size + 1);
	uint8_t number[9] = { 0xFF };

	if (pair.wanted < 256 && llm_below(2)) {
		number[0] = 0;
		number[1] = (uint8_t)pair.wanted;
		return put(bytes, size, number, 2);
	}
	pair.wanted += llm_below(4) ? 0 : llm_below(2) ? 1 : UINT64_C(-1);
	memcpy(number + 1, &pair.wanted, 8);
	for (uint32_t i = 0; i + pair.width <= size; i++) {
		uint32_t at = (start + i) % (size - pair.width + 1);

		if (!memcmp(bytes + at, &pair.found, pair.width))
			return overwrite(bytes, size, at, number + 1, pair.width);
	}
	return llm_below(2) ? put(bytes, size, number, pair.width + 1) : put(bytes, size, number + 1, pair.width);
}

static uint32_t cut_out(uint8_t *bytes, uint32_t size, uint32_t at, uint32_t count)
{
	memmove(bytes + at, bytes + at + count, size - at - count);
	return size - count;
}

static uint32_t meet_words(uint8_t *bytes, uint32_t size, const struct llm_words *words)
{
	const struct llm_word *found = &words->found, *wanted = &words->wanted;
	uint32_t start = llm_below(size);

	for (uint32_t i = 0; found->size && i + found->size <= size; i++) {
		uint32_t at = (start + i) % (size - found->size + 1);

		if (!memcmp(bytes + at, found->bytes, found->size)) {
			size = cut_out(bytes, size, at, found->size);
			return insert(bytes, size, at, wanted->bytes, wanted->size);
		}
	}
	return put(bytes, size, wanted->bytes, wanted->size);
}

static uint32_t splice(uint8_t *bytes, uint32_t size, const uint8_t *other, uint32_t other_size)
{
	uint32_t from = llm_below(other_size);

	return put(bytes, size, other + from, 1 + llm_below(other_size - from));
}

static uint32_t put_random(uint8_t *bytes, uint32_t size)
{
	static const uint8_t most[] = { 255, 255, 15, 1 };
	uint32_t count = 1 + llm_below(llm_below(2) ? 4 : 32), limit = most[llm_below(4)];
	uint8_t new[32];

	for (uint32_t i = 0; i < count; i++)
		new[i] = (uint8_t)llm_below(limit + 1);
	return llm_below(2) ? insert(bytes, size, size, new, count) : put(bytes, size, new, count);
}

static uint32_t delete(uint8_t *bytes, uint32_t size)
{
	uint32_t at = llm_below(size), count = 1 + llm_below(llm_below(2) ? 4 : size);

	if (count > size - at)
		count = size - at;
	return cut_out(bytes, size, at, count);
}

static void change_byte(uint8_t *byte)
{
	static const uint8_t telling[] = { 0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 254, 255 };

	switch (llm_below(4)) {
	case 0:
		*byte ^= (uint8_t)(1u << llm_below(8));
		break;
	case 1:
		*byte = telling[llm_below(sizeof(telling))];
		break;
	case 2:
		*byte += (uint8_t)(llm_below(17) - 8);
		break;
	default:
		*byte = (uint8_t)llm_below(256);
	}
}

static uint32_t copy(uint8_t *bytes, uint32_t size)
{
	uint8_t copied[16];
	uint32_t count = 1 + llm_below(size < sizeof(copied) ? size : sizeof(copied));

	memcpy(copied, bytes + llm_below(size - count + 1), count);
	return put(bytes, size, copied, count);
}

uint32_t llm_change(uint8_t *bytes, uint32_t size, const uint8_t *other, uint32_t other_size)
{
	const struct llm_pair *pair = llm_some_pair();
	const struct llm_words *words = llm_some_words();

	switch (size ? llm_below(10) : 9) {
	case 0: case 1: case 2:
		change_byte(&bytes[llm_below(size)]);
		return size;
	case 3:
		return delete(bytes, size);
	case 4:
		return copy(bytes, size);
	case 5:
		return other_size ? splice(bytes, size, other, other_size) : put_random(bytes, size);
	case 6: case 7:
		return pair ? meet_comparison(bytes, size, pair) : put_random(bytes, size);
	case 8:
		return words ? meet_words(bytes, size, words) : put_random(bytes, size);
	default:
		return put_random(bytes, size);
	}
}
