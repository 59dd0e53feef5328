# SPDX-License-Identifier: LGPL-2.1-or-later

# What the helper is made of and how: read by CMakeLists.txt, and by tools/native.ts, which makes the files of the npm package without cmake.

# From the folder above this one.
set(HELPER_SOURCES
  helper/entry.c helper/base.c helper/main.c helper/mount.c helper/fsmount.c helper/fusermount.c helper/process.c helper/server.c
  helper/serve.c helper/claim.c helper/mountinfo.c helper/sandbox.c helper/notify.c
  core/fuse.c core/wasm-rt.c)

# Its server begins with more memory than a core does.
set(HELPER_DEFINITIONS VPOLL_MEMORY_PAGES=2)

# Without a libc. A stack protector needs one, and so does what checks the calls of one.
set(HELPER_COMPILE_OPTIONS -DVPOLL_FREESTANDING -O2 -fPIE -fno-lto -fno-stack-protector -U_FORTIFY_SOURCE -fno-asynchronous-unwind-tables -ffunction-sections)
set(HELPER_LINK_OPTIONS -static-pie -Wl,--no-dynamic-linker -nostdlib -nostartfiles -fno-lto -Wl,--gc-sections -Wl,-z,noexecstack -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,--build-id=none)
