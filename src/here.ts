// SPDX-License-Identifier: LGPL-2.1-or-later

// Which backends this machine has, for errors that say which one could do it.

import { BACKENDS, EVERYWHERE, LOOK, whyNoBackend, type BackendName } from './backends.js';
import { EFD_CLOEXEC } from './constants.js';
import { getCore } from './core.js';
import { errnoName } from './errors.js';
import type { Surroundings } from './explain.js';
import { whyItFailed } from './fuse/auto.js';
import { whyNoStart } from './fuse/guest.js';
import { whyNoHelper } from './fuse/helper.js';
import { sentence } from './why.js';

const EVERYWHERE_HERE: readonly string[] = EVERYWHERE;

/**
 * Only looks: an error changes nothing. A vpoll that was made for the text of one would take a number. It would also take the
 * place of what the table may have under that number.
 */
function isThere(name: BackendName): boolean {
  return getCore().create(BACKENDS.indexOf(name), 0, EFD_CLOEXEC, LOOK, 0) >= 0;
}

export const HERE: Surroundings = {
  isHere(name) {
    // A helper that can be started counts as here: it needn't be started to say so.
    if (name === 'fuse') return (whyNoHelper() ?? whyItFailed()) === undefined;
    return EVERYWHERE_HERE.includes(name) || isThere(name);
  },
  why(name) {
    const noHelper = name === 'fuse' ? (whyNoHelper() ?? whyItFailed()) : undefined;
    return sentence(noHelper ?? whyNoBackend(name, errnoName(getCore().reason(BACKENDS.indexOf(name)))));
  },
  whyUnasked(name) {
    const why = name === 'fuse' ? whyNoStart() : undefined;
    return why && sentence(why);
  },
};
