/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <uv.h>
#include "turns.h"

/* libuv has bits of its own; a hangup is UV_READABLE to it, and UV_DISCONNECT where the other end shut down (RDHUP). */
static void on_poll(uv_poll_t *handle, int status, int events)
{
  (void)handle;
  if (status < 0)
    fail(uv_strerror(status));
  turn((events & UV_READABLE ? POLLIN : 0) | (events & UV_WRITABLE ? POLLOUT : 0) | (events & UV_DISCONNECT ? POLLHUP : 0));
}

int main(void)
{
  uv_poll_t handle;

  if (uv_poll_init(uv_default_loop(), &handle, 3) < 0)
    fail("uv_poll_init");
  uv_poll_start(&handle, UV_READABLE | UV_WRITABLE | UV_DISCONNECT, on_poll);
  say("waits");
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
