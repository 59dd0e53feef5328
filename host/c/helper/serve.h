/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `vpoll-fuse serve PATH`, and what it is made of. */
#ifndef VPOLL_HELPER_SERVE_H
#define VPOLL_HELPER_SERVE_H

#include "base.h"

/* Serves a file until a signal says so: the status to exit with. The first argument is the word `serve`. */
int helper_serve_path(int argc, char **argv, char **environment);

/*
 * Takes from this process all that a server doesn't need: every mount (that on `name`, a file of the working directory, in any case), every capability, and every
 * system call but a few. 0 or -errno, with the name of what failed. Where `name` is NULL it is a user's, who may leave no mount: it stays in those of the machine.
 */
long helper_lock_in(const char *name, const char **failed);

/* Tells a service manager, sd_notify(3), if there is one. */
void helper_notify(char *const *environment, const char *state);

#endif
