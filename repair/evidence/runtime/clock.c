/*
 * Time that stands still, and elsewhere where it is looked for C that depends on it.
 *
 * Who asks twice sees no time go by. What such C does is then the same in every run, on any day.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/time.h>
#include <time.h>

#include "runtime.h"

#define BEGINNING 1234567890
#define STEP 4567891		/* odd, and 52 days: the other time differs in whatever is made of it */
#define NANOSECONDS 123456789

static unsigned int steps;

void llm_set_clock(unsigned char at)
{
	steps = at;
}

time_t __wrap_time(time_t *to);
clock_t __wrap_clock(void);
int __wrap_gettimeofday(struct timeval *to, void *zone);
int __wrap_clock_gettime(clockid_t which, struct timespec *to);
int __wrap_timespec_get(struct timespec *to, int base);

static struct timespec now(void)
{
	return (struct timespec){ BEGINNING + (time_t)steps * STEP, NANOSECONDS + steps * 1000003l };
}

time_t __wrap_time(time_t *to)
{
	if (to)
		*to = now().tv_sec;
	return now().tv_sec;
}

clock_t __wrap_clock(void)
{
	return 54321 + (clock_t)steps * 10007;
}

int __wrap_gettimeofday(struct timeval *to, void *zone)
{
	if (zone)
		*(struct timezone *)zone = (struct timezone){ 0 };
	if (to)
		*to = (struct timeval){ now().tv_sec, now().tv_nsec / 1000 };
	return 0;
}

int __wrap_clock_gettime(clockid_t which, struct timespec *to)
{
	if (which < CLOCK_REALTIME || which > CLOCK_TAI) {
		errno = EINVAL;
		return -1;
	}
	*to = now();
	return 0;
}

int __wrap_timespec_get(struct timespec *to, int base)
{
	if (base == TIME_UTC)
		*to = now();
	return base == TIME_UTC ? base : 0;
}
