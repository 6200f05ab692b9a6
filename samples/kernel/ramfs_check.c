// What ramfs does, seen by a process: one observation on each line, as a value that two kernels can be
// compared by. Times are never shown, only how they relate. Runs as root on a file system of its own.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define AT "/mnt/"
#define PAGE 4096
// Enough for eight bytes kept of each to be more than what memory in use goes up and down by.
#define MOUNTS 12000

static unsigned observations;

__attribute__((format(printf, 2, 3))) static void show(const char *what, const char *form, ...)
{
	va_list values;

	printf("%03u %s: ", ++observations, what);
	va_start(values, form);
	vprintf(form, values);
	va_end(values);
	putchar('\n');
}

// How a call ended, by the name of its error.
static const char *outcome(long result)
{
	return result < 0 ? strerrorname_np(errno) : "ok";
}

static void show_call(const char *what, long result)
{
	show(what, "%s", outcome(result));
}

static void show_stat(const char *what, const char *path)
{
	struct stat is;

	if (lstat(path, &is) < 0)
		show_call(what, -1);
	else
		show(what, "mode %o, %lu links, %lu:%lu, size %ld, blocks %ld of %ld, device %u:%u", is.st_mode,
		     (unsigned long)is.st_nlink, (unsigned long)is.st_uid, (unsigned long)is.st_gid,
		     (long)is.st_size, (long)is.st_blocks, (long)is.st_blksize, major(is.st_rdev),
		     minor(is.st_rdev));
}

static uint32_t sum(const unsigned char *data, size_t length)
{
	uint32_t mixed = 2166136261u;

	for (size_t at = 0; at < length; at++)
		mixed = (mixed ^ data[at]) * 16777619u;
	return mixed;
}

static void show_content(const char *what, const char *path)
{
	static unsigned char data[1 << 20];
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, data, sizeof(data));

	if (length < 0)
		show_call(what, -1);
	else
		show(what, "%zd bytes, sum %08x", length, sum(data, length));
	close(fd);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
	ssize_t written = fd < 0 ? -1 : write(fd, text, strlen(text));

	close(fd);
	return written < 0 ? -1 : 0;
}

static int by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name);
}

static void show_names(const char *what, const char *path)
{
	struct dirent **names;
	int count = scandir(path, &names, NULL, by_name);
	char line[1024] = "";

	for (int at = 0; at < count; at++) {
		size_t used = strlen(line);
		snprintf(line + used, sizeof(line) - used, " %s/%d", names[at]->d_name, names[at]->d_type);
	}
	show(what, "%d:%s", count, line);
}

// The line of /proc/mounts for the place, less what comes before the kind of file system.
static void show_mount(const char *what)
{
	char line[512], source[128], place[128], rest[256];
	FILE *mounts = fopen("/proc/mounts", "r");

	while (mounts && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%127s %127s %255[^\n]", source, place, rest) == 3 && !strcmp(place, "/mnt"))
			show(what, "%s on %s %s", source, place, rest);
	if (mounts)
		fclose(mounts);
}

static int attach(const char *options)
{
	return mount("ram", "/mnt", "ramfs", 0, options);
}

static int before(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec < other->tv_sec || (one->tv_sec == other->tv_sec && one->tv_nsec < other->tv_nsec);
}

// Which of a file's times went on since an earlier look: access, change of content, change of state.
static const char *moved(const char *path, struct stat *since)
{
	static char which[4];
	struct stat now;

	if (lstat(path, &now) < 0)
		return "gone";
	which[0] = before(&since->st_atim, &now.st_atim) ? 'a' : '-';
	which[1] = before(&since->st_mtim, &now.st_mtim) ? 'm' : '-';
	which[2] = before(&since->st_ctim, &now.st_ctim) ? 'c' : '-';
	*since = now;
	return which;
}

// Long enough for the kernel's coarse clock to go on.
static void pass_time(void)
{
	struct timespec pause = { 0, 25000000 };

	nanosleep(&pause, NULL);
}

static void fresh_mount(void)
{
	struct statfs is;

	show_call("mount", attach(NULL));
	show_mount("mounted as");
	show_stat("root", "/mnt");
	statfs("/mnt", &is);
	show("statfs", "type %lx, block %ld of %ld, blocks %ld, files %ld, names %ld", (unsigned long)is.f_type,
	     (long)is.f_bsize, (long)is.f_frsize, (long)is.f_blocks, (long)is.f_files, (long)is.f_namelen);
	show_names("empty root", "/mnt");
}

static void files(void)
{
	int fd = open(AT "file", O_CREAT | O_EXCL | O_RDWR, 0640), twin;
	unsigned char data[3 * PAGE], back[3 * PAGE];

	for (size_t at = 0; at < sizeof(data); at++)
		data[at] = (unsigned char)(at * 31 + at / 255);
	show_call("create", fd);
	show_stat("new file", AT "file");
	show_call("create again", open(AT "file", O_CREAT | O_EXCL, 0600));
	show("write", "%zd", write(fd, data, sizeof(data)));
	show_stat("written file", AT "file");
	show("read at 5000", "%zd", pread(fd, back, sizeof(back), 5000));
	show("what was read", "%08x", sum(back, sizeof(data) - 5000));
	show("write far behind", "%zd", pwrite(fd, "end", 3, 100000));
	show_stat("file with a hole", AT "file");
	show_content("content with a hole", AT "file");
	show("data at", "%ld", (long)lseek(fd, 0, SEEK_DATA));
	show("hole at", "%ld", (long)lseek(fd, 0, SEEK_HOLE));
	show("seek from the end", "%ld", (long)lseek(fd, -3, SEEK_END));
	show_call("seek before the start", lseek(fd, -1, SEEK_SET));
	show_call("shorten", ftruncate(fd, 5001));
	show_call("lengthen", ftruncate(fd, 9000));
	show_content("content after both", AT "file");
	show_call("allocate", fallocate(fd, 0, 0, PAGE));
	show_call("sync", fsync(fd));
	show_call("sync data", fdatasync(fd));
	show_call("write past what fits", pwrite(fd, "x", 1, INT64_MAX - 1));
	show_call("direct", twin = open(AT "file", O_RDWR | O_DIRECT));
	close(twin);
	ftruncate(fd, 9000);
	twin = open(AT "file", O_RDWR | O_APPEND);
	show("append", "%zd", write(twin, "tail", 4));
	show("it is now at", "%ld", (long)lseek(twin, 0, SEEK_CUR));
	show_call("lock", flock(fd, LOCK_EX | LOCK_NB));
	show_call("lock twice", flock(twin, LOCK_EX | LOCK_NB));
	close(twin);
	close(fd);
	show_call("truncating open", fd = open(AT "file", O_WRONLY | O_TRUNC));
	close(fd);
	show_stat("truncated file", AT "file");
}

static void mappings(void)
{
	int fd = open(AT "mapped", O_CREAT | O_RDWR, 0600);
	char *shared, *own, back[8] = "";

	ftruncate(fd, 2 * PAGE);
	shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	own = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	show("map", "%s, %s", shared == MAP_FAILED ? "failed" : "ok", own == MAP_FAILED ? "failed" : "ok");
	memcpy(shared + PAGE - 2, "abcd", 4);
	show("read what was mapped", "%zd", pread(fd, back, 4, PAGE - 2));
	show("which is", "%s", back);
	pwrite(fd, "wxyz", 4, 10);
	show("written and mapped", "%.4s, %.4s", shared + 10, own + 10);
	memcpy(own + 10, "mine", 4);
	show("changed privately", "%.4s, %.4s", shared + 10, own + 10);
	show_call("sync the mapping", msync(shared, 2 * PAGE, MS_SYNC));
	show_call("lock it into memory", mlock(shared, PAGE));
	show_call("map at half a page", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 100) == MAP_FAILED ? -1 : 0);
	munmap(shared, 2 * PAGE);
	munmap(own, 2 * PAGE);
	show_content("content after it all", AT "mapped");
	close(fd);
}

static void moves_of_data(void)
{
	int from = open(AT "mapped", O_RDONLY), to = open(AT "copy", O_CREAT | O_RDWR, 0600), pipes[2];
	off_t at = PAGE - 4;
	struct iovec parts[2] = { { "one,", 4 }, { "two", 3 } };

	show("sendfile", "%zd", sendfile(to, from, &at, 100));
	pipe2(pipes, O_NONBLOCK);
	at = PAGE - 4;
	show("splice out", "%zd", splice(from, &at, pipes[1], NULL, 50, 0));
	show("splice in", "%zd", splice(pipes[0], NULL, to, NULL, 50, 0));
	show("gather", "%zd", writev(to, parts, 2));
	show("copy a range", "%s", outcome(copy_file_range(from, NULL, to, NULL, 64, 0)));
	show_content("what came of it", AT "copy");
	close(pipes[0]);
	close(pipes[1]);
	close(from);
	close(to);
}

static void folders(void)
{
	show_call("make a folder", mkdir(AT "folder", 0711));
	show_stat("folder", AT "folder");
	show_stat("root with a folder", "/mnt");
	show_call("make it again", mkdir(AT "folder", 0700));
	show_call("folder in it", mkdir(AT "folder/inner", 01777));
	show_stat("sticky folder", AT "folder/inner");
	show_stat("folder with a folder", AT "folder");
	show_call("remove one that is not empty", rmdir(AT "folder"));
	show_call("unlink a folder", unlink(AT "folder/inner"));
	show_call("remove a file as a folder", rmdir(AT "file"));
	show_call("move it out", rename(AT "folder/inner", AT "outer"));
	show_stat("folder without it", AT "folder");
	show_call("move a folder into itself", rename(AT "outer", AT "outer/self"));
	show_call("remove it", rmdir(AT "outer"));
	show_stat("root with one folder again", "/mnt");
	show_call("a name too long", mkdir(AT "n123456789012345678901234567890123456789012345678901234567890123456789012"
					      "3456789012345678901234567890123456789012345678901234567890123456789012345"
					      "6789012345678901234567890123456789012345678901234567890123456789012345678"
					      "90123456789012345678901234567890123456789", 0700));
}

static void links(void)
{
	char back[64] = "";

	write_file(AT "first", "content");
	show_call("link", link(AT "first", AT "folder/second"));
	show_stat("linked file", AT "first");
	show_call("link a folder", link(AT "folder", AT "other"));
	show_call("unlink the first", unlink(AT "first"));
	show_stat("the second", AT "folder/second");
	show_content("its content", AT "folder/second");
	show_call("symbolic link", symlink("folder/../folder/second", AT "soft"));
	show_stat("symbolic link is", AT "soft");
	show("it leads to", "%zd %s", readlink(AT "soft", back, sizeof(back)), back);
	show_content("through it", AT "soft");
	show_call("link to itself", symlink("loop", AT "loop"));
	show_call("through that", open(AT "loop", O_RDONLY));
	show_call("without following", open(AT "soft", O_RDONLY | O_NOFOLLOW));
	show_call("dangling", symlink("nowhere", AT "dangling"));
	show_call("through it", access(AT "dangling", F_OK));
}

static void renames(void)
{
	write_file(AT "a", "aaaa");
	write_file(AT "b", "bb");
	show_call("rename over", rename(AT "a", AT "b"));
	show_content("what won", AT "b");
	show_call("the old name", access(AT "a", F_OK));
	write_file(AT "a", "fresh");
	show_call("rename, but not over", renameat2(AT_FDCWD, AT "a", AT_FDCWD, AT "b", RENAME_NOREPLACE));
	show_call("exchange", renameat2(AT_FDCWD, AT "a", AT_FDCWD, AT "b", RENAME_EXCHANGE));
	show_content("one after it", AT "a");
	show_content("other after it", AT "b");
	show_call("white-out", renameat2(AT_FDCWD, AT "a", AT_FDCWD, AT "c", RENAME_WHITEOUT));
	show_call("file over a folder", rename(AT "b", AT "folder"));
	show_call("folder over a file", rename(AT "folder", AT "b"));
	show_call("missing", rename(AT "missing", AT "d"));
}

static void special_files(void)
{
	char back[4];
	int fd;

	show_call("character device", mknod(AT "null", S_IFCHR | 0666, makedev(1, 3)));
	show_stat("it is", AT "null");
	fd = open(AT "null", O_RDWR);
	show("it takes", "%zd", write(fd, "abc", 3));
	show("it gives", "%zd", read(fd, back, 3));
	close(fd);
	show_call("block device", mknod(AT "disk", S_IFBLK | 0600, makedev(300, 70000)));
	show_stat("that is", AT "disk");
	show_call("opened", open(AT "disk", O_RDONLY));
	show_call("fifo", mkfifo(AT "fifo", 0622));
	show_stat("fifo is", AT "fifo");
	show_call("written without a reader", open(AT "fifo", O_WRONLY | O_NONBLOCK));
	show_call("socket", mknod(AT "socket", S_IFSOCK | 0600, 0));
	show_stat("socket is", AT "socket");
	show_call("folder by mknod", mknod(AT "odd", S_IFDIR | 0700, 0));
	show_call("plain file by mknod", mknod(AT "plain", S_IFREG | 04755, 0));
	show_stat("plain file is", AT "plain");
	show_call("unknown kind", mknod(AT "odd", 0150000 | 0600, 0));
}

static void nameless_files(void)
{
	int fd = open("/mnt", O_TMPFILE | O_RDWR, 0604);
	char name[64];
	struct stat is;

	show_call("O_TMPFILE", fd);
	fstat(fd, &is);
	show("it has", "mode %o, %lu links, size %ld", is.st_mode, (unsigned long)is.st_nlink, (long)is.st_size);
	write(fd, "nameless", 8);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	show_call("given a name", linkat(AT_FDCWD, name, AT_FDCWD, AT "named", AT_SYMLINK_FOLLOW));
	show_stat("it is now", AT "named");
	close(fd);
	show_content("and holds", AT "named");
	fd = open("/mnt", O_TMPFILE | O_EXCL | O_RDWR, 0600);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	show_call("one that shall stay nameless",
		  linkat(AT_FDCWD, name, AT_FDCWD, AT "never", AT_SYMLINK_FOLLOW));
	close(fd);
	show_call("on a file", open(AT "file", O_TMPFILE | O_RDWR, 0600));
	fd = open(AT "unlinked", O_CREAT | O_RDWR, 0600);
	unlink(AT "unlinked");
	write(fd, "still", 5);
	fstat(fd, &is);
	show("unlinked while open", "%lu links, size %ld", (unsigned long)is.st_nlink, (long)is.st_size);
	close(fd);
}

static void ownership(void)
{
	show_call("folder for a group", mkdir(AT "team", 0755));
	chown(AT "team", 7, 77);
	show_call("setgid", chmod(AT "team", 02775));
	show_call("folder in it", mkdir(AT "team/folder", 0755));
	show_stat("it inherits", AT "team/folder");
	write_file(AT "team/file", "x");
	show_stat("so does a file", AT "team/file");
	symlink("file", AT "team/soft");
	show_stat("and a symbolic link", AT "team/soft");
	mknod(AT "team/fifo", S_IFIFO | 02755, 0);
	show_stat("and a fifo", AT "team/fifo");
	chmod(AT "team/file", 06755);
	chown(AT "team/file", 3, 4);
	show_stat("changed owner", AT "team/file");
	chmod(AT "team/file", 06755);
	truncate(AT "team/file", 0);
	show_stat("truncated setuid file", AT "team/file");
	umask(077);
	write_file(AT "masked", "");
	show_stat("under a mask", AT "masked");
	umask(022);
	show_call("attribute", setxattr(AT "file", "user.note", "x", 1, 0));
	show_call("trusted attribute", setxattr(AT "file", "trusted.note", "x", 1, 0));
	show("attributes", "%zd", listxattr(AT "file", NULL, 0));
}

// What somebody who is not root may do.
static void another_user(void)
{
	unsigned before_it = observations;
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		setgid(1000);
		setuid(1000);
		show_call("stranger creates in the root", mkdir(AT "theirs", 0700));
		show_call("stranger reads a masked file", open(AT "masked", O_RDONLY));
		show_call("stranger changes a mode", chmod(AT "file", 0777));
		show_call("stranger makes a device", mknod(AT "folder/device", S_IFCHR, makedev(1, 3)));
		fflush(stdout);
		_exit((int)(observations - before_it));
	}
	waitpid(child, &status, 0);
	observations += (unsigned)WEXITSTATUS(status);
}

// A user who is root of a namespace only may mount it there.
static void another_namespace(void)
{
	unsigned before_it = observations;
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		setgid(1000);
		setuid(1000);
		show_call("namespace of one's own", unshare(CLONE_NEWUSER | CLONE_NEWNS));
		show_call("mount in it", mount("ram", "/mnt", "ramfs", 0, "mode=750"));
		show_mount("mounted as");
		show_stat("root there", "/mnt");
		show_call("folder there", mkdir(AT "own", 0700));
		fflush(stdout);
		_exit((int)(observations - before_it));
	}
	waitpid(child, &status, 0);
	observations += (unsigned)WEXITSTATUS(status);
	show_names("not seen outside", "/mnt");
}

// A line of /proc/meminfo, in KiB.
static long memory(const char *kind)
{
	FILE *lines = fopen("/proc/meminfo", "r");
	char line[128];
	long amount = -1;

	while (lines && fgets(line, sizeof(line), lines))
		if (!strncmp(line, kind, strlen(kind)) && line[strlen(kind)] == ':')
			amount = atol(line + strlen(kind) + 1);
	if (lines)
		fclose(lines);
	return amount;
}

static void use_once(int round)
{
	if (attach("mode=700") == 0) {
		if (round % 8 == 0)
			write_file(AT "file", "content");
		umount("/mnt");
	}
	// Begun and given up.
	close(fsopen("ramfs", 0));
}

// What is kept of mounts that are gone, as far as it is more than noise.
static void leaks(void)
{
	static const char *const kinds[] = { "SUnreclaim", "SReclaimable", "Unevictable" };
	long was[3], size = 4 << 20;
	int fd;

	for (int round = 0; round < MOUNTS / 8; round++)
		use_once(round);
	if (access("/sys/kernel/debug/kmemleak", F_OK) == 0) {
		// Such a kernel keeps freed memory for a while, and tells leaks itself.
		show("leaks", "left to the kernel");
		return;
	}
	pass_time();
	for (int at = 0; at < 3; at++)
		was[at] = memory(kinds[at]);
	for (int round = 0; round < MOUNTS; round++)
		use_once(round);
	pass_time();
	for (int at = 0; at < 3; at++) {
		long more = memory(kinds[at]) - was[at];

		show(kinds[at], "%s after %d mounts", more < 64 ? "no more" : "more", MOUNTS);
	}
	attach(NULL);
	fd = open(AT "big", O_CREAT | O_WRONLY, 0600);
	fallocate(fd, 0, 0, size);
	for (long at = 0; at < size; at += PAGE)
		pwrite(fd, "x", 1, at);
	close(fd);
	show("pages that cannot be evicted", "%s",
	     memory("Unevictable") - was[2] >= size / 1024 * 3 / 4 ? "most" : "few");
	umount("/mnt");
}

static void times(void)
{
	struct stat folder, file;
	struct timespec given[2] = { { 1000000000, 1 }, { 1500000000, 999999999 } };
	char back[8];
	int fd;

	mkdir(AT "times", 0755);
	write_file(AT "times/file", "content");
	lstat(AT "times", &folder);
	lstat(AT "times/file", &file);
	pass_time();
	show("folder as nothing happens", "%s", moved(AT "times", &folder));
	write_file(AT "times/other", "");
	show("folder on create", "%s", moved(AT "times", &folder));
	pass_time();
	write_file(AT "times/file", "more content");
	show("file on write", "%s", moved(AT "times/file", &file));
	show("folder on write", "%s", moved(AT "times", &folder));
	pass_time();
	chmod(AT "times/file", 0600);
	show("file on chmod", "%s", moved(AT "times/file", &file));
	pass_time();
	fd = open(AT "times/file", O_RDONLY);
	read(fd, back, sizeof(back));
	close(fd);
	show("file on read", "%s", moved(AT "times/file", &file));
	pass_time();
	link(AT "times/file", AT "times/link");
	show("file on link", "%s", moved(AT "times/file", &file));
	show("folder on link", "%s", moved(AT "times", &folder));
	pass_time();
	rename(AT "times/link", AT "times/moved");
	show("file on rename", "%s", moved(AT "times/file", &file));
	show("folder on rename", "%s", moved(AT "times", &folder));
	pass_time();
	unlink(AT "times/moved");
	show("folder on unlink", "%s", moved(AT "times", &folder));
	pass_time();
	symlink("x", AT "times/soft");
	show("folder on symlink", "%s", moved(AT "times", &folder));
	pass_time();
	mkdir(AT "times/inner", 0700);
	show("folder on mkdir", "%s", moved(AT "times", &folder));
	pass_time();
	mknod(AT "times/fifo", S_IFIFO | 0600, 0);
	show("folder on mknod", "%s", moved(AT "times", &folder));
	pass_time();
	close(open(AT "times", O_TMPFILE | O_RDWR, 0600));
	show("folder on O_TMPFILE", "%s", moved(AT "times", &folder));
	show_call("set times", utimensat(AT_FDCWD, AT "times/file", given, 0));
	lstat(AT "times/file", &file);
	show("they are", "%ld.%09ld, %ld.%09ld", (long)file.st_atim.tv_sec, file.st_atim.tv_nsec,
	     (long)file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
	write_file(AT "times/born", "");
	lstat(AT "times/born", &file);
	show("a new file's times", "%s", !before(&file.st_atim, &file.st_mtim) &&
	     !before(&file.st_mtim, &file.st_atim) ? "equal" : "differ");
}

// Inode numbers grow, and none is given twice.
static void numbers(void)
{
	struct stat one, other;

	write_file(AT "n1", "");
	write_file(AT "n2", "");
	lstat(AT "n1", &one);
	lstat(AT "n2", &other);
	show("numbers", "%s, %s device", one.st_ino < other.st_ino ? "grow" : "do not grow",
	     one.st_dev == other.st_dev ? "same" : "another");
}

static void many_names(void)
{
	unsigned long seen = 0, total = 0;
	struct dirent *each;
	char name[64];
	DIR *all;

	mkdir(AT "many", 0755);
	for (int at = 0; at < 500; at++) {
		snprintf(name, sizeof(name), AT "many/name-%d", at);
		if (write_file(name, "") == 0)
			total++;
	}
	all = opendir(AT "many");
	while ((each = readdir(all)))
		seen += each->d_name[0] == 'n';
	rewinddir(all);
	show("many names", "%lu made, %lu seen, first %s", total, seen, readdir(all)->d_name);
	closedir(all);
	for (int at = 0; at < 500; at += 2) {
		snprintf(name, sizeof(name), AT "many/name-%d", at);
		unlink(name);
	}
	all = opendir(AT "many");
	for (seen = 0; (each = readdir(all));)
		seen++;
	closedir(all);
	show("half of them", "%lu", seen);
	show_stat("their folder", AT "many");
}

static void remounts(void)
{
	int fd = open(AT "held", O_CREAT | O_WRONLY, 0600);

	show_names("all names", "/mnt");
	show_call("remount read-only while a file is open to write",
		  mount(NULL, "/mnt", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	show_call("unmount while a file is open", umount("/mnt"));
	close(fd);
	show_call("remount read-only", mount(NULL, "/mnt", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	show_mount("now");
	show_call("create", open(AT "late", O_CREAT, 0600));
	show_call("unlink", unlink(AT "file"));
	show_call("remount with a mode", mount(NULL, "/mnt", NULL, MS_REMOUNT, "mode=0700"));
	show_mount("after it");
	show_stat("root after it", "/mnt");
	show_call("create again", fd = open(AT "late", O_CREAT, 0600));
	close(fd);
	show_call("unmount", umount("/mnt"));
	show_names("nothing is left", "/mnt");
}

static void options(void)
{
	static const char *const each[] = {
		"mode=700", "mode=1777", "mode=0", "mode=07777", "mode=17777", "mode=0755", "mode=", "mode", "mode=9",
		"mode=-1", "mode=0x1ff", "mode=77777777777777777777", "mode=700,mode=755", "size=5", "bogus",
		"bogus=1,mode=711", "source=elsewhere", "ro", "mode=700,",
	};

	for (size_t at = 0; at < sizeof(each) / sizeof(*each); at++) {
		char what[64];
		int mounted = attach(each[at]);

		snprintf(what, sizeof(what), "option %s", each[at]);
		show_call(what, mounted);
		if (mounted < 0)
			continue;
		show_mount("mounted as");
		show_stat("root", "/mnt");
		umount("/mnt");
	}
	show_call("without a source", mount(NULL, "/mnt", "ramfs", 0, NULL));
	show_mount("mounted as");
	umount("/mnt");
}

// Two mounts are two file systems; one in another user's namespace may be mounted by that user.
static void instances(void)
{
	mkdir("/tmp/other", 0755);
	attach(NULL);
	mount("ram", "/tmp/other", "ramfs", 0, NULL);
	write_file(AT "here", "x");
	show_call("seen in the other", access("/tmp/other/here", F_OK));
	show_call("linked across", link(AT "here", "/tmp/other/here"));
	show_call("moved across", rename(AT "here", "/tmp/other/here"));
	umount("/tmp/other");
	umount("/mnt");
	for (int round = 0; round < 100; round++) {
		int bad = attach("mode=700") < 0 || write_file(AT "full", "content") < 0 || umount("/mnt") < 0;

		if (bad || round == 99)
			show("mounted, filled, unmounted", "%d times%s", round + 1, bad ? ", then failed" : "");
		if (bad)
			break;
	}
}

int main(void)
{
	umask(022);
	fresh_mount();
	files();
	mappings();
	moves_of_data();
	folders();
	links();
	renames();
	special_files();
	nameless_files();
	ownership();
	another_user();
	times();
	numbers();
	many_names();
	remounts();
	options();
	instances();
	another_namespace();
	leaks();
	printf("%u observations\n", observations);
	return 0;
}
