/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is mounted where, without a question to whom it belongs. */
#ifndef VPOLL_HELPER_MOUNTINFO_H
#define VPOLL_HELPER_MOUNTINFO_H

enum mounted_by { MOUNTED_NOTHING, MOUNTED_OURS, MOUNTED_ANOTHERS };

/* What is on top of `name`, a file of the working directory. */
enum mounted_by mounted_on(const char *name);

#endif
