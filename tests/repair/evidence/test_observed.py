"""What drivers by rule see: each wrong C here differs in one thing that is easily overlooked."""

from __future__ import annotations

import pytest

from tests.evidence import Room

C = r"""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item { int a; int b; };
struct node { struct node *next; int v; };
struct board { int cells[3][3]; struct { int x, y; } points[2]; struct { int only; } sub; };
struct ops { int (*start)(int); int (*stop)(int); };
union slot { uint32_t number; void (*run)(int); };
typedef int (*unary)(int);

static const char *last_error;
static struct node *first;
static int const limit = 5;
static int grid[4][4];
static struct { int head; int ring[8]; } queue;
static const char *const names[] = { "zero", "one" };

int one(int x) { return x; }
int two(int x) { return x * 2; }
int next_id(int step)
{
	static int id = 7;

	id += step & 3;
	return id;
}
int prepend(int v)
{
	struct node *made = malloc(sizeof(*made));

	if (!made)
		return -1;
	made->v = v;
	made->next = first;
	first = made;
	return 0;
}
int fail(int n)
{
	last_error = n > 3 ? "too big" : "fine";
	return n > 3;
}
int capped(int n) { return n > limit ? limit : n; }
void mark(unsigned int row, unsigned int column, int v) { grid[row & 3][column & 3] = v; }
void push(int v) { queue.ring[queue.head++ & 7] = v; }
void fill(struct board *b, int v)
{
	b->cells[1][2] = v;
	b->points[1].y = v;
	b->sub.only = v;
}
void each(void (*visit)(struct item *), int n)
{
	struct item it = { n, n & 7 };

	visit(&it);
}
void two_steps(struct item *p, void (*visit)(const struct item *))
{
	p->a = 1;
	visit(p);
	p->a = 2;
}
void emit(void (*out)(const char *text, size_t n), int n)
{
	char text[16];

	text[0] = (char)('a' + (n & 7));
	text[1] = 'b';
	out(text, 2);
}
void hand_out(void (*out)(const void *bytes, size_t n), int n)
{
	uint16_t pair[2] = { (uint16_t)n, 9 };

	out(pair, sizeof(pair));
}
char *spelled(unsigned int n)
{
	static char text[12];

	snprintf(text, sizeof(text), "%u", n % 1000);
	return text;
}
struct item *shared(int n)
{
	static struct item it;

	it.a = n;
	return &it;
}
void complain(int n) { fprintf(stderr, "bad %d\n", n); }
void chatter(int n)
{
	for (int i = 0; i < 6000; i++)
		putchar(i == 5000 ? '0' + (n & 1) : '.');
}
int *table(void)
{
	int *made = malloc(600 * sizeof(*made));

	for (int i = 0; made && i < 600; i++)
		made[i] = i * 3;
	return made;
}
int run(struct ops *o, int n) { return o->start(n & 255) ^ o->stop(n & 255); }
unary pick(unary a, unary b, int w) { return w & 1 ? a : b; }
unary chosen(int w) { return w & 1 ? one : two; }
int numbered(union slot *slot, int n) { return slot ? n + 1 : 0; }
const char *name_of(unsigned int n) { return n < 2 ? names[n] : NULL; }
int trimmed(const char *text, size_t n)
{
	while (text[n - 1] == ' ')
		n--;
	return (int)n;
}
int ahead(const char *text) { return text[-1]; }
void bounded(void (*get)(int *), int n)
{
	int there;

	if (n > 3)
		get(&there);
}
void add_to(int *row, unsigned int n, const int *by)
{
	for (unsigned int i = 0; i < n; i++)
		row[i] = (int)((unsigned int)row[i] + (unsigned int)*by);
}
void move(unsigned char *to, const unsigned char *from, size_t n)
{
	if (to < from)
		for (size_t i = 0; i < n; i++)
			to[i] = from[i];
	else
		while (n--)
			to[n] = from[n];
}
const int *squares(void)
{
	static const int squares[4] = { 1, 4, 9, 16 };

	return squares;
}
const short *primes(int n)
{
	static const short row[] = { 2, 3, 5, -7, };

	if (n < 0)
		return NULL;
	return row;
}
static const double halves[] = { .5, 1.5, 2.5 };
const double *fractions(void) { return halves; }
long parsed(const char *text) { return strtol(text, NULL, 10); }
int *doubled(size_t n) { return malloc(2 * n); }
void copy(void *to, const void *from, size_t n) { memcpy(to, from, n); }
void copy_two(short *to, const short *from, size_t n)
{
	if (n > 1)
		memcpy(to, from, 4);
}
"""

OVERLOOKED = [
    pytest.param("next_id", "static int id = 7;", "int id = 7;", id="static locals"),
    pytest.param("prepend", "made->next = first;", "made->next = NULL;", id="lists in variables"),
    pytest.param("fail", '"too big" : "fine"', '"too big" : "well"', id="variables that point to constants"),
    pytest.param(
        "capped", "> limit ? limit : n", "> limit ? n : limit", id="constants written after the type"
    ),
    pytest.param("mark", "[row & 3][column & 3]", "[column & 3][row & 3]", id="rows of rows"),
    pytest.param("push", "[queue.head++ & 7] = v", "[queue.head++ & 6] = v", id="variables of unnamed types"),
    pytest.param("fill", "cells[1][2] = v", "cells[2][1] = v", id="rows of rows in records"),
    pytest.param("fill", "points[1].y = v", "points[1].x = v", id="rows of unnamed records"),
    pytest.param("fill", "sub.only = v", "sub.only ^= v", id="unnamed records in records"),
    pytest.param("each", "n & 7 }", "n & 3 }", id="records that a callback is given"),
    pytest.param("two_steps", "p->a = 1", "p->a = 2", id="what a callback sees before it changes"),
    pytest.param("emit", "text[1] = 'b'", "text[1] = 'c'", id="text of a length"),
    pytest.param("hand_out", "(uint16_t)n, 9", "(uint16_t)n, 8", id="bytes of a length"),
    pytest.param("spelled", "n % 1000", "n % 10", id="text in static locals"),
    pytest.param("shared", "it.a = n", "it.a = n | 1", id="records in static locals"),
    pytest.param("complain", "bad %d", "sad %d", id="error output"),
    pytest.param("chatter", "'0' + (n & 1)", "'0'", id="output far from its beginning"),
    pytest.param("table", "i * 3", "i == 599 ? 0 : i * 3", id="long rows"),
    pytest.param(
        "run", "start(n & 255) ^ o->stop", "stop(n & 255) ^ o->start", id="which callback is called"
    ),
    pytest.param("pick", "? a : b", "? b : a", id="which callback is returned"),
    pytest.param("squares", "9, 16 }", "9, 15 }", id="tables in a function"),
    pytest.param("primes", "-7, }", "7, }", id="tables in a function that count themselves"),
    pytest.param("fractions", "2.5 }", "3.5 }", id="tables that have a name"),
    pytest.param(
        "parsed",
        "return strtol(text, NULL, 10)",
        "int *at = __errno_location(), was = *at; long n = strtol(text, NULL, 10); *at = was; return n",
        id="errno that the C library sets",
    ),
    pytest.param("add_to", "*by);", "(i && row == by ? 0 : *by));", id="a row that another begins with"),
    pytest.param("move", "if (to < from)", "if (n < 999)", id="rows that overlap"),
    pytest.param("chosen", "? one : two", "? two : one", id="which function is returned"),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("room"), C)


@pytest.mark.parametrize(("ident", "before", "after"), OVERLOOKED)
def test_drivers_observe(room: Room, ident: str, before: str, after: str) -> None:
    assert room.told_apart(ident, before, after) is not None


@pytest.mark.parametrize("ident", ["numbered", "fill", "each", "hand_out", "chosen", "name_of", "bounded"])
def test_addresses_and_what_is_not_there_yet_set_nothing_aside(room: Room, ident: str) -> None:
    screened = room.screened(room.rule(ident))
    assert screened.set_aside.undetermined == 0
    assert screened.inputs


def test_no_constant_counts_as_a_variable_that_a_call_may_change(room: Room) -> None:
    assert not room.target("capped").changeable
    assert not room.target("name_of").changeable
    assert [each.name for each in room.target("fail").changeable] == ["last_error"]


def test_what_an_allocation_leaves_in_errno_is_nobodys_business(room: Room) -> None:
    assert "errno" in room.rule("parsed").text
    assert "errno" not in room.rule("doubled").text


def test_rows_overlap_only_where_c_allows_it(room: Room) -> None:
    overlaps = "llm_overlapped"
    assert overlaps in room.rule("add_to").text
    assert overlaps not in Room(room.folder / "apart", APART).rule("apart").text


@pytest.mark.parametrize(
    ("ident", "copies"), [("copy", "memcpy(to, from, n)"), ("copy_two", "memcpy(to, from, 4)")]
)
def test_copying_to_what_overlaps_is_undefined(room: Room, ident: str, copies: str) -> None:
    assert room.screened(room.rule(ident)).set_aside.undefined
    assert room.told_apart(ident, copies, f"to == from ? abort() : (void)0, {copies}") is None


def test_reading_ahead_of_a_block_is_undefined(room: Room) -> None:
    driver = room.written('char *text = take_string(7); report_int("n", trimmed(text, 7));', "trimmed")
    screened = room.screened(driver, [b"\7       ", b"\7      a"])
    assert screened.inputs == (b"\7      a",)
    assert screened.set_aside.undefined == 1


def test_what_stands_ahead_of_a_block_is_no_value(room: Room) -> None:
    driver = room.written('report_int("c", ahead(take_string(4)));', "ahead")
    assert room.screened(driver, [b"\1a"]).set_aside.undetermined == 1


APART = """
void apart(int *restrict row, unsigned int n, const int *by)
{
	for (unsigned int i = 0; i < n; i++)
		row[i] ^= *by;
}
"""
DISTANT = """
struct total { int of; };
extern int seen;
extern struct total total;
void note(int n);
void add(int n)
{
	seen = n & 1;
	total.of = n & 2;
	note(n & 4);
}
"""
ELSEWHERE = """
struct total { int of; };
int seen;
struct total total;
static int noted;
void note(int n) { noted = n; }
"""


@pytest.mark.parametrize(("before", "after"), [("n & 1", "n & 3"), ("n & 2", "n & 3"), ("n & 4", "n & 5")])
def test_variables_of_other_files_are_observed(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str
) -> None:
    room = Room(tmp_path_factory.mktemp("room"), DISTANT, {"other.c": ELSEWHERE})
    assert room.told_apart("add", before, after) is not None
