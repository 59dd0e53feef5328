/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Processor time, of this process and of a helper that serves it. For programs that include loops.h and define _GNU_SOURCE. */

#include <dirent.h>
#include <limits.h>
#include <unistd.h>

/* The newest process that runs VPOLL_BENCH_HELPER. */
static int newest(void)
{
	const char *program = getenv("VPOLL_BENCH_HELPER");
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	must(folder != NULL && program != NULL, "/proc");
	while ((entry = readdir(folder))) {
		char path[64], target[PATH_MAX] = "";
		int pid = atoi(entry->d_name);

		snprintf(path, sizeof path, "/proc/%d/exe", pid);
		if (pid > found && readlink(path, target, sizeof target - 1) > 0 && strcmp(target, program) == 0)
			found = pid;
	}
	closedir(folder);
	must(found != 0, program);
	return found;
}

/* Nanoseconds that all threads of a process have run: proc_pid_schedstat. */
static long long ran_ns(int pid)
{
	char path[64];
	long long sum = 0;
	struct dirent *entry;
	DIR *threads;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	must((threads = opendir(path)) != NULL, path);
	while ((entry = readdir(threads))) {
		char file[400];
		long long one = 0;
		FILE *schedstat;

		snprintf(file, sizeof file, "%s/%s/schedstat", path, entry->d_name);
		if (entry->d_name[0] == '.' || !(schedstat = fopen(file, "r")))
			continue;
		if (fscanf(schedstat, "%lld", &one) == 1)
			sum += one;
		fclose(schedstat);
	}
	closedir(threads);
	return sum;
}

/* Of this process, and of another where there is one. */
static long long spent_ns(int pid)
{
	return ran_ns(getpid()) + (pid > 0 ? ran_ns(pid) : 0);
}
