// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * A program for WASI that knows nothing of vpoll but the ABI of its files: it polls descriptor 10, prints what the seed's programs print, and
 * disarms what it gets. WASI has no POLLPRI and other numbers of events; what is printed has Linux's.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { VPOLL_FD = 10, OP_DEL = 2, LINUX_IN = 1, LINUX_OUT = 4, LINUX_HUP = 0x10 };

static long long now_ms(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		return -1;
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static uint32_t to_linux(short revents)
{
	uint32_t events = 0;

	if (revents & POLLHUP)
		return LINUX_HUP;
	if (revents & POLLIN)
		events |= LINUX_IN;
	if (revents & POLLOUT)
		events |= LINUX_OUT;
	return events;
}

static int serve(void)
{
	for (;;) {
		struct pollfd one = { .fd = VPOLL_FD, .events = POLLIN | POLLOUT };
		uint32_t request[2] = { 0, OP_DEL };
		int count = poll(&one, 1, 1000);

		if (count < 0) {
			fprintf(stderr, "poll: %s\n", strerror(errno));
			return 1;
		}
		if (count == 0) {
			printf("timeout\n");
			continue;
		}
		request[0] = to_linux(one.revents);
		printf("GOT event %x\n", request[0]);
		if (write(VPOLL_FD, request, sizeof(request)) != sizeof(request)) {
			fprintf(stderr, "write: %s\n", strerror(errno));
			return 1;
		}
		if (request[0] & LINUX_HUP)
			return 0;
	}
}

/* Makes files, and reads them again: as many as go past the numbers of the descriptors that the scenario gave. */
static int use_files(void)
{
	for (int i = 0; i < 8; i++) {
		char name[16], got[16] = "";
		int fd;

		snprintf(name, sizeof(name), "/file%d", i);
		fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
		if (fd < 0 || fd == VPOLL_FD || write(fd, name, strlen(name)) != (ssize_t)strlen(name) || close(fd) != 0)
			return -1;
		fd = open(name, O_RDONLY);
		if (fd < 0 || fd == VPOLL_FD || read(fd, got, sizeof(got) - 1) < 0 || strcmp(got, name) != 0 || close(fd) != 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct timespec wait = { .tv_sec = 1, .tv_nsec = 500000000 };
	unsigned char chance[8];
	int status;

	for (int i = 0; i < argc; i++)
		printf("argument %s\n", argv[i]);
	if (getentropy(chance, sizeof(chance)) != 0)
		return 2;
	printf("chance");
	for (size_t i = 0; i < sizeof(chance); i++)
		printf(" %02x", chance[i]);
	printf("\n");
	if (use_files() != 0)
		return 3;
	status = serve();
	nanosleep(&wait, NULL);
	printf("at %lld %lld\n", now_ms(CLOCK_MONOTONIC), now_ms(CLOCK_REALTIME));
	return status;
}
