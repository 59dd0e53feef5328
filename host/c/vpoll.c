/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The functions of the library: C's convention for what the core says. */
#include "vpoll.h"

#include "fuse.h"
#include "instance.h"
#include "settings.h"
#include "trace.h"

#include <errno.h>
#include <stddef.h>

/* What a call returns. errno is as it was where the call succeeds: a signal handler changes nothing of what it has interrupted. */
/* What a program passes is what the core takes. */
_Static_assert(VPOLL_CTL_ADDEVENTS == OP_ADD && VPOLL_CTL_DELEVENTS == OP_DEL && VPOLL_CTL_SETEVENTS == OP_SET, "operations");

static int result(int status, int errno_before) {
  errno = status < 0 ? -status : errno_before;
  return status < 0 ? -1 : status;
}

static int create_by_core(int backend, uint32_t events, int flags, uint32_t options, uint32_t needs) {
  w2c_core *core;
  int status = vpoll_enter(&core);
  if (status < 0) return status;
  status = (int)w2c_core_create(core, (u32)backend, events, (u32)flags, options, needs);
  vpoll_leave(status);
  return status;
}

/* `wrong`: the variable of the environment that keeps it from that, or NULL. */
static int create(uint32_t events, int flags, const char **wrong) {
  struct vpoll_settings settings;
  int status = vpoll_read_settings(&settings);
  *wrong = settings.wrong;
  if (status < 0) return status;
  status = vpoll_check_trace();
  if (status < 0) {
    *wrong = "VPOLL_TRACE";
    return status;
  }
  const uint32_t options =
      (settings.is_strict ? 0 : CLOSEST) | (settings.may_pass ? PASSING : 0) | (settings.is_seed_order ? SEED_ORDER : 0);
  // The lock that a start is made under isn't taken for what no helper has a part in.
  if (settings.backend != FUSE && (settings.backend != AUTO || settings.is_seed_order))
    return create_by_core(settings.backend, events, flags, options, settings.needs);
  return vpoll_create_with_helper(settings.backend, events, flags, options, settings.needs, !settings.is_fuse_off);
}

/* `wrong`: as of create. */
static int prepare(const char **wrong) {
  struct vpoll_settings settings;
  int status = vpoll_read_settings(&settings);
  *wrong = settings.wrong;
  if (status < 0) return status;
  // What is told to take something else needs no helper; nor does a kernel that has vpolls itself, which nobody can shut out.
  if (settings.backend != FUSE && (settings.backend != AUTO || settings.is_seed_order)) return 0;
  if (settings.backend == AUTO && create_by_core(EVENTFD, 0, 0, LOOK, 0) >= 0) return 0;
  return settings.is_fuse_off ? -EOPNOTSUPP : vpoll_prepare_helper();
}

static int events_of(int fd) {
  int status = vpoll_request(fd, VPOLL_CTL_DELEVENTS, 0);
  w2c_core *core;
  if (status != -EBADF) return status;
  status = vpoll_enter(&core);
  if (status < 0) return status;
  status = (int)w2c_core_events(core, (u32)fd, 0);
  vpoll_leave(fd);
  return status;
}

/*
 * `shown`, where it isn't NULL, is the mask that this call has left, or negative. It is a vpoll file's answer to the request, or what is asked for
 * under the same lock. Later it could be another thread's.
 */
static int ctl(int fd, int op, uint32_t events, int *shown) {
  int status = vpoll_request(fd, op, events);
  if (shown != NULL) *shown = status;
  w2c_core *core;
  if (status != -EBADF) return status < 0 ? status : 0;
  status = vpoll_enter(&core);
  if (status < 0) return status;
  status = (int)w2c_core_ctl(core, (u32)fd, 0, (u32)op, events);
  if (shown != NULL) *shown = (int)w2c_core_events(core, (u32)fd, 0);
  vpoll_leave(fd);
  return status;
}

static int close_vpoll(int fd) {
  w2c_core *core;
  int status = vpoll_enter(&core);
  if (status < 0) return status;
  status = (int)w2c_core_close(core, (u32)fd, 0);
  vpoll_leave(fd);
  return status;
}

/* The number of the backend of a vpoll, which the core takes up where it doesn't know it yet. */
static int backend_of(int fd) {
  w2c_core *core;
  int status = vpoll_enter(&core);
  if (status < 0) return status;
  status = (int)w2c_core_events(core, (u32)fd, 0);
  if (status >= 0) status = vpoll_backend_number(core, fd);
  vpoll_leave(fd);
  return status;
}

int vpoll_create(uint32_t init_events, int flags) {
  const int before = errno;
  const char *wrong;
  const int status = create(init_events, flags, &wrong);
  if (wrong != NULL) vpoll_complain("vpoll_create", wrong, status);
  if (vpoll_is_traced()) {
    const int backend = status < 0 ? -1 : backend_of(status);
    vpoll_trace(&(struct vpoll_traced){
        .call = VPOLL_CREATE,
        .events = init_events,
        .status = status,
        .shown = status < 0 ? -1 : events_of(status),
        .remark = backend < 0 ? NULL : vpoll_backend_names[backend],
        .is_without_helper = backend != FUSE,
        .wrong = wrong,
    });
  }
  return result(status, before);
}

int vpoll_prepare(void) {
  const int before = errno;
  const char *wrong;
  const int status = prepare(&wrong);
  if (wrong != NULL) vpoll_complain("vpoll_prepare", wrong, status);
  if (vpoll_is_traced()) vpoll_trace(&(struct vpoll_traced){.call = VPOLL_PREPARE, .status = status, .shown = -1, .wrong = wrong});
  return result(status, before);
}

int vpoll_ctl(int fd, int op, uint32_t events) {
  const int before = errno;
  int shown = -1;
  const bool is_traced = vpoll_is_traced();
  const int status = ctl(fd, op, events, is_traced ? &shown : NULL);
  if (is_traced)
    vpoll_trace(&(struct vpoll_traced){.call = VPOLL_CTL, .fd = fd, .op = op, .events = events, .status = status, .shown = shown});
  return result(status, before);
}

int vpoll_close(int fd) {
  const int before = errno;
  const int status = close_vpoll(fd);
  if (vpoll_is_traced()) vpoll_trace(&(struct vpoll_traced){.call = VPOLL_CLOSE, .fd = fd, .status = status, .shown = -1});
  return result(status, before);
}

int vpoll_events(int fd) {
  const int before = errno;
  return result(events_of(fd), before);
}

const char *vpoll_backend(int fd) {
  const int before = errno;
  const int number = result(backend_of(fd), before);
  return number < 0 ? NULL : vpoll_backend_names[number];
}

int vpoll_supports(int fd, uint32_t events) {
  const int before = errno;
  w2c_core *core;
  int status = vpoll_enter(&core);
  if (status == 0) {
    status = (int)w2c_core_supports(core, (u32)fd, 0, events);
    vpoll_leave(fd);
  }
  return result(status, before);
}

static int set_strict(int fd, int strict) {
  if (strict != 0 && strict != 1) return -EINVAL;
  // A file that is a vpoll by itself shows every mask exactly.
  int status = vpoll_request(fd, VPOLL_CTL_DELEVENTS, 0);
  w2c_core *core;
  if (status != -EBADF) return status < 0 ? status : 0;
  status = vpoll_enter(&core);
  if (status < 0) return status;
  status = (int)w2c_core_events(core, (u32)fd, 0);
  if (status >= 0) vpoll_set_policy(core, fd, strict == 1);
  vpoll_leave(fd);
  return status < 0 ? status : 0;
}

int vpoll_set_strict(int fd, int strict) {
  const int before = errno;
  return result(set_strict(fd, strict), before);
}
