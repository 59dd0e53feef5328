/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Starts a program as posix_spawn(3) does, without libc. */
#ifndef VPOLL_CHILD_H
#define VPOLL_CHILD_H

/*
 * Runs the program with an empty environment, `socket` (3 or more) as its descriptors 0, 1 and 2, and all signals as they are by default and blocked, and waits until it has
 * ended: 0, or -errno where it could not be started. One at a time.
 */
int vpoll_spawn(const char *program, int socket);

#endif
