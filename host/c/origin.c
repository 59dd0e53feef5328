/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * The helper's path: what the build has set, or a name beside the shared library itself ($ORIGIN, as ld.so(8) calls that folder). Who could put another helper there
 * could put another library there as well. The loader is asked once, when it loads the library, since its lock must not be waited for in a call.
 */
#include "origin.h"

#ifdef VPOLL_HELPER_BESIDE

#include <limits.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

/* Written once, by the constructor. */
static char path[PATH_MAX];

/* Whether an object of the loader's list holds this file's data; then its folder is where the helper is. A path that isn't absolute is none: the program may be elsewhere by now. */
static int find(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size;
  (void)unused;
  const uintptr_t own = (uintptr_t)path - object->dlpi_addr;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || own < part->p_vaddr || own - part->p_vaddr >= part->p_memsz) continue;
    const char *const name = object->dlpi_name, *const last = strrchr(name, '/');
    const size_t folder = last == NULL ? 0 : (size_t)(last - name) + 1;
    if (name[0] != '/' || folder + sizeof VPOLL_HELPER_BESIDE > sizeof path) return 1;
    memcpy(path, name, folder);
    memcpy(path + folder, VPOLL_HELPER_BESIDE, sizeof VPOLL_HELPER_BESIDE);
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
