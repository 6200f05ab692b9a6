// Loaded into User-Mode Linux ahead of libc. It restores a process's extended registers out of a buffer of
// 2696 bytes (HOST_FP_SIZE in arch/x86/um/user-offsets.c of Linux 6.12). A processor with AMX has more of
// them, and then its Linux refuses anything but all of them with EFAULT: what the buffer lacks is left as it is.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define REGISTERS_OF_X86 0x202

typedef long (*ptrace_call)(int, int, void *, void *);

static long set_part(ptrace_call call, int process, void *kind, const struct iovec *part)
{
	static char whole[1 << 16] __attribute__((aligned(64)));
	struct iovec all = { whole, sizeof(whole) };

	if (call(PTRACE_GETREGSET, process, kind, &all) < 0)
		return -1;
	if (all.iov_len <= part->iov_len) {
		errno = EFAULT;
		return -1;
	}
	memcpy(whole, part->iov_base, part->iov_len);
	return call(PTRACE_SETREGSET, process, kind, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_call call;
	va_list rest;
	int process;
	void *place, *data;
	long result;

	va_start(rest, request);
	process = va_arg(rest, int);
	place = va_arg(rest, void *);
	data = va_arg(rest, void *);
	va_end(rest);
	if (!call)
		call = (ptrace_call)dlsym(RTLD_NEXT, "ptrace");
	result = call(request, process, place, data);
	if (result < 0 && errno == EFAULT && (int)request == PTRACE_SETREGSET && place == (void *)REGISTERS_OF_X86)
		return set_part(call, process, place, data);
	return result;
}
