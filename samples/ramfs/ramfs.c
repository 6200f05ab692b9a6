/*
 * ramfs.c - a file tree that lives in memory.
 *
 * An inode is a file, a directory or a symbolic link; what it can do is in the
 * operation table that it points at. Names live in directory entries, not in
 * inodes, so one inode can have several names. An inode is freed when its last
 * entry goes away. File contents are kept in small pages that are allocated on
 * the first write to them; a page that was never written reads as zeros.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "ramfs.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The smaller value. The arguments are evaluated twice. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))

/* Where a byte of a file lives: which page, and where in that page. */
#define PAGE_INDEX(pos)  ((pos) / RAMFS_PAGE_SIZE)
#define PAGE_OFFSET(pos) ((pos) % RAMFS_PAGE_SIZE)

#define ROOT_MODE  0755u
#define LINK_MODE  0777u
#define FIRST_INO  1u

/* Name hash: a seed, and an odd multiplier so that no step loses bits. */
#define HASH_SEED  0x9dc5u
#define HASH_PRIME 0x01000193u

/* Flags of walk() and resolve(). */
#define WALK_FOLLOW 0x1u	/* follow a link that is the last component */
#define WALK_EXISTS 0x2u	/* resolve() only: the path must name an inode */

/* Give a block back to the allocator and forget it. NULL is allowed. */
#define MEM_FREE(ptr) \
	do { \
		if ((ptr) != NULL) { \
			heap.release(ptr); \
			live_blocks--; \
			(ptr) = NULL; \
		} \
	} while (0)

struct ramfs_inode;

struct ramfs_super {
	struct list_head node;		/* on mounts */
	char *label;
	struct ramfs_inode *root;
	struct ramfs_mount_opts opts;
	uint32_t id;
	uint32_t pages_used;
	uint32_t inodes;
};

/* A name in a directory. Owns one link count of the inode. */
struct ramfs_entry {
	struct list_head node;		/* on the entries of dir */
	struct ramfs_inode *dir;
	struct ramfs_inode *inode;
	uint32_t hash;
	uint8_t len;
	char name[];			/* len bytes and a NUL */
};

/*
 * Where a path leads. parent is the directory that holds, or could hold, the
 * last component; inode is NULL when that component does not exist; entry is
 * NULL then, and also for the root, "." and "..". name points into the path
 * and is len bytes long.
 */
struct ramfs_walk {
	struct ramfs_inode *parent;
	struct ramfs_inode *inode;
	struct ramfs_entry *entry;
	const char *name;
	size_t len;
};

/* What an inode can do. NULL entries are operations that it does not have. */
struct ramfs_inode_ops {
	void (*lookup)(struct ramfs_inode *dir, struct ramfs_walk *step);
	int (*insert)(struct ramfs_inode *dir, struct ramfs_inode *inode,
		      const char *name, size_t len);
	void (*clear)(struct ramfs_inode *dir);
	int (*read)(const struct ramfs_inode *inode, void *buf, size_t len,
		    uint32_t off);
	int (*write)(struct ramfs_inode *inode, const void *buf, size_t len,
		     uint32_t off);
	int (*truncate)(struct ramfs_inode *inode, uint32_t size);
};

struct ramfs_inode {
	const struct ramfs_inode_ops *ops;
	struct ramfs_super *sb;
	uint32_t ino;
	uint32_t nlink;			/* entries that name this inode */
	uint32_t size;			/* bytes, or entries of a directory */
	uint16_t mode;
	unsigned int kind:2;		/* enum ramfs_kind */
	unsigned int dirty:1;
	unsigned int readonly:1;
	union {
		struct {
			struct list_head entries;
			struct ramfs_inode *parent;
			uint32_t subdirs;
		} dir;
		struct {
			unsigned char **pages;	/* RAMFS_FILE_PAGES, or NULL */
			uint32_t used;		/* pages that are not NULL */
		} file;			/* files and symbolic links */
	} u;
};

struct heap_hooks {
	ramfs_alloc_fn alloc;
	ramfs_free_fn release;
};

static struct heap_hooks heap = { .alloc = malloc, .release = free };
static size_t live_blocks;
static uint32_t next_ino = FIRST_INO;
static struct list_head mounts = LIST_HEAD_INIT(mounts);

#define ERROR_NAME(code) [code] = #code

/* Names of the errors that this module returns, by positive errno value. */
static const char *const error_names[] = {
	[0] = "OK",
	ERROR_NAME(EPERM), ERROR_NAME(ENOENT), ERROR_NAME(ENOMEM),
	ERROR_NAME(EACCES), ERROR_NAME(EBUSY), ERROR_NAME(EEXIST),
	ERROR_NAME(ENOTDIR), ERROR_NAME(EISDIR), ERROR_NAME(EINVAL),
	ERROR_NAME(EFBIG), ERROR_NAME(ENOSPC), ERROR_NAME(EROFS),
	ERROR_NAME(EMLINK), ERROR_NAME(ERANGE), ERROR_NAME(ENAMETOOLONG),
	ERROR_NAME(ENOTEMPTY), ERROR_NAME(ELOOP),
};

static int walk(struct ramfs_inode *start, const char *path, unsigned int flags,
		unsigned int depth, struct ramfs_walk *out);

/*
 * Use these functions for all memory from now on. NULL for both brings malloc
 * and free back; NULL for one of them is -EINVAL. Returns -EBUSY while blocks
 * from the present allocator are in use.
 */
int ramfs_set_allocator(ramfs_alloc_fn alloc, ramfs_free_fn release)
{
	if ((alloc == NULL) != (release == NULL))
		return -EINVAL;
	if (live_blocks != 0)
		return -EBUSY;

	heap.alloc = alloc ? alloc : malloc;
	heap.release = release ? release : free;
	return 0;
}

/*
 * Return a zeroed block of size bytes, size > 0, or NULL when there is no
 * memory. The caller owns the block and gives it back with MEM_FREE.
 */
static void *mem_alloc(size_t size)
{
	void *block = heap.alloc(size);

	if (block == NULL)
		return NULL;
	memset(block, 0, size);
	live_blocks++;
	return block;
}

/*
 * Return the name of a result: "OK" for 0, "ENOENT" for -ENOENT, and "E?" for
 * any value that this module never returns. The text is static.
 */
const char *ramfs_errname(int err)
{
	const char *name;

	/* Compare before negating: -INT_MIN does not exist. */
	if (err > 0 || err <= -(int)ARRAY_SIZE(error_names))
		return "E?";
	name = error_names[-err];
	return name ? name : "E?";
}

/* Hash the len bytes at name. Wraps modulo 2^32 by design. */
static uint32_t name_hash(const char *name, size_t len)
{
	uint32_t hash = HASH_SEED + (uint32_t)len;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * HASH_PRIME;
	return hash ^ (hash >> 16);
}

/*
 * Find the next component of a path. Stores its start in *name, returns its
 * length, and moves *cursor to the start of the component after it, so that
 * **cursor is NUL exactly when there is none. Returns 0 at the end of the path.
 */
static size_t next_token(const char **cursor, const char **name)
{
	const char *pos = *cursor;
	size_t len = 0;

	while (*pos == '/')
		pos++;
	*name = pos;
	while (pos[len] != '\0' && pos[len] != '/')
		len++;

	pos += len;
	while (*pos == '/')
		pos++;
	*cursor = pos;
	return len;
}

/*
 * Find the page of a file that holds byte number pos, allocating the page, and
 * the page table before it, where they are missing. pos is less than
 * RAMFS_FILE_MAX. Returns 0 and stores the page, which the inode keeps owning,
 * in *out; otherwise -ENOMEM, or -ENOSPC when the mount's limit is reached.
 */
static int page_at(struct ramfs_inode *inode, uint32_t pos, unsigned char **out)
{
	struct ramfs_super *sb = inode->sb;
	unsigned char **slot;

	if (inode->u.file.pages == NULL) {
		inode->u.file.pages =
			mem_alloc(RAMFS_FILE_PAGES * sizeof(*inode->u.file.pages));
		if (inode->u.file.pages == NULL)
			return -ENOMEM;
	}

	slot = &inode->u.file.pages[PAGE_INDEX(pos)];
	if (*slot == NULL) {
		if (sb->opts.max_pages != 0 && sb->pages_used >= sb->opts.max_pages)
			return -ENOSPC;
		*slot = mem_alloc(RAMFS_PAGE_SIZE);
		if (*slot == NULL)
			return -ENOMEM;
		sb->pages_used++;
		inode->u.file.used++;
	}
	*out = *slot;
	return 0;
}

/*
 * Copy up to len bytes at offset off of a file or link to buf. Returns the
 * number of bytes, which is less than len at the end of the file and 0 beyond
 * it. buf may be NULL when len is 0.
 */
static int file_read(const struct ramfs_inode *inode, void *buf, size_t len,
		     uint32_t off)
{
	unsigned char *to = buf;
	size_t done = 0;

	if (off >= inode->size)
		return 0;
	len = MIN(len, (size_t)(inode->size - off));

	while (done < len) {
		uint32_t pos = off + (uint32_t)done;
		size_t chunk = MIN(len - done, RAMFS_PAGE_SIZE - PAGE_OFFSET(pos));
		const unsigned char *page = NULL;

		if (inode->u.file.pages != NULL)
			page = inode->u.file.pages[PAGE_INDEX(pos)];
		if (page != NULL)
			memcpy(to + done, page + PAGE_OFFSET(pos), chunk);
		else
			memset(to + done, 0, chunk);	/* a hole */
		done += chunk;
	}
	return (int)done;
}

/*
 * Copy len bytes from buf to a file or link at offset off; the file grows as
 * needed, and a gap between the old end and off becomes a hole. Returns the
 * number of bytes written, which is less than len when memory, the mount's
 * limit or RAMFS_FILE_MAX ran out on the way. When nothing at all could be
 * written the result is -ENOMEM, -ENOSPC or -EFBIG. buf may be NULL when len
 * is 0.
 */
static int file_write(struct ramfs_inode *inode, const void *buf, size_t len,
		      uint32_t off)
{
	const unsigned char *from = buf;
	size_t done = 0;
	int err = 0;

	if (len == 0)
		return 0;
	if (off >= RAMFS_FILE_MAX)
		return -EFBIG;
	len = MIN(len, (size_t)(RAMFS_FILE_MAX - off));

	while (done < len) {
		uint32_t pos = off + (uint32_t)done;
		size_t chunk = MIN(len - done, RAMFS_PAGE_SIZE - PAGE_OFFSET(pos));
		unsigned char *page;

		err = page_at(inode, pos, &page);
		if (err)
			goto out;
		memcpy(page + PAGE_OFFSET(pos), from + done, chunk);
		done += chunk;
	}
out:
	/* What was written counts, even when the rest had no place. */
	if (done == 0)
		return err;
	if (off + (uint32_t)done > inode->size)
		inode->size = off + (uint32_t)done;
	inode->dirty = 1;
	return (int)done;
}

/*
 * Set the size of a file. Pages past the new end are freed, and so is the page
 * table when the new size is 0; growing makes a hole. Returns 0, or -EFBIG for
 * a size above RAMFS_FILE_MAX.
 */
static int file_truncate(struct ramfs_inode *inode, uint32_t size)
{
	unsigned char **pages = inode->u.file.pages;
	uint32_t index;

	if (size > RAMFS_FILE_MAX)
		return -EFBIG;
	inode->size = size;
	inode->dirty = 1;
	if (pages == NULL)
		return 0;

	for (index = RAMFS_PAGES_FOR(size); index < RAMFS_FILE_PAGES; index++) {
		if (pages[index] == NULL)
			continue;
		MEM_FREE(pages[index]);
		inode->u.file.used--;
		inode->sb->pages_used--;
	}

	/* A file that grows again must not show the bytes cut off now. */
	if (PAGE_OFFSET(size) != 0 && pages[PAGE_INDEX(size)] != NULL)
		memset(pages[PAGE_INDEX(size)] + PAGE_OFFSET(size), 0,
		       RAMFS_PAGE_SIZE - PAGE_OFFSET(size));
	if (size == 0)
		MEM_FREE(inode->u.file.pages);
	return 0;
}

/*
 * Free an inode, and all that it owns, unless an entry still names it. inode
 * must not be used afterwards unless the caller knows of such an entry.
 */
static void inode_put(struct ramfs_inode *inode)
{
	if (inode->nlink != 0)
		return;

	if (inode->ops->clear != NULL)
		inode->ops->clear(inode);
	if (inode->ops->truncate != NULL)
		inode->ops->truncate(inode, 0);
	inode->sb->inodes--;
	MEM_FREE(inode);
}

/*
 * Take an entry out of its directory and free it, and free the inode too when
 * this was its last name.
 */
static void entry_remove(struct ramfs_entry *entry)
{
	struct ramfs_inode *dir = entry->dir;
	struct ramfs_inode *inode = entry->inode;

	list_del(&entry->node);
	dir->size--;
	dir->dirty = 1;
	if (inode->kind == RAMFS_DIR)
		dir->u.dir.subdirs--;
	MEM_FREE(entry);

	inode->nlink--;
	inode_put(inode);
}

/*
 * Look step->name up in a directory and set step->inode and step->entry, to
 * NULL when there is no such name. "." and ".." have no entries.
 */
static void dir_lookup(struct ramfs_inode *dir, struct ramfs_walk *step)
{
	uint32_t hash = name_hash(step->name, step->len);
	struct ramfs_entry *entry;
	struct list_head *pos;

	step->entry = NULL;
	step->inode = NULL;
	switch (step->len) {
	case 2:
		if (step->name[1] != '.')
			break;
		/* fall through */
	case 1:
		if (step->name[0] != '.')
			break;
		step->inode = step->len == 2 ? dir->u.dir.parent : dir;
		return;
	default:
		break;
	}

	list_for_each(pos, &dir->u.dir.entries) {
		entry = container_of(pos, struct ramfs_entry, node);
		if (entry->hash == hash && entry->len == step->len &&
		    memcmp(entry->name, step->name, step->len) == 0) {
			step->entry = entry;
			step->inode = entry->inode;
			return;
		}
	}
}

/*
 * Give an inode the name of len bytes, 0 < len <= RAMFS_NAME_MAX, at the end of
 * a directory. The caller has made sure that the name is free, or removes the
 * other entry of that name next. Returns 0 or -ENOMEM.
 */
static int dir_insert(struct ramfs_inode *dir, struct ramfs_inode *inode,
		      const char *name, size_t len)
{
	struct ramfs_entry *entry = mem_alloc(sizeof(*entry) + len + 1);

	if (entry == NULL)
		return -ENOMEM;
	entry->dir = dir;
	entry->inode = inode;
	entry->hash = name_hash(name, len);
	entry->len = (uint8_t)len;
	memcpy(entry->name, name, len);
	list_add_tail(&entry->node, &dir->u.dir.entries);

	dir->size++;
	dir->dirty = 1;
	inode->nlink++;
	if (inode->kind == RAMFS_DIR) {
		inode->u.dir.parent = dir;
		dir->u.dir.subdirs++;
	}
	return 0;
}

/* Remove every entry of a directory, and with them the trees below it. */
static void dir_clear(struct ramfs_inode *dir)
{
	struct list_head *entries = &dir->u.dir.entries;

	while (!list_empty(entries))
		entry_remove(container_of(entries->next, struct ramfs_entry, node));
}

static const struct ramfs_inode_ops ramfs_dir_ops = {
	.lookup = dir_lookup,
	.insert = dir_insert,
	.clear = dir_clear,
};

static const struct ramfs_inode_ops ramfs_file_ops = {
	.read = file_read,
	.write = file_write,
	.truncate = file_truncate,
};

/* A link keeps its target where a file keeps its contents. */
static const struct ramfs_inode_ops ramfs_link_ops = {
	.read = file_read,
	.truncate = file_truncate,
};

/*
 * Make an inode that no entry names yet. The caller gives it a name or drops
 * it with inode_put. Returns 0, -ENOMEM, or -ENOSPC when the mount has all the
 * inodes it may have; *out is written only on success.
 */
static int inode_new(struct ramfs_super *sb, enum ramfs_kind kind, uint16_t mode,
		     struct ramfs_inode **out)
{
	struct ramfs_inode *inode;

	if (sb->opts.max_inodes != 0 && sb->inodes >= sb->opts.max_inodes)
		return -ENOSPC;
	inode = mem_alloc(sizeof(*inode));
	if (inode == NULL)
		return -ENOMEM;

	switch (kind) {
	case RAMFS_DIR:
		inode->ops = &ramfs_dir_ops;
		list_init(&inode->u.dir.entries);
		inode->u.dir.parent = inode;
		break;
	case RAMFS_SYMLINK:
		inode->ops = &ramfs_link_ops;
		break;
	case RAMFS_REG:
		inode->ops = &ramfs_file_ops;
		break;
	}
	inode->sb = sb;
	inode->ino = next_ino++;
	inode->kind = kind;
	inode->mode = mode & RAMFS_MODE_MASK;
	inode->readonly = (mode & RAMFS_WRITE_BITS) == 0;
	sb->inodes++;
	*out = inode;
	return 0;
}

/* Return 0 when an inode may be changed, -EROFS or -EACCES when it may not. */
static int may_modify(const struct ramfs_inode *inode)
{
	if (inode->sb->opts.readonly)
		return -EROFS;
	return inode->readonly ? -EACCES : 0;
}

/*
 * Replace step->inode, a symbolic link in step->parent, by the inode that the
 * link leads to. depth counts the links that led here. Returns 0, -ELOOP when
 * there are too many of them, or what walk() returns for the target.
 */
static int follow_link(struct ramfs_walk *step, unsigned int depth)
{
	char target[RAMFS_TARGET_MAX + 1];
	const struct ramfs_inode *link = step->inode;
	struct ramfs_walk end;
	int err;

	if (depth >= RAMFS_FOLLOW_MAX)
		return -ELOOP;
	err = link->ops->read(link, target, RAMFS_TARGET_MAX, 0);
	if (err < 0)
		return err;
	target[err] = '\0';

	err = walk(step->parent, target, WALK_FOLLOW, depth + 1, &end);
	if (err)
		return err;
	if (end.inode == NULL)
		return -ENOENT;
	/*
	 * Only the inode: end.name points into target, which dies here, and
	 * step->entry goes on to describe the link.
	 */
	step->inode = end.inode;
	return 0;
}

/*
 * Go along a path, from the root when it begins with a slash and from start
 * otherwise, and describe where it leads in *out. depth is 0, except for the
 * target of a link. Returns 0, also when only the last component is missing,
 * or -ENOENT, -ENOTDIR, -ENAMETOOLONG or -ELOOP, in which case *out holds
 * nothing of use.
 */
static int walk(struct ramfs_inode *start, const char *path, unsigned int flags,
		unsigned int depth, struct ramfs_walk *out)
{
	struct ramfs_inode *dir = *path == '/' ? start->sb->root : start;
	const char *name;
	size_t len;
	int err;

	out->parent = dir;
	out->inode = dir;
	out->entry = NULL;
	out->name = path;
	out->len = 0;
	while ((len = next_token(&path, &name)) != 0) {
		dir = out->inode;
		if (dir == NULL)
			return -ENOENT;
		if (dir->ops->lookup == NULL)
			return -ENOTDIR;
		if (len > RAMFS_NAME_MAX)
			return -ENAMETOOLONG;
		out->parent = dir;
		out->name = name;
		out->len = len;
		dir->ops->lookup(dir, out);

		/* On the way links are followed, at the end on request. */
		if (out->inode != NULL && out->inode->kind == RAMFS_SYMLINK &&
		    (*path != '\0' || (flags & WALK_FOLLOW))) {
			err = follow_link(out, depth);
			if (err)
				return err;
		}
	}
	return 0;
}

/*
 * Walk an absolute path of a tree. With WALK_EXISTS in flags a missing last
 * component is -ENOENT as well. Returns 0, -EINVAL for a path that does not
 * begin with a slash, or what walk() returns.
 */
static int resolve(struct ramfs_super *sb, const char *path, unsigned int flags,
		   struct ramfs_walk *out)
{
	int err;

	if (*path != '/')
		return -EINVAL;
	err = walk(sb->root, path, flags, 0, out);
	if (err)
		return err;
	if ((flags & WALK_EXISTS) && out->inode == NULL)
		return -ENOENT;
	return 0;
}

/*
 * Make an inode of the given kind and give it the name path. target is what a
 * symbolic link says, and NULL for the other kinds. Returns 0 or a negative
 * errno value; on failure neither the inode nor the name remains.
 */
static int make_node(struct ramfs_super *sb, const char *path, enum ramfs_kind kind,
		     uint16_t mode, const char *target)
{
	struct ramfs_inode *inode;
	struct ramfs_walk at;
	int err;

	err = resolve(sb, path, 0, &at);
	if (err)
		return err;
	if (at.inode != NULL)
		return -EEXIST;
	err = may_modify(at.parent);
	if (err)
		return err;
	err = inode_new(sb, kind, mode, &inode);
	if (err)
		return err;

	if (target != NULL) {
		int len = (int)strlen(target);

		/* Half a target is worse than none. */
		err = file_write(inode, target, (size_t)len, 0);
		if (err >= 0 && err < len)
			err = -ENOSPC;
		if (err < 0)
			goto drop;
	}
	err = at.parent->ops->insert(at.parent, inode, at.name, at.len);
	if (err == 0)
		return 0;

drop:
	inode_put(inode);
	return err;
}

/*
 * Mount an empty tree. label is not empty and not the label of another mount;
 * options is the text of the mount options, or NULL for none. Returns 0 and
 * stores the tree, which the caller ends with ramfs_unmount, in *out; otherwise
 * -EINVAL or -ERANGE for bad arguments, -EBUSY for a label in use, or -ENOMEM.
 */
int ramfs_mount(const char *label, const char *options, struct ramfs_super **out)
{
	static uint32_t last_id;
	struct ramfs_mount_opts opts = { .mode = ROOT_MODE };
	struct ramfs_super *sb;
	struct list_head *pos;
	int err;

	if (label[0] == '\0')
		return -EINVAL;
	list_for_each(pos, &mounts) {
		sb = container_of(pos, struct ramfs_super, node);
		if (strcmp(sb->label, label) == 0)
			return -EBUSY;
	}
	err = ramfs_parse_options(options, &opts);
	if (err)
		return err;

	sb = mem_alloc(sizeof(*sb));
	if (sb == NULL)
		return -ENOMEM;
	sb->opts = opts;
	err = -ENOMEM;
	sb->label = mem_alloc(strlen(label) + 1);
	if (sb->label == NULL)
		goto free_sb;
	memcpy(sb->label, label, strlen(label));
	err = inode_new(sb, RAMFS_DIR, opts.mode, &sb->root);
	if (err)
		goto free_label;

	sb->root->nlink = 1;	/* held by the mount instead of an entry */
	sb->id = ++last_id;
	list_add(&sb->node, &mounts);
	*out = sb;
	return 0;

free_label:
	MEM_FREE(sb->label);
free_sb:
	MEM_FREE(sb);
	return err;
}

/*
 * Change the options of a mounted tree; what the text does not mention stays
 * as it is. The root takes the new mode at once. options may be NULL. Returns
 * 0, -EINVAL or -ERANGE for bad text, or -EBUSY when the tree is larger than
 * the new limits.
 */
int ramfs_remount(struct ramfs_super *sb, const char *options)
{
	struct ramfs_mount_opts opts = sb->opts;
	int err;

	err = ramfs_parse_options(options, &opts);
	if (err)
		return err;
	if (opts.max_pages != 0 && opts.max_pages < sb->pages_used)
		return -EBUSY;
	if (opts.max_inodes != 0 && opts.max_inodes < sb->inodes)
		return -EBUSY;

	sb->opts = opts;
	sb->root->mode = opts.mode;
	sb->root->readonly = (opts.mode & RAMFS_WRITE_BITS) == 0;
	return 0;
}

/* Free a tree and everything in it. sb may be NULL. */
void ramfs_unmount(struct ramfs_super *sb)
{
	if (sb == NULL)
		return;

	list_del(&sb->node);
	sb->root->nlink = 0;
	inode_put(sb->root);
	MEM_FREE(sb->label);
	MEM_FREE(sb);
}

/* Describe the use that a tree makes of its limits in *out. */
void ramfs_statfs(const struct ramfs_super *sb, struct ramfs_statfs *out)
{
	memset(out, 0, sizeof(*out));
	out->id = sb->id;
	out->pages_used = sb->pages_used;
	out->pages_free = UINT32_MAX;
	out->inodes = sb->inodes;
	out->readonly = sb->opts.readonly;
	if (sb->opts.max_pages != 0) {
		out->limited = 1;
		out->pages_free = sb->opts.max_pages - sb->pages_used;
	}
}

/* Make an empty file; see make_node. -EEXIST also for a dangling link. */
int ramfs_create(struct ramfs_super *sb, const char *path, uint16_t mode)
{
	return make_node(sb, path, RAMFS_REG, mode, NULL);
}

/* Make an empty directory; see make_node. */
int ramfs_mkdir(struct ramfs_super *sb, const char *path, uint16_t mode)
{
	return make_node(sb, path, RAMFS_DIR, mode, NULL);
}

/*
 * Make a symbolic link at path that says target, which need not exist. Returns
 * as make_node does, and -ENOENT for an empty target or -ENAMETOOLONG for one
 * longer than RAMFS_TARGET_MAX.
 */
int ramfs_symlink(struct ramfs_super *sb, const char *target, const char *path)
{
	size_t len = strlen(target);

	if (len == 0)
		return -ENOENT;
	if (len > RAMFS_TARGET_MAX)
		return -ENAMETOOLONG;
	return make_node(sb, path, RAMFS_SYMLINK, LINK_MODE, target);
}

/*
 * Give the file or link at from a second name, to. Symbolic links are not
 * followed. Returns 0 or a negative errno value: -EPERM for a directory,
 * -EMLINK for a file with RAMFS_NLINK_MAX names.
 */
int ramfs_link(struct ramfs_super *sb, const char *from, const char *to)
{
	struct ramfs_walk src;
	struct ramfs_walk dst;
	int err;

	err = resolve(sb, from, WALK_EXISTS, &src);
	if (err)
		return err;
	if (src.inode->kind == RAMFS_DIR)
		return -EPERM;
	err = resolve(sb, to, 0, &dst);
	if (err)
		return err;
	if (dst.inode != NULL)
		return -EEXIST;
	err = may_modify(dst.parent);
	if (err)
		return err;
	if (src.inode->nlink >= RAMFS_NLINK_MAX)
		return -EMLINK;
	return dst.parent->ops->insert(dst.parent, src.inode, dst.name, dst.len);
}

/*
 * Remove the name path of a file or symbolic link, and the inode with it when
 * that was its last name. Returns 0 or a negative errno value: -EISDIR for a
 * directory.
 */
int ramfs_unlink(struct ramfs_super *sb, const char *path)
{
	struct ramfs_walk at;
	int err;

	err = resolve(sb, path, WALK_EXISTS, &at);
	if (err)
		return err;
	if (at.inode->kind == RAMFS_DIR)
		return -EISDIR;
	err = may_modify(at.parent);
	if (err)
		return err;
	entry_remove(at.entry);
	return 0;
}

/*
 * Remove an empty directory. Returns 0 or a negative errno value: -ENOTDIR for
 * anything else, -ENOTEMPTY, and -EBUSY for the root and for a path that ends
 * in "." or "..".
 */
int ramfs_rmdir(struct ramfs_super *sb, const char *path)
{
	struct ramfs_walk at;
	int err;

	err = resolve(sb, path, WALK_EXISTS, &at);
	if (err)
		return err;
	if (at.inode->kind != RAMFS_DIR)
		return -ENOTDIR;
	if (at.entry == NULL)
		return -EBUSY;
	err = may_modify(at.parent);
	if (err)
		return err;
	if (!list_empty(&at.inode->u.dir.entries))
		return -ENOTEMPTY;
	entry_remove(at.entry);
	return 0;
}

/*
 * Move what is at from to the name to, in the same or another directory. What
 * is at to is replaced when it is of the same sort, and, if a directory, empty.
 * Two names of one file are left as they are. Symbolic links are not followed.
 * Returns 0 or a negative errno value: -EINVAL when a directory would come to
 * lie under itself, -EBUSY for the root and for paths that end in "." or "..".
 */
int ramfs_rename(struct ramfs_super *sb, const char *from, const char *to)
{
	const struct ramfs_inode *above;
	struct ramfs_walk src;
	struct ramfs_walk dst;
	int err;

	err = resolve(sb, from, WALK_EXISTS, &src);
	if (err)
		return err;
	err = resolve(sb, to, 0, &dst);
	if (err)
		return err;
	if (src.entry == NULL || (dst.inode != NULL && dst.entry == NULL))
		return -EBUSY;
	err = may_modify(src.parent);
	if (err)
		return err;
	err = may_modify(dst.parent);
	if (err)
		return err;
	if (dst.inode == src.inode)
		return 0;

	/* The root is nobody's source, so the climb stops there. */
	for (above = dst.parent; above != sb->root; above = above->u.dir.parent)
		if (above == src.inode)
			return -EINVAL;

	if (dst.inode != NULL && dst.inode->kind == RAMFS_DIR) {
		if (src.inode->kind != RAMFS_DIR)
			return -EISDIR;
		if (!list_empty(&dst.inode->u.dir.entries))
			return -ENOTEMPTY;
	} else if (dst.inode != NULL && src.inode->kind == RAMFS_DIR) {
		return -ENOTDIR;
	}

	/*
	 * Only the insertion can fail, so it comes first; until the old entry
	 * of that name is gone the directory has two.
	 */
	err = dst.parent->ops->insert(dst.parent, src.inode, dst.name, dst.len);
	if (err)
		return err;
	if (dst.entry != NULL)
		entry_remove(dst.entry);
	entry_remove(src.entry);
	return 0;
}

/*
 * Read up to len bytes at offset off of the file at path into buf; see
 * file_read. Returns the number of bytes or a negative errno value: -EISDIR
 * for a directory.
 */
int ramfs_read(struct ramfs_super *sb, const char *path, void *buf, size_t len,
	       uint32_t off)
{
	struct ramfs_walk at;
	int err;

	err = resolve(sb, path, WALK_FOLLOW | WALK_EXISTS, &at);
	if (err)
		return err;
	if (at.inode->ops->read == NULL)
		return -EISDIR;
	return at.inode->ops->read(at.inode, buf, len, off);
}

/*
 * Write len bytes from buf at offset off of the file at path; see file_write.
 * Returns the number of bytes or a negative errno value: -EISDIR for a
 * directory.
 */
int ramfs_write(struct ramfs_super *sb, const char *path, const void *buf,
		size_t len, uint32_t off)
{
	struct ramfs_walk at;
	int err;

	err = resolve(sb, path, WALK_FOLLOW | WALK_EXISTS, &at);
	if (err)
		return err;
	if (at.inode->ops->write == NULL)
		return -EISDIR;
	err = may_modify(at.inode);
	if (err)
		return err;
	return at.inode->ops->write(at.inode, buf, len, off);
}

/*
 * Set the size of the file at path; see file_truncate. Returns 0 or a negative
 * errno value: -EISDIR for a directory.
 */
int ramfs_truncate(struct ramfs_super *sb, const char *path, uint32_t size)
{
	struct ramfs_walk at;
	int err;

	err = resolve(sb, path, WALK_FOLLOW | WALK_EXISTS, &at);
	if (err)
		return err;
	if (at.inode->ops->truncate == NULL)
		return -EISDIR;
	err = may_modify(at.inode);
	if (err)
		return err;
	return at.inode->ops->truncate(at.inode, size);
}

/*
 * Copy up to len bytes of the target of the symbolic link at path to buf,
 * without a NUL. Returns the number of bytes or a negative errno value:
 * -EINVAL for anything that is not a link.
 */
int ramfs_readlink(struct ramfs_super *sb, const char *path, char *buf, size_t len)
{
	struct ramfs_walk at;
	int err;

	err = resolve(sb, path, WALK_EXISTS, &at);
	if (err)
		return err;
	if (at.inode->kind != RAMFS_SYMLINK)
		return -EINVAL;
	return at.inode->ops->read(at.inode, buf, len, 0);
}

/*
 * Describe the inode at path in *out, and forget that it was dirty. With
 * RAMFS_NOFOLLOW in flags a symbolic link is described itself. Returns 0 or a
 * negative errno value.
 */
int ramfs_stat(struct ramfs_super *sb, const char *path, unsigned int flags,
	       struct ramfs_stat *out)
{
	unsigned int follow = (flags & RAMFS_NOFOLLOW) ? 0 : WALK_FOLLOW;
	struct ramfs_inode *inode;
	struct ramfs_walk at;
	int err;

	err = resolve(sb, path, follow | WALK_EXISTS, &at);
	if (err)
		return err;
	inode = at.inode;

	memset(out, 0, sizeof(*out));
	out->ino = inode->ino;
	out->nlink = inode->nlink;
	out->size = inode->size;
	out->mode = inode->mode;
	out->kind = inode->kind;
	if (inode->dirty)
		out->flags |= RAMFS_ST_DIRTY;
	if (inode->readonly)
		out->flags |= RAMFS_ST_READONLY;

	/* A directory is also named by its own "." and its children's "..". */
	if (inode->kind == RAMFS_DIR)
		out->nlink += 1 + inode->u.dir.subdirs;
	else
		out->pages = inode->u.file.used;
	inode->dirty = 0;
	return 0;
}

/*
 * Call fill(ctx, dirent) for each entry of the directory at path, in the order
 * of insertion, without "." and "..". fill may remove the entry that it is
 * shown but must not change the directory otherwise; a result other than 0
 * ends the listing. Returns that result, 0 at the end, or a negative errno
 * value: -ENOTDIR for anything that is not a directory.
 */
int ramfs_readdir(struct ramfs_super *sb, const char *path, ramfs_fill_fn fill,
		  void *ctx)
{
	struct list_head *pos;
	struct list_head *ahead;
	struct ramfs_walk at;
	int err;

	err = resolve(sb, path, WALK_FOLLOW | WALK_EXISTS, &at);
	if (err)
		return err;
	if (at.inode->kind != RAMFS_DIR)
		return -ENOTDIR;

	list_for_each_safe(pos, ahead, &at.inode->u.dir.entries) {
		struct ramfs_entry *entry = container_of(pos, struct ramfs_entry, node);
		struct ramfs_dirent dirent = {
			.name = entry->name,
			.ino = entry->inode->ino,
			.hash = entry->hash,
			.kind = (enum ramfs_kind)entry->inode->kind,
		};

		err = fill(ctx, &dirent);
		if (err)
			return err;
	}
	return 0;
}
