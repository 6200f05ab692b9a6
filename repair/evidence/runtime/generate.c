/*
 * Finds inputs where there is no libFuzzer: changes inputs that it kept and keeps what reaches something new.
 *
 *   generate SEEDS KEPT RUNS SEED SECONDS
 *
 * SEEDS and KEPT hold for each input its length, four bytes, the lowest first, and its bytes. In KEPT those
 * that reach code of their own come first, those that only bring a comparison closer to its end behind them.
 *
 * What the C leaves undefined traps or meets a guard page; such an input ends there and is forgotten. What
 * does not end is told by the number of branches it takes, so that a seed keeps the same inputs every time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "generate.h"
#include "runtime.h"

#define MOST_KEPT 32768
#define STORE_SIZE (64u << 20)
#define CPU_SECONDS 1		/* for what has no branches of its own, such as a long memset() */
#define BUCKETS 8
#define OUR_ERRORS 731		/* a file that no C will write to by chance */

struct kept {
	uint8_t *bytes;
	uint32_t size;
	uint32_t owned;		/* features that no shorter input has */
	uint32_t owned_code;	/* how many of these are code */
};

static sigjmp_buf abandoned;
static unsigned long tried;
static uint32_t owners[2 * LLM_PLACES * BUCKETS];	/* 1 more than the input's number */
static struct kept kept[MOST_KEPT];
static uint32_t kept_count;
static uint8_t *store;
static size_t store_used;

static void abandon(int signal)
{
	if (!llm_traces)
		_exit(96);
	siglongjmp(abandoned, signal);
}

void llm_outgrew(void)
{
	siglongjmp(abandoned, SIGXFSZ);
}

void llm_has_no_end(void)
{
	siglongjmp(abandoned, SIGVTALRM);
}

void __wrap_exit(int status);

void __wrap_exit(int status)
{
	(void)status;
	siglongjmp(abandoned, SIGABRT);
}

static void limit_time(long seconds)
{
	struct itimerval limit = { { 0, 0 }, { seconds, 0 } };

	setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

/* Run an input. Return whether it came to its end. */
static int run(const uint8_t *input, uint32_t size)
{
	int ended;

	llm_reset_trace();
	tried++;
	limit_time(CPU_SECONDS);
	llm_traces = 1;
	ended = sigsetjmp(abandoned, 0) == 0;
	if (ended)
		llm_drive(input, size);
	llm_traces = 0;
	limit_time(0);
	return ended;
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
	for (uint32_t i = 0; i < llm_reached.count; i++) {
		uint32_t place = llm_reached.places[i];
		uint32_t *owner = &owners[place * BUCKETS + bucket(llm_reached.counts[place])];

		if (!*owner || kept[*owner - 1].size > size) {
			entry->size = size;
			give(owner, place < LLM_PLACES, kept_count);
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

/* Choose a kept input: one that reaches code of its own, and a new one, more often than others. */
static const struct kept *choose(void)
{
	const struct kept *chosen = NULL;

	for (int i = 0; i < 8; i++) {
		uint32_t recent = kept_count < 16 ? kept_count : 16 + kept_count / 8;

		if (recent > kept_count)
			recent = kept_count;
		chosen = &kept[llm_below(3) ? llm_below(kept_count) : kept_count - 1 - llm_below(recent)];
		if (chosen->owned_code || (chosen->owned && i > 2))
			break;
	}
	return chosen;
}

static void try_another(void)
{
	uint8_t bytes[LLM_LONGEST];
	uint32_t size = 0;

	if (kept_count && llm_below(32)) {
		const struct kept *chosen = choose();

		size = chosen->size;
		memcpy(bytes, chosen->bytes, size);
	}
	for (uint32_t left = 1u << llm_below(5); left; left--) {
		const struct kept *other = &kept[kept_count ? llm_below(kept_count) : 0];

		size = llm_change(bytes, size, other->bytes, other->size);
	}
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
	uint8_t length[4], bytes[LLM_LONGEST];

	if (!file)
		die(path);
	while (fread(length, 1, 4, file) == 4) {
		uint32_t size = length[0] | length[1] << 8 | length[2] << 16 | (uint32_t)length[3] << 24;
		uint32_t read = size < LLM_LONGEST ? size : LLM_LONGEST;

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
		uint8_t length[4];

		for (int byte = 0; byte < 4; byte++)
			length[byte] = (uint8_t)(size >> 8 * byte);
		if (!kept[i].owned || (kept[i].owned_code > 0) != with_code)
			continue;
		if (fwrite(length, 1, 4, file) != 4 || fwrite(kept[i].bytes, 1, size, file) != size)
			die("writing");
	}
}

/* The kernel's own clock: that of the C library stands still, or may be a function of the module. */
static time_t seconds_now(void)
{
	struct timespec now;

	if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now))
		die("clock");
	return now.tv_sec;
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
	errors = fdopen(fcntl(2, F_DUPFD, OUR_ERRORS), "w");
	/* What the C prints is looked at when inputs are replayed. */
	if (!errors || !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		die("errors");
	runs = strtoul(arguments[3], NULL, 10);
	llm_seed_random(strtoull(arguments[4], NULL, 10));
	end = seconds_now() + atol(arguments[5]);
	llm_run = room(sizeof(*llm_run));
	store = room(STORE_SIZE);
	catch_signals();
	llm_is_silent = 1;
	try_seeds(arguments[1]);
	while (tried < runs && (tried % 64 || seconds_now() < end))
		try_another();
	/* Not before: the C may write to any file by its number. */
	to = fopen(arguments[2], "wb");
	if (!to)
		die(arguments[2]);
	write_kept(to, 1);
	write_kept(to, 0);
	fprintf(errors, "llmigrate: %lu tried\n", tried);
	if (fclose(to) || fclose(errors))
		die(arguments[2]);
	_exit(0);
}
