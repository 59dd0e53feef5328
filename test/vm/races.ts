// SPDX-License-Identifier: LGPL-2.1-or-later

const FILE = '/sys/kernel/debug/kcsan';

/**
 * Makes KCSAN look for races, in a kernel that has it. The configuration calls plain stores races, which the kernel is full of: what it reports is
 * narrowed to races of which one side at least is in a function of ours, as far as they are loaded. The second time it adds what
 * was loaded since. (kernel/kcsan/debugfs.c)
 */
export const watchRaces = [
  `if [ -e ${FILE} ]; then`,
  String.raw`  names=$(sed -n 's/^[0-9a-f]* [tT] \([^\t]*vpoll[^\t]*\).*/\1/p' /proc/kallsyms)`,
  '  [ -n "$names" ] || exit 1',
  `  for name in $names; do echo "!$name" >${FILE} || exit 1; done`,
  `  echo whitelist >${FILE} && echo on >${FILE} || exit 1`,
  'fi',
].join('\n');
