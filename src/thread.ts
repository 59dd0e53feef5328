// SPDX-License-Identifier: LGPL-2.1-or-later

// The program of vpoll's threads, as tools/bundle.ts makes a text of it: host/thread/main.ts, over this runtime.

import { main } from '../host/thread/main.js';
import { here } from './runtime.js';

// No more of it than that, so that the rest of each runtime is not in the text.
const { openLibc, sliceMs } = here.threads;
main({ openLibc, sliceMs });
