/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the helper is. */
#ifndef VPOLL_ORIGIN_H
#define VPOLL_ORIGIN_H

/* An absolute path, or "", which is no file. */
char *vpoll_helper_path(void);

#endif
