// SPDX-License-Identifier: LGPL-2.1-or-later

// What create() takes here for a program that asks for nothing: found out by one create, before anything else has started what it might find.

import { BACKENDS, LIMITS, type BackendName } from '../backends.js';
import { VPOLL_EVENTS } from '../constants.js';
import { getCore } from '../core.js';
import { VPollError } from '../errors.js';
import { whyItFailed, whyNotByItself } from '../fuse/auto.js';
import { GROUND } from '../ground.js';
import { environment } from '../runtime.js';
import { openVPoll } from '../vpoll-base.js';
import type { Taken } from './types.js';

/** Variables by which somebody has chosen beforehand. */
const CHOOSING = ['VPOLL_BACKEND', 'VPOLL_NEEDS', 'VPOLL_ORDER', 'VPOLL_FUSE'] as const;

/** The variables that choose here, as they are set. */
function chosen(): string[] {
  return CHOOSING.filter((name) => environment(name)).map((name) => `${name}=${environment(name)!}`);
}

/** Makes a vpoll as any program would, and closes it: its backend. */
function take(): BackendName {
  const fd = openVPoll(GROUND, {});
  const backend = BACKENDS[getCore().backend(fd, 0)] as BackendName;
  getCore().close(fd, 0);
  return backend;
}

/** What helps by the code of what create() threw; null where that is what is said below, or to unset a variable. */
function remedyOf({ code }: VPollError, by: readonly string[]): string | null {
  if (code === 'EMFILE') return 'raise the limit of descriptors (ulimit -n), or close some';
  if (code === 'ENFILE') return 'raise the limit of the system (fs.file-max), or close some';
  return code === 'EOPNOTSUPP' || by.length > 0 ? null : 'do what the error says';
}

/** What create() takes here, and what it shows; where that isn't every mask, why nothing truer was taken. */
export function examineCreate(): Taken {
  const by = chosen();
  try {
    const backend = take();
    const exact = getCore().gives(BACKENDS.indexOf(backend), VPOLL_EVENTS, 0) === 1;
    const why = exact || by.length > 0 ? undefined : (whyNotByItself() ?? whyItFailed());
    return { backend, exact, by, limit: LIMITS[backend] ?? null, reason: why?.reason ?? null, remedy: why?.remedy ?? null };
  } catch (error) {
    if (!(error instanceof VPollError)) throw error;
    return { backend: null, exact: false, by, limit: null, reason: error.message, remedy: remedyOf(error, by) };
  }
}
