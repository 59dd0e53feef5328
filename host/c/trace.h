/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* VPOLL_TRACE=FILE: a line for each call, with the mask that was asked for and the mask that it has left; and what else is told of the environment. */
#ifndef VPOLL_TRACE_H
#define VPOLL_TRACE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether there is a trace. Looks at the environment once. */
bool vpoll_is_traced(void);
/* 0, or -errno where the file can't be written to. */
int vpoll_check_trace(void);

enum vpoll_call { VPOLL_CREATE, VPOLL_PREPARE, VPOLL_CTL, VPOLL_CLOSE };

/* One line. `status`: the call's result, >= 0 or -errno; `shown`: the mask, or negative: unknown. */
struct vpoll_traced {
  enum vpoll_call call;
  int fd, op;
  uint32_t events;
  int status, shown;
  /* What else is to be said, or NULL. */
  const char *remark;
  /* Whether it is to be said why no helper was started. */
  bool is_without_helper;
  /* The variable that the call failed for, or NULL. */
  const char *wrong;
};
void vpoll_trace(const struct vpoll_traced *line);

/* Says on the standard error, where that is a terminal, that a variable of the environment is wrong: once. `status`: -errno. */
void vpoll_complain(const char *call, const char *variable, int status);

#endif
