// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll serve` by programs of the system and this runtime once more: where the native program can't be executed.

import { spawn } from 'node:child_process';
import { existsSync, unlinkSync } from 'node:fs';
import { VPollError } from '../errors.js';
import type { Calls } from '../../host/linux/calls.js';
import { isReadable } from '../wait/until-readable.js';
import type { Why } from '../why.js';
import { claim, type Claim } from './claim.js';
import { drift } from './drive.js';
import { neither } from './native.js';
import { MOUNTS, mountOptions, PATIENCE_MS, READY } from './policy.js';
import { Question, whyNoProgram } from './program.js';
import { failed, letGo, refused, started, waitForEnd, withLifeline, type Served, type Serving } from './served.js';
import { findTool } from './tools.js';
import { becomeHelper, FUSERMOUNT_ENV, fusermountArgs, helperCommand, helperEnv, IGNORE_SIGNALS } from './mount-ways.js';

/**
 * What sh runs as root. Descriptor 3 is a socket, 4 the claim on the file. $1 mount, $2 umount, $3 options, $4 the file, $5 rm where the file is to go with the mount; then
 * the runtime and its arguments. When the socket's other end is closed, by the end of this process for example, the mount is taken away.
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
const OPTIONS = mountOptions(MOUNTS[0]!, 0);
const IS_READY = new RegExp(`^${READY}$`, 'm');

/** The programs of the system that serving takes. Throws where one is missing. `noNative`: why this is the way. */
function check(
  calls: Calls,
  noNative: Why,
): { sh: string; rm: string; mount: string; umount: string } | { sh: string; rm: string; fusermount: string } {
  const why = whyNoProgram();
  if (why !== undefined) throw failed(neither(noNative, why));
  const [sh, rm, mount, umount, fusermount] = ['sh', 'rm', 'mount', 'umount', 'fusermount3'].map((name) => findTool(calls, name));
  if (!sh || !rm) throw refused('sh or rm is missing');
  if (calls.ids().uid === 0) {
    if (!mount || !umount) throw refused('mount or umount is missing', 'install util-linux');
    return { sh, rm, mount, umount };
  }
  if (fusermount) return { sh, rm, fusermount };
  throw refused('a mount that others can see needs root (sudo vpoll serve) or fusermount3', 'install fuse3');
}

/** What fusermount3 sends: /dev/fuse with a mount. Throws what it says where it sends none. */
async function receiveDevice(calls: Calls, { started, ended, said, lifeline }: Served): Promise<number> {
  await started;
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

/** Serves until `end` resolves. Throws where that can't be. */
export async function serveByRuntime(calls: Calls, serving: Serving, end: Promise<void>, noNative: Why): Promise<void> {
  const tools = check(calls, noNative);
  const answer = await drift(new Question(calls));
  if ('failure' in answer) throw failed(answer.failure);
  const claimed = claim(calls, serving.path);
  let served: Served | undefined;
  try {
    served =
      'mount' in tools ? mountAsRoot(calls, tools, serving, claimed) : await mountByFusermount(calls, tools, serving, claimed);
    await served.started;
    const said = await waitForEnd(served, IS_READY, serving, end);
    if (said?.wasReady === false) throw refused(said.text || 'the helper did not start');
    if (said) throw new VPollError('EIO', 'vpoll_serve', `the helper died: ${said.text}`);
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
