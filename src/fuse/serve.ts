// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll serve`: a helper whose mount is a file that others can open, until this process is told to end.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { VPollError } from '../errors.js';
import { openLibc } from '../runtime.js';
import { Calls } from './calls.js';
import { findTool, whyNoDevice } from './tools.js';
import { helperCommand, helperEnv } from './ways.js';

/** What sh runs: $1 mount, $2 options, $3 the file; then the runtime and its arguments. */
const SCRIPT = `
mount=$1 options=$2 file=$3
shift 3
cd / && exec 3<>/dev/fuse && "$mount" -i -t fuse -o "$options" vpoll "$file" || exit 1
exec "$@"
`;
const OPTIONS = 'fd=3,rootmode=100666,user_id=0,group_id=0,allow_other,nosuid,nodev,noexec';
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function refused(detail: string): VPollError {
  return new VPollError('EOPNOTSUPP', 'vpoll_serve', detail);
}

interface Tools {
  sh: string;
  mount: string;
  umount: string;
}

/** What serving takes. Throws where something is missing. */
function check(calls: Calls): Tools {
  const device = whyNoDevice(calls);
  if (device) throw refused(device);
  if (calls.ids().uid !== 0)
    throw refused('a mount that others can see needs root (sudo vpoll serve); create({ backend: "fuse" }) needs none');
  const [sh, mount, umount] = ['sh', 'mount', 'umount'].map((name) => findTool(calls, name));
  if (!sh || !mount || !umount) throw refused('mount or umount is missing (install util-linux)');
  return { sh, mount, umount };
}

/** Makes sure that there is a file to mount on: whether it was made here. Throws for a directory, a symbolic link, and what the system says. */
function prepareFile(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new VPollError('EISDIR', 'vpoll_serve', path);
  if (found?.isSymbolicLink()) throw new VPollError('EEXIST', 'vpoll_serve', `${path} is a symbolic link`);
  if (!found) closeSync(openSync(path, 'wx', 0o666));
  return !found;
}

/** The end of a line that says "ready", or of the output. */
async function isReady(child: ChildProcess): Promise<boolean> {
  let said = '';
  for await (const text of child.stdout!.setEncoding('utf8')) {
    said += String(text);
    if (/^ready$/m.test(said)) return true;
  }
  return false;
}

/** Resolves at the first signal that asks for the end. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ENDING)
      process.on(signal, () => {
        resolve();
      });
  });
}

/** What {@link serve} is to do. */
export interface Serving {
  /** Absolute. */
  path: string;
  maxPerUid: number;
  /** Called when the file can be opened. */
  onReady: () => void;
}

/**
 * Serves until this process gets SIGINT, SIGTERM or SIGHUP, which takes the mount away, and the file if it was made here. What is open
 * then stays a vpoll: the helper ends with the last of them.
 *
 * @throws {@link VPollError} EOPNOTSUPP, EISDIR, EEXIST, EIO where the helper died; and what the file system says
 */
export async function serve({ path, maxPerUid, onReady }: Serving): Promise<void> {
  const { sh, mount, umount } = check(new Calls(openLibc('vpoll_serve')));
  const end = signalled();
  const isOurs = prepareFile(path);
  const command = ['-c', SCRIPT, 'vpoll', mount, OPTIONS, path, ...helperCommand(String(maxPerUid))];
  // In a session of its own: what a terminal sends is for this process, which takes the mount away first.
  const child = spawn(sh, command, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: helperEnv() });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  const died = once(child, 'exit');
  try {
    if (!(await isReady(child))) {
      await died;
      throw refused(complaint.trim() || 'the helper did not start');
    }
    onReady();
    const isDead = await Promise.race([end.then(() => false), died.then(() => true)]);
    if (isDead) throw new VPollError('EIO', 'vpoll_serve', `the helper died: ${complaint.trim()}`);
  } finally {
    spawnSync(umount, ['-i', '-l', path], { stdio: 'ignore' });
    if (isOurs) unlinkSync(path);
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  }
}
