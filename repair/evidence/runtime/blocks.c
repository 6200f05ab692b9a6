/*
 * Memory whose every block ends at a guard page, at the same addresses in every run.
 *
 * The allocation functions of what is tested lead here, on either side, so that reading or writing beyond a
 * block, using freed memory and freeing what is none end in a crash or in the log instead of in silence.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver.h"
#include "rule.h"
#include "runtime.h"

#define PAGE 4096ul
#define REGION ((unsigned char *)0x200000000000ul)
#define REGION_SIZE (1ul << 32)
#define OPEN_SLOTS 256		/* blocks of one page that stay open from run to run */
#define MAX_BLOCKS 65536
#define MAX_BYTES (256ul << 20)
#define MAX_NAMES 512
#define CANARY 0xC7

struct block {
	unsigned char *start;
	size_t size;
	unsigned char live;
	unsigned char from_driver;
	size_t mention;		/* where it was first mentioned, from 1, or 0 */
};

struct name {
	const unsigned char *start;
	size_t size;
	const char *name;
};

static struct block blocks[MAX_BLOCKS];
static size_t block_count;
static struct name names[MAX_NAMES];
static size_t name_count;
static unsigned char *next_page;
static size_t bytes_in_use;
static unsigned int fails_in;
static unsigned char fill = 0xA5;
static int guard_freed;
static int gives_away;
static size_t mentions;

/*
 * Whether the module's memory is its own affair: then allocation neither
 * fails nor is reported, and blocks are numbered as they are mentioned.
 */
extern const int llm_own_memory;
__attribute__((weak)) const int llm_own_memory;

void llm_fill_with(unsigned char byte)
{
	fill = byte;
}

void llm_guard_freed(void)
{
	guard_freed = 1;
}

static size_t pages_of(size_t size)
{
	return size ? (size + PAGE - 1) / PAGE : 1;
}

void __asan_poison_memory_region(void const volatile *start, size_t size) __attribute__((weak));
void __asan_unpoison_memory_region(void const volatile *start, size_t size) __attribute__((weak));

/* Tell AddressSanitizer, where it is, that of these bytes only some are a block. */
static void mark_room(unsigned char *first, size_t size, unsigned char *start, size_t used)
{
	if (!__asan_poison_memory_region)
		return;
	__asan_poison_memory_region(first, size);
	__asan_unpoison_memory_region(start, used);
}

static void open_region(void)
{
	if (mmap(REGION, REGION_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
		 -1, 0) != REGION) {
		fprintf(stderr, "the addresses for blocks are taken\n");
		_exit(99);
	}
	for (size_t slot = 0; slot < OPEN_SLOTS; slot++)
		mprotect(REGION + 2 * slot * PAGE, PAGE, PROT_READ | PROT_WRITE);
}

void llm_reset_blocks(void)
{
	unsigned char *open_end = REGION + 2 * OPEN_SLOTS * PAGE;

	if (!next_page)
		open_region();
	else if (next_page > open_end)
		mmap(open_end, next_page - open_end, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	next_page = REGION;
	block_count = 0;
	name_count = 0;
	bytes_in_use = 0;
	fails_in = 0;
	gives_away = 0;
	mentions = 0;
}

/* Open pages for a block and a guard page behind them. */
static unsigned char *open_pages(size_t pages)
{
	unsigned char *first = next_page;

	if (pages == 1 && first < REGION + 2 * OPEN_SLOTS * PAGE) {
		next_page += 2 * PAGE;
		return first;
	}
	if (first < REGION + 2 * OPEN_SLOTS * PAGE)
		first = REGION + 2 * OPEN_SLOTS * PAGE;
	if (first + (pages + 1) * PAGE > REGION + REGION_SIZE ||
	    mprotect(first, pages * PAGE, PROT_READ | PROT_WRITE))
		llm_outgrew();
	next_page = first + (pages + 1) * PAGE;
	return first;
}

static unsigned char *add_block(size_t size, size_t alignment, int from_driver)
{
	size_t room = (size + alignment - 1) / alignment * alignment;
	size_t pages;
	unsigned char *end, *start;

	if (block_count == MAX_BLOCKS || size > MAX_BYTES || bytes_in_use + size > MAX_BYTES)
		llm_outgrew();
	pages = pages_of(room);
	end = open_pages(pages) + pages * PAGE;
	start = end - room;
	/* What stands ahead of the block is nobody's: who reads it gets another value with another fill. */
	memset(end - pages * PAGE, fill, (size_t)(start + size - (end - pages * PAGE)));
	memset(start + size, CANARY, room - size);
	mark_room(end - pages * PAGE, pages * PAGE, start, size);
	blocks[block_count++] = (struct block){ start, size, 1, from_driver, 0 };
	bytes_in_use += size;
	return start;
}

static struct block *block_at(const void *pointer)
{
	/* The newest first: freed blocks keep their place until the run ends. */
	for (size_t i = block_count; i-- > 0; )
		if ((const unsigned char *)pointer >= blocks[i].start &&
		    (const unsigned char *)pointer <= blocks[i].start + blocks[i].size)
			return &blocks[i];
	return NULL;
}

void *new_block(size_t size)
{
	unsigned char *start = add_block(size, 1, 1);

	memset(start, 0, size);
	return start;
}

void llm_give_away(void)
{
	gives_away = 1;
}

void *llm_answer_block(size_t size, const void *old)
{
	size_t kept = llm_room_at(old);
	void *start;

	if (llm_rarely())
		return NULL;
	start = add_block(size, 16, 1);
	return kept ? memcpy(start, old, kept < size ? kept : size) : start;
}

int is_live(const void *block)
{
	const struct block *found = block_at(block);

	return found && found->live;
}

size_t llm_room_at(const void *pointer)
{
	const struct block *found = block_at(pointer);

	return found && found->live ? (size_t)(found->start + found->size - (const unsigned char *)pointer) : 0;
}

size_t llm_tail(const void *record, size_t size)
{
	const struct block *found = block_at(record);
	size_t room = llm_room_at(record);

	return found && found->from_driver && room > size ? room - size : 0;
}

static int is_mark(const void *pointer)
{
	return (uintptr_t)pointer < PAGE || (uintptr_t)pointer >= (uintptr_t)-PAGE;
}

static int is_in_region(const void *pointer)
{
	return (const unsigned char *)pointer >= REGION && (const unsigned char *)pointer < REGION + REGION_SIZE;
}

int llm_is_elsewhere(const void *pointer)
{
	const unsigned char *place = pointer;

	if (is_mark(pointer))
		return 0;
	for (size_t i = 0; i < name_count; i++)
		if (place >= names[i].start && place < names[i].start + (names[i].size ? names[i].size : 1))
			return 0;
	return !is_in_region(pointer);
}

int llm_can_read(const void *pointer, size_t size)
{
	if (is_in_region(pointer))
		return llm_room_at(pointer) >= size;
	return !is_mark(pointer) && size <= PAGE;
}

extern const unsigned char __executable_start[], _end[];

int llm_is_program(const void *pointer)
{
	const unsigned char *place = pointer;

	return place >= __executable_start && place < _end;
}

int llm_is_static(const void *pointer)
{
	return llm_is_program(pointer) && llm_is_elsewhere(pointer);
}

void fail_allocation(unsigned int n)
{
	fails_in = llm_own_memory ? 0 : n;
}

void name_pointer(const void *pointer, size_t size, const char *name)
{
	if (name_count < MAX_NAMES)
		names[name_count++] = (struct name){ pointer, size, name };
}

static void spell_offset(char *to, size_t size, size_t offset)
{
	size_t length = strlen(to);

	if (offset)
		snprintf(to + length, size - length, " + %zu", offset);
}

static size_t number_of(struct block *block)
{
	if (!llm_own_memory)
		return (size_t)(block - blocks) + 1;
	if (!block->mention)
		block->mention = ++mentions;
	return block->mention;
}

void llm_spell(char *to, size_t size, const void *pointer)
{
	struct block *block = pointer ? block_at(pointer) : NULL;
	const unsigned char *place = pointer;

	if (!pointer) {
		snprintf(to, size, "NULL");
		return;
	}
	if (block) {
		snprintf(to, size, "block %zu%s", number_of(block), block->live ? "" : " (freed)");
		spell_offset(to, size, (size_t)(place - block->start));
		return;
	}
	for (size_t i = 0; i < name_count; i++) {
		if (place >= names[i].start && place < names[i].start + (names[i].size ? names[i].size : 1)) {
			snprintf(to, size, "%s", names[i].name);
			spell_offset(to, size, (size_t)(place - names[i].start));
			return;
		}
	}
	/* Small numbers in pointers are marks, not addresses. */
	if (is_mark(pointer))
		snprintf(to, size, "%zd", (ptrdiff_t)(intptr_t)place);
	else
		snprintf(to, size, "elsewhere");
}

static int fails(void)
{
	return fails_in && --fails_in == 0;
}

static void *allocate(const char *how, size_t size, size_t alignment)
{
	unsigned char *start;

	if (fails()) {
		llm_log("%s(%zu) fails\n", how, size);
		errno = ENOMEM;
		return NULL;
	}
	start = add_block(size, alignment, 0);
	if (!llm_own_memory)
		llm_log("%s(%zu) gives block %zu\n", how, size, block_count);
	return start;
}

static void check_end(struct block *block)
{
	size_t room = (block->size + 15) / 16 * 16;

	if (block->from_driver)
		return;
	for (size_t i = block->size; i < room; i++) {
		if (block->start[i] != CANARY) {
			llm_log("block %zu is written beyond its end\n", number_of(block));
			return;
		}
	}
}

static void release(const char *how, void *pointer)
{
	struct block *block = block_at(pointer);

	if (!block || block->start != pointer || !block->live || (block->from_driver && !gives_away)) {
		char place[96];

		llm_spell(place, sizeof(place), pointer);
		llm_log("%s of %s, which is no allocated block\n", how, place);
		__builtin_trap();
	}
	check_end(block);
	if (!llm_own_memory)
		llm_log("%s of block %zu\n", how, number_of(block));
	block->live = 0;
	bytes_in_use -= block->size;
	if (guard_freed) {
		uintptr_t first = (uintptr_t)block->start / PAGE * PAGE;

		mprotect((void *)first, pages_of((uintptr_t)block->start + block->size - first) * PAGE, PROT_NONE);
	} else {
		memset(block->start, fill ^ 0xFF, block->size);
	}
}

void llm_report_leaks(void)
{
	for (size_t i = 0; i < block_count; i++) {
		if (blocks[i].live && !blocks[i].from_driver) {
			check_end(&blocks[i]);
			if (!llm_own_memory)
				llm_log("block %zu is still in use\n", i + 1);
		}
	}
}

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *pointer);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **to, size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
	return allocate("malloc", size, 16);
}

void *__wrap_calloc(size_t count, size_t size)
{
	size_t all;
	void *start;

	if (__builtin_mul_overflow(count, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	start = allocate("calloc", all, 16);
	return start ? memset(start, 0, all) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	const struct block *block = old ? block_at(old) : NULL;
	size_t kept = block ? block->size : 0;
	void *start = allocate("realloc", size, 16);

	if (!start)
		return NULL;
	if (old) {
		memcpy(start, old, kept < size ? kept : size);
		release("realloc", old);
	}
	return start;
}

void __wrap_free(void *pointer)
{
	if (pointer)
		release("free", pointer);
}

char *__wrap_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = allocate("strdup", size, 16);

	return copy ? memcpy(copy, text, size) : NULL;
}

char *__wrap_strndup(const char *text, size_t most)
{
	size_t length = strnlen(text, most);
	char *copy = allocate("strndup", length + 1, 16);

	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return allocate("aligned_alloc", size, alignment < 16 ? 16 : alignment);
}

int __wrap_posix_memalign(void **to, size_t alignment, size_t size)
{
	*to = allocate("posix_memalign", size, alignment < 16 ? 16 : alignment);
	return *to ? 0 : ENOMEM;
}
