/* What the parts of the runtime share. */
#ifndef LLMIGRATE_RUNTIME_H
#define LLMIGRATE_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#define LOG_SIZE (1u << 20)

/* How a run over one input ended. */
enum llm_end { LLM_CRASHED, LLM_FINISHED, LLM_OUTGREW };

/* What one run leaves for the process that started it. */
struct llm_run {
	uint32_t end;		/* enum llm_end */
	uint32_t reports;	/* calls of report_*() */
	uint32_t used;		/* bytes of the input that were taken */
	uint32_t length;	/* of log */
	uint64_t taken;		/* hash of the values that were made of these bytes, in order */
	char log[LOG_SIZE];
};

extern struct llm_run *llm_run;
/* A search needs no log: it only counts the lines of it. */
extern int llm_is_silent;

/* No run may report more. */
#define LOG_LINES 4096

#define LLM_HASH_START UINT64_C(0xcbf29ce484222325)
/* Go on with a hash (FNV-1a). */
uint64_t llm_hash(uint64_t value, const void *bytes, size_t size);
/* Run drive() over an input from a clean start. */
void llm_drive(const uint8_t *input, size_t size);
/* Forget every block; the next run begins at the same addresses. */
void llm_reset_blocks(void);
/* Choose what fresh memory holds. */
void llm_fill_with(unsigned char byte);
/* Choose where the clock stands. */
void llm_set_clock(unsigned char at);
/* Keep freed memory from being used, at the price of a system call. */
void llm_guard_freed(void);
void llm_log(const char *format, ...);
/* End the run: it takes more memory than any input may. */
void llm_outgrew(void);
/* How many bytes there are from here to the end of a live block; 0 where there is none. */
size_t llm_room_at(const void *pointer);
/* Forget what is watched. */
void llm_reset_watch(void);
/* Report what is still in use when a run has ended. */
void llm_report_leaks(void);
/* Write a pointer as block and offset. */
void llm_spell(char *to, size_t size, const void *pointer);

#endif
