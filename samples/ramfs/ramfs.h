/*
 * ramfs.h - a file tree that lives in memory.
 *
 * Functions that can fail return 0 or a count on success and a negative errno
 * value on failure; a failed call changes nothing that a caller can see,
 * except that a write may stop early and return the bytes it did write.
 * Paths are absolute, components are separated by one or more slashes, and
 * "." and ".." mean what they always mean; ".." of the root is the root.
 * Unless a comment says otherwise, no pointer argument may be NULL.
 */
#ifndef RAMFS_H
#define RAMFS_H

#include <stddef.h>
#include <stdint.h>

#define RAMFS_PAGE_SIZE   64u	/* bytes in a page */
#define RAMFS_FILE_PAGES  64u	/* pages in the largest file */
#define RAMFS_FILE_MAX    (RAMFS_PAGE_SIZE * RAMFS_FILE_PAGES)
#define RAMFS_NAME_MAX    31u	/* bytes in a name, without the final NUL */
#define RAMFS_TARGET_MAX  127u	/* bytes in the target of a symbolic link */
#define RAMFS_NLINK_MAX   16u	/* names that one file can have */
#define RAMFS_FOLLOW_MAX  8u	/* symbolic links nested in one lookup */
#define RAMFS_MODE_MASK   0777u
#define RAMFS_WRITE_BITS  0222u

/* Pages needed to hold so many bytes. */
#define RAMFS_PAGES_FOR(bytes) \
	(((bytes) + (RAMFS_PAGE_SIZE - 1)) / RAMFS_PAGE_SIZE)

#define RAMFS_NOFOLLOW    0x1u	/* ramfs_stat: look at the link itself */

#define RAMFS_ST_DIRTY    0x1u	/* contents changed since the last ramfs_stat */
#define RAMFS_ST_READONLY 0x2u	/* the mode has no write bit */

enum ramfs_kind {
	RAMFS_REG = 0,
	RAMFS_DIR = 1,
	RAMFS_SYMLINK = 2
};

/* One mounted tree. */
struct ramfs_super;

/* What the text of the mount options says; 0 means "no limit". */
struct ramfs_mount_opts {
	uint32_t max_pages;
	uint32_t max_inodes;
	uint16_t mode;			/* of the root directory */
	unsigned int readonly:1;
};

struct ramfs_stat {
	uint32_t ino;
	uint32_t nlink;
	uint32_t size;			/* bytes, or entries of a directory */
	uint32_t pages;			/* pages in use: holes do not count */
	uint16_t mode;
	uint8_t kind;			/* enum ramfs_kind */
	uint8_t flags;			/* RAMFS_ST_* */
};

struct ramfs_statfs {
	uint32_t id;			/* differs between any two mounts */
	uint32_t pages_used;
	uint32_t pages_free;		/* UINT32_MAX when there is no limit */
	uint32_t inodes;
	unsigned int readonly:1;
	unsigned int limited:1;
};

/* One directory entry, as ramfs_readdir shows it. */
struct ramfs_dirent {
	const char *name;		/* valid during the callback only */
	uint32_t ino;
	uint32_t hash;
	enum ramfs_kind kind;
};

typedef void *(*ramfs_alloc_fn)(size_t size);
typedef void (*ramfs_free_fn)(void *block);
typedef int (*ramfs_fill_fn)(void *ctx, const struct ramfs_dirent *dirent);

int ramfs_set_allocator(ramfs_alloc_fn alloc, ramfs_free_fn release);
const char *ramfs_errname(int err);
int ramfs_parse_options(const char *text, struct ramfs_mount_opts *opts);

int ramfs_mount(const char *label, const char *options, struct ramfs_super **out);
int ramfs_remount(struct ramfs_super *sb, const char *options);
void ramfs_unmount(struct ramfs_super *sb);
void ramfs_statfs(const struct ramfs_super *sb, struct ramfs_statfs *out);

int ramfs_create(struct ramfs_super *sb, const char *path, uint16_t mode);
int ramfs_mkdir(struct ramfs_super *sb, const char *path, uint16_t mode);
int ramfs_symlink(struct ramfs_super *sb, const char *target, const char *path);
int ramfs_link(struct ramfs_super *sb, const char *from, const char *to);
int ramfs_unlink(struct ramfs_super *sb, const char *path);
int ramfs_rmdir(struct ramfs_super *sb, const char *path);
int ramfs_rename(struct ramfs_super *sb, const char *from, const char *to);

int ramfs_read(struct ramfs_super *sb, const char *path, void *buf, size_t len,
	       uint32_t off);
int ramfs_write(struct ramfs_super *sb, const char *path, const void *buf,
		size_t len, uint32_t off);
int ramfs_truncate(struct ramfs_super *sb, const char *path, uint32_t size);
int ramfs_readlink(struct ramfs_super *sb, const char *path, char *buf, size_t len);
int ramfs_stat(struct ramfs_super *sb, const char *path, unsigned int flags,
	       struct ramfs_stat *out);
int ramfs_readdir(struct ramfs_super *sb, const char *path, ramfs_fill_fn fill,
		  void *ctx);

#endif /* RAMFS_H */
