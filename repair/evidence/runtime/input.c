/* Values out of an input, and the log of what was observed. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "rule.h"
#include "runtime.h"

#define SHOWN_BYTES 4096
#define MOST_TEXT 96

struct llm_run *llm_run;
int llm_is_silent;
static unsigned int lines;
static const uint8_t *input;
static size_t input_size, position;
static unsigned long runs;

uint64_t llm_hash(uint64_t value, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (; size; size--, byte++)
		value = (value ^ *byte) * UINT64_C(0x100000001b3);
	return value;
}

/* Inputs whose values are the same lead to the same calls. */
static void note(const void *value, size_t size)
{
	llm_run->taken = llm_hash(llm_run->taken, value, size);
}

static uint8_t take_byte(void)
{
	uint8_t byte = position < input_size ? input[position] : 0;

	position++;
	llm_run->used = position < input_size ? position : input_size;
	return byte;
}

static uint64_t take_raw(unsigned int bits)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < bits; shift += 8)
		value |= (uint64_t)take_byte() << shift;
	return bits < 64 ? value & ((UINT64_C(1) << bits) - 1) : value;
}

int take_bool(void)
{
	return (int)take_range(0, 1);
}

int64_t take_range(int64_t least, int64_t most)
{
	uint64_t span = (uint64_t)most - (uint64_t)least;
	unsigned int bits = 8;
	uint64_t value;

	while (bits < 64 && span >> bits)
		bits += 8;
	value = (uint64_t)least + (span == UINT64_MAX ? take_raw(64) : take_raw(bits) % (span + 1));
	note(&value, sizeof(value));
	return (int64_t)value;
}

static uint64_t make_number(unsigned int bits)
{
	uint64_t mask = bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
	uint8_t how = take_byte();

	if (how < 96)
		return take_byte() & mask;
	if (how < 128)
		return ((UINT64_C(1) << (take_byte() % bits)) + (uint64_t)(how % 3) - 1) & mask;
	if (how < 144)
		return (0 - (uint64_t)take_byte()) & mask;
	if (how < 152)
		return ((mask >> 1) + take_byte() % 3) & mask;
	return take_raw(bits) >> (how % 2 ? 0 : take_byte() % bits);
}

uint64_t take_number(unsigned int bits)
{
	uint64_t value = make_number(bits);

	note(&value, sizeof(value));
	return value;
}

double take_real(void)
{
	uint64_t bits;
	double value;

	if (take_byte() < 160) {
		value = (double)(int64_t)make_number(16);
		value -= (double)make_number(8) / 16;
	} else {
		bits = take_raw(64);
		memcpy(&value, &bits, sizeof(value));
	}
	note(&value, sizeof(value));
	return value;
}

void take_bytes(void *to, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((unsigned char *)to)[i] = take_byte();
	note(to, size);
}

void *take_block(size_t size)
{
	void *block = new_block(size);

	take_bytes(block, size);
	return block;
}

char *take_string(size_t most)
{
	size_t length = (size_t)take_range(0, (int64_t)most);
	char *text = new_block(length + 1);

	/* A NUL would end it early: the length has been decided. */
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = take_byte();

		text[i] = (char)(byte ? byte : 'a');
	}
	note(text, length);
	return text;
}

int llm_rarely(void)
{
	return take_range(0, 7) == 7;
}

int llm_reuses(struct llm_made *made, int depth, void **chosen)
{
	int choice;

	if (made->run != runs)
		*made = (struct llm_made){ .run = runs };
	/* What is passed itself is a new one more often than what others lead to. */
	choice = depth ? (int)take_range(0, 15) : (int)take_range(0, 3) + LLM_MOST_MADE - 3;
	if (choice < made->count)
		*chosen = made->records[choice];
	else if (depth && (choice > 13 || depth > 4 || made->count == LLM_MOST_MADE))
		*chosen = NULL;
	else if (made->count == LLM_MOST_MADE)
		*chosen = made->records[0];
	else
		return 0;
	return 1;
}

void *llm_add(struct llm_made *made, void *record)
{
	return made->records[made->count++] = record;
}

char *llm_take_text(const char *const words[], size_t count, size_t room)
{
	char text[MOST_TEXT + 1];
	size_t length = 0;
	char *made;

	for (int64_t pieces = take_range(0, 7); pieces > 0 && length < MOST_TEXT; pieces--) {
		uint8_t how = take_byte(), byte = take_byte();
		size_t left = MOST_TEXT - length;

		if (how < 144 && count)
			length += (size_t)snprintf(text + length, left, "%s", words[byte % count]);
		else if (how < 176)
			length += (size_t)snprintf(text + length, left, "%u", byte);
		else
			text[length++] = (char)(byte ? byte : 'a');
		if (length > MOST_TEXT - 1)
			length = MOST_TEXT - 1;
	}
	made = new_block(length + 1 + room);
	memcpy(made, text, length);
	note(made, length + 1);
	return made;
}

void llm_log(const char *format, ...)
{
	va_list values;
	int length;

	if (format[strlen(format) - 1] == '\n' && ++lines > LOG_LINES)
		llm_outgrew();
	if (llm_is_silent)
		return;
	va_start(values, format);
	length = vsnprintf(llm_run->log + llm_run->length, LOG_SIZE - llm_run->length, format, values);
	va_end(values);
	if (length < 0 || (size_t)length >= LOG_SIZE - llm_run->length)
		llm_outgrew();
	llm_run->length += (uint32_t)length;
}

void report_int(const char *what, int64_t value)
{
	llm_run->reports++;
	llm_log("%s = %lld\n", what, (long long)value);
}

void report_uint(const char *what, uint64_t value)
{
	llm_run->reports++;
	llm_log("%s = %llu\n", what, (unsigned long long)value);
}

void report_real(const char *what, double value)
{
	llm_run->reports++;
	/* The sign and payload of a NaN are nobody's promise. */
	if (value != value)
		llm_log("%s = NaN\n", what);
	else
		llm_log("%s = %a\n", what, value);
}

static void spell_bytes(char *to, const unsigned char *byte, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (; size; size--, byte++) {
		if (*byte >= 32 && *byte < 127 && *byte != '"' && *byte != '\\') {
			*to++ = (char)*byte;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[*byte >> 4];
		*to++ = digits[*byte & 15];
	}
	*to = '\0';
}

void report_bytes(const char *what, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	char shown[4 * SHOWN_BYTES + 1];

	llm_run->reports++;
	if (llm_is_silent) {
		llm_log("\n");
	} else if (size > SHOWN_BYTES) {
		llm_log("%s = %zu bytes, hash %016llx\n", what, size, (unsigned long long)llm_hash(LLM_HASH_START, byte, size));
	} else {
		spell_bytes(shown, byte, size);
		llm_log("%s = \"%s\" (%zu bytes)\n", what, shown, size);
	}
}

void report_text(const char *what, const char *text)
{
	if (text) {
		report_bytes(what, text, strlen(text));
		return;
	}
	llm_run->reports++;
	llm_log("%s = NULL\n", what);
}

void report_pointer(const char *what, const void *pointer)
{
	char place[96] = "";

	llm_run->reports++;
	if (!llm_is_silent)
		llm_spell(place, sizeof(place), pointer);
	llm_log("%s = %s\n", what, place);
}

void report_call(const char *name)
{
	llm_run->reports++;
	llm_log("call of %s\n", name);
}

void llm_drive(const uint8_t *bytes, size_t size)
{
	input = bytes;
	input_size = size;
	position = 0;
	llm_run->end = LLM_CRASHED;
	llm_run->reports = 0;
	llm_run->used = 0;
	llm_run->length = 0;
	llm_run->taken = LLM_HASH_START;
	lines = 0;
	runs++;
	llm_reset_blocks();
	llm_reset_watch();
	drive();
	llm_report_leaks();
	llm_run->end = LLM_FINISHED;
}
