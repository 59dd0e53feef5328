/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The server of the C helper without its mount: serves what is descriptor 3. Linked with host/c/helper/server.c and what that needs. */
#include "../../../host/c/helper/server.h"

#include <stdio.h>

int main(void)
{
	puts("ready");
	fflush(stdout);
	return helper_serve(3, NO_LIMIT);
}
