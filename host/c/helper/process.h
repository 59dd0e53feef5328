/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the helper is as a process, whatever the program that started it is. */
#ifndef VPOLL_HELPER_PROCESS_H
#define VPOLL_HELPER_PROCESS_H

/* Gives back what was inherited: scheduling, processors, limits, oom score, umask. Comes before a user namespace is entered: that takes the right to. */
void helper_reset(void);

#endif
