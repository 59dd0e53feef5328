// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: not newest, one backend

// The suites over tcp.

import { runOver } from './support/over.js';

runOver('tcp');
