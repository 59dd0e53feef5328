/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * The helper's path: what the build has set, or a name beside the file that holds this code ($ORIGIN, as ld.so(8) calls that folder): the shared library, or the program
 * that was linked with the archive. Who could put another helper there could put another library or program there as well. A folder with the sticky bit is none: in
 * /tmp anyone may add a file, and nobody may replace another's. The loader is asked once, when it loads the library, since its lock must not be waited for in a call.
 */
#include "origin.h"

#ifdef VPOLL_HELPER_BESIDE

#include "kernel.h"

#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

/* Written once, by the constructor. */
static char path[PATH_MAX];

/* Makes `path` the helper's, beside a file. A file whose path isn't absolute has none: the program may be elsewhere by now. */
static void set_beside(const char *file) {
  const char *const last = strrchr(file, '/');
  const size_t folder = last == NULL ? 0 : (size_t)(last - file) + 1;
  if (file[0] != '/' || folder + sizeof VPOLL_HELPER_BESIDE > sizeof path) return;
  memcpy(path, file, folder);
  path[folder] = '\0';
  struct stat found;
  const int fd = (int)kernel(SYS_openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  const bool is_known = fd >= 0 && kernel_fstat(fd, &found) == 0;
  if (fd >= 0) kernel(SYS_close, fd);
  if (is_known && (found.st_mode & S_ISVTX) == 0) memcpy(path + folder, VPOLL_HELPER_BESIDE, sizeof VPOLL_HELPER_BESIDE);
  else path[0] = '\0';
}

/* The program's own file, as the kernel knows it: the loader has no path for it, or the one that its caller gave. */
static void set_beside_program(void) {
  char program[PATH_MAX];
  const long size = kernel(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof program);
  if (size <= 0 || (size_t)size >= sizeof program) return;
  program[size] = '\0';
  set_beside(program);
}

/* Whether an object of the loader's list holds this file's data; then its folder is where the helper is. */
static int find(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size;
  (void)unused;
  const uintptr_t own = (uintptr_t)path - object->dlpi_addr;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || own < part->p_vaddr || own - part->p_vaddr >= part->p_memsz) continue;
    if ((uintptr_t)object->dlpi_phdr == getauxval(AT_PHDR)) set_beside_program();
    else set_beside(object->dlpi_name);
    return 1;
  }
  return 0;
}

__attribute__((constructor)) static void ask_loader(void) {
  dl_iterate_phdr(find, NULL);
}

#else

static char path[] = VPOLL_HELPER;

#endif

char *vpoll_helper_path(void) {
  return path;
}
