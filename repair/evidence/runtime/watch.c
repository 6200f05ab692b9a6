/* What is reported at the end of a run, found by following pointers, and stand-ins for comparisons. */
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "rule.h"
#include "runtime.h"

#define MAX_WATCHED 4096
#define MAX_VALUES 1024
#define SPELLED 16

struct watched {
	const unsigned char *object;
	size_t size;
	size_t beside_blocks;	/* how many bytes it has where it is in no block */
	void (*report)(const char *what, const void *at);
};

static struct watched watched[MAX_WATCHED];
static size_t watched_count;
static int order;

void llm_reset_watch(void)
{
	watched_count = 0;
	order = -1;
}

const char *llm_part(const char *what, const char *part)
{
	static char spelled[SPELLED][256];
	static unsigned int next;
	char *to = spelled[next++ % SPELLED];

	if (llm_is_silent)
		return what;
	snprintf(to, sizeof(spelled[0]), "%s%s", what, part);
	return to;
}

static size_t room_of(const struct watched *one)
{
	size_t room = llm_room_at(one->object);

	return room ? room : one->beside_blocks;
}

static void add(struct watched one)
{
	if (!room_of(&one) || watched_count == MAX_WATCHED)
		return;
	for (size_t i = 0; i < watched_count; i++)
		if (watched[i].object == one.object)
			return;
	watched[watched_count++] = one;
}

void llm_watch(const void *object, size_t size, void (*report)(const char *what, const void *at))
{
	add((struct watched){ object, size, llm_is_static(object) ? size : 0, report });
}

void llm_watch_table(const void *object, size_t size, size_t count,
		     void (*report)(const char *what, const void *at))
{
	add((struct watched){ object, size, llm_is_program(object) ? size * count : 0, report });
}

void *llm_watched(void *block)
{
	llm_watch(block, 1, NULL);
	return block;
}

static void forget(const void *object)
{
	for (size_t i = 0; i < watched_count; i++) {
		if (watched[i].object == object) {
			watched[i] = watched[--watched_count];
			return;
		}
	}
}

void *llm_overlapped(void **const rows[], size_t count, size_t unit, size_t least)
{
	size_t one, other, size, rest, distance;
	unsigned char *block;

	if (!llm_rarely())
		return NULL;
	one = (size_t)take_range(0, (int64_t)count - 1);
	other = (one + (size_t)take_range(1, (int64_t)count - 1)) % count;
	size = llm_room_at(*rows[one]);
	rest = llm_room_at(*rows[other]);
	if (!rest || size / unit <= least)
		return NULL;
	distance = unit * (size_t)take_range((int64_t)least, (int64_t)(size / unit) - 1);
	block = new_block(distance + rest > size ? distance + rest : size);
	memcpy(block, *rows[one], size);
	memcpy(block + distance, *rows[other], rest);
	/* Where they stood nobody can get any more. */
	forget(*rows[one]);
	forget(*rows[other]);
	*rows[one] = block;
	*rows[other] = block + distance;
	return block;
}

void llm_report_watched(void)
{
	for (size_t i = 0; i < watched_count; i++) {
		size_t room = room_of(&watched[i]);
		size_t count = watched[i].size ? room / watched[i].size : 0;
		char what[96];

		llm_spell(what, sizeof(what), watched[i].object);
		if (room && !watched[i].report)
			report_bytes(what, watched[i].object, room);
		for (size_t value = 0; watched[i].report && value < count && value < MAX_VALUES; value++)
			watched[i].report(what, watched[i].object + value * watched[i].size);
	}
}

void llm_report_text(const char *what, const char *text, size_t most)
{
	size_t room = llm_room_at(text);

	if (room || llm_can_read(text, 1))
		report_bytes(what, text, strnlen(text, room && room < most ? room : most));
}

static int answer(int difference)
{
	if (order < 0)
		order = (int)take_range(0, 15);
	if (order < 10)
		return difference;
	if (order < 13)
		return -difference;
	if (order < 14)
		return 0;
	return (int)take_range(-1, 1);
}

int llm_compare_bytes(const void *one, const void *other)
{
	return answer(*(const unsigned char *)one - *(const unsigned char *)other);
}

/* Some number that belongs to a place: places near one another are in no order. */
static int rank(const void *place)
{
	return (int)(((uintptr_t)place / 4096 * 0x9E3779B1u) >> 7 & 7);
}

int llm_compare_places(const void *one, const void *other)
{
	return answer(rank(one) - rank(other));
}
