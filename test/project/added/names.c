/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the C library makes of VPOLL_BACKEND: the number and the name. */
#include "settings.h"

#include <stdio.h>

int main(void) {
  struct vpoll_settings settings;
  const int status = vpoll_read_settings(&settings);
  if (status < 0) return 1;
  printf("%d %s\n", settings.backend, vpoll_backend_names[settings.backend]);
  return 0;
}
