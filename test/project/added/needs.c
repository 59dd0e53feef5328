/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the C library makes of VPOLL_NEEDS: the mask. */
#include "settings.h"

#include <stdio.h>

int main(void) {
  struct vpoll_settings settings;
  if (vpoll_read_settings(&settings) < 0) return 1;
  printf("0x%x\n", settings.needs);
  return 0;
}
