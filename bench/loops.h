/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the C side of a benchmark has in common: lines "NAME COUNT" on stdin, nanoseconds on stdout. The program lives as long as
 * the run, so that each round measures C and Node within the same second.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct loop {
	const char *name;
	void (*run)(long count);
};

/* A loop that fails measures something else: better no figure than that one. */
static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

__attribute__((unused)) static void serve_one(const struct loop *loops, size_t loop_count, const char *name, long count)
{
	for (size_t i = 0; i < loop_count; i++) {
		if (strcmp(loops[i].name, name) != 0)
			continue;
		long long start = now_ns();
		loops[i].run(count);
		printf("%lld\n", now_ns() - start);
		fflush(stdout);
		return;
	}
	fprintf(stderr, "no loop %s\n", name);
	exit(1);
}

__attribute__((unused)) static int serve(const struct loop *loops, size_t loop_count)
{
	char line[128], name[64];
	long count;

	while (fgets(line, sizeof line, stdin)) {
		must(sscanf(line, "%63s %ld", name, &count) == 2, "a line that is no order");
		serve_one(loops, loop_count, name, count);
	}
	return 0;
}
