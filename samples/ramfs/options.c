/*
 * options.c - mount options such as "size=64k,mode=0755,ro".
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "ramfs.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum option_id {
	OPT_SIZE,
	OPT_INODES,
	OPT_MODE,
	OPT_RO,
	OPT_RW
};

struct option_desc {
	const char *name;
	enum option_id id;
	unsigned int takes_value:1;
};

/* One option in the text; value is NULL when there was no '='. */
struct token {
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
};

static const struct option_desc option_table[] = {
	{ .name = "size",   .id = OPT_SIZE,   .takes_value = 1 },
	{ .name = "inodes", .id = OPT_INODES, .takes_value = 1 },
	{ .name = "mode",   .id = OPT_MODE,   .takes_value = 1 },
	{ .name = "ro",     .id = OPT_RO },
	{ .name = "rw",     .id = OPT_RW },
};

/*
 * Cut the next option off *cursor and describe it in *tok, which points into
 * the text. Empty options are skipped. Returns 1, or 0 at the end of the text,
 * in which case *tok is left alone.
 */
static int next_token(const char **cursor, struct token *tok)
{
	const char *start = *cursor;
	const char *end;

	while (*start == ',')
		start++;
	if (*start == '\0')
		return 0;

	end = strchr(start, ',');
	if (end == NULL)
		end = start + strlen(start);
	*cursor = end;

	tok->key = start;
	tok->key_len = (size_t)(end - start);
	tok->value_len = 0;
	tok->value = memchr(start, '=', tok->key_len);
	if (tok->value != NULL) {
		tok->key_len = (size_t)(tok->value - start);
		tok->value++;
		tok->value_len = (size_t)(end - tok->value);
	}
	return 1;
}

/*
 * Read all len characters of text as a number in the given base, 2 to 10.
 * Returns 0, -EINVAL when there is no number, or -ERANGE when it does not fit;
 * *out is written only on success.
 */
static int parse_number(const char *text, size_t len, uint32_t base, uint32_t *out)
{
	uint64_t value = 0;
	uint32_t digit;
	size_t i;

	if (len == 0)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		/* A character below '0' wraps to a huge digit. */
		digit = (uint32_t)(unsigned char)text[i] - '0';
		if (digit >= base)
			return -EINVAL;
		value = value * base + digit;
		if (value > UINT32_MAX)
			return -ERANGE;
	}
	*out = (uint32_t)value;
	return 0;
}

/*
 * Read a size in bytes with an optional suffix k, m or g, and store it in
 * *pages, rounded up to whole pages. Returns as parse_number does; -ERANGE
 * also when the size in bytes needs more than 32 bits.
 */
static int parse_size(const char *text, size_t len, uint32_t *pages)
{
	unsigned int shift = 0;
	uint32_t number;
	uint64_t bytes;
	int err;

	if (len == 0)
		return -EINVAL;

	switch (text[len - 1]) {
	case 'g':
		shift += 10;
		/* fall through */
	case 'm':
		shift += 10;
		/* fall through */
	case 'k':
		shift += 10;
		len--;
		break;
	default:
		break;
	}

	err = parse_number(text, len, 10, &number);
	if (err)
		return err;
	bytes = (uint64_t)number << shift;
	if (bytes > UINT32_MAX)
		return -ERANGE;
	*pages = (uint32_t)RAMFS_PAGES_FOR(bytes);
	return 0;
}

/* Return the descriptor of the option with this key, or NULL. */
static const struct option_desc *find_option(const char *key, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(option_table); i++) {
		const struct option_desc *desc = &option_table[i];

		if (strlen(desc->name) == len && memcmp(desc->name, key, len) == 0)
			return desc;
	}
	return NULL;
}

/*
 * Enter one option into *opts. Returns 0 or a negative errno value; *opts is
 * unchanged on failure.
 */
static int apply_option(const struct token *tok, struct ramfs_mount_opts *opts)
{
	const struct option_desc *desc = find_option(tok->key, tok->key_len);
	uint32_t mode;
	int err = 0;

	if (desc == NULL || desc->takes_value != (tok->value != NULL))
		return -EINVAL;

	switch (desc->id) {
	case OPT_SIZE:
		err = parse_size(tok->value, tok->value_len, &opts->max_pages);
		break;
	case OPT_INODES:
		err = parse_number(tok->value, tok->value_len, 10, &opts->max_inodes);
		break;
	case OPT_MODE:
		err = parse_number(tok->value, tok->value_len, 8, &mode);
		if (err == 0 && mode > RAMFS_MODE_MASK)
			err = -EINVAL;
		if (err == 0)
			opts->mode = (uint16_t)mode;
		break;
	case OPT_RO:
	case OPT_RW:
		opts->readonly = desc->id == OPT_RO;
		break;
	}
	return err;
}

/*
 * Change *opts as text says; what text does not mention stays as it was, and
 * of two contradicting options the later one wins. text may be NULL, which
 * says nothing. Returns 0, -EINVAL for text that makes no sense, or -ERANGE
 * for a number that is too large; *opts is unchanged on failure.
 */
int ramfs_parse_options(const char *text, struct ramfs_mount_opts *opts)
{
	struct ramfs_mount_opts draft = *opts;
	struct token tok;
	int err;

	if (text == NULL)
		return 0;
	while (next_token(&text, &tok)) {
		err = apply_option(&tok, &draft);
		if (err)
			return err;
	}
	*opts = draft;
	return 0;
}
