// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Carries out programs on the real kernel, as test/sim/support/model.ts does on the simulated one, and says what came of each step.
 *
 * Each task is a thread. All run on one processor under SCHED_FIFO, the driver below the tasks. It goes on only when every task sleeps,
 * in the kernel or for want of work: a step is over when the driver runs. A task that is woken runs after all that were woken
 * before it. So calls end in the order of the wake-ups.
 *
 * Standard input, a line each:
 *     P tasks limit       a program begins: how many tasks, RLIMIT_NOFILE
 *     Q fd...             from now on poll these after each step
 *     S task call args    a step
 *     E                   the end: all who sleep are interrupted, everything is closed
 * Standard output, a line for each S and for each interrupt of E: `task=result,details` of each call that ended, in order, then
 * ` / ` and the masks of Q.
 */

#define _GNU_SOURCE
#include "../../../host/c/abi.h"
#include "real.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_ 4096

static struct task tasks[TASKS_MAX];
static int task_count;
static char ended[TASKS_MAX * (TEXT_MAX + 64)];
static struct pollfd asked[ARGS_MAX];
static int asked_count;

void die(const char *what)
{
	fprintf(stderr, "real: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void ignore(int signal)
{
	(void)signal;
}

void log_end(struct task *t, long result)
{
	size_t used = strlen(ended);

	// One processor, and nobody is preempted by his like: no lock.
	snprintf(ended + used, sizeof(ended) - used, " %d=%ld%s", t->id, result, t->text);
}

static void *run(void *argument)
{
	struct task *t = argument;

	for (;;) {
		long result;

		while (sem_wait(&t->go) < 0)
			if (errno != EINTR)
				die("sem_wait");
		if (t->call < 0)
			return NULL;
		result = perform(t);
		log_end(t, result);
		t->busy = 0;
	}
}

static void set_priority(pthread_t thread, int priority)
{
	struct sched_param param = {.sched_priority = priority};

	errno = pthread_setschedparam(thread, SCHED_FIFO, &param);
	if (errno)
		die("SCHED_FIFO");
}

static void begin(int count, int limit)
{
	struct rlimit files = {.rlim_cur = limit, .rlim_max = 4096};
	pthread_attr_t small;

	if (count < 1 || count > TASKS_MAX)
		die("tasks");
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		die("setrlimit");
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 * 1024);
	task_count = count;
	asked_count = 0;
	for (int i = 0; i < count; i++) {
		tasks[i].id = i;
		tasks[i].busy = 0;
		if (sem_init(&tasks[i].go, 0, 0) < 0)
			die("sem_init");
		errno = pthread_create(&tasks[i].thread, &small, run, &tasks[i]);
		if (errno)
			die("pthread_create");
		set_priority(tasks[i].thread, 2);
	}
	pthread_attr_destroy(&small);
}

// What came of a step. The driver runs again, so every task sleeps.
static void report(void)
{
	fputs(ended, stdout);
	if (asked_count > 0) {
		if (poll(asked, asked_count, 0) < 0)
			die("poll");
		fputs(" /", stdout);
		for (int i = 0; i < asked_count; i++)
			printf(" %x", (unsigned short)asked[i].revents);
	}
	putchar('\n');
	ended[0] = 0;
}

static void interrupt(struct task *t)
{
	if (t->busy && pthread_kill(t->thread, SIGUSR1) != 0)
		die("pthread_kill");
}

static void step(const long long *numbers, int count)
{
	struct task *t = &tasks[numbers[0]];
	const struct timespec moment = {.tv_nsec = 200000};
	int timeout_ms;

	if (numbers[1] == INTERRUPT) {
		interrupt(&tasks[numbers[2]]);
		return report();
	}
	if (t->busy) {
		// The simulated kernel thought otherwise: a difference.
		snprintf(ended, sizeof(ended), " %d=asleep", t->id);
		return report();
	}
	t->call = numbers[1];
	t->count = count - 2;
	memcpy(t->args, numbers + 2, sizeof(*numbers) * t->count);
	t->busy = 1;
	sem_post(&t->go);
	// A call with a timeout is over when that has passed: nothing else happens meanwhile.
	timeout_ms = t->call == POLL ? t->args[0] : t->call == EPOLL_WAIT ? t->args[2] : t->call == SELECT ? t->args[4] : 0;
	while (timeout_ms > 0 && t->busy)
		nanosleep(&moment, NULL);
	report();
}

static void end(void)
{
	for (int i = 0; i < task_count; i++) {
		if (!tasks[i].busy)
			continue;
		interrupt(&tasks[i]);
		report();
		if (tasks[i].busy)
			die("a call that no signal ends");
	}
	for (int i = 0; i < task_count; i++) {
		tasks[i].call = -1;
		sem_post(&tasks[i].go);
		pthread_join(tasks[i].thread, NULL);
		sem_destroy(&tasks[i].go);
	}
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	puts("E");
}

static int numbers_of(char *text, long long *numbers)
{
	int count = 0;

	for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) {
		if (count == ARGS_MAX)
			die("too many numbers");
		// What is beyond the signed numbers is written as unsigned.
		numbers[count++] = word[0] == '-' ? strtoll(word, NULL, 10) : (long long)strtoull(word, NULL, 10);
	}
	return count;
}

static void ask(const long long *fds, int count)
{
	asked_count = count;
	for (int i = 0; i < count; i++)
		asked[i] = (struct pollfd){.fd = fds[i], .events = SETTABLE};
}

int main(void)
{
	struct sigaction action = {.sa_handler = ignore};
	static char line[LINE_MAX_];
	long long numbers[ARGS_MAX];
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		die("sched_setaffinity");
	// A task that waits for a page of its own looks to the driver like one that sleeps in its call.
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		die("mlockall");
	set_priority(pthread_self(), 1);
	// Without SA_RESTART: a call that sleeps ends with EINTR (signal(7)).
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	while (fgets(line, sizeof(line), stdin)) {
		int count = numbers_of(line + 1, numbers);

		if (line[0] == 'P')
			begin(numbers[0], numbers[1]);
		else if (line[0] == 'Q')
			ask(numbers, count);
		else if (line[0] == 'S')
			step(numbers, count);
		else if (line[0] == 'E')
			end();
		else
			die("no such line");
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
