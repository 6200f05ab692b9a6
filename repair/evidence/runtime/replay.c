/*
 * Replays inputs, each in a process of its own.
 *
 *   replay INPUTS CPU_MILLISECONDS FILL STACK N
 *       one line for each input: its number, how it ended, what it reported, which values it took; after N
 *       that do not end, or outgrow, the others are left out
 *   show INPUTS CPU_MILLISECONDS FILL STACK N
 *       what the N-th input (from 0) reported, line by line
 *   mutants INPUTS CPU_MILLISECONDS FILL STACK N...
 *       for each mutant its number and the first input that tells it apart from the original, or -1
 *
 * STACK is how many bytes of it one run may take.
 * INPUTS holds for each input its length, four bytes, the lowest first, and its bytes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"
#include "runtime.h"

#define OUTGREW_STATUS 97
#define REAL_SECONDS 20
#define MOST_ELSEWHERE (256ul << 20)	/* bytes beside the blocks: variables, and again what is mapped */
#define NEAR (64ul << 10)
#define LARGEST_FRAME (64ul << 20)	/* not every compiler touches all pages of one in turn */

/* Which mutant is in force; set here, read where a file of mutants is linked in. */
int llmigrate_mutant;
__attribute__((weak)) void __gcov_dump(void);
__attribute__((weak)) void __asan_poison_memory_region(void const volatile *start, size_t size);
extern const unsigned char __executable_start[], _end[];

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/* Sanitizers have only to end a run; what they would say of it takes a hundred times as long. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0:print_legend=0:print_summary=0:handle_segv=0:handle_sigbus=0:"
	       "handle_abort=0:handle_sigill=0:handle_sigfpe=0:fast_unwind_on_fatal=1";
}

const char *__ubsan_default_options(void)
{
	return "symbolize=0:print_stacktrace=0:print_summary=0";
}

struct inputs {
	uint8_t *bytes;
	size_t count;
	const uint8_t **starts;
	uint32_t *sizes;
};

struct result {
	int status;		/* as wait() gives it */
	uint32_t end, reports;
	uint64_t hash, taken;
};

static long cpu_milliseconds;
static int keeps_errors;
static rlim_t most_space, most_stack;
static const unsigned char *stack_end;	/* lower than any place that a run may get to */
static FILE *results;		/* apart from stdout, which belongs to what is tested */

static void die(const char *what)
{
	perror(what);
	_exit(98);
}

/* Memory for ourselves: malloc belongs to what is tested. */
static void *room(size_t size)
{
	void *start = mmap(NULL, size + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		die("memory");
	return start;
}

static uint32_t length_at(const uint8_t *bytes)
{
	return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static struct inputs read_inputs(const char *path)
{
	struct inputs inputs = { 0 };
	int file = open(path, O_RDONLY);
	off_t size = file < 0 ? -1 : lseek(file, 0, SEEK_END);

	if (size < 0)
		die(path);
	inputs.bytes = room((size_t)size);
	if (pread(file, inputs.bytes, (size_t)size, 0) != size)
		die(path);
	close(file);
	inputs.starts = room((size_t)size * sizeof(*inputs.starts));
	inputs.sizes = room((size_t)size * sizeof(*inputs.sizes));
	for (size_t at = 0; at + 4 <= (size_t)size; at += 4 + inputs.sizes[inputs.count++]) {
		inputs.starts[inputs.count] = inputs.bytes + at + 4;
		inputs.sizes[inputs.count] = length_at(inputs.bytes + at);
	}
	return inputs;
}

void llm_outgrew(void)
{
	llm_run->end = LLM_OUTGREW;
	_exit(OUTGREW_STATUS);
}

/* Log the beginning of what was printed, and a hash of all of it. */
static void log_output(const char *how, int captured)
{
	char text[4096], beginning[4096];
	uint64_t all = LLM_HASH_START;
	off_t at = 0;
	ssize_t size;

	for (; (size = pread(captured, text, sizeof(text), at)) > 0; at += size) {
		if (!at)
			memcpy(beginning, text, (size_t)size);
		all = llm_hash(all, text, (size_t)size);
	}
	if (at)
		llm_log("%s %lld bytes, hash %016llx: %.*s\n", how, (long long)at, (unsigned long long)all,
			(int)(at < (off_t)sizeof(beginning) ? at : (off_t)sizeof(beginning)), beginning);
}

/* Pass on what a child said as errors, a panic perhaps. */
static void repeat_errors(int captured)
{
	char text[4096];
	ssize_t size;

	for (off_t at = 0; (size = pread(captured, text, sizeof(text), at)) > 0; at += size)
		if (write(2, text, (size_t)size) != size)
			die("errors");
}

static void empty(int captured)
{
	if (captured < 0 || ftruncate(captured, 0) || lseek(captured, 0, SEEK_SET))
		die("output");
}

static void look_at_stack(int number, siginfo_t *info, void *context)
{
	const unsigned char *place = info->si_addr;

	(void)context;
	if (info->si_code > 0 && place > stack_end - LARGEST_FRAME && place < stack_end + NEAR)
		llm_outgrew();
	signal(number, SIG_DFL);
	raise(number);
}

/* Bound what a run takes beside its blocks. Sanitizers need more than anybody would want to bound. */
static void limit_memory(void)
{
	static char other_stack[1 << 16];
	stack_t other = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
	struct sigaction action = { .sa_sigaction = look_at_stack, .sa_flags = SA_ONSTACK | SA_SIGINFO };
	struct rlimit space = { most_space, most_space }, stack = { most_stack, most_stack };

	if (__asan_poison_memory_region)
		return;
	if (_end - __executable_start > (ptrdiff_t)MOST_ELSEWHERE)
		llm_outgrew();
	setrlimit(RLIMIT_AS, &space);
	setrlimit(RLIMIT_STACK, &stack);
	sigaltstack(&other, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

static void run_child(const uint8_t *input, uint32_t size, int output, int errors)
{
	struct itimerval limit = { { 0, 0 }, { cpu_milliseconds / 1000, cpu_milliseconds % 1000 * 1000 } };

	dup2(output, 1);
	dup2(errors, 2);
	/* What is tested may write to any file by its number: the results are none of its business. */
	close(fileno(results));
	close(output);
	close(errors);
	setitimer(ITIMER_PROF, &limit, NULL);
	alarm(REAL_SECONDS);
	limit_memory();
	llm_drive(input, size);
	fflush(stdout);
	log_output("printed", 1);
	log_output("printed as errors", 2);
	if (__gcov_dump) {
		/* It allocates too, and an allocation that is still to fail is none of its business. */
		fail_allocation(0);
		__gcov_dump();
	}
	_exit(0);
}

static struct result run_one(const uint8_t *input, uint32_t size)
{
	static int output = -1, errors = -1;
	struct result result;
	pid_t child;

	if (output < 0) {
		output = memfd_create("output", 0);
		errors = memfd_create("errors", 0);
	}
	empty(output);
	empty(errors);
	llm_run->end = LLM_CRASHED;
	llm_run->length = 0;
	/* A child that calls exit() would write what is not written yet once more. */
	fflush(results);
	child = fork();
	if (child == 0)
		run_child(input, size, output, errors);
	if (child < 0 || waitpid(child, &result.status, 0) < 0)
		die("fork");
	if (keeps_errors)
		repeat_errors(errors);
	result.end = llm_run->end;
	result.reports = llm_run->reports;
	result.taken = llm_run->taken;
	result.hash = llm_hash(LLM_HASH_START, llm_run->log, llm_run->length);
	return result;
}

static void print_result(struct result result)
{
	if (result.end == LLM_OUTGREW)
		fprintf(results, "outgrew");
	else if (WIFSIGNALED(result.status))
		fprintf(results, "signal:%d", WTERMSIG(result.status));
	else if (result.end != LLM_FINISHED || WEXITSTATUS(result.status))
		fprintf(results, "exit:%d", WEXITSTATUS(result.status));
	else
		fprintf(results, "finished");
	fprintf(results, " %016llx %u %016llx\n", (unsigned long long)result.hash, result.reports,
		(unsigned long long)result.taken);
}

/* Tell whether a run took all the time or all the memory that there is for one. */
static int is_endless(struct result result)
{
	return result.end == LLM_OUTGREW ||
	       (WIFSIGNALED(result.status) &&
		(WTERMSIG(result.status) == SIGPROF || WTERMSIG(result.status) == SIGALRM));
}

static void replay(const struct inputs *inputs, int most_endless)
{
	for (size_t i = 0; i < inputs->count; i++) {
		struct result result = run_one(inputs->starts[i], inputs->sizes[i]);

		fprintf(results, "%zu ", i);
		print_result(result);
		if (is_endless(result) && --most_endless == 0)
			return;
	}
}

static void show(const struct inputs *inputs, size_t number)
{
	struct result result;

	if (number >= inputs->count)
		_exit(98);
	keeps_errors = 1;
	result = run_one(inputs->starts[number], inputs->sizes[number]);
	fwrite(llm_run->log, 1, llm_run->length, results);
	print_result(result);
}

static int differs(struct result one, struct result other)
{
	return one.end != other.end || one.status != other.status || one.hash != other.hash;
}

static void tell_mutants_apart(const struct inputs *inputs, char **mutants)
{
	struct result *expected = room(inputs->count * sizeof(*expected));

	for (size_t i = 0; i < inputs->count; i++)
		expected[i] = run_one(inputs->starts[i], inputs->sizes[i]);
	for (; *mutants; mutants++) {
		long killer = -1;

		llmigrate_mutant = atoi(*mutants);
		for (size_t i = 0; i < inputs->count && killer < 0; i++)
			if (differs(run_one(inputs->starts[i], inputs->sizes[i]), expected[i]))
				killer = (long)i;
		fprintf(results, "%d %ld\n", llmigrate_mutant, killer);
	}
}

/* Return how many bytes of addresses are taken, the room for blocks among them. */
static rlim_t space_now(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	if (!file || fscanf(file, "%lu", &pages) != 1)
		die("statm");
	fclose(file);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

int main(int count, char **words)
{
	struct inputs inputs;

	if (count < 6)
		return 98;
	llm_run = room(sizeof(*llm_run));
	inputs = read_inputs(words[2]);
	cpu_milliseconds = atol(words[3]);
	/* What is left to chance differs with it: unwritten memory, and the time. */
	llm_fill_with((unsigned char)strtoul(words[4], NULL, 16));
	llm_set_clock((unsigned char)strtoul(words[4], NULL, 16));
	llm_guard_freed();
	llm_reset_blocks();
	most_stack = (rlim_t)atol(words[5]);
	stack_end = (const unsigned char *)words - most_stack;
	most_space = space_now() + MOST_ELSEWHERE;
	results = fdopen(dup(1), "w");
	if (!results)
		die("results");
	if (!strcmp(words[1], "show") && count > 6)
		show(&inputs, (size_t)atol(words[6]));
	else if (!strcmp(words[1], "mutants") && count > 6)
		tell_mutants_apart(&inputs, words + 6);
	else
		replay(&inputs, count > 6 ? atoi(words[6]) : 0);
	fflush(results);
	_exit(0);
}
