/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether a helper that nobody has asked for would be a good guest in this program. */
#ifndef VPOLL_GUEST_H
#define VPOLL_GUEST_H

#include <stdbool.h>

/*
 * Why none may be started, where it is asked for or by itself: the reason of the first rule (VPOLL_RULES) that forbids it, or NULL. It makes a few calls, so it is for
 * when one would be started, and not for each vpoll.
 */
const char *vpoll_why_no_start(bool is_asked_for);

#endif
