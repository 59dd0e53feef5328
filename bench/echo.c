/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * An echo by streams within datagrams, as QUIC has them: UDP on loopback, and a vpoll for each stream.
 *
 *     echo STREAMS BURST DATAGRAMS [0]      prints the nanoseconds of processor time for each datagram there and back, of this process and, with 0, of its helper
 *
 * The stack, a thread, reads the socket, puts what came into its stream, and asserts IN. The program, another one, waits for all streams by epoll_wait(2), takes what
 * its stream holds, deletes IN, and sends it back. A client sends BURST datagrams of random streams, and then waits for as many.
 */
#define _GNU_SOURCE
#include "loops.h"
#include "processor.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vpoll.h>

enum { STREAMS_MAX = 1024, EVENTS = 64 };

static struct stream {
	pthread_mutex_t lock;
	int fd;
	/* Datagrams that came and were not taken. */
	long queued;
} streams[STREAMS_MAX];
static long stream_count, burst, left;
static int client, server;
static struct sockaddr_in client_at;

static void change(const struct stream *stream, int op)
{
	must(vpoll_ctl(stream->fd, op, EPOLLIN) == 0, "vpoll_ctl");
}

static void *stack(void *unused)
{
	uint32_t number;

	while (recv(server, &number, sizeof number, 0) == sizeof number) {
		struct stream *stream = &streams[number % stream_count];

		pthread_mutex_lock(&stream->lock);
		stream->queued++;
		change(stream, VPOLL_CTL_ADDEVENTS);
		pthread_mutex_unlock(&stream->lock);
	}
	return unused;
}

/* Takes all that a stream holds: how much. */
static long take(struct stream *stream)
{
	long taken;

	pthread_mutex_lock(&stream->lock);
	taken = stream->queued;
	stream->queued = 0;
	change(stream, VPOLL_CTL_DELEVENTS);
	pthread_mutex_unlock(&stream->lock);
	return taken;
}

static void *program(void *set)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int count = epoll_wait(*(int *)set, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			uint32_t number = events[i].data.u32;

			for (long n = take(&streams[number]); n > 0; n--)
				must(sendto(server, &number, sizeof number, 0, (void *)&client_at, sizeof client_at) > 0, "sendto");
		}
		must(count >= 0 || errno == EINTR, "epoll_wait");
	}
	return NULL;
}

/* A UDP socket of loopback, and its address. */
static int open_socket(struct sockaddr_in *at)
{
	socklen_t size = sizeof *at;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	must(fd >= 0 && bind(fd, (void *)at, size) == 0 && getsockname(fd, (void *)at, &size) == 0, "socket");
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in server_at;
	pthread_t threads[2];
	long long start;
	uint32_t random = 1, number;
	int helper, set = epoll_create1(EPOLL_CLOEXEC);

	must(argc >= 4 && (stream_count = atol(argv[1])) > 0 && stream_count <= STREAMS_MAX, "arguments");
	burst = atol(argv[2]);
	left = atol(argv[3]);
	server = open_socket(&server_at);
	client = open_socket(&client_at);
	must(connect(client, (void *)&server_at, sizeof server_at) == 0, "connect");
	for (long i = 0; i < stream_count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		pthread_mutex_init(&streams[i].lock, NULL);
		must((streams[i].fd = vpoll_create(0, FD_CLOEXEC)) >= 0, "vpoll_create");
		must(epoll_ctl(set, EPOLL_CTL_ADD, streams[i].fd, &event) == 0, "epoll_ctl");
	}
	must(!pthread_create(&threads[0], NULL, stack, NULL) && !pthread_create(&threads[1], NULL, program, &set), "pthread_create");
	helper = argc > 4 ? newest() : -1;
	start = spent_ns(helper);
	for (long done = 0; done < left; done += burst) {
		for (long i = 0; i < burst; i++) {
			random = random * 1664525 + 1013904223;
			number = (random >> 16) % stream_count;
			must(send(client, &number, sizeof number, 0) > 0, "send");
		}
		for (long i = 0; i < burst; i++)
			must(recv(client, &number, sizeof number, 0) > 0, "recv");
	}
	printf("%lld\n", (spent_ns(helper) - start) / left);
	return 0;
}
