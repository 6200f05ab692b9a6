// Where a panic of the Rust code ends: the kernel says where it was, and stops.
#include <linux/bug.h>
#include <linux/printk.h>
#include <linux/types.h>

void llmigrate_rust_panic(const char *file, size_t file_length, unsigned int line, unsigned int column,
			  const char *why, size_t why_length);

// Weak, since two modules in one kernel have it both.
__attribute__((weak)) void llmigrate_rust_panic(const char *file, size_t file_length, unsigned int line,
						unsigned int column, const char *why, size_t why_length)
{
	pr_emerg("RUST PANIC: %.*s:%u:%u: %.*s\n", (int)file_length, file, line, column, (int)why_length, why);
	BUG();
}
