// SPDX-License-Identifier: LGPL-2.1-or-later

// The numbers that tests of the server use, from where tests of the core have theirs.

import { ERR, HUP, IN, OUT, PRI, RDHUP } from '../../fake/abi.js';

export { E } from '../../fake/abi.js';
export const EPOLL = { IN, PRI, OUT, ERR, HUP, RDHUP };
