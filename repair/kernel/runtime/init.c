// The first process: runs /check, says how it ended, and powers the machine off.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(const char *how, int number)
{
	printf("llmigrate: check %s %d\n", how, number);
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
}

// Lets a kernel that can find leaks say what it found; it knows nothing of what is younger than 5 seconds.
static void show_leaks(void)
{
	FILE *found;
	char line[256];
	int fd;

	fd = open("/sys/kernel/debug/kmemleak", O_RDWR);
	if (fd < 0)
		return;
	sleep(6);
	// Once is not enough: what moves while it looks is taken for a leak.
	for (int scan = 0; scan < 2; scan++)
		if (write(fd, "scan", 4) != 4)
			perror("kmemleak");
	lseek(fd, 0, SEEK_SET);
	found = fdopen(fd, "r");
	while (found && fgets(line, sizeof(line), found))
		printf("kmemleak: %s", line);
	if (found)
		fclose(found);
}

int main(void)
{
	char *arguments[] = { "/check", NULL };
	char *environment[] = { "PATH=/bin", "HOME=/", NULL };
	int status;
	pid_t child;

	setvbuf(stdout, NULL, _IONBF, 0);
	umask(022);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	puts("llmigrate: check begins");
	child = fork();
	if (child == 0) {
		execve(arguments[0], arguments, environment);
		printf("llmigrate: /check does not start: %s\n", strerror(errno));
		_exit(127);
	}
	if (child < 0)
		end("not started, errno", errno);
	while (waitpid(child, &status, 0) != child)
		;
	show_leaks();
	if (WIFSIGNALED(status))
		end("ended by signal", WTERMSIG(status));
	else
		end("ended with status", WEXITSTATUS(status));
	return 1;
}
