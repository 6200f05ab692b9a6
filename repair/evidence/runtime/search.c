/*
 * One input at a time for libFuzzer, in its own process.
 *
 * What the C leaves undefined traps or meets a guard page. Such an input ends there, and what it covered is
 * forgotten, so that the search keeps looking for a defined input that covers the same.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "runtime.h"

#define CPU_MICROSECONDS 8000

static sigjmp_buf abandoned;
static volatile int running;
static unsigned long tried;

extern uint8_t __start___sancov_cntrs[] __attribute__((weak));
extern uint8_t __stop___sancov_cntrs[] __attribute__((weak));

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void abandon(int signal)
{
	if (!running)
		_Exit(96);
	siglongjmp(abandoned, signal);
}

void llm_outgrew(void)
{
	siglongjmp(abandoned, SIGXFSZ);
}

static void print_count(void)
{
	fprintf(stderr, "llmigrate: %lu tried\n", tried);
}

static void begin(void)
{
	static char stack[1 << 16];
	const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGVTALRM };
	struct sigaction action = { .sa_handler = abandon, .sa_flags = SA_ONSTACK | SA_NODEFER };
	stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };

	llm_run = mmap(NULL, sizeof(*llm_run), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaltstack(&other, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
	llm_is_silent = 1;
	atexit(print_count);
}

static void limit_time(long microseconds)
{
	struct itimerval limit = { { 0, 0 }, { 0, microseconds } };

	setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	if (!llm_run)
		begin();
	tried++;
	limit_time(CPU_MICROSECONDS);
	running = 1;
	if (sigsetjmp(abandoned, 0) == 0)
		llm_drive(input, size);
	else
		memset(__start___sancov_cntrs, 0, (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs));
	running = 0;
	limit_time(0);
	return 0;
}
