/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Starts a program that is nobody's child here, and ends it, without libc. */
#ifndef VPOLL_CHILD_H
#define VPOLL_CHILD_H

/*
 * Runs the program that is open as `program`, with these arguments (its path first, NULL last) and an empty environment: 0, or -errno where it could not be started.
 * `socket` is its descriptors 0, 1 and 2. All its signals have their default actions and are blocked. It is left to the process that adopts orphans. Both descriptors are
 * 3 or more. One at a time. `process` becomes a descriptor of it (pidfd_open(2)), which the caller closes, or -1 where there can be none: before Linux 5.2, and where
 * kernel.h calls libc.
 */
int vpoll_spawn(int program, char *const *arguments, int socket, int *process);

/* Kills it, and reaps it where this program has adopted it. */
void vpoll_end(int process);

#endif
