// SPDX-License-Identifier: LGPL-2.1-or-later

import type { KnipConfig } from 'knip';

/** The core is not listed: it is asc's, not Node's, and dead code there costs bytes that the size budget sees. */
const config: KnipConfig = {
  entry: [
    'src/index.ts',
    'src/cli/index.ts',
    'src/sim/index.ts',
    'src/playground/{main,worker}.ts',
    // Become texts (tools/bundle.ts).
    'src/helper/main.ts',
    'src/thread.ts',
    'test/**/*.test.ts',
    'test/vm/series.ts',
    'test/vm/suites/*.ts',
    // Programs that a test or a command starts by path.
    'test/soak/support/child.ts',
    'test/host/support/errno-stress.ts',
    'test/real/support/{peer,worker}.ts',
    'test/{scenario,sim}/support/in-browser.ts',
    'test/project/added/{bit,program,nodeffi}.ts',
    'test/fuse/programs/*.ts',
    'tools/*.{ts,mjs}',
    'bench/{index,measure,child,receiver,loaded}.ts',
    'examples/*.mjs',
    'examples/message-socket/main.ts',
    'examples/kernel-argument/main.mjs',
  ],
  project: [
    ...['src/**/*.ts', 'host/**/*.ts', 'test/**/*.ts', '!test/scenario/support/guest/**', '!test/project/added/pipe.ts'],
    ...['tools/**/*.{ts,mjs}', 'bench/**/*.ts'],
  ],
  // A type that describes an exported value is exported with it, whether or not anyone names it yet.
  ignoreExportsUsedInFile: { interface: true, type: true },
  // Generated for three languages: that each number is used by one of them is what test/abi.test.ts looks at.
  ignoreIssues: { 'host/{abi,errno,structs}.ts': ['exports'], 'src/sim/numbers.ts': ['exports'] },
  // Of the system: what needs them says so by name where they are missing.
  ignoreBinaries: [
    'cc',
    'chrt',
    'clang',
    'dpkg-buildpackage',
    'fish',
    'flock',
    'gpg',
    'losetup',
    'mkfifo',
    'mkfs.ext2',
    'mount',
    'nsenter',
    'script',
    'setpriv',
    'socat',
    'strace',
    'systemd-analyze',
    'taskset',
    'truncate',
    'umount',
    'unshare',
  ],
  ignoreDependencies: [
    // Read by path, in pages of the playground and of the site.
    'axe-core',
    // Run by name in test/package and test/fuse.
    '@arethetypeswrong/cli',
    'postject',
    'publint',
    // Compiled on demand (tools/npm-epoll.ts).
    'epoll',
    // Run by path: the optimiser (tools/asc.ts), and the runtimes beside Node that the suites run under.
    'binaryen',
    'bun',
    'deno',
    // Run by test/kernel, in a folder of its own. vitest takes any vite from 6 on; 7 is the last that uses esbuild and rollup, which are here already.
    'vitest',
    'vite',
  ],
};

export default config;
