/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The process that runs a program, which is how a test finds its helper. */
#ifndef PROCESS_H
#define PROCESS_H

#include "must.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* The process that runs the program of that path, or 0. */
static inline pid_t find(const char *program)
{
	DIR *folder = opendir("/proc");
	pid_t found = 0;

	MUST(folder);
	for (struct dirent *each; (each = readdir(folder));) {
		char path[300], target[PATH_MAX];
		ssize_t n;

		snprintf(path, sizeof path, "/proc/%s/exe", each->d_name);
		n = readlink(path, target, sizeof target - 1);
		if (n < 0)
			continue;
		target[n] = 0;
		if (strcmp(target, program) == 0)
			found = atoi(each->d_name);
	}
	closedir(folder);
	return found;
}

#endif
