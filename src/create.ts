// SPDX-License-Identifier: LGPL-2.1-or-later

// Making a vpoll by number. The core has the order and tries what is there; one that has to be started first is started here.

import { ECHILD } from '../host/errno.js';
import { BACKENDS, CAN_START } from './backends.js';
import { getCore } from './core.js';
import { isWorthAsking, startByItself } from './fuse/auto.js';
import { checkHelper, dropHelper, ensureHelper, hasHelper, helperError, holdHelper, whyNoHelper } from './fuse/helper.js';
import type { CoreOptions } from './options.js';

const AUTO = BACKENDS.indexOf('auto');
const FUSE = BACKENDS.indexOf('fuse');

function attempt({ backend, events, fdFlags, options, needs }: CoreOptions, canStart: boolean): number {
  return getCore().create(backend, events, fdFlags, options | (canStart ? CAN_START : 0), needs);
}

/** Whether the program has asked for a helper: by its name, or by what nothing cheaper here can do. */
function isAskedFor({ backend, needs }: CoreOptions): boolean {
  return backend !== AUTO || needs !== 0;
}

/**
 * Starts a helper. Throws where the program has asked for one that isn't available; by itself `auto` goes on to the next backend.
 */
function start(wanted: CoreOptions): void {
  // Those that a dead one served stay as they are; the next one is another's.
  dropHelper();
  if (isAskedFor(wanted)) {
    // Where it is known that none can be started, the error of `needs` names every backend.
    if (wanted.backend === FUSE || whyNoHelper() === undefined) ensureHelper();
    return;
  }
  const why = startByItself();
  // What every backend takes: the next one would only hide it.
  if (why?.shortage !== undefined) throw helperError('vpoll_create', why);
}

/** The descriptor of a new vpoll, or -errno. Throws where a helper is needed and can't be started: EOPNOTSUPP, EMFILE, ENFILE. */
export function createFd(wanted: CoreOptions): number {
  if (wanted.backend === AUTO || wanted.backend === FUSE) checkHelper();
  let fd = attempt(wanted, isAskedFor(wanted) || isWorthAsking());
  if (fd === -ECHILD) {
    start(wanted);
    fd = attempt(wanted, false);
  }
  // A vpoll of a helper keeps it.
  if (fd >= 0 && hasHelper() && getCore().backend(fd, 0) === FUSE) holdHelper(fd);
  return fd;
}
