/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* silent: stands where a helper should be, and says nothing: one that hangs, or another program. No signal but SIGKILL ends it. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pause();
}
