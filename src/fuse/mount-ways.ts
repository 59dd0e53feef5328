// SPDX-License-Identifier: LGPL-2.1-or-later

// How a helper gets its mount, as command lines. docs/decisions/006-the-fuse-helper.md says why these.
//
// The mount covers /dev/fuse in a mount namespace that has only this use, after the device was opened as descriptor 3. That place is there whenever
// FUSE is, so no file has to be made. The helper itself stays in the program's namespace: in a copy it would keep every file system of the machine in
// use. Once the library has its descriptor of the mount, the namespace ends, and the mount lives as long as a descriptor of it.

import { here } from '../runtime.js';
import helper from '../../build/helper.text.js';
import type { Calls } from '../../host/linux/calls.js';
import type { Why } from '../why.js';
import { FUSERMOUNT_OPTIONS, IGNORED, mountOptions, MOUNTS, type Mount } from './policy.js';
import { findTool } from './tools.js';

/**
 * How each script begins. A service manager ends a program by a signal to all its processes. That must not take from the program what it still uses: a helper
 * ends with its last vpoll. What sh starts ignores these signals too. A runtime that sets their actions at its start ignores them again itself
 * (host/node.ts).
 */
export const IGNORE_SIGNALS = `trap '' ${Object.keys(IGNORED).join(' ')}\n`;

/**
 * What sh runs with the library's socket as standard streams: $1 unshare, $2 sh, $3 mount, $4 options; then the runtime and its arguments. Says its pid, and
 * that of the process that keeps the new namespace until the library says a word or closes the socket.
 */
const SCRIPT = `
unshare=$1 sh=$2 mount=$3 options=$4
shift 4
cd / && exec 3<>/dev/fuse 4<&0 && "$unshare" -m "$sh" -c '
"$1" -i -t fuse -o "$2" vpoll /dev/fuse || exit 1
read -r line <&4 3<&- & echo "mount $!"
' vpoll "$mount" "$options" && echo "pid $$" && exec "$@" 4<&-
`;

/** Where the mount is, seen from another process: the working directory of the one that keeps the namespace is its root. */
export function mountOf(pid: number): string {
  return `/proc/${pid}/cwd/dev/fuse`;
}

/** A way to a mount: a program that makes one, and becomes the helper. */
export interface ScriptWay {
  readonly name: string;
  readonly path: string;
  readonly args: string[];
}

/** Another: fusermount3(1), which is setuid root, makes the mount on a file of this user's and hands the device over; the helper is started then. */
export interface FusermountWay {
  readonly name: 'fusermount3';
  readonly sh: string;
  readonly fusermount: string;
  readonly rm: string;
}

export type Way = ScriptWay | FusermountWay;

/**
 * What sh runs for a mount by fusermount3, with a socket as descriptor 3: $1 fusermount3, $2 the file, $3 rm where the file is to go with the mount.
 * The device goes to the socket's other end; when that is closed, however it comes, the mount is taken away. (Its own option auto_unmount does so
 * only for directories, and in Debian's 3.14 not even for these.)
 */
const FUSERMOUNT_SCRIPT = `${IGNORE_SIGNALS}
cd /
"$1" -o ${FUSERMOUNT_OPTIONS} -- "$2" && { read -r line <&3; "$1" -u -z -- "$2"; }
[ -z "$3" ] || "$3" -f -- "$2"
`;

/** The arguments of sh for that, and its environment. `rm`: see there. */
export function fusermountArgs(fusermount: string, file: string, rm = ''): string[] {
  return ['-c', FUSERMOUNT_SCRIPT, 'vpoll', fusermount, file, rm];
}

export const FUSERMOUNT_ENV = { _FUSE_COMMFD: '3' };

/** Arguments of sh that start a program which nobody here has to wait for. */
export function inBackground(...command: string[]): string[] {
  return ['-c', `${IGNORE_SIGNALS}cd / && "$@" &`, 'vpoll', ...command];
}

/** Arguments of sh that say its pid and become the helper. */
export function becomeHelper(...args: string[]): string[] {
  return ['-c', `${IGNORE_SIGNALS}cd / && echo "pid $$" && exec "$@"`, 'vpoll', ...helperCommand(...args)];
}

/** The runtime that this process runs, with arguments that make it the helper. */
export function helperCommand(...args: string[]): string[] {
  return here.helperCommand(helper, args);
}

/** Writable and to be entered, for access(2). */
const USABLE = 3;

/**
 * The environment of a helper: nothing of the caller's, but for where its runtime's cache is. Whatever it turns out to be, it starts no helper in turn. What a
 * runtime would read of its surroundings is turned away here and in {@link helperCommand}.
 */
export function helperEnv(calls: Calls): Record<string, string> {
  return { VPOLL_FUSE: 'off', ...here.helperEnv((folder) => calls.access(folder, USABLE) === 0) };
}

/** The ways to try, first first, or why there is none. */
export function findWays(calls: Calls): Way[] | Why {
  const [sh, unshare, mount, fusermount, rm] = ['sh', 'unshare', 'mount', 'fusermount3', 'rm'].map((name) =>
    findTool(calls, name),
  );
  const { uid, gid } = calls.ids();
  const ways: Way[] = [];
  if (sh && unshare && mount) {
    const way = (by: Mount): Way => {
      const before = by.isRoots ? [] : [unshare, '-Ur'];
      const inner = [...before, sh, '-c', SCRIPT, 'vpoll', unshare, sh, mount, mountOptions(by, gid)];
      // The outer sh leaves the helper to the process that adopts orphans: nobody here has to wait for its end.
      const args = ['-c', `${IGNORE_SIGNALS}"$@" <&3 3<&- &`, 'vpoll', ...inner, ...helperCommand()];
      return { name: by.name, path: sh, args };
    };
    ways.push(...MOUNTS.filter(({ isRoots }) => !isRoots || uid === 0).map(way));
  }
  if (sh && fusermount && rm && uid !== 0) ways.push({ name: 'fusermount3', sh, fusermount, rm });
  if (ways.length > 0) return ways;
  return { reason: 'unshare or mount is missing (install util-linux), and so is fusermount3', remedy: 'install fuse3' };
}
