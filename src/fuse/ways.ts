// SPDX-License-Identifier: LGPL-2.1-or-later

// How a helper comes to its mount, as command lines. docs/decisions/006-the-fuse-helper.md says why these.
//
// The mount covers /dev/fuse in a mount namespace that has only this use, after the device was opened as descriptor 3: a place that is there whenever
// FUSE is, so no file has to be made. The helper itself stays in the program's namespace: in a copy it would keep every file system of the machine in
// use. Once the library has its descriptor of the mount, the namespace ends, and the mount lives as long as a descriptor of it.

import { environment } from '../runtime.js';
import helper from '../../build/helper.text.js';
import type { Calls } from './calls.js';
import { findTool } from './tools.js';

/**
 * How each script begins. Who ends a program by a signal to all its processes, as a service manager does, is not to take from it what it still uses: a helper
 * ends with its last vpoll. What sh starts ignores them too, but for Node and Deno, which see to it themselves (src/helper/io.ts).
 */
export const IGNORE_SIGNALS = "trap '' INT TERM HUP QUIT USR1 USR2\n";

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

/** Where a file to mount on is made. */
export const FOLDERS = ['/tmp', '/dev/shm', '/var/tmp'];

/**
 * What sh runs for a mount by fusermount3, with a socket as descriptor 3: $1 fusermount3, $2 the file, $3 rm where the file is to go with the mount.
 * The device goes to the socket's other end; when that is closed, however it comes, the mount is taken away. (Its own option auto_unmount does so
 * only for directories, and in Debian's 3.14 not even for these.)
 */
const FUSERMOUNT_SCRIPT = `${IGNORE_SIGNALS}
cd /
"$1" -o fsname=vpoll,nosuid,nodev,noexec -- "$2" && { read -r line <&3; "$1" -u -z -- "$2"; }
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

/** What keeps Bun from bunfig.toml, whose `preload` it runs, from .env files, and from tsconfig.json, whose `paths` may name another file for each import. */
export const BUN_ALONE = ['--config=/dev/null', '--no-env-file', '--tsconfig-override=/dev/null'] as const;

/** The runtime that this process runs, with arguments that make it the helper. */
export function helperCommand(...args: string[]): string[] {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  if (deno) return [process.execPath, 'eval', '--no-config', '--no-lock', helper, ...args];
  if (bun) return [process.execPath, ...BUN_ALONE, '-e', helper, ...args];
  return [process.execPath, '-e', helper, '--', ...args];
}

/** Writable and to be entered, for access(2). */
const USABLE = 3;
/** No folder, whoever asks: where root is told of one that isn't there, Deno makes it. */
const NOWHERE = '/dev/null/none';

/** Deno's cache, without which it takes 170 ms to start and not 20: the caller's own, if this user may write there. */
function denoFolder(calls: Calls): string {
  const home = environment('HOME');
  const caches = environment('XDG_CACHE_HOME') || (home && `${home}/.cache`);
  const folder = environment('DENO_DIR') || (caches && `${caches}/deno`) || NOWHERE;
  return folder.startsWith('/') && calls.access(folder, USABLE) === 0 ? folder : NOWHERE;
}

/**
 * The environment of a helper: nothing of the caller's, but for where Deno's cache is. Whatever it turns out to be, it starts no helper in turn. What a
 * runtime would read of its surroundings is turned away here and in {@link helperCommand}.
 */
export function helperEnv(calls: Calls): Record<string, string> {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  const env = { VPOLL_FUSE: 'off' };
  // Without HOME it would look up the user's, and a ~/.npmrc that it can't read ends it. Nobody can make a file in /proc.
  if (deno) return { ...env, DENO_DIR: denoFolder(calls), HOME: '/proc', DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  // A program that Bun compiled into one file runs scripts when it is told to.
  return bun ? { ...env, BUN_BE_BUN: '1' } : { ...env, OPENSSL_CONF: '/dev/null' };
}

/** The ways to try, first first, or why there is none. */
export function findWays(calls: Calls): Way[] | string {
  const [sh, unshare, mount, fusermount, rm] = ['sh', 'unshare', 'mount', 'fusermount3', 'rm'].map((name) =>
    findTool(calls, name),
  );
  const { uid, gid } = calls.ids();
  const ways: Way[] = [];
  if (sh && unshare && mount) {
    const way = (name: string, before: string[], more: string): Way => {
      const options = `fd=3,rootmode=100666,nosuid,nodev,noexec,${more}`;
      const inner = [...before, sh, '-c', SCRIPT, 'vpoll', unshare, sh, mount, options];
      // The outer sh leaves the helper to whoever adopts orphans: nobody here has to wait for its end.
      return { name, path: sh, args: ['-c', `${IGNORE_SIGNALS}"$@" <&3 3<&- &`, 'vpoll', ...inner, ...helperCommand()] };
    };
    if (uid === 0) ways.push(way('mount as root', [], `user_id=0,group_id=${gid},allow_other`));
    ways.push(way('a user namespace', [unshare, '-Ur'], 'user_id=0,group_id=0'));
  }
  if (sh && fusermount && rm && uid !== 0) ways.push({ name: 'fusermount3', sh, fusermount, rm });
  if (ways.length > 0) return ways;
  return 'unshare or mount is missing (install util-linux), and so is fusermount3 (install fuse3)';
}
