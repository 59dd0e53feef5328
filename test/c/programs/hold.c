/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* hold COUNT: makes so many vpolls, prints a line, and has them until its input ends. */
#include <stdio.h>
#include <stdlib.h>
#include <vpoll.h>

int main(int argc, char **argv)
{
	for (long left = argc > 1 ? atol(argv[1]) : 1; left > 0; left--) {
		if (vpoll_create(0, 0) < 0) {
			perror("vpoll_create");
			return 1;
		}
	}
	puts("holds");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
