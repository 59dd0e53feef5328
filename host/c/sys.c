/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * The host for C: each call of the `sys` boundary is the system call of its name, with offsets into the core's memory made into addresses. Returns what that
 * returns, or -errno.
 */
#include "sys.h"

#include "abi.h"
#include "abi-check.h"
#include "kernel.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

/* What else the core takes for granted. */
_Static_assert(sizeof(struct pollfd) == 8 && sizeof(struct timeval) == 16, "structures");

/* The address of `size` bytes of the core's memory. */
static void *at(const struct w2c_sys *sys, u32 offset, u32 size) {
  if (UNLIKELY((uint64_t)offset + size > sys->memory->size)) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return sys->memory->data + offset;
}

/* A socklen_t there, and the room that it says is in `room`. */
static socklen_t *length(const struct w2c_sys *sys, u32 offset, u32 *room) {
  socklen_t *size = at(sys, offset, sizeof *size);
  *room = *size;
  return size;
}

u32 w2c_sys_eventfd(struct w2c_sys *sys, u32 initval, u32 flags) {
  (void)sys;
  return (u32)kernel(SYS_eventfd2, initval, flags);
}

u32 w2c_sys_open(struct w2c_sys *sys, u32 path, u32 flags) {
  return (u32)kernel(SYS_openat, AT_FDCWD, at(sys, path, 1), flags, 0);
}

u32 w2c_sys_openat(struct w2c_sys *sys, u32 directory, u32 path, u32 flags) {
  return (u32)kernel(SYS_openat, directory, at(sys, path, 1), flags, 0);
}

u32 w2c_sys_ioctl(struct w2c_sys *sys, u32 fd, u32 request, u32 arg) {
  (void)sys;
  return (u32)kernel(SYS_ioctl, fd, request, arg);
}

u32 w2c_sys_socketpair(struct w2c_sys *sys, u32 domain, u32 type, u32 protocol, u32 pair) {
  return (u32)kernel(SYS_socketpair, domain, type, protocol, at(sys, pair, 8));
}

u32 w2c_sys_read(struct w2c_sys *sys, u32 fd, u32 data, u32 size) {
  return (u32)kernel(SYS_read, fd, at(sys, data, size), size);
}

u32 w2c_sys_write(struct w2c_sys *sys, u32 fd, u32 data, u32 size) {
  return (u32)kernel(SYS_write, fd, at(sys, data, size), size);
}

u32 w2c_sys_send(struct w2c_sys *sys, u32 fd, u32 data, u32 size, u32 flags) {
  return (u32)kernel(SYS_sendto, fd, at(sys, data, size), size, flags, NULL, 0);
}

u32 w2c_sys_recv(struct w2c_sys *sys, u32 fd, u32 data, u32 size, u32 flags) {
  return (u32)kernel(SYS_recvfrom, fd, at(sys, data, size), size, flags, NULL, NULL);
}

u32 w2c_sys_shutdown(struct w2c_sys *sys, u32 fd, u32 how) {
  (void)sys;
  return (u32)kernel(SYS_shutdown, fd, how);
}

u32 w2c_sys_fcntl(struct w2c_sys *sys, u32 fd, u32 command, u32 arg) {
  (void)sys;
  return (u32)kernel(SYS_fcntl, fd, command, arg);
}

u32 w2c_sys_setsockopt(struct w2c_sys *sys, u32 fd, u32 level, u32 name, u32 value, u32 size) {
  return (u32)kernel(SYS_setsockopt, fd, level, name, at(sys, value, size), size);
}

u32 w2c_sys_getsockopt(struct w2c_sys *sys, u32 fd, u32 level, u32 name, u32 value, u32 size) {
  u32 room;
  socklen_t *len = length(sys, size, &room);
  return (u32)kernel(SYS_getsockopt, fd, level, name, at(sys, value, room), len);
}

u32 w2c_sys_fstat(struct w2c_sys *sys, u32 fd, u32 buffer) {
  struct stat found;
  const long status = kernel_fstat((int)fd, &found);
  if (status < 0) return (u32)status;
  const uint64_t dev = found.st_dev, ino = found.st_ino;
  const uint32_t mode = found.st_mode;
  uint8_t *data = at(sys, buffer, STAT_SIZE);
  memcpy(data + STAT_DEV, &dev, sizeof dev);
  memcpy(data + STAT_INO, &ino, sizeof ino);
  memcpy(data + STAT_MODE, &mode, sizeof mode);
  return 0;
}

u32 w2c_sys_poll(struct w2c_sys *sys, u32 fds, u32 count, u32 timeout_ms) {
  return (u32)kernel_poll(at(sys, fds, count * (u32)sizeof(struct pollfd)), count, (int)timeout_ms);
}

u32 w2c_sys_close(struct w2c_sys *sys, u32 fd) {
  (void)sys;
  return (u32)kernel(SYS_close, fd);
}

u32 w2c_sys_socket(struct w2c_sys *sys, u32 domain, u32 type, u32 protocol) {
  (void)sys;
  return (u32)kernel(SYS_socket, domain, type, protocol);
}

u32 w2c_sys_bind(struct w2c_sys *sys, u32 fd, u32 address, u32 size) {
  return (u32)kernel(SYS_bind, fd, at(sys, address, size), size);
}

u32 w2c_sys_listen(struct w2c_sys *sys, u32 fd, u32 backlog) {
  (void)sys;
  return (u32)kernel(SYS_listen, fd, backlog);
}

u32 w2c_sys_accept4(struct w2c_sys *sys, u32 fd, u32 address, u32 size, u32 flags) {
  u32 room;
  socklen_t *len = length(sys, size, &room);
  return (u32)kernel(SYS_accept4, fd, at(sys, address, room), len, flags);
}

u32 w2c_sys_connect(struct w2c_sys *sys, u32 fd, u32 address, u32 size) {
  return (u32)kernel(SYS_connect, fd, at(sys, address, size), size);
}

u32 w2c_sys_getsockname(struct w2c_sys *sys, u32 fd, u32 address, u32 size) {
  u32 room;
  socklen_t *len = length(sys, size, &room);
  return (u32)kernel(SYS_getsockname, fd, at(sys, address, room), len);
}

u32 w2c_sys_getpeername(struct w2c_sys *sys, u32 fd, u32 address, u32 size) {
  u32 room;
  socklen_t *len = length(sys, size, &room);
  return (u32)kernel(SYS_getpeername, fd, at(sys, address, room), len);
}

u32 w2c_sys_dup3(struct w2c_sys *sys, u32 fd, u32 to, u32 flags) {
  (void)sys;
  return (u32)kernel(SYS_dup3, fd, to, flags);
}
