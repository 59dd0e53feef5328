// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll serve`: a helper whose mount is a file that others can open, until this process is told to end.

import { environment, openLibc } from '../runtime.js';
import { Calls } from '../../host/linux/calls.js';
import { OFF, toWord } from './variable.js';
import { serveNatively } from './serve-native.js';
import { serveByRuntime } from './serve-runtime.js';
import { failed, type Serving } from './served.js';
import { whyNoDevice } from './tools.js';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves at the first signal that asks for the end. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ENDING)
      process.on(signal, () => {
        resolve();
      });
  });
}

/**
 * Serves until this process gets SIGINT, SIGTERM or SIGHUP, or is killed: the mount is taken away then, and the file if it was made here. What is open then stays
 * a vpoll: the helper ends with the last of them. It is the native program, where that can be executed and VPOLL_FUSE lets it. A user who isn't root serves by
 * fusermount3, and only for its own user.
 *
 * @throws {@link VPollError} EOPNOTSUPP, EISDIR, EEXIST, EBUSY, EIO where the helper died; and what the file system says
 */
export async function serve(serving: Serving): Promise<void> {
  const calls = new Calls(openLibc('vpoll_serve'));
  const word = toWord(environment('VPOLL_FUSE'), 'vpoll_serve');
  if (word === 'off') throw failed(OFF);
  const noDevice = whyNoDevice(calls);
  if (noDevice) throw failed(noDevice);
  const end = signalled();
  const why = await serveNatively(calls, word, serving, end);
  if (why === undefined) return;
  if (word === 'native') throw failed(why);
  await serveByRuntime(calls, serving, end, why);
}
