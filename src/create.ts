// SPDX-License-Identifier: LGPL-2.1-or-later

// Making a vpoll by number. The core tries what is there; a backend that has to be started first is started here.

import { BACKENDS } from './backends.js';
import { getCore } from './core.js';
import { errnoName } from './errors.js';
import { dropHelper, ensureHelper, holdHelper, whyNoHelper } from './fuse/helper.js';
import type { CoreOptions } from './options.js';

const AUTO = BACKENDS.indexOf('auto');
const FUSE = BACKENDS.indexOf('fuse');
const EOPNOTSUPP = 95;

function attempt({ events, fdFlags, options, needs }: CoreOptions, backend: number): number {
  return getCore().create(backend, events, fdFlags, options, needs);
}

/** A vpoll of a helper, which is kept until it is closed. */
function createOnFuse(wanted: CoreOptions): number {
  const fd = createOnHelper(wanted);
  if (fd >= 0) holdHelper(fd);
  return fd;
}

/** Why the core had no vpoll of a helper: none was started, or it has died. */
const NO_HELPER = ['ENOENT', 'ENOTCONN', 'ECONNABORTED'];

/** A vpoll of a helper, which is started when there is none, and replaced when it has died. */
function createOnHelper(wanted: CoreOptions): number {
  // What the core refuses whatever is there is no reason to start a process.
  const fd = attempt(wanted, FUSE);
  if (fd !== -EOPNOTSUPP || !NO_HELPER.includes(errnoName(getCore().reason(FUSE)))) return fd;
  // Those that a dead one served stay as they are; the next one is another's.
  dropHelper();
  ensureHelper();
  return attempt(wanted, FUSE);
}

/** Only what another backend can't do is worth a process. */
function needsFuse({ backend, needs, options }: CoreOptions): boolean {
  return backend === AUTO && needs !== 0 && getCore().gives(FUSE, needs, options) === 1 && whyNoHelper() === undefined;
}

/** The descriptor of a new vpoll, or -errno. Throws EOPNOTSUPP where a helper is needed and can't be started. */
export function createFd(wanted: CoreOptions): number {
  if (wanted.backend === FUSE) return createOnFuse(wanted);
  const fd = attempt(wanted, wanted.backend);
  return fd === -EOPNOTSUPP && needsFuse(wanted) ? createOnFuse(wanted) : fd;
}
