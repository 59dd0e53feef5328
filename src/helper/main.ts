// SPDX-License-Identifier: LGPL-2.1-or-later

// The program of the helper: serves /dev/fuse, which is descriptor 3, until its mount ends. tools/bundle.ts makes a text of it that whoever starts a
// helper hands to a runtime, so that no bundler can lose a file. Its argument, if any, is the number of vpolls that a user may have.

import { loadNext } from './decide.js';
import { openRuntime } from './io.js';
import { Server } from './server.js';
import { VPolls } from './vpolls.js';

const DEVICE = 3;

const runtime = openRuntime(DEVICE);
const limit = Number(runtime.args.at(-1));
const vpolls = new VPolls(loadNext(), Number.isInteger(limit) && limit > 0 ? limit : Infinity);
const server = new Server(runtime.channel, vpolls);
runtime.say('ready\n');
runtime.exit(server.run() === 0 ? 0 : 1);
