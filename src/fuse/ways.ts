// SPDX-License-Identifier: LGPL-2.1-or-later

// How a helper comes to its mount, as command lines. docs/decisions/006-the-fuse-helper.md says why these.
//
// The mount covers /dev/fuse in a mount namespace of the helper's own, after the device was opened as descriptor 3: a place that is
// there whenever FUSE is, so no file has to be made. Once the library has its descriptor, the mount is taken out of the tree, and ends with the
// last descriptor of it.

import helper from '../../build/helper.text.js';
import type { Calls } from './calls.js';
import { findTool } from './tools.js';

/** What sh runs in the new namespaces: $1 mount, $2 umount, $3 options; then the runtime and its arguments. Says its pid and waits for a line. */
const SCRIPT = `
mount=$1 umount=$2 options=$3
shift 3
cd / && exec 3<>/dev/fuse && "$mount" -i -t fuse -o "$options" vpoll /dev/fuse || exit 1
echo "pid $$"
read -r line && "$umount" -i -l /dev/fuse && exec "$@"
`;

/** Where the mount is, seen from another process: its working directory is the root of its own namespace. */
export function mountOf(pid: number): string {
  return `/proc/${pid}/cwd/dev/fuse`;
}

/** A way to a mount. */
export interface Way {
  readonly name: string;
  readonly path: string;
  readonly args: string[];
}

/** The runtime that this process runs, with arguments that make it the helper. */
export function helperCommand(...args: string[]): string[] {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  if (deno) return [process.execPath, 'eval', '--no-config', '--no-lock', helper, ...args];
  return [process.execPath, '-e', helper, ...(bun ? args : ['--', ...args])];
}

/** The environment of a helper: nothing of the caller's. Deno wants to know where its cache would be. */
export function helperEnv(): Record<string, string> {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  if (deno) return { DENO_DIR: '/nonexistent', DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  // A program that Bun compiled into one file runs scripts when it is told to.
  return bun ? { BUN_BE_BUN: '1' } : {};
}

/** The ways to try, first first, or why there is none. */
export function findWays(calls: Calls): Way[] | string {
  const [sh, unshare, mount, umount] = ['sh', 'unshare', 'mount', 'umount'].map((name) => findTool(calls, name));
  if (!sh || !unshare || !mount || !umount) return 'unshare, mount or umount is missing (install util-linux)';
  const way = (name: string, flags: string, options: string): Way => {
    const inner = [
      unshare,
      flags,
      sh,
      '-c',
      SCRIPT,
      'vpoll',
      mount,
      umount,
      `fd=3,rootmode=100666,nosuid,nodev,noexec,${options}`,
    ];
    // The outer sh leaves the helper to whoever adopts orphans: nobody here has to wait for its end.
    return { name, path: sh, args: ['-c', '"$@" <&3 3<&- &', 'vpoll', ...inner, ...helperCommand()] };
  };
  const byUser = way('a user namespace', '-Urm', 'user_id=0,group_id=0');
  const { uid, gid } = calls.ids();
  if (uid !== 0) return [byUser];
  return [way('mount as root', '-m', `user_id=0,group_id=${gid},allow_other`), byUser];
}
