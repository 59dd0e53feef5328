// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll serve`: a helper whose mount is a file that others can open, until this process is told to end.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, unlinkSync } from 'node:fs';
import { errnoName, VPollError } from '../errors.js';
import { openLibc } from '../runtime.js';
import { Calls } from './calls.js';
import { claim, type Claim } from './claim.js';
import { isReadable } from './readable.js';
import { drift } from './helper.js';
import { Question, whyNoProgram } from './program.js';
import { findTool, whyNoDevice } from './tools.js';
import { becomeHelper, FUSERMOUNT_ENV, fusermountArgs, helperCommand, helperEnv, IGNORE_SIGNALS } from './ways.js';

/**
 * What sh runs as root, with a socket as descriptor 3 and the claim on the file as 4: $1 mount, $2 umount, $3 options, $4 the file, $5 rm where the
 * file is to go with the mount; then the runtime and its arguments. When the socket's other end is closed, by the end of this process for example, the mount is taken away.
 */
const SCRIPT = `${IGNORE_SIGNALS}
mount=$1 umount=$2 options=$3 file=$4 rm=$5
shift 5
cd / && exec 5<&3 3<>/dev/fuse && "$mount" -i -t fuse -o "$options" vpoll "$file" || exit 1
(
  read -r line
  "$umount" -i -l "$file"
  [ -z "$rm" ] || "$rm" -f "$file"
) <&5 5<&- 3<&- >/dev/null 2>&1 &
exec "$@" 4<&- 5<&-
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
  const why = whyNoProgram() ?? whyNoDevice(calls);
  if (why !== undefined) throw refused(why);
  const [sh, rm, mount, umount, fusermount] = ['sh', 'rm', 'mount', 'umount', 'fusermount3'].map((name) => findTool(calls, name));
  if (!sh || !rm) throw refused('sh or rm is missing');
  if (calls.ids().uid === 0) {
    if (!mount || !umount) throw refused('mount or umount is missing (install util-linux)');
    return { sh, rm, mount, umount };
  }
  if (fusermount) return { sh, rm, fusermount };
  throw refused('a mount that others can see needs root (sudo vpoll serve) or fusermount3 (install fuse3)');
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
  /** Rejects where there was no starting it: it has no output then. */
  started: Promise<unknown>;
  /** Our end of the socket whose other end belongs to who takes the mount away. */
  lifeline: number;
}

function started(child: ChildProcess): Pick<Served, 'child' | 'started'> {
  const known = once(child, 'spawn');
  // Whoever awaits it is told.
  known.catch(() => undefined);
  return { child, started: known };
}

/** A program that has the other end of a socket: only it, so that each sees the other's end. */
function withLifeline(calls: Calls, start: (theirs: number) => ChildProcess): Served {
  const pair = calls.socketpair();
  if (typeof pair === 'number') throw new VPollError(errnoName(-pair), 'socketpair');
  const [lifeline, theirs] = pair;
  try {
    return { ...started(start(theirs)), lifeline };
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
async function receiveDevice(calls: Calls, { child: mounter, started, lifeline }: Served): Promise<number> {
  await started;
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
  { fd, isOurs }: Claim,
): Promise<Served> {
  const args = fusermountArgs(tools.fusermount, serving.path, isOurs ? tools.rm : '');
  // In a session of its own, as below.
  const mounting = withLifeline(calls, (theirs) =>
    spawn(tools.sh, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe', theirs, fd], env: FUSERMOUNT_ENV }),
  );
  try {
    const device = await receiveDevice(calls, mounting);
    const helper = becomeHelper(String(serving.maxPerUid));
    const child = spawn(tools.sh, helper, { detached: true, stdio: ['ignore', 'pipe', 'pipe', device], env: helperEnv(calls) });
    calls.close(device);
    return { ...started(child), lifeline: mounting.lifeline };
  } catch (error) {
    calls.close(mounting.lifeline);
    throw error;
  } finally {
    mounting.child.unref();
    mounting.child.stderr?.destroy();
  }
}

/** Starts what mounts and becomes the server. */
function mountAsRoot(
  calls: Calls,
  { sh, rm, mount, umount }: { sh: string; rm: string; mount: string; umount: string },
  { path, maxPerUid }: Serving,
  { fd, isOurs }: Claim,
): Served {
  const command = ['-c', SCRIPT, 'vpoll', mount, umount, OPTIONS, path, isOurs ? rm : '', ...helperCommand(String(maxPerUid))];
  // In a session of its own: what a terminal sends is for this process, which has the mount taken away.
  return withLifeline(calls, (theirs) =>
    spawn(sh, command, { detached: true, stdio: ['ignore', 'pipe', 'pipe', theirs, fd], env: helperEnv(calls) }),
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
  const answer = await drift(new Question(calls));
  if ('failure' in answer) throw refused(answer.failure);
  const end = signalled();
  const claimed = claim(calls, serving.path);
  let served: Served | undefined;
  try {
    served =
      'mount' in tools ? mountAsRoot(calls, tools, serving, claimed) : await mountByFusermount(calls, tools, serving, claimed);
    const { child } = served;
    await served.started;
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
    try {
      if (served) await letGo(calls, served);
      // Where nothing was mounted.
      if (claimed.isOurs && existsSync(serving.path)) unlinkSync(serving.path);
    } finally {
      calls.close(claimed.fd);
    }
  }
}

/** Has the mount taken away, and waits until it is. */
async function letGo(calls: Calls, { child, lifeline }: Served): Promise<void> {
  calls.finish(lifeline);
  await isReadable(lifeline, PATIENCE_MS);
  calls.close(lifeline);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}
