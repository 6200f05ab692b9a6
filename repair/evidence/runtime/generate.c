/*
 * Finds inputs where there is no libFuzzer: changes inputs that it kept and keeps what reaches something new.
 *
 *   generate SEEDS KEPT RUNS SEED SECONDS
 *
 * SEEDS and KEPT hold for each input its length, four bytes, the lowest first, and its bytes. In KEPT those
 * that reach code of their own come first, those that only bring a comparison closer to its end behind them.
 *
 * What the C leaves undefined traps or meets a guard page; such an input ends there and is forgotten. What does
 * not end is told by the number of branches it takes, so that the same seed keeps the same inputs anywhere.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "runtime.h"

#define LONGEST 512
#define MOST_KEPT 32768
#define STORE_SIZE (64u << 20)
#define BRANCH_LIMIT 2000000
#define CPU_SECONDS 1		/* for what has no branches of its own, such as a long memset() */
#define PLACES (1u << 16)	/* of code, and as many of comparisons behind them */
#define BUCKETS 8
#define PAIRS 1024
#define WORDS 256
#define LONGEST_WORD 32

struct kept {
	uint8_t *bytes;
	uint32_t size;
	uint32_t owned;		/* features that no shorter input has */
	uint32_t owned_code;	/* how many of these are code */
};

struct pair {
	uint64_t found, wanted;
	uint32_t width;
};

struct word {
	uint32_t size;
	uint8_t bytes[LONGEST_WORD];
};

extern const char __executable_start[];

static sigjmp_buf abandoned;
static volatile int running;
static unsigned long tried, undefined, endless, outgrown;

static uint8_t counts[2 * PLACES];
static uint32_t touched[2 * PLACES], touched_count;
static uint32_t owners[2 * PLACES * BUCKETS];	/* 1 more than the input's number */
static uint32_t last_place;
static unsigned long branches;

static struct kept kept[MOST_KEPT];
static uint32_t kept_count;
static uint8_t *store;
static size_t store_used;
static struct pair pairs[PAIRS];
static struct word words[WORDS];
static uint32_t pair_count, word_count;
static uint64_t state;

static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(0x2545F4914F6CDD1D);
}

static uint32_t below(uint32_t limit)
{
	return (uint32_t)((next_random() >> 32) * limit >> 32);
}

/* What the instrumented code calls. */

static void touch(uint32_t place)
{
	if (!counts[place])
		touched[touched_count++] = place;
	counts[place] += counts[place] < 255;
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

	if (!running)
		return;
	if (++branches > BRANCH_LIMIT)
		siglongjmp(abandoned, SIGVTALRM);
	touch((last_place << 1 ^ place) % PLACES);
	last_place = place;
}

static void remember_pair(uint64_t found, uint64_t wanted, uint32_t width)
{
	pairs[pair_count++ % PAIRS] = (struct pair){ found, wanted, width };
}

static void compared(const void *code, uint64_t one, uint64_t other, uint32_t width)
{
	uint64_t differing = one ^ other;

	if (!running)
		return;
	touch(PLACES + mixed(place_of(code) * 128 + (uint64_t)__builtin_popcountll(differing)) % PLACES);
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
	for (uint64_t i = 0; running && i < cases[0]; i++)
		if (value != cases[2 + i])
			remember_pair(value, cases[2 + i], (uint32_t)(cases[1] / 8));
}

void __sanitizer_cov_trace_cmpf(float one, float other);
void __sanitizer_cov_trace_cmpd(double one, double other);

static void compared_reals(const void *code, int order)
{
	if (running)
		touch(PLACES + mixed(place_of(code) * 4 + (uint64_t)order) % PLACES);
}

void __sanitizer_cov_trace_cmpf(float one, float other)
{
	compared_reals(__builtin_return_address(0), (one < other) + 2 * (one > other));
}

void __sanitizer_cov_trace_cmpd(double one, double other)
{
	compared_reals(__builtin_return_address(0), (one < other) + 2 * (one > other));
}

static void remember_word(const void *bytes, size_t size)
{
	struct word *word;

	if (!running || size < 2 || size > LONGEST_WORD)
		return;
	for (uint32_t i = 0; i < word_count && i < WORDS; i++)
		if (words[i].size == size && !__builtin_memcmp(words[i].bytes, bytes, size))
			return;
	word = &words[word_count++ % WORDS];
	word->size = (uint32_t)size;
	memcpy(word->bytes, bytes, size);
}

/* How far two strings agree is a step on the way to equality. */
static void compared_bytes(const void *code, const char *one, const char *other, size_t size)
{
	size_t same = 0;

	while (same < size && same < 30 && one[same] == other[same])
		same++;
	if (running)
		touch(PLACES + mixed(place_of(code) * 32 + same) % PLACES);
}

int __real_memcmp(const void *one, const void *other, size_t size);
int __wrap_memcmp(const void *one, const void *other, size_t size);
int __real_strcmp(const char *one, const char *other);
int __wrap_strcmp(const char *one, const char *other);
int __real_strncmp(const char *one, const char *other, size_t most);
int __wrap_strncmp(const char *one, const char *other, size_t most);
void __wrap_exit(int status);

int __wrap_memcmp(const void *one, const void *other, size_t size)
{
	int result = __real_memcmp(one, other, size);

	remember_word(one, size);
	remember_word(other, size);
	compared_bytes(__builtin_return_address(0), one, other, size);
	return result;
}

/* A comparison may end before the text does: no further than the page that it has read from. */
static size_t text_size(const char *text, size_t most)
{
	size_t readable = 4096 - (uintptr_t)text % 4096;

	return strnlen(text, most < readable ? most : readable);
}

static void compared_text(const void *code, const char *one, const char *other, size_t most)
{
	size_t size = text_size(one, most), other_size = text_size(other, most);

	remember_word(one, size);
	remember_word(other, other_size);
	compared_bytes(code, one, other, size < other_size ? size : other_size);
}

int __wrap_strcmp(const char *one, const char *other)
{
	int result = __real_strcmp(one, other);

	compared_text(__builtin_return_address(0), one, other, LONGEST_WORD + 1);
	return result;
}

int __wrap_strncmp(const char *one, const char *other, size_t most)
{
	int result = __real_strncmp(one, other, most);

	compared_text(__builtin_return_address(0), one, other, most < LONGEST_WORD + 1 ? most : LONGEST_WORD + 1);
	return result;
}

void __wrap_exit(int status)
{
	(void)status;
	siglongjmp(abandoned, SIGABRT);
}

/* One input. */

static void abandon(int signal)
{
	if (!running)
		_exit(96);
	siglongjmp(abandoned, signal);
}

void llm_outgrew(void)
{
	siglongjmp(abandoned, SIGXFSZ);
}

static void limit_time(long seconds)
{
	struct itimerval limit = { { 0, 0 }, { seconds, 0 } };

	setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

/* Run an input. Return whether it came to its end. */
static int run(const uint8_t *input, uint32_t size)
{
	int signal;

	for (uint32_t i = 0; i < touched_count; i++)
		counts[touched[i]] = 0;
	touched_count = 0;
	last_place = 0;
	branches = 0;
	tried++;
	limit_time(CPU_SECONDS);
	running = 1;
	signal = sigsetjmp(abandoned, 0);
	if (signal == 0)
		llm_drive(input, size);
	running = 0;
	limit_time(0);
	undefined += signal != 0 && signal != SIGVTALRM && signal != SIGXFSZ;
	endless += signal == SIGVTALRM;
	outgrown += signal == SIGXFSZ;
	return signal == 0;
}

static uint32_t bucket(uint32_t count)
{
	if (count < 4)
		return count - 1;
	return count < 8 ? 3 : count < 16 ? 4 : count < 32 ? 5 : count < 128 ? 6 : 7;
}

static void give(uint32_t *owner, int is_code, uint32_t to)
{
	if (*owner) {
		kept[*owner - 1].owned--;
		kept[*owner - 1].owned_code -= (uint32_t)is_code;
	}
	*owner = to + 1;
	kept[to].owned++;
	kept[to].owned_code += (uint32_t)is_code;
}

/* Keep an input that reaches something new, or reaches with fewer bytes what another does. */
static void keep(const uint8_t *input, uint32_t size)
{
	struct kept *entry = &kept[kept_count];

	if (kept_count == MOST_KEPT || store_used + size > STORE_SIZE)
		return;
	for (uint32_t i = 0; i < touched_count; i++) {
		uint32_t *owner = &owners[touched[i] * BUCKETS + bucket(counts[touched[i]])];

		if (!*owner || kept[*owner - 1].size > size) {
			entry->size = size;
			give(owner, touched[i] < PLACES, kept_count);
		}
	}
	if (!entry->owned)
		return;
	entry->bytes = memcpy(store + store_used, input, size);
	store_used += size;
	kept_count++;
}

/* What is not taken cannot matter. */
static void try(const uint8_t *input, uint32_t size)
{
	if (run(input, size))
		keep(input, llm_run->used);
}

/* Changes of an input. */

static uint32_t insert(uint8_t *bytes, uint32_t size, uint32_t at, const uint8_t *new, uint32_t count)
{
	if (count > LONGEST - size)
		count = LONGEST - size;
	memmove(bytes + at + count, bytes + at, size - at);
	memcpy(bytes + at, new, count);
	return size + count;
}

static uint32_t overwrite(uint8_t *bytes, uint32_t size, uint32_t at, const uint8_t *new, uint32_t count)
{
	if (count > LONGEST - at)
		count = LONGEST - at;
	memcpy(bytes + at, new, count);
	return at + count > size ? at + count : size;
}

static uint32_t put(uint8_t *bytes, uint32_t size, const uint8_t *new, uint32_t count)
{
	uint32_t at = below(size + 1);

	return below(2) ? insert(bytes, size, at, new, count) : overwrite(bytes, size, at, new, count);
}

/* Replace what a comparison found by what it wanted, or write that in the form that take_number() reads. */
static uint32_t meet_comparison(uint8_t *bytes, uint32_t size)
{
	struct pair pair = pairs[below(pair_count < PAIRS ? pair_count : PAIRS)];
	uint32_t start = below(size + 1);
	uint8_t number[9] = { 0xFF };

	if (pair.wanted < 256 && below(2)) {
		number[0] = 0;
		number[1] = (uint8_t)pair.wanted;
		return put(bytes, size, number, 2);
	}
	pair.wanted += below(4) ? 0 : below(2) ? 1 : UINT64_C(-1);
	memcpy(number + 1, &pair.wanted, 8);
	for (uint32_t i = 0; i + pair.width <= size; i++) {
		uint32_t at = (start + i) % (size - pair.width + 1);

		if (!__builtin_memcmp(bytes + at, &pair.found, pair.width))
			return overwrite(bytes, size, at, number + 1, pair.width);
	}
	return below(2) ? put(bytes, size, number, pair.width + 1) : put(bytes, size, number + 1, pair.width);
}

static uint32_t splice(uint8_t *bytes, uint32_t size)
{
	const struct kept *other = &kept[below(kept_count)];
	uint32_t from = other->size ? below(other->size) : 0;
	uint32_t count = other->size ? 1 + below(other->size - from) : 0;

	return put(bytes, size, other->bytes + from, count);
}

static uint32_t put_random(uint8_t *bytes, uint32_t size)
{
	static const uint8_t most[] = { 255, 255, 15, 1 };
	uint32_t count = 1 + below(below(2) ? 4 : 32), limit = most[below(4)];
	uint8_t new[32];

	for (uint32_t i = 0; i < count; i++)
		new[i] = (uint8_t)below(limit + 1);
	return below(2) ? insert(bytes, size, size, new, count) : put(bytes, size, new, count);
}

static uint32_t delete(uint8_t *bytes, uint32_t size)
{
	uint32_t at = below(size), count = 1 + below(below(2) ? 4 : size);

	if (count > size - at)
		count = size - at;
	memmove(bytes + at, bytes + at + count, size - at - count);
	return size - count;
}

static void change_byte(uint8_t *byte)
{
	static const uint8_t telling[] = { 0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 254, 255 };

	switch (below(4)) {
	case 0:
		*byte ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		*byte = telling[below(sizeof(telling))];
		break;
	case 2:
		*byte += (uint8_t)(below(17) - 8);
		break;
	default:
		*byte = (uint8_t)below(256);
	}
}

static uint32_t change(uint8_t *bytes, uint32_t size)
{
	uint8_t copied[16];
	uint32_t count;

	switch (size ? below(10) : 9) {
	case 0: case 1: case 2:
		change_byte(&bytes[below(size)]);
		return size;
	case 3:
		return delete(bytes, size);
	case 4:
		count = 1 + below(size < sizeof(copied) ? size : sizeof(copied));
		memcpy(copied, bytes + below(size - count + 1), count);
		return put(bytes, size, copied, count);
	case 5:
		return splice(bytes, size);
	case 6: case 7:
		return pair_count ? meet_comparison(bytes, size) : put_random(bytes, size);
	case 8:
		if (word_count) {
			const struct word *word = &words[below(word_count < WORDS ? word_count : WORDS)];

			return put(bytes, size, word->bytes, word->size);
		}
		/* fall through */
	default:
		return put_random(bytes, size);
	}
}

/* Choose a kept input: one that reaches code of its own, and a new one, more often than others. */
static const struct kept *choose(void)
{
	const struct kept *chosen = NULL;

	for (int i = 0; i < 8; i++) {
		uint32_t recent = kept_count < 16 ? kept_count : 16 + kept_count / 8;

		if (recent > kept_count)
			recent = kept_count;
		chosen = &kept[below(3) ? below(kept_count) : kept_count - 1 - below(recent)];
		if (chosen->owned_code || (chosen->owned && i > 2))
			break;
	}
	return chosen;
}

static void try_another(void)
{
	uint8_t bytes[LONGEST];
	uint32_t size = 0;

	if (kept_count && below(32)) {
		const struct kept *chosen = choose();

		size = chosen->size;
		memcpy(bytes, chosen->bytes, size);
	}
	for (uint32_t left = 1u << below(5); left; left--)
		size = change(bytes, size);
	try(bytes, size);
}

/* The program. */

static void die(const char *what)
{
	perror(what);
	_exit(98);
}

static void *room(size_t size)
{
	void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		die("memory");
	return start;
}

static void try_seeds(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t length[4], bytes[LONGEST];

	if (!file)
		die(path);
	while (fread(length, 1, 4, file) == 4) {
		uint32_t size = length[0] | length[1] << 8 | length[2] << 16 | (uint32_t)length[3] << 24;
		uint32_t read = size < LONGEST ? size : LONGEST;

		if (fread(bytes, 1, read, file) != read || fseek(file, (long)(size - read), SEEK_CUR))
			die(path);
		try(bytes, read);
	}
	fclose(file);
}

static void write_kept(FILE *file, int with_code)
{
	for (uint32_t i = 0; i < kept_count; i++) {
		uint32_t size = kept[i].size;
		uint8_t length[4] = { (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16), (uint8_t)(size >> 24) };

		if (!kept[i].owned || (kept[i].owned_code > 0) != with_code)
			continue;
		if (fwrite(length, 1, 4, file) != 4 || fwrite(kept[i].bytes, 1, size, file) != size)
			die("writing");
	}
}

static void catch_signals(void)
{
	static char stack[1 << 16];
	const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGVTALRM };
	struct sigaction action = { .sa_handler = abandon, .sa_flags = SA_ONSTACK | SA_NODEFER };
	stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&other, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
}

int main(int count, char **arguments)
{
	FILE *to, *errors;
	unsigned long runs;
	time_t end;

	if (count < 6)
		return 98;
	to = fopen(arguments[2], "wb");
	errors = fdopen(dup(2), "w");
	/* What the C prints is looked at when inputs are replayed. */
	if (!to || !errors || !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		die(arguments[2]);
	runs = strtoul(arguments[3], NULL, 10);
	state = strtoull(arguments[4], NULL, 10) * 2 + 1;
	end = time(NULL) + atol(arguments[5]);
	llm_run = room(sizeof(*llm_run));
	store = room(STORE_SIZE);
	catch_signals();
	try_seeds(arguments[1]);
	while (tried < runs && (tried % 64 || time(NULL) < end))
		try_another();
	write_kept(to, 1);
	write_kept(to, 0);
	fprintf(errors, "llmigrate: %lu tried, %lu undefined, %lu endless, %lu outgrown\n", tried, undefined, endless,
		outgrown);
	if (fclose(to) || fclose(errors))
		die(arguments[2]);
	_exit(0);
}
