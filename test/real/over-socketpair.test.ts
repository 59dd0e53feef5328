// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: not newest, one backend

// The suites over a socketpair, which every kernel has and `needs` takes first: those that a vpoll file runs, and those of a pair.

import { runOver } from './support/over.js';

runOver('socketpair');
