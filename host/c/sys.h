/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The host's side of the `sys` boundary (host/sys.ts): core/core.h declares the calls. */
#ifndef VPOLL_SYS_H
#define VPOLL_SYS_H

#include "core/core.h"

/* What a call finds the core's memory by. NULL: the caller knows that no call which needs it is made. */
struct w2c_sys {
  wasm_rt_memory_t *memory;
};

#endif
