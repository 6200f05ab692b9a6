from __future__ import annotations

from pathlib import Path

import pytest

from repair.evidence.by_rule import driver_by_rule
from repair.evidence.harness import Harness, Unusable
from tests.evidence import Room

C = r"""
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct point { int x; short y; double z; };
struct node { struct node *next; int value; };
struct flags { unsigned int low : 3; int high : 5; };
union either { unsigned int number; unsigned char bytes[4]; };
struct packet { size_t count; unsigned char bytes[]; };
struct state { int level; };
struct view { const char *text; size_t text_len; };
struct shop { int (*price)(int item, void *context); void *context; };
struct item { unsigned char id; unsigned char size; };
typedef void (*swap_fn)(void *a, void *b);
typedef void *(*alloc_fn)(void *context, size_t size);

static int counter;
static const int limits[3] = { 3, 5, 7 };

int add(int a, int b) { return (int)((unsigned)a + (unsigned)b); }
double half(double x) { return x / 2; }
size_t zeros(const unsigned char *bytes, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += bytes[i] == 0;
	return found;
}
uint32_t sum(const uint32_t *values, size_t count)
{
	uint32_t all = 0;

	while (count--)
		all += values[count];
	return all;
}
int is_key(const char *text) { return strcmp(text, "magic") == 0; }
int inside(struct point p) { return p.x > 3 && p.y > 4; }
int total(const struct node *list)
{
	unsigned int all = 0;
	int steps = 0;

	for (; list && steps < 9; list = list->next, steps++)
		all += (unsigned int)list->value;
	return (int)all;
}
const void *least(const void *base, size_t count, size_t size, int (*order)(const void *, const void *))
{
	const char *best = base;

	for (size_t i = 1; i < count; i++)
		if (order(best, (const char *)base + i * size) > 0)
			best = (const char *)base + i * size;
	return best;
}
int divide(unsigned int a, unsigned int b, unsigned int *quotient, unsigned int *rest)
{
	if (b == 0)
		return -1;
	*quotient = a / b;
	*rest = a % b;
	return 0;
}
int level(void *opaque)
{
	struct state *state = opaque;

	return state->level > 2;
}
int bits(struct flags flags) { return flags.low * 8 + flags.high; }
int pick(const union either *e) { return e->number > 4 ? e->bytes[0] : -1; }
int tail(const struct packet *p) { return p->count > 0 && p->count < 5 ? p->bytes[p->count - 1] : 0; }
int count_up(int by)
{
	counter = (int)((unsigned)counter + (unsigned)by);
	return counter;
}
int bounded(unsigned int n)
{
	if (n > 2) {
		errno = ERANGE;
		return -1;
	}
	return limits[n];
}
size_t spaces(const struct view *view)
{
	size_t found = 0;

	for (size_t i = 0; i < view->text_len; i++)
		found += view->text[i] == ' ';
	return found;
}
int cost(const struct shop *shop, int item)
{
	int price = shop->price(item, shop->context);

	return price > 100 ? 100 : price;
}
int heaviest(const struct item *items, size_t count)
{
	int best = -1;

	for (size_t i = 0; i < count; i++)
		if (items[i].size > best)
			best = items[i].size;
	return best;
}
int has_swap(swap_fn swap)
{
	if (swap == (swap_fn)1)
		return 8;
	return swap ? 1 : 0;
}
void *twice_as_much(alloc_fn alloc, size_t size) { return size < 100 ? alloc(NULL, 2 * size) : NULL; }
char *copy(const char *text)
{
	char *made = malloc(strlen(text) + 1);

	return made ? strcpy(made, text) : NULL;
}
void drop(struct node *node)
{
	if (node)
		free(node->next);
	free(node);
}
int hex(char *to, size_t *length, unsigned int value)
{
	if (*length < 2)
		return -1;
	to[0] = "0123456789abcdef"[value >> 4 & 15];
	to[1] = "0123456789abcdef"[value & 15];
	*length = 2;
	return 0;
}
int joined(int argc, char **argv)
{
	int all = 0;

	for (int i = 0; i < argc; i++)
		all += argv[i] ? argv[i][0] : 1;
	return all;
}
int old_style(a, c)
	short a;
	char c;
{
	return a * 3 + c;
}
int match(int type) { return type == 1234567 ? 1 : 2; }
"""

WRONG = [
    ("add", "(unsigned)a + (unsigned)b)", "(unsigned)a - (unsigned)b)"),
    ("half", "return x / 2;", "return (int)x / 2;"),
    ("zeros", "i < n; i++", "i + 1 < n; i++"),
    ("sum", "all += values[count]", "all += (uint16_t)values[count]"),
    ("is_key", '"magic"', '"magik"'),
    ("inside", "p.y > 4", "p.y >= 4"),
    ("total", "steps < 9", "steps < 2"),
    ("least", "i * size) > 0)", "i * size) >= 0)"),
    ("divide", "*rest = a % b;", "*rest = a % b ^ 1;"),
    ("level", "level > 2", "level >= 2"),
    ("bits", "flags.low * 8", "flags.low * 16"),
    ("pick", "bytes[0] : -1", "bytes[1] : -1"),
    ("tail", "p->count - 1]", "0]"),
    ("count_up", "\treturn counter;", "\tint it = counter;\n\tcounter = 0;\n\treturn it;"),
    ("bounded", "ERANGE", "EINVAL"),
    ("spaces", "== ' '", "== '\\t'"),
    ("cost", "price(item, shop->context)", "price(item + 1, shop->context)"),
    ("heaviest", "items[i].size > best", "items[i].id > best"),
    ("has_swap", "return 8;", "return 9;"),
    ("twice_as_much", "2 * size", "2 * size + 1"),
    ("copy", "return made ? strcpy(made, text) : NULL;", "return strcpy(made, text);"),
    ("drop", "\t\tfree(node->next);", "\t\t(void)0;"),
    ("hex", "*length = 2;", "*length = 3;"),
    ("joined", "argv[i][0] : 1", "argv[i][0] : 0"),
    ("old_style", "a * 3 + c", "a * 3 - c"),
    ("match", "1234567 ? 1", "1234568 ? 1"),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), C)


@pytest.mark.parametrize(("ident", "before", "after"), WRONG, ids=[each[0] for each in WRONG])
def test_a_driver_by_rule_tells_a_wrong_translation_from_a_right_one(
    ident: str, before: str, after: str, room: Room
) -> None:
    same, other = room.difference(ident, [(before, before), (before, after)])
    assert same is None
    assert other is not None
    assert other.c_log != other.rust_log or other.end != "finished"


def test_a_difference_is_shown_on_a_small_input(room: Room) -> None:
    (found,) = room.difference("zeros", [("i < n; i++", "i + 1 < n; i++")])
    assert found is not None
    assert found.c_log.splitlines()[1:] == [
        "n = 1",
        'block 1 = "\\x00" (1 bytes)',
        "call of zeros",
        *found.c_log.splitlines()[4:],
    ]
    assert "result = 1" in found.c_log
    assert "result = 0" in found.rust_log


@pytest.mark.parametrize(
    "text",
    [
        "#include <stdarg.h>\nint f(int n, va_list rest) { return n + va_arg(rest, int); }\n",
        "#include <stdio.h>\nint f(FILE *to) { return fputc(1, to); }\n",
    ],
)
def test_nothing_is_made_up_for_what_only_the_c_library_can_make(text: str, tmp_path: Path) -> None:
    assert driver_by_rule(Room(tmp_path, text).target("f")) is None


def test_a_module_may_have_functions_with_the_names_of_ours(tmp_path: Path) -> None:
    text = """
        struct node { struct node *next; int value; };
        int take_bool(int x) { return x + 1; }
        int compare_bytes(const struct node *n) { return n->value > 4; }
        int make_node(int x) { return take_bool(x > 5 ? 0 : 1); }
        void *new_block(void) { return 0; }
    """
    room = Room(tmp_path, "#ifndef OTHER\n#endif\n" + text)
    unusable = room.prove(room.rule("take_bool"))
    assert isinstance(unusable, Unusable)
    assert "take_bool" in unusable.reason


def test_names_of_ours_in_another_file_do_no_harm(tmp_path: Path) -> None:
    text = "int drive_all(int x) { return x == 77; }\nint llm(int x) { return x; }\n"
    room = Room(tmp_path, text)
    assert isinstance(room.prove(room.rule("drive_all")), Harness)
