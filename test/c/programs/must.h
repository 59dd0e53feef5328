/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has to be true: else the program says what isn't, and ends with status 1. */
#ifndef MUST_H
#define MUST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                                                    \
	do {                                                                               \
		if (!(condition)) {                                                        \
			printf("%d: %s, errno %d\n", __LINE__, #condition, errno);         \
			exit(1);                                                           \
		}                                                                          \
	} while (0)

#endif
