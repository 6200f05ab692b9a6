#include <stdio.h>

struct ring {
	struct ring *next;
};

struct item {
	int value;
	struct ring link;
	unsigned int seen : 3;
};

int walk(struct ring *head, int limit);
int letters(int n, int way);
double total(int count, ...);
int pick(int *p, int *q, unsigned int n);

int main(void)
{
	struct item items[5] = { 0 };
	struct ring head = { &head };
	int one = 4, other = 9, i;

	for (i = 0; i < 5; i++) {
		items[i].value = i * 3;
		items[i].link.next = head.next;
		head.next = &items[i].link;
	}
	for (i = -1; i < 20; i++)
		printf("%d %d %d ", walk(&head, i), letters(i, 0), letters(i, 1));
	for (i = 0; i < 9; i++)
		printf("%d %g ", pick(i & 1 ? &one : 0, &other, (unsigned int)i), total(i % 4, 2, i, 7));
	return 0;
}
