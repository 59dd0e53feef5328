/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the waiting programs of test/interop have in common. Each polls descriptor 3, of which it knows nothing: it says `waits`, then a
 * line for each time that it was woken, with the events in the bits of poll(2). It goes on when it gets a line. It ends at a hangup.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static void say(const char *text)
{
  puts(text);
  fflush(stdout);
}

/* Tells what was seen, and waits for the next turn. */
static void turn(unsigned events)
{
  char line[16];

  printf("%x\n", events);
  fflush(stdout);
  if (events & POLLHUP || !fgets(line, sizeof(line), stdin))
    exit(0);
}

static void fail(const char *what)
{
  perror(what);
  exit(1);
}
