/* C as large GNU projects write it: what a mutant must not touch stands next to what it may. */
#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#define RARELY(x) __builtin_expect(!!(x), 0)
#define SAME_TYPE(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define LESSER(a, b)                                                                                      \
	({                                                                                                \
		__typeof__(a) a_ = (a);                                                                   \
		__typeof__(b) b_ = (b);                                                                   \
		_Static_assert(SAME_TYPE(a_, b_), "one type");                                            \
		a_ < b_ ? a_ : b_;                                                                        \
	})
#define OWNER(link_, type, member)                                                                        \
	({                                                                                                \
		void *at_ = (link_);                                                                      \
		_Static_assert(SAME_TYPE(*(link_), ((type *)0)->member), "a member of it");                \
		(type *)((char *)at_ - offsetof(type, member));                                           \
	})
#define EACH(pos, head)                                                                                   \
	for (pos = OWNER((head)->next, __typeof__(*pos), link); &pos->link != (head);                      \
	     pos = OWNER(pos->link.next, __typeof__(*pos), link))
#define MUST_NOT(c)                                                                                       \
	do {                                                                                              \
		__attribute__((__noreturn__, __error__("must not"))) extern void __compiletime_assert_7(void); \
		if (c)                                                                                    \
			__compiletime_assert_7();                                                         \
	} while (0)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]) + sizeof(struct { int : 1 - SAME_TYPE(a, &(a)[0]); }) * 0)
#define LOOK(x) (*(const volatile __typeof__(x) *)&(x))

struct ring {
	struct ring *next;
};

struct item {
	int value;
	struct ring link;
	unsigned int seen : 3;
};

static const char *const names[] = { "zero", "one", [3] = "three" };

enum { LOW = 1, HIGH = 1 << 4 };

int walk(struct ring *head, int limit)
{
	static int calls = 3 * 2;
	struct item *item;
	int sum = 0;

	MUST_NOT(sizeof(struct item) < LOW + 7);
	EACH(item, head) {
		if (RARELY(item->value > limit))
			continue;
		sum += LESSER(item->value, limit - 1);
		item->seen = item->seen + 1;
		sum += (int)item->seen + (int)(LOOK(item->value) << 1);
		if (({ int odd = item->value & 1; RARELY(odd && item->value == 9); }))
			goto out;
	}
	assert(sum > -100000 && "no overflow");
	switch (limit) {
	case 0 ... 3:
		sum++;
		break;
	case LOW | HIGH:
		sum -= 2;
		__attribute__((__fallthrough__));
	default:
		sum ^= (int)((unsigned int)sum >> 3) & ~HIGH;
	}
	return sum + (int)COUNT(names) + calls;
out:
	calls++;
	return -(sum) - 1;
}

int letters(int n, int way)
{
	static void *const ways[] = { &&up, &&down };
	const char *name = names[n & 3] ?: "none";
	struct item draft = { .value = n + 1, .link = { NULL } }, *other = &(struct item){ .value = 2 };
	char text[] = "ab";
	int sum = _Generic(n, int: 5, default: 6);

	goto *ways[way & 1];
up:
	for (int i = 0, j = (int)strlen(name); i < j; ++i, --j)
		sum += name[i] * (i + 1);
	__asm__ volatile("" : "+r"(sum) : "i"(3) : "memory");
	return sum + draft.value + text[way & 1];
down:
	{
		__auto_type less = (sum) - 1;
		const __typeof__(sum) twice = sum * 2;

		sum += less ^ (twice);
	}
	return sum - other->value;
}

double total(int count, ...)
{
	va_list values;
	double sum = 0.5;

	va_start(values, count);
	while (count-- > 0)
		sum += va_arg(values, int) * 1.5f;
	va_end(values);
	return sum;
}

int pick(int *p, int *q, unsigned int n)
{
	int *r = n ? p : 0;
	void (*call)(void) = 0;
	_Bool odd = n & 1;

	if (!r || call != NULL)
		r = n > 3 ? q : (void *)0;
	odd |= !(n % 3);
	return r ? *(n ? r : 0) + odd : -(int)(n - 1) * (odd ? 2 : 3);
}
