/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The process's core, and who may use it when. Statuses are >= 0 or -errno. */
#ifndef VPOLL_INSTANCE_H
#define VPOLL_INSTANCE_H

#include "abi.h"
#include "backends.h"
#include "sys.h"

#include <stdbool.h>


/* The core, for this thread alone until leave(): 0, or -EDEADLK where the thread has it already (in a signal handler), or -ENOMEM. */
int vpoll_enter(w2c_core **core);
/* Gives it back. `fd`: the descriptor that was dealt with, or -1; whether it has to be asked for under the lock is noted. */
void vpoll_leave(int fd);

/*
 * ADD, DEL or SET on a file that is a vpoll by itself: the new mask, or -errno; -EBADF: only the core knows. It takes no lock and is
 * async-signal-safe.
 */
int vpoll_request(int fd, int op, uint32_t events);

/* The number of a descriptor's backend, or 0. The core must have been entered. */
int vpoll_backend_number(w2c_core *core, int fd);

/* What is done with a mask that can't be shown exactly, of a descriptor that the table has. The core must have been entered. */
void vpoll_set_policy(w2c_core *core, int fd, bool is_strict);

/* Starting a helper is for one thread at a time (fuse.c): 0, or -EDEADLK in a handler that has interrupted it. Taken before the core. */
int vpoll_fuse_lock(void);
void vpoll_fuse_unlock(void);

#endif
