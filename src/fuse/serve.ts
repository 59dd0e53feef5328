// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll serve`: a helper whose mount is a file that others can open, until this process is told to end.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, lstatSync, openSync, readFileSync, realpathSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoName, VPollError } from '../errors.js';
import { openLibc } from '../runtime.js';
import { Calls } from './calls.js';
import { isReadable } from './readable.js';
import { findTool, whyNoDevice } from './tools.js';
import { becomeHelper, FUSERMOUNT_ENV, fusermountArgs, helperCommand, helperEnv, IGNORE_SIGNALS } from './ways.js';

/**
 * What sh runs as root, with a socket as descriptor 3: $1 mount, $2 umount, $3 options, $4 the file, $5 rm where the file is to go with the mount;
 * then the runtime and its arguments. When the socket's other end is closed, by the end of this process for example, the mount is taken away.
 */
const SCRIPT = `${IGNORE_SIGNALS}
mount=$1 umount=$2 options=$3 file=$4 rm=$5
shift 5
cd / && exec 4<&3 3<>/dev/fuse && "$mount" -i -t fuse -o "$options" vpoll "$file" || exit 1
(
  read -r line
  "$umount" -i -l "$file"
  [ -z "$rm" ] || "$rm" -f "$file"
) <&4 4<&- 3<&- >/dev/null 2>&1 &
exec "$@" 4<&-
`;
const OPTIONS = 'fd=3,rootmode=100666,user_id=0,group_id=0,allow_other,nosuid,nodev,noexec';
/** How long a mount may take to come or to go. */
const PATIENCE_MS = 20_000;
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function refused(detail: string): VPollError {
  return new VPollError('EOPNOTSUPP', 'vpoll_serve', detail);
}

/** The programs of the system that serving takes. Throws where one is missing. */
function check(
  calls: Calls,
): { sh: string; rm: string; mount: string; umount: string } | { sh: string; rm: string; fusermount: string } {
  const device = whyNoDevice(calls);
  if (device) throw refused(device);
  const [sh, rm, mount, umount, fusermount] = ['sh', 'rm', 'mount', 'umount', 'fusermount3'].map((name) => findTool(calls, name));
  if (!sh || !rm) throw refused('sh or rm is missing');
  if (calls.ids().uid === 0) {
    if (!mount || !umount) throw refused('mount or umount is missing (install util-linux)');
    return { sh, rm, mount, umount };
  }
  if (fusermount) return { sh, rm, fusermount };
  throw refused('a mount that others can see needs root (sudo vpoll serve) or fusermount3 (install fuse3)');
}

/** Whether something is mounted on the file: a second mount would hide the first, and whoever ends first would take away the wrong one. */
function isMounted(path: string): boolean {
  const real = join(realpathSync(dirname(path)), basename(path));
  // proc_pid_mountinfo(5): the fifth field, with blanks and backslashes as octal numbers.
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return points.some(
    (point) => point.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8))) === real,
  );
}

/** Makes sure that there is a file to mount on: whether it was made here. Throws for what is no plain file, and what the system says. */
function prepareFile(path: string): boolean {
  const refuse = (code: 'EISDIR' | 'EEXIST' | 'EBUSY', detail = ''): never => {
    throw new VPollError(code, 'vpoll_serve', `${path}${detail}`);
  };
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) refuse('EISDIR');
  if (found?.isSymbolicLink()) refuse('EEXIST', ' is a symbolic link');
  if (found && isMounted(path)) refuse('EBUSY', ': something is mounted there (another vpoll serve?)');
  if (found && !found.isFile()) refuse('EEXIST', ' is no regular file');
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

interface Served {
  child: ChildProcess;
  /** Our end of the socket whose other end belongs to who takes the mount away. */
  lifeline: number;
}

/** A program that has the other end of a socket: only it, so that each sees the other's end. */
function withLifeline(calls: Calls, start: (theirs: number) => ChildProcess): Served {
  const pair = calls.socketpair();
  if (typeof pair === 'number') throw new VPollError(errnoName(-pair), 'socketpair');
  const [lifeline, theirs] = pair;
  try {
    return { child: start(theirs), lifeline };
  } catch (error) {
    calls.close(lifeline);
    throw error;
  } finally {
    calls.close(theirs);
  }
}

/** Collects the end of what it complains about. */
function listen(child: ChildProcess): () => string {
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  return () => complaint.trim();
}

/** What fusermount3 sends: /dev/fuse with a mount. Throws what it says where it sends none. */
async function receiveDevice(calls: Calls, { child: mounter, lifeline }: Served): Promise<number> {
  const said = listen(mounter);
  const ended = once(mounter, 'close');
  if (!(await isReadable(lifeline, PATIENCE_MS))) throw refused(`fusermount3 gave no answer within ${PATIENCE_MS / 1000} s`);
  const device = calls.receive(lifeline);
  if (device < 0) {
    // The socket has ended, and so does sh.
    await ended;
    throw refused(said() || 'fusermount3 sent no device');
  }
  return device;
}

/** Has fusermount3 mount, and starts the server of what it sends. */
async function mountByFusermount(
  calls: Calls,
  tools: { sh: string; rm: string; fusermount: string },
  serving: Serving,
  isOurs: boolean,
): Promise<Served> {
  const args = fusermountArgs(tools.fusermount, serving.path, isOurs ? tools.rm : '');
  // In a session of its own, as below.
  const mounting = withLifeline(calls, (theirs) =>
    spawn(tools.sh, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe', theirs], env: FUSERMOUNT_ENV }),
  );
  try {
    const device = await receiveDevice(calls, mounting);
    const helper = becomeHelper(String(serving.maxPerUid));
    const child = spawn(tools.sh, helper, { detached: true, stdio: ['ignore', 'pipe', 'pipe', device], env: helperEnv(calls) });
    calls.close(device);
    return { child, lifeline: mounting.lifeline };
  } catch (error) {
    calls.close(mounting.lifeline);
    throw error;
  } finally {
    mounting.child.unref();
    mounting.child.stderr!.destroy();
  }
}

/** Starts what mounts and becomes the server. */
function mountAsRoot(
  calls: Calls,
  { sh, rm, mount, umount }: { sh: string; rm: string; mount: string; umount: string },
  { path, maxPerUid }: Serving,
  isOurs: boolean,
): Served {
  const command = ['-c', SCRIPT, 'vpoll', mount, umount, OPTIONS, path, isOurs ? rm : '', ...helperCommand(String(maxPerUid))];
  // In a session of its own: what a terminal sends is for this process, which has the mount taken away.
  return withLifeline(calls, (theirs) =>
    spawn(sh, command, { detached: true, stdio: ['ignore', 'pipe', 'pipe', theirs], env: helperEnv(calls) }),
  );
}

/**
 * Serves until this process gets SIGINT, SIGTERM or SIGHUP, or is killed: the mount is taken away then, and the file if it was made here. What is open
 * then stays a vpoll: the helper ends with the last of them. Who isn't root serves by fusermount3, and only for its own user.
 *
 * @throws {@link VPollError} EOPNOTSUPP, EISDIR, EEXIST, EBUSY, EIO where the helper died; and what the file system says
 */
export async function serve(serving: Serving): Promise<void> {
  const calls = new Calls(openLibc('vpoll_serve'));
  const tools = check(calls);
  const end = signalled();
  const isOurs = prepareFile(serving.path);
  let served: Served | undefined;
  try {
    served =
      'mount' in tools ? mountAsRoot(calls, tools, serving, isOurs) : await mountByFusermount(calls, tools, serving, isOurs);
    const { child } = served;
    const said = listen(child);
    const died = once(child, 'exit');
    if (!(await isReady(child))) {
      await died;
      throw refused(said() || 'the helper did not start');
    }
    serving.onReady();
    const isDead = await Promise.race([end.then(() => false), died.then(() => true)]);
    if (isDead) throw new VPollError('EIO', 'vpoll_serve', `the helper died: ${said()}`);
  } finally {
    if (served) await letGo(calls, served);
    // Where nothing was mounted.
    if (isOurs && existsSync(serving.path)) unlinkSync(serving.path);
  }
}

/** Has the mount taken away, and waits until it is. */
async function letGo(calls: Calls, { child, lifeline }: Served): Promise<void> {
  calls.finish(lifeline);
  await isReadable(lifeline, PATIENCE_MS);
  calls.close(lifeline);
  child.stdout!.destroy();
  child.stderr!.destroy();
  child.unref();
}
