// SPDX-License-Identifier: LGPL-2.1-or-later

// The program of the helper: serves /dev/fuse, which is descriptor 3, until its mount ends. tools/bundle.ts makes a text of it that whoever starts a
// helper hands to a runtime, so that no bundler can lose a file. Its argument, if any, is the number of vpolls that a user may have.

import { libcNames } from '../../host/ffi.js';
import { loadNext } from './decide.js';
import { openChannel } from './io.js';
import { Server } from './server.js';
import { VPolls } from './vpolls.js';

const DEVICE = 3;

const limit = Number(process.argv.at(-1));
const vpolls = new VPolls(loadNext(), Number.isInteger(limit) && limit > 0 ? limit : Infinity);
const server = new Server(openChannel(DEVICE, libcNames(process.arch)), vpolls);
// What ps(1) shows, instead of this text.
process.title = 'vpoll-fuse';
process.getBuiltinModule('node:fs').writeSync(1, 'ready\n');
process.exit(server.run() === 0 ? 0 : 1);
