/* What stands in for a kernel's own words when its code runs as a program: warnings, its log, and a panic. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "driver.h"

void llmigrate_rust_panic(const char *file, size_t file_length, unsigned int line, unsigned int column,
			  const char *why, size_t why_length);
void warn_slowpath_fmt(const char *file, int line, unsigned int taint, const char *format, ...);
int _printk(const char *format, ...);

/* What Rust's standard library would print, and an abort. */
void llmigrate_rust_panic(const char *file, size_t file_length, unsigned int line, unsigned int column,
			  const char *why, size_t why_length)
{
	fprintf(stderr, "panicked at %.*s:%u:%u:\n%.*s\n", (int)file_length, file, line, column,
		(int)why_length, why);
	abort();
}

/* Where it stands in the source is not the same in Rust, and nothing that callers rely on. */
void warn_slowpath_fmt(const char *file, int line, unsigned int taint, const char *format, ...)
{
	report_call("warn_slowpath_fmt");
	report_uint("taint", taint);
	report_text("format", format);
}

int _printk(const char *format, ...)
{
	report_call("_printk");
	report_text("format", format);
	return 0;
}
