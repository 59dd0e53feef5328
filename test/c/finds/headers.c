/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The names of our own headers, of which a user may mean another. */
#if __has_include(<instance.h>) || __has_include(<settings.h>) || __has_include(<trace.h>) || __has_include(<fuse.h>)
#error "a header of host/c is in the way"
#endif
#include <vpoll.h>

int (*create_is_declared)(uint32_t, int) = vpoll_create;
