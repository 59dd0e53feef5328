/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * To be preloaded: libc's functions whose names TRAPS, a file, has as TRAP(name). Where libvpoll calls one, it says its name and ends the program. For any other caller it
 * does what libc's own does.
 */
#include <dlfcn.h>
#include <string.h>

/* As many arguments as any of them has. What a caller hasn't given is passed on and not looked at. */
typedef long function(long, long, long, long, long, long, long);

static function *pass(const char *name, void *caller)
{
	static function *write;
	Dl_info from;

	if (!write)
		write = (function *)dlsym(RTLD_NEXT, "write");
	if (dladdr(caller, &from) && strstr(from.dli_fname, "/libvpoll.so")) {
		write(2, (long)"libvpoll calls ", 15, 0, 0, 0, 0);
		write(2, (long)name, strlen(name), 0, 0, 0, 0);
		__builtin_trap();
	}
	return (function *)dlsym(RTLD_NEXT, name);
}

#define TRAP(name)                                                                                    \
	long name(long a, long b, long c, long d, long e, long f, long g)                             \
	{                                                                                             \
		return pass(#name, __builtin_return_address(0))(a, b, c, d, e, f, g);                 \
	}
#include TRAPS
