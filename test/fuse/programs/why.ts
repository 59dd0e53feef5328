// SPDX-License-Identifier: LGPL-2.1-or-later

// Prints why a helper that nobody has asked for isn't started here, or null.

import { whyNoStart } from '../../../src/fuse/guest.js';

console.log(JSON.stringify(whyNoStart() ?? null));
