/*
 * test_ramfs.c - tests of the ramfs module, through its public functions only.
 *
 * Prints one line and exits 0 when everything holds; names the first line that
 * does not and exits 1 otherwise.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "ramfs.h"

#define CHECK(cond) check((cond) != 0, __LINE__, #cond)
#define CHECK_EQ(got, want) check_eq((long)(got), (long)(want), __LINE__, #got)

/* Hashes of "a", "hello.txt" and "\xc3\xa9t\xe9", worked out outside this module. */
#define HASH_A     0xa7f88a1du
#define HASH_HELLO 0xe575273du
#define HASH_BYTES 0x6b0727c9u

static unsigned int checks;

/* Count a check, and end the program when it failed. */
static void check(int ok, int line, const char *what)
{
	checks++;
	if (ok)
		return;
	printf("test_ramfs.c:%d: failed: %s\n", line, what);
	exit(1);
}

/* Check that two numbers are equal, and show both when they are not. */
static void check_eq(long got, long want, int line, const char *what)
{
	checks++;
	if (got == want)
		return;
	printf("test_ramfs.c:%d: %s is %ld, not %ld\n", line, what, got, want);
	exit(1);
}

/* An allocator that counts, and that fails when its fuse has burnt down. */
static long heap_blocks;
static long heap_fuse = -1;

/* Allocate, with rubbish in the block so that nobody relies on zeros. */
static void *test_alloc(size_t size)
{
	void *block;

	if (heap_fuse == 0)
		return NULL;
	if (heap_fuse > 0)
		heap_fuse--;
	block = calloc(1, size);
	if (block != NULL) {
		memset(block, 0xa5, size);
		heap_blocks++;
	}
	return block;
}

/* Free a block from test_alloc. */
static void test_free(void *block)
{
	heap_blocks--;
	free(block);
}

/* Mount a tree that must mount. */
static struct ramfs_super *mounted(const char *options)
{
	struct ramfs_super *sb = NULL;

	CHECK_EQ(ramfs_mount("test", options, &sb), 0);
	CHECK(sb != NULL);
	return sb;
}

/* End a tree and check that it leaves nothing behind. */
static void finish(struct ramfs_super *sb)
{
	ramfs_unmount(sb);
	CHECK_EQ(heap_blocks, 0);
}

/* The description of a path that must exist; links are not followed. */
static struct ramfs_stat stat_of(struct ramfs_super *sb, const char *path)
{
	struct ramfs_stat st;

	memset(&st, 0xff, sizeof(st));
	CHECK_EQ(ramfs_stat(sb, path, RAMFS_NOFOLLOW, &st), 0);
	return st;
}

static struct ramfs_statfs statfs_of(struct ramfs_super *sb)
{
	struct ramfs_statfs fs;

	memset(&fs, 0xff, sizeof(fs));
	ramfs_statfs(sb, &fs);
	return fs;
}

/* The names in a directory, joined; kinds are shown as '/', '@' or nothing. */
struct listing {
	char text[256];
	int stop_after;
	int calls;
	uint32_t hash;
	uint32_t ino;
};

static int list_entry(void *ctx, const struct ramfs_dirent *dirent)
{
	static const char *const marks[] = { "", "/", "@" };
	struct listing *out = ctx;

	strcat(out->text, dirent->name);
	strcat(out->text, marks[dirent->kind]);
	strcat(out->text, " ");
	out->hash = dirent->hash;
	out->ino = dirent->ino;
	out->calls++;
	return out->calls == out->stop_after ? 77 : 0;
}

/* Check that a directory holds exactly these entries in this order. */
static void check_dir(struct ramfs_super *sb, const char *path, const char *want,
		      int line)
{
	struct listing got = { .stop_after = -1 };

	check_eq(ramfs_readdir(sb, path, list_entry, &got), 0, line, path);
	if (strcmp(got.text, want) != 0)
		printf("%s holds \"%s\"\n", path, got.text);
	check(strcmp(got.text, want) == 0, line, want);
}

#define CHECK_DIR(sb, path, want) check_dir(sb, path, want, __LINE__)

struct number_list {
	int value;
	struct list_head node;
};

static void test_list(void)
{
	struct list_head head = LIST_HEAD_INIT(head);
	struct number_list items[4];
	struct list_head *pos;
	struct list_head *ahead;
	long seen = 0;
	int i;

	CHECK(list_empty(&head));
	for (i = 0; i < 4; i++) {
		items[i].value = i + 1;
		list_init(&items[i].node);
	}
	list_add_tail(&items[0].node, &head);
	list_add_tail(&items[1].node, &head);
	list_add(&items[2].node, &head);
	list_add(&items[3].node, &head);
	CHECK(!list_empty(&head));
	list_for_each(pos, &head)
		seen = seen * 10 + container_of(pos, struct number_list, node)->value;
	CHECK_EQ(seen, 4312);
	for (pos = head.prev; pos != &head; pos = pos->prev)
		seen = seen * 10 + container_of(pos, struct number_list, node)->value;
	CHECK_EQ(seen, 43122134);

	list_for_each_safe(pos, ahead, &head)
		if (container_of(pos, struct number_list, node)->value % 2 == 0)
			list_del(pos);
	list_del(&items[1].node);
	CHECK(list_empty(&items[1].node));
	CHECK(head.next == &items[2].node && head.prev == &items[0].node);
	list_del(&items[0].node);
	list_del(&items[2].node);
	CHECK(list_empty(&head));
}

static void test_errname(void)
{
	CHECK(strcmp(ramfs_errname(0), "OK") == 0);
	CHECK(strcmp(ramfs_errname(-EPERM), "EPERM") == 0);
	CHECK(strcmp(ramfs_errname(-ENOENT), "ENOENT") == 0);
	CHECK(strcmp(ramfs_errname(-ENOMEM), "ENOMEM") == 0);
	CHECK(strcmp(ramfs_errname(-EROFS), "EROFS") == 0);
	CHECK(strcmp(ramfs_errname(-ENAMETOOLONG), "ENAMETOOLONG") == 0);
	CHECK(strcmp(ramfs_errname(-ELOOP), "ELOOP") == 0);
	CHECK(strcmp(ramfs_errname(-ELOOP - 1), "E?") == 0);
	CHECK(strcmp(ramfs_errname(-EINTR), "E?") == 0);
	CHECK(strcmp(ramfs_errname(ENOENT), "E?") == 0);
	CHECK(strcmp(ramfs_errname(INT_MIN), "E?") == 0);
}

/* Check what an option text results in, on top of recognisable values. */
static void check_options(const char *text, int err, uint32_t pages,
			  uint32_t inodes, uint16_t mode, unsigned int ro, int line)
{
	struct ramfs_mount_opts opts = { 7, 8, 0123, 0 };

	check_eq(ramfs_parse_options(text, &opts), err, line, text ? text : "NULL");
	check_eq(opts.max_pages, pages, line, "max_pages");
	check_eq(opts.max_inodes, inodes, line, "max_inodes");
	check_eq(opts.mode, mode, line, "mode");
	check_eq(opts.readonly, ro, line, "readonly");
}

#define OPTIONS_OK(text, pages, inodes, mode, ro) \
	check_options(text, 0, pages, inodes, mode, ro, __LINE__)
#define OPTIONS_BAD(text, err) \
	check_options(text, err, 7, 8, 0123, 0, __LINE__)

static void test_options(void)
{
	OPTIONS_OK(NULL, 7, 8, 0123, 0);
	OPTIONS_OK("", 7, 8, 0123, 0);
	OPTIONS_OK(",,", 7, 8, 0123, 0);
	OPTIONS_OK("size=64k,mode=0755,ro", 1024, 8, 0755, 1);
	OPTIONS_OK(",size=1,,inodes=90,", 1, 90, 0123, 0);
	OPTIONS_OK("ro,rw", 7, 8, 0123, 0);
	OPTIONS_OK("rw,ro", 7, 8, 0123, 1);
	OPTIONS_OK("size=0", 0, 8, 0123, 0);
	OPTIONS_OK("size=64", 1, 8, 0123, 0);
	OPTIONS_OK("size=65", 2, 8, 0123, 0);
	OPTIONS_OK("size=2m", 32768, 8, 0123, 0);
	OPTIONS_OK("size=3g", 50331648, 8, 0123, 0);
	OPTIONS_OK("size=4294967295", 67108864, 8, 0123, 0);
	OPTIONS_OK("inodes=4294967295", 7, UINT32_MAX, 0123, 0);
	OPTIONS_OK("ro,mode=700,size=64,inodes=3", 1, 3, 0700, 1);
	OPTIONS_OK("mode=777", 7, 8, 0777, 0);
	OPTIONS_OK("mode=0", 7, 8, 0, 0);

	OPTIONS_BAD("size=4g", -ERANGE);
	OPTIONS_BAD("size=4294967296", -ERANGE);
	OPTIONS_BAD("inodes=99999999999999999999", -ERANGE);
	OPTIONS_BAD("size=", -EINVAL);
	OPTIONS_BAD("size=k", -EINVAL);
	OPTIONS_BAD("size=1kk", -EINVAL);
	OPTIONS_BAD("size=-1", -EINVAL);
	OPTIONS_BAD("size", -EINVAL);
	OPTIONS_BAD("inodes=", -EINVAL);
	OPTIONS_BAD("inodes=5x", -EINVAL);
	OPTIONS_BAD("inodes=/", -EINVAL);
	OPTIONS_BAD("inodes=:", -EINVAL);
	OPTIONS_BAD("mode=8", -EINVAL);
	OPTIONS_BAD("mode=1000", -EINVAL);
	OPTIONS_BAD("ro=1", -EINVAL);
	OPTIONS_BAD("ro,bogus", -EINVAL);
	OPTIONS_BAD("siz=1", -EINVAL);
	OPTIONS_BAD("sizes=1", -EINVAL);
	OPTIONS_BAD("=1", -EINVAL);
	OPTIONS_BAD("size=1,mode=9,ro", -EINVAL);
}

static void test_mount(void)
{
	struct ramfs_super *first = mounted("size=1k,mode=0700");
	struct ramfs_super *second = NULL;
	struct ramfs_super *third = NULL;
	struct ramfs_stat st = stat_of(first, "/");

	CHECK_EQ(st.mode, 0700);
	CHECK_EQ(st.kind, RAMFS_DIR);
	CHECK_EQ(st.nlink, 2);
	CHECK_EQ(st.size, 0);
	CHECK_EQ(st.pages, 0);
	CHECK_EQ(st.flags, 0);
	CHECK_EQ(statfs_of(first).pages_free, 16);
	CHECK_EQ(statfs_of(first).pages_used, 0);
	CHECK_EQ(statfs_of(first).inodes, 1);
	CHECK_EQ(statfs_of(first).limited, 1);
	CHECK_EQ(statfs_of(first).readonly, 0);

	CHECK_EQ(ramfs_mount("test", NULL, &second), -EBUSY);
	CHECK_EQ(ramfs_mount("", NULL, &second), -EINVAL);
	CHECK_EQ(ramfs_mount("other", "size=x", &second), -EINVAL);
	CHECK(second == NULL);
	CHECK_EQ(ramfs_mount("other", NULL, &second), 0);
	CHECK_EQ(ramfs_mount("test2", "ro", &third), 0);
	CHECK_EQ(ramfs_mount("test", NULL, &third), -EBUSY);
	CHECK_EQ(stat_of(second, "/").mode, 0755);
	CHECK_EQ(statfs_of(second).pages_free, UINT32_MAX);
	CHECK_EQ(statfs_of(second).limited, 0);
	CHECK_EQ(statfs_of(third).readonly, 1);
	CHECK_EQ(statfs_of(second).id, statfs_of(first).id + 1);
	CHECK_EQ(statfs_of(third).id, statfs_of(first).id + 2);
	CHECK_EQ(stat_of(second, "/").ino, st.ino + 1);

	/* Allocators cannot change under a mounted tree. */
	CHECK_EQ(ramfs_set_allocator(NULL, NULL), -EBUSY);
	CHECK_EQ(ramfs_set_allocator(NULL, test_free), -EINVAL);
	CHECK_EQ(ramfs_set_allocator(test_alloc, NULL), -EINVAL);

	ramfs_unmount(second);
	second = NULL;
	CHECK_EQ(ramfs_mount("other", NULL, &second), 0);
	ramfs_unmount(first);
	ramfs_unmount(second);
	ramfs_unmount(NULL);
	finish(third);

	/* The default allocator works too, and gives back what it took. */
	CHECK_EQ(ramfs_set_allocator(NULL, NULL), 0);
	first = mounted(NULL);
	CHECK_EQ(ramfs_create(first, "/f", 0644), 0);
	CHECK_EQ(heap_blocks, 0);
	ramfs_unmount(first);
	CHECK_EQ(ramfs_set_allocator(test_alloc, test_free), 0);
}

static void test_remount(void)
{
	struct ramfs_super *sb = mounted(NULL);
	char byte = 0;

	CHECK_EQ(ramfs_create(sb, "/f", 0644), 0);
	CHECK_EQ(ramfs_write(sb, "/f", "x", 1, 0), 1);
	CHECK_EQ(ramfs_write(sb, "/f", "y", 1, 100), 1);
	CHECK_EQ(ramfs_remount(sb, "size=64"), -EBUSY);
	CHECK_EQ(ramfs_remount(sb, "inodes=1"), -EBUSY);
	CHECK_EQ(ramfs_remount(sb, "what"), -EINVAL);
	CHECK_EQ(statfs_of(sb).limited, 0);
	CHECK_EQ(ramfs_remount(sb, "size=128,inodes=2"), 0);
	CHECK_EQ(statfs_of(sb).pages_free, 0);
	CHECK_EQ(stat_of(sb, "/").mode, 0755);
	CHECK_EQ(ramfs_create(sb, "/g", 0644), -ENOSPC);

	CHECK_EQ(ramfs_remount(sb, "ro"), 0);
	CHECK_EQ(statfs_of(sb).limited, 1);
	CHECK_EQ(ramfs_create(sb, "/g", 0644), -EROFS);
	CHECK_EQ(ramfs_mkdir(sb, "/g", 0755), -EROFS);
	CHECK_EQ(ramfs_symlink(sb, "f", "/g"), -EROFS);
	CHECK_EQ(ramfs_link(sb, "/f", "/g"), -EROFS);
	CHECK_EQ(ramfs_unlink(sb, "/f"), -EROFS);
	CHECK_EQ(ramfs_rename(sb, "/f", "/g"), -EROFS);
	CHECK_EQ(ramfs_write(sb, "/f", "z", 1, 0), -EROFS);
	CHECK_EQ(ramfs_truncate(sb, "/f", 0), -EROFS);
	CHECK_EQ(ramfs_read(sb, "/f", &byte, 1, 100), 1);
	CHECK_EQ(byte, 'y');
	CHECK_EQ(ramfs_remount(sb, "rw"), 0);
	CHECK_EQ(ramfs_remount(sb, NULL), 0);
	CHECK_EQ(ramfs_unlink(sb, "/f"), 0);
	CHECK_EQ(statfs_of(sb).pages_free, 2);
	finish(sb);
}

static void test_paths(void)
{
	struct ramfs_super *sb = mounted(NULL);
	struct ramfs_stat st;
	char name[RAMFS_NAME_MAX + 3];
	uint32_t root;
	uint32_t ino_a;

	CHECK_EQ(ramfs_mkdir(sb, "/a", 0755), 0);
	CHECK_EQ(ramfs_mkdir(sb, "/a/b", 0755), 0);
	CHECK_EQ(ramfs_create(sb, "/a/c", 0640), 0);
	CHECK_EQ(ramfs_create(sb, "/a/b/.x", 0600), 0);
	CHECK_EQ(ramfs_create(sb, "/a/b/x.", 0600), 0);
	CHECK_EQ(ramfs_create(sb, "/a/b/...", 0600), 0);
	CHECK_EQ(ramfs_create(sb, "/a/b/y", 01777), 0);
	root = stat_of(sb, "/").ino;
	ino_a = stat_of(sb, "/a").ino;
	CHECK_EQ(stat_of(sb, "/a").ino, root + 1);
	CHECK_EQ(stat_of(sb, "/a/b").ino, root + 2);
	CHECK_EQ(stat_of(sb, "/a/b/../c").ino, root + 3);
	CHECK_EQ(stat_of(sb, "//a///b/.//../c").ino, root + 3);
	CHECK_EQ(stat_of(sb, "/a/b/.x").ino, root + 4);
	CHECK_EQ(stat_of(sb, "/a/b/x.").ino, root + 5);
	CHECK_EQ(stat_of(sb, "/a/b/...").ino, root + 6);
	CHECK_EQ(stat_of(sb, "/a/b/y").mode, 0777);
	CHECK_EQ(stat_of(sb, "/a/").ino, ino_a);
	CHECK_EQ(stat_of(sb, "/a/.").ino, ino_a);
	CHECK_EQ(stat_of(sb, "/a/b/..").ino, ino_a);
	CHECK_EQ(stat_of(sb, "/..").ino, root);
	CHECK_EQ(stat_of(sb, "/../../.").ino, root);
	CHECK_EQ(stat_of(sb, "//").ino, root);
	CHECK_EQ(stat_of(sb, "/a/c").mode, 0640);
	CHECK_EQ(stat_of(sb, "/a/c").nlink, 1);
	CHECK_EQ(stat_of(sb, "/a").nlink, 3);
	CHECK_EQ(stat_of(sb, "/a").size, 2);
	CHECK_EQ(stat_of(sb, "/a/b").nlink, 2);
	CHECK_EQ(stat_of(sb, "/a/b").size, 4);

	CHECK_EQ(ramfs_stat(sb, "/a/x", 0, &st), -ENOENT);
	CHECK_EQ(ramfs_stat(sb, "/x/c", 0, &st), -ENOENT);
	CHECK_EQ(ramfs_stat(sb, "/x/..", 0, &st), -ENOENT);
	CHECK_EQ(ramfs_stat(sb, "/a/c/d", 0, &st), -ENOTDIR);
	CHECK_EQ(ramfs_stat(sb, "/a/c/..", 0, &st), -ENOTDIR);
	CHECK_EQ(ramfs_stat(sb, "", 0, &st), -EINVAL);
	CHECK_EQ(ramfs_stat(sb, "a", 0, &st), -EINVAL);
	CHECK_EQ(ramfs_create(sb, "/", 0644), -EEXIST);
	CHECK_EQ(ramfs_mkdir(sb, "/a/..", 0755), -EEXIST);
	CHECK_EQ(ramfs_mkdir(sb, "/a/b", 0755), -EEXIST);
	CHECK_EQ(ramfs_create(sb, "/x/y", 0644), -ENOENT);
	CHECK_EQ(ramfs_create(sb, "x", 0644), -EINVAL);

	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[RAMFS_NAME_MAX + 1] = '\0';
	CHECK_EQ(ramfs_create(sb, name, 0644), 0);
	CHECK_EQ(stat_of(sb, name).kind, RAMFS_REG);
	name[RAMFS_NAME_MAX + 1] = 'n';
	name[RAMFS_NAME_MAX + 2] = '\0';
	CHECK_EQ(ramfs_create(sb, name, 0644), -ENAMETOOLONG);
	finish(sb);
}

/* Names that are prefixes of each other, or differ in one byte only. */
static void test_names(void)
{
	struct ramfs_super *sb = mounted(NULL);
	char path[] = "/n00";
	struct ramfs_stat st;
	int i;

	for (i = 0; i < 64; i++) {
		path[2] = (char)('0' + i / 8);
		path[3] = (char)('0' + i % 8);
		CHECK_EQ(ramfs_create(sb, path, 0644), 0);
		CHECK_EQ(ramfs_write(sb, path, path, 4, 0), 4);
	}
	CHECK_EQ(stat_of(sb, "/").size, 64);
	CHECK_EQ(ramfs_stat(sb, "/n0", 0, &st), -ENOENT);
	CHECK_EQ(ramfs_stat(sb, "/n000", 0, &st), -ENOENT);
	for (i = 0; i < 64; i++) {
		char text[4];

		path[2] = (char)('0' + i / 8);
		path[3] = (char)('0' + i % 8);
		CHECK_EQ(ramfs_read(sb, path, text, 4, 0), 4);
		CHECK(memcmp(text, path, 4) == 0);
		if (i % 3 == 0)
			CHECK_EQ(ramfs_unlink(sb, path), 0);
	}
	CHECK_EQ(stat_of(sb, "/").size, 42);
	CHECK_EQ(statfs_of(sb).inodes, 43);
	CHECK_EQ(statfs_of(sb).pages_used, 42);
	finish(sb);
}

/* Two pairs of names with one hash: of the same length, and of different ones. */
static void test_hash_collisions(void)
{
	static const char *const names[] = {
		"/pxb5ji7p", "/jqzjjsry", "/zddchm9h", "/nau9iv8",
	};
	struct ramfs_super *sb = mounted(NULL);
	uint32_t root = stat_of(sb, "/").ino;
	uint32_t hashes[4];
	int i;

	for (i = 0; i < 4; i++) {
		struct listing got = { .stop_after = -1 };

		CHECK_EQ(ramfs_create(sb, names[i], 0644), 0);
		CHECK_EQ(ramfs_readdir(sb, "/", list_entry, &got), 0);
		hashes[i] = got.hash;
	}
	CHECK_EQ(hashes[0], hashes[1]);
	CHECK_EQ(hashes[2], hashes[3]);
	for (i = 0; i < 4; i++)
		CHECK_EQ(stat_of(sb, names[i]).ino, root + 1 + (uint32_t)i);
	finish(sb);
}

static int remove_entry(void *ctx, const struct ramfs_dirent *dirent)
{
	char path[40] = "/d/";

	return ramfs_unlink(ctx, strcat(path, dirent->name));
}

static void test_readdir(void)
{
	struct ramfs_super *sb = mounted(NULL);
	struct listing got = { .stop_after = 2 };
	struct listing last = { .stop_after = -1 };

	CHECK_DIR(sb, "/", "");
	CHECK_EQ(ramfs_mkdir(sb, "/d", 0755), 0);
	CHECK_EQ(ramfs_create(sb, "/d/a", 0644), 0);
	CHECK_EQ(ramfs_symlink(sb, "a", "/d/s"), 0);
	CHECK_EQ(ramfs_link(sb, "/d/a", "/d/hello.txt"), 0);
	CHECK_EQ(ramfs_mkdir(sb, "/d/sub", 0755), 0);
	CHECK_DIR(sb, "/", "d/ ");
	CHECK_DIR(sb, "/d", "a s@ hello.txt sub/ ");
	CHECK_EQ(ramfs_readdir(sb, "/d", list_entry, &got), 77);
	CHECK(strcmp(got.text, "a s@ ") == 0);

	/* The hash is part of what callers see. Bytes count as unsigned. */
	got.calls = 0;
	got.stop_after = 1;
	CHECK_EQ(ramfs_readdir(sb, "/d", list_entry, &got), 77);
	CHECK_EQ(got.hash, HASH_A);
	CHECK_EQ(got.ino, stat_of(sb, "/d/a").ino);
	got.calls = 0;
	got.stop_after = 3;
	CHECK_EQ(ramfs_readdir(sb, "/d", list_entry, &got), 77);
	CHECK_EQ(got.hash, HASH_HELLO);
	CHECK_EQ(got.ino, stat_of(sb, "/d/a").ino);
	CHECK_EQ(ramfs_create(sb, "/\xc3\xa9t\xe9", 0644), 0);
	CHECK_EQ(ramfs_readdir(sb, "/", list_entry, &last), 0);
	CHECK_EQ(last.hash, HASH_BYTES);

	CHECK_EQ(ramfs_readdir(sb, "/d/a", list_entry, &got), -ENOTDIR);
	CHECK_EQ(ramfs_readdir(sb, "/no", list_entry, &got), -ENOENT);
	CHECK_EQ(ramfs_rmdir(sb, "/d/sub"), 0);
	CHECK_EQ(ramfs_readdir(sb, "/d", remove_entry, sb), 0);
	CHECK_DIR(sb, "/d", "");
	CHECK_EQ(ramfs_rmdir(sb, "/d"), 0);
	finish(sb);
}

static void test_links(void)
{
	struct ramfs_super *sb = mounted(NULL);
	char path[] = "/d/0";
	char text[8] = "";
	unsigned int i;

	CHECK_EQ(ramfs_mkdir(sb, "/d", 0755), 0);
	CHECK_EQ(ramfs_create(sb, "/f", 0644), 0);
	CHECK_EQ(ramfs_write(sb, "/f", "hello", 5, 0), 5);
	for (i = 1; i < RAMFS_NLINK_MAX; i++) {
		path[3] = (char)('a' + i);
		CHECK_EQ(ramfs_link(sb, "/f", path), 0);
		CHECK_EQ(stat_of(sb, "/f").nlink, i + 1);
	}
	CHECK_EQ(ramfs_link(sb, "/f", "/d/z"), -EMLINK);
	CHECK_EQ(ramfs_link(sb, "/f", "/d/b"), -EEXIST);
	CHECK_EQ(ramfs_link(sb, "/d", "/e"), -EPERM);
	CHECK_EQ(ramfs_link(sb, "/no", "/e"), -ENOENT);
	CHECK_EQ(ramfs_link(sb, "/f", "/no/e"), -ENOENT);
	CHECK_EQ(stat_of(sb, "/d/b").ino, stat_of(sb, "/f").ino);
	CHECK_EQ(statfs_of(sb).inodes, 3);

	/* The contents live as long as one name does. */
	CHECK_EQ(ramfs_unlink(sb, "/f"), 0);
	CHECK_EQ(ramfs_unlink(sb, "/f"), -ENOENT);
	for (i = 2; i < RAMFS_NLINK_MAX; i++) {
		path[3] = (char)('a' + i);
		CHECK_EQ(ramfs_unlink(sb, path), 0);
	}
	CHECK_EQ(ramfs_read(sb, "/d/b", text, sizeof(text), 0), 5);
	CHECK(strcmp(text, "hello") == 0);
	CHECK_EQ(stat_of(sb, "/d/b").nlink, 1);
	CHECK_EQ(statfs_of(sb).pages_used, 1);
	CHECK_EQ(ramfs_unlink(sb, "/d"), -EISDIR);
	CHECK_EQ(ramfs_unlink(sb, "/"), -EISDIR);
	CHECK_EQ(ramfs_unlink(sb, "/d/b"), 0);
	CHECK_EQ(statfs_of(sb).pages_used, 0);
	CHECK_EQ(statfs_of(sb).inodes, 2);
	finish(sb);
}

static void test_rmdir(void)
{
	struct ramfs_super *sb = mounted("inodes=4");

	CHECK_EQ(ramfs_mkdir(sb, "/a", 0755), 0);
	CHECK_EQ(ramfs_mkdir(sb, "/a/b", 0755), 0);
	CHECK_EQ(ramfs_create(sb, "/a/f", 0644), 0);
	CHECK_EQ(ramfs_mkdir(sb, "/c", 0755), -ENOSPC);
	CHECK_EQ(ramfs_rmdir(sb, "/a"), -ENOTEMPTY);
	CHECK_EQ(ramfs_rmdir(sb, "/a/f"), -ENOTDIR);
	CHECK_EQ(ramfs_rmdir(sb, "/"), -EBUSY);
	CHECK_EQ(ramfs_rmdir(sb, "/a/b/."), -EBUSY);
	CHECK_EQ(ramfs_rmdir(sb, "/a/b/.."), -EBUSY);
	CHECK_EQ(ramfs_rmdir(sb, "/no"), -ENOENT);
	CHECK_EQ(stat_of(sb, "/a").nlink, 3);
	CHECK_EQ(ramfs_rmdir(sb, "/a/b"), 0);
	CHECK_EQ(stat_of(sb, "/a").nlink, 2);
	CHECK_EQ(stat_of(sb, "/a").size, 1);
	CHECK_EQ(ramfs_unlink(sb, "/a/f"), 0);
	CHECK_EQ(ramfs_rmdir(sb, "/a/"), 0);
	CHECK_EQ(stat_of(sb, "/").nlink, 2);
	CHECK_EQ(statfs_of(sb).inodes, 1);
	finish(sb);
}

/* A tree with files, an empty and a full directory for the rename tests. */
static struct ramfs_super *rename_tree(void)
{
	struct ramfs_super *sb = mounted(NULL);

	CHECK_EQ(ramfs_mkdir(sb, "/full", 0755), 0);
	CHECK_EQ(ramfs_mkdir(sb, "/full/deep", 0755), 0);
	CHECK_EQ(ramfs_mkdir(sb, "/empty", 0755), 0);
	CHECK_EQ(ramfs_create(sb, "/one", 0644), 0);
	CHECK_EQ(ramfs_write(sb, "/one", "1", 1, 0), 1);
	CHECK_EQ(ramfs_create(sb, "/full/two", 0644), 0);
	CHECK_EQ(ramfs_write(sb, "/full/two", "22", 2, 70), 2);
	return sb;
}

static void test_rename(void)
{
	struct ramfs_super *sb = rename_tree();
	uint32_t one = stat_of(sb, "/one").ino;

	CHECK_EQ(ramfs_rename(sb, "/one", "/uno"), 0);
	CHECK_DIR(sb, "/", "full/ empty/ uno ");
	CHECK_EQ(ramfs_rename(sb, "/uno", "/full/deep/one"), 0);
	CHECK_EQ(stat_of(sb, "/full/deep/one").ino, one);
	CHECK_EQ(stat_of(sb, "/full/deep/one").nlink, 1);
	CHECK_DIR(sb, "/", "full/ empty/ ");

	/* Over a file: the old one is gone, with its page. */
	CHECK_EQ(statfs_of(sb).pages_used, 2);
	CHECK_EQ(ramfs_rename(sb, "/full/deep/one", "/full/two"), 0);
	CHECK_EQ(stat_of(sb, "/full/two").ino, one);
	CHECK_EQ(stat_of(sb, "/full/two").size, 1);
	CHECK_EQ(statfs_of(sb).pages_used, 1);
	CHECK_EQ(statfs_of(sb).inodes, 5);
	CHECK_EQ(stat_of(sb, "/full").size, 2);

	/* Directories take their contents along, and their "..". */
	CHECK_EQ(ramfs_rename(sb, "/full", "/empty/moved"), 0);
	CHECK_EQ(stat_of(sb, "/empty/moved/two").ino, one);
	CHECK_EQ(stat_of(sb, "/empty/moved/..").ino, stat_of(sb, "/empty").ino);
	CHECK_EQ(stat_of(sb, "/").nlink, 3);
	CHECK_EQ(stat_of(sb, "/empty").nlink, 3);
	CHECK_EQ(stat_of(sb, "/empty/moved").nlink, 3);

	/* Over an empty directory. */
	CHECK_EQ(ramfs_mkdir(sb, "/new", 0755), 0);
	CHECK_EQ(ramfs_rename(sb, "/empty/moved/deep", "/new"), 0);
	CHECK_DIR(sb, "/empty/moved", "two ");
	CHECK_EQ(stat_of(sb, "/").nlink, 4);
	CHECK_EQ(statfs_of(sb).inodes, 5);

	/* Two names of one file stay, and so does a name moved to itself. */
	CHECK_EQ(ramfs_link(sb, "/empty/moved/two", "/new/three"), 0);
	CHECK_EQ(ramfs_rename(sb, "/new/three", "/empty/moved/two"), 0);
	CHECK_EQ(ramfs_rename(sb, "/new", "/new"), 0);
	CHECK_EQ(stat_of(sb, "/new/three").nlink, 2);
	finish(sb);
}

static void test_rename_refuses(void)
{
	struct ramfs_super *sb = rename_tree();

	CHECK_EQ(ramfs_rename(sb, "/full", "/full/deep/x"), -EINVAL);
	CHECK_EQ(ramfs_rename(sb, "/full", "/full/x"), -EINVAL);
	CHECK_EQ(ramfs_rename(sb, "/full", "/full/deep"), -EINVAL);
	CHECK_EQ(ramfs_rename(sb, "/one", "/empty"), -EISDIR);
	CHECK_EQ(ramfs_rename(sb, "/empty", "/one"), -ENOTDIR);
	CHECK_EQ(ramfs_rename(sb, "/empty", "/full"), -ENOTEMPTY);
	CHECK_EQ(ramfs_rename(sb, "/full/deep", "/full"), -ENOTEMPTY);
	CHECK_EQ(ramfs_rename(sb, "/", "/x"), -EBUSY);
	CHECK_EQ(ramfs_rename(sb, "/empty", "/"), -EBUSY);
	CHECK_EQ(ramfs_rename(sb, "/empty", "/empty/."), -EBUSY);
	CHECK_EQ(ramfs_rename(sb, "/full/deep/..", "/x"), -EBUSY);
	CHECK_EQ(ramfs_rename(sb, "/no", "/x"), -ENOENT);
	CHECK_EQ(ramfs_rename(sb, "/one", "/no/x"), -ENOENT);
	CHECK_EQ(ramfs_rename(sb, "/one", "/full/two/x"), -ENOTDIR);
	CHECK_EQ(ramfs_rename(sb, "one", "/x"), -EINVAL);
	CHECK_EQ(ramfs_rename(sb, "/one", "x"), -EINVAL);
	CHECK_DIR(sb, "/", "full/ empty/ one ");
	CHECK_DIR(sb, "/full", "deep/ two ");
	CHECK_EQ(statfs_of(sb).inodes, 6);
	finish(sb);
}

static void test_modes(void)
{
	struct ramfs_super *sb = mounted(NULL);

	CHECK_EQ(ramfs_mkdir(sb, "/locked", 0555), 0);
	CHECK_EQ(ramfs_mkdir(sb, "/open", 0020), 0);
	CHECK_EQ(ramfs_create(sb, "/fixed", 0444), 0);
	CHECK_EQ(ramfs_create(sb, "/open/f", 0200), 0);
	CHECK_EQ(stat_of(sb, "/fixed").flags, RAMFS_ST_READONLY);
	CHECK_EQ(stat_of(sb, "/open/f").flags, 0);
	CHECK_EQ(ramfs_write(sb, "/fixed", "x", 1, 0), -EACCES);
	CHECK_EQ(ramfs_truncate(sb, "/fixed", 3), -EACCES);
	CHECK_EQ(ramfs_create(sb, "/locked/f", 0644), -EACCES);
	CHECK_EQ(ramfs_link(sb, "/fixed", "/locked/f"), -EACCES);
	CHECK_EQ(ramfs_rename(sb, "/open/f", "/locked/f"), -EACCES);
	CHECK_EQ(ramfs_write(sb, "/open/f", "x", 1, 0), 1);

	/* The dirty flag is shown once. */
	CHECK_EQ(stat_of(sb, "/open/f").flags, RAMFS_ST_DIRTY);
	CHECK_EQ(stat_of(sb, "/open/f").flags, 0);
	CHECK_EQ(ramfs_truncate(sb, "/open/f", 9), 0);
	CHECK_EQ(stat_of(sb, "/open/f").flags, RAMFS_ST_DIRTY);
	CHECK_EQ(stat_of(sb, "/open").flags, RAMFS_ST_DIRTY);
	CHECK_EQ(stat_of(sb, "/open").flags, 0);
	CHECK_EQ(ramfs_unlink(sb, "/open/f"), 0);
	CHECK_EQ(stat_of(sb, "/open").flags, RAMFS_ST_DIRTY);

	CHECK_EQ(ramfs_mkdir(sb, "/open/d", 0755), 0);
	CHECK_EQ(ramfs_unlink(sb, "/fixed"), 0);
	finish(sb);

	/* A directory that cannot be written keeps its entries, too. */
	sb = mounted("mode=0500");
	CHECK_EQ(ramfs_mkdir(sb, "/d", 0755), -EACCES);
	CHECK_EQ(ramfs_remount(sb, "mode=0700"), 0);
	CHECK_EQ(stat_of(sb, "/").mode, 0700);
	CHECK_EQ(ramfs_mkdir(sb, "/d", 0755), 0);
	CHECK_EQ(ramfs_mkdir(sb, "/e", 0755), 0);
	CHECK_EQ(ramfs_create(sb, "/f", 0644), 0);
	CHECK_EQ(ramfs_remount(sb, "mode=0500"), 0);
	CHECK_EQ(stat_of(sb, "/").flags, RAMFS_ST_DIRTY | RAMFS_ST_READONLY);
	CHECK_EQ(ramfs_rename(sb, "/f", "/d/f"), -EACCES);
	CHECK_EQ(ramfs_unlink(sb, "/f"), -EACCES);
	CHECK_EQ(ramfs_rmdir(sb, "/e"), -EACCES);
	CHECK_DIR(sb, "/", "d/ e/ f ");
	finish(sb);
}

static void test_symlinks(void)
{
	struct ramfs_super *sb = mounted(NULL);
	char target[RAMFS_TARGET_MAX + 2];
	char path[] = "/loop0";
	char text[16] = "";
	struct ramfs_stat st;

	CHECK_EQ(ramfs_mkdir(sb, "/a", 0755), 0);
	CHECK_EQ(ramfs_mkdir(sb, "/a/b", 0755), 0);
	CHECK_EQ(ramfs_create(sb, "/a/f", 0644), 0);
	CHECK_EQ(ramfs_symlink(sb, "../f", "/a/b/up"), 0);
	CHECK_EQ(ramfs_symlink(sb, "/a/b", "/dir"), 0);
	CHECK_EQ(ramfs_symlink(sb, "nowhere", "/dangling"), 0);
	CHECK_EQ(ramfs_symlink(sb, "a/f/x", "/broken"), 0);
	CHECK_EQ(stat_of(sb, "/dir").kind, RAMFS_SYMLINK);
	CHECK_EQ(stat_of(sb, "/dir").size, 4);
	CHECK_EQ(stat_of(sb, "/dir").pages, 1);
	CHECK_EQ(stat_of(sb, "/dir").mode, 0777);
	CHECK_EQ(ramfs_stat(sb, "/dir", 0, &st), 0);
	CHECK_EQ(st.ino, stat_of(sb, "/a/b").ino);
	CHECK_EQ(stat_of(sb, "/dir/..").ino, stat_of(sb, "/a").ino);
	CHECK_EQ(stat_of(sb, "/dir/up").kind, RAMFS_SYMLINK);

	CHECK_EQ(ramfs_write(sb, "/dir/up", "via", 3, 0), 3);
	CHECK_EQ(ramfs_read(sb, "/a/f", text, sizeof(text), 0), 3);
	CHECK(strcmp(text, "via") == 0);
	CHECK_EQ(ramfs_truncate(sb, "/dir/up", 1), 0);
	CHECK_EQ(stat_of(sb, "/a/f").size, 1);
	CHECK_EQ(ramfs_create(sb, "/dir/new", 0644), 0);
	CHECK_DIR(sb, "/dir", "up@ new ");

	CHECK_EQ(ramfs_stat(sb, "/dangling", 0, &st), -ENOENT);
	CHECK_EQ(ramfs_stat(sb, "/dangling/x", 0, &st), -ENOENT);
	CHECK_EQ(ramfs_stat(sb, "/broken", 0, &st), -ENOTDIR);
	CHECK_EQ(ramfs_create(sb, "/dangling", 0644), -EEXIST);
	CHECK_EQ(ramfs_readlink(sb, "/a/b/up", text, sizeof(text)), 4);
	CHECK(memcmp(text, "../f", 4) == 0);
	CHECK_EQ(ramfs_readlink(sb, "/a/b/up", text, 2), 2);
	CHECK_EQ(ramfs_readlink(sb, "/a/f", text, sizeof(text)), -EINVAL);
	CHECK_EQ(ramfs_readlink(sb, "/a", text, sizeof(text)), -EINVAL);
	CHECK_EQ(ramfs_readlink(sb, "/no", text, sizeof(text)), -ENOENT);

	/* Removing, moving and naming a link leave its target alone. */
	CHECK_EQ(ramfs_link(sb, "/dir", "/dir2"), 0);
	CHECK_EQ(ramfs_rename(sb, "/dir2", "/dir3"), 0);
	CHECK_EQ(stat_of(sb, "/dir").nlink, 2);
	CHECK_EQ(ramfs_rmdir(sb, "/dir"), -ENOTDIR);
	CHECK_EQ(ramfs_unlink(sb, "/dir"), 0);
	CHECK_EQ(stat_of(sb, "/dir3/new").kind, RAMFS_REG);

	/* loop1 -> loop0 -> f is fine up to RAMFS_FOLLOW_MAX links. */
	CHECK_EQ(ramfs_symlink(sb, "a/f", path), 0);
	for (path[5] = '1'; path[5] < '9'; path[5]++) {
		memcpy(text, path, sizeof(path));
		text[5]--;
		CHECK_EQ(ramfs_symlink(sb, text, path), 0);
	}
	CHECK_EQ(ramfs_stat(sb, "/loop7", 0, &st), 0);
	CHECK_EQ(ramfs_stat(sb, "/loop8", 0, &st), -ELOOP);
	CHECK_EQ(ramfs_symlink(sb, "self", "/self"), 0);
	CHECK_EQ(ramfs_read(sb, "/self", text, 1, 0), -ELOOP);

	memset(target, '/', sizeof(target));
	target[RAMFS_TARGET_MAX + 1] = '\0';
	CHECK_EQ(ramfs_symlink(sb, target, "/long"), -ENAMETOOLONG);
	target[RAMFS_TARGET_MAX] = '\0';
	CHECK_EQ(ramfs_symlink(sb, target, "/long"), 0);
	CHECK_EQ(ramfs_stat(sb, "/long", 0, &st), 0);
	CHECK_EQ(st.ino, stat_of(sb, "/").ino);
	CHECK_EQ(stat_of(sb, "/long").pages, 2);
	CHECK_EQ(ramfs_symlink(sb, "", "/none"), -ENOENT);
	finish(sb);
}

/* A target that finds no room, or not enough, leaves no link behind. */
static void test_symlink_space(void)
{
	struct ramfs_super *sb = mounted("size=64");
	char target[RAMFS_PAGE_SIZE + 2];

	memset(target, 't', sizeof(target));
	target[RAMFS_PAGE_SIZE + 1] = '\0';
	CHECK_EQ(ramfs_symlink(sb, target, "/l"), -ENOSPC);
	CHECK_EQ(statfs_of(sb).pages_used, 0);
	CHECK_EQ(statfs_of(sb).inodes, 1);
	target[RAMFS_PAGE_SIZE] = '\0';
	CHECK_EQ(ramfs_symlink(sb, target, "/l"), 0);
	CHECK_EQ(ramfs_symlink(sb, "x", "/m"), -ENOSPC);
	CHECK_DIR(sb, "/", "l@ ");
	finish(sb);
}

static void test_read_write(void)
{
	struct ramfs_super *sb = mounted("size=192");
	char buf[300];
	int i;

	CHECK_EQ(ramfs_mkdir(sb, "/d", 0755), 0);
	CHECK_EQ(ramfs_create(sb, "/f", 0644), 0);
	CHECK_EQ(ramfs_write(sb, "/f", NULL, 0, 5000), 0);
	CHECK_EQ(stat_of(sb, "/f").size, 0);
	CHECK_EQ(ramfs_read(sb, "/f", NULL, 0, 0), 0);
	CHECK_EQ(ramfs_write(sb, "/f", "abc", 3, 1000), 3);
	CHECK_EQ(stat_of(sb, "/f").size, 1003);
	CHECK_EQ(stat_of(sb, "/f").pages, 1);
	memset(buf, 'x', sizeof(buf));
	CHECK_EQ(ramfs_read(sb, "/f", buf, 20, 990), 13);
	CHECK(memcmp(buf, "\0\0\0\0\0\0\0\0\0\0abcx", 14) == 0);
	CHECK_EQ(ramfs_read(sb, "/f", buf, 100, 0), 100);
	for (i = 0; i < 100; i++)
		CHECK_EQ(buf[i], 0);
	CHECK_EQ(buf[100], 'x');
	CHECK_EQ(ramfs_read(sb, "/f", buf, 1, 1003), 0);
	CHECK_EQ(ramfs_read(sb, "/f", buf, 1, UINT32_MAX), 0);
	CHECK_EQ(ramfs_read(sb, "/f", buf, SIZE_MAX, 1002), 1);
	CHECK_EQ(buf[0], 'c');

	/* Two pages are left: the rest of a long write has no place. */
	CHECK_EQ(statfs_of(sb).pages_free, 2);
	CHECK_EQ(ramfs_write(sb, "/f", buf, 300, 32), 96);
	CHECK_EQ(ramfs_write(sb, "/f", buf, 1, 128), -ENOSPC);
	CHECK_EQ(ramfs_write(sb, "/f", "z", 1, 127), 1);
	CHECK_EQ(stat_of(sb, "/f").size, 1003);
	CHECK_EQ(stat_of(sb, "/f").pages, 3);
	CHECK_EQ(statfs_of(sb).pages_free, 0);

	CHECK_EQ(ramfs_remount(sb, "size=0"), 0);
	CHECK_EQ(ramfs_write(sb, "/f", buf, 300, RAMFS_FILE_MAX - 100), 100);
	CHECK_EQ(stat_of(sb, "/f").size, RAMFS_FILE_MAX);
	CHECK_EQ(ramfs_write(sb, "/f", buf, 1, RAMFS_FILE_MAX), -EFBIG);
	CHECK_EQ(ramfs_write(sb, "/f", buf, 1, UINT32_MAX), -EFBIG);
	CHECK_EQ(ramfs_truncate(sb, "/f", RAMFS_FILE_MAX + 1), -EFBIG);
	CHECK_EQ(ramfs_truncate(sb, "/f", RAMFS_FILE_MAX), 0);
	CHECK_EQ(stat_of(sb, "/f").pages, 5);

	CHECK_EQ(ramfs_read(sb, "/d", buf, 1, 0), -EISDIR);
	CHECK_EQ(ramfs_write(sb, "/d", buf, 1, 0), -EISDIR);
	CHECK_EQ(ramfs_truncate(sb, "/d", 0), -EISDIR);
	CHECK_EQ(ramfs_read(sb, "/no", buf, 1, 0), -ENOENT);
	CHECK_EQ(ramfs_write(sb, "/no", buf, 1, 0), -ENOENT);
	CHECK_EQ(ramfs_truncate(sb, "/no", 0), -ENOENT);
	finish(sb);
}

static void test_truncate(void)
{
	struct ramfs_super *sb = mounted(NULL);
	char buf[256];
	char back[256];
	long blocks;

	CHECK_EQ(ramfs_create(sb, "/f", 0644), 0);
	blocks = heap_blocks;
	CHECK_EQ(ramfs_truncate(sb, "/f", 200), 0);
	CHECK_EQ(stat_of(sb, "/f").size, 200);
	CHECK_EQ(stat_of(sb, "/f").pages, 0);
	CHECK_EQ(ramfs_read(sb, "/f", back, 256, 0), 200);
	CHECK_EQ(back[199], 0);

	memset(buf, 'q', sizeof(buf));
	CHECK_EQ(ramfs_write(sb, "/f", buf, 256, 0), 256);
	CHECK_EQ(ramfs_truncate(sb, "/f", 65), 0);
	CHECK_EQ(stat_of(sb, "/f").pages, 2);
	CHECK_EQ(ramfs_truncate(sb, "/f", 64), 0);
	CHECK_EQ(stat_of(sb, "/f").pages, 1);
	CHECK_EQ(ramfs_truncate(sb, "/f", 10), 0);
	CHECK_EQ(ramfs_truncate(sb, "/f", 256), 0);
	CHECK_EQ(ramfs_read(sb, "/f", back, 256, 0), 256);
	memset(buf + 10, 0, sizeof(buf) - 10);
	CHECK(memcmp(buf, back, 256) == 0);
	CHECK_EQ(statfs_of(sb).pages_used, 1);
	CHECK_EQ(ramfs_truncate(sb, "/f", 100), 0);
	CHECK_EQ(ramfs_truncate(sb, "/f", 0), 0);
	CHECK_EQ(statfs_of(sb).pages_used, 0);
	CHECK_EQ(heap_blocks, blocks);
	CHECK_EQ(ramfs_write(sb, "/f", "again", 5, 0), 5);
	finish(sb);
}

/* The next number of a fixed sequence, below limit. */
static uint32_t next_number(uint32_t limit)
{
	static uint32_t state = 12345;

	state = state * 1664525u + 1013904223u;
	return (state >> 8) % limit;
}

/* A long mix of writes, cuts and reads against a plain array. */
static void test_against_array(void)
{
	static unsigned char model[RAMFS_FILE_MAX];
	static unsigned char back[RAMFS_FILE_MAX];
	struct ramfs_super *sb = mounted(NULL);
	unsigned char data[200];
	uint32_t size = 0;
	int round;

	CHECK_EQ(ramfs_create(sb, "/f", 0644), 0);
	for (round = 0; round < 2000; round++) {
		uint32_t off = next_number(RAMFS_FILE_MAX - sizeof(data));
		uint32_t len = next_number(sizeof(data) + 1);

		if (next_number(4) == 0) {
			CHECK_EQ(ramfs_truncate(sb, "/f", off), 0);
			if (off < size)
				memset(model + off, 0, size - off);
			size = off;
		} else {
			memset(data, (int)next_number(256), sizeof(data));
			CHECK_EQ(ramfs_write(sb, "/f", data, len, off), len);
			memcpy(model + off, data, len);
			if (len != 0 && off + len > size)
				size = off + len;
		}
		CHECK_EQ(ramfs_read(sb, "/f", back, sizeof(back), 0), size);
		CHECK(memcmp(model, back, size) == 0);
		CHECK_EQ(stat_of(sb, "/f").pages, statfs_of(sb).pages_used);
		if (off < size) {
			uint32_t rest = size - off < len ? size - off : len;

			CHECK_EQ(ramfs_read(sb, "/f", back, len, off), rest);
			CHECK(memcmp(model + off, back, rest) == 0);
		}
	}
	finish(sb);
}

/* Every step succeeds or says -ENOMEM; the first that fails ends the run. */
static int scenario(struct ramfs_super **sb)
{
	char text[100];
	int err;

	memset(text, 'm', sizeof(text));
	*sb = NULL;
	err = ramfs_mount("oom", "size=1k,inodes=9", sb);
	if (!err)
		err = ramfs_mkdir(*sb, "/d", 0755);
	if (!err)
		err = ramfs_create(*sb, "/d/f", 0644);
	if (!err)
		err = ramfs_symlink(*sb, "d/f", "/s");
	if (!err)
		err = ramfs_link(*sb, "/d/f", "/g");
	if (!err)
		err = ramfs_write(*sb, "/s", text, 64, 0);
	if (err == 64)
		err = ramfs_rename(*sb, "/g", "/d/h");
	if (!err)
		err = ramfs_create(*sb, "/over", 0644);
	if (!err)
		err = ramfs_rename(*sb, "/d/f", "/over");
	return err;
}

/* Whatever could not be allocated, the tree stays whole and nothing leaks. */
static void test_out_of_memory(void)
{
	struct ramfs_super *sb;
	char text[100];
	long fuse;
	int failures = 0;
	int err;

	for (fuse = 0; ; fuse++) {
		heap_fuse = fuse;
		err = scenario(&sb);
		heap_fuse = -1;
		if (err == 0)
			break;
		CHECK_EQ(err, -ENOMEM);
		failures++;
		if (sb == NULL) {
			CHECK_EQ(heap_blocks, 0);
			continue;
		}
		CHECK_EQ(statfs_of(sb).inodes <= 5, 1);
		CHECK_EQ(statfs_of(sb).pages_used <= 2, 1);
		CHECK_EQ(ramfs_create(sb, "/after", 0644), 0);
		finish(sb);
	}
	CHECK_EQ(failures, 18);
	CHECK_DIR(sb, "/", "d/ s@ over ");
	CHECK_DIR(sb, "/d", "h ");
	CHECK_EQ(stat_of(sb, "/over").ino, stat_of(sb, "/d/h").ino);
	CHECK_EQ(stat_of(sb, "/over").nlink, 2);
	CHECK_EQ(statfs_of(sb).inodes, 4);

	/* A write that runs out of memory half-way keeps its first half. */
	memset(text, 'm', sizeof(text));
	heap_fuse = 1;
	CHECK_EQ(ramfs_write(sb, "/over", text, 100, 128), 64);
	CHECK_EQ(ramfs_write(sb, "/over", text, 36, 192), -ENOMEM);
	heap_fuse = -1;
	CHECK_EQ(stat_of(sb, "/over").size, 192);
	finish(sb);
}

int main(void)
{
	CHECK_EQ(ramfs_set_allocator(test_alloc, test_free), 0);
	test_list();
	test_errname();
	test_options();
	test_mount();
	test_remount();
	test_paths();
	test_names();
	test_hash_collisions();
	test_readdir();
	test_links();
	test_rmdir();
	test_rename();
	test_rename_refuses();
	test_modes();
	test_symlinks();
	test_symlink_space();
	test_read_write();
	test_truncate();
	test_against_array();
	test_out_of_memory();
	printf("ramfs: all %u checks passed\n", checks);
	return 0;
}
