// SPDX-License-Identifier: LGPL-2.1-or-later

// The program of the helper: serves /dev/fuse, which is descriptor 3, until its mount ends. tools/bundle.ts makes a text of it, which a runtime gets
// when a helper is started: so no bundler can lose a file. Its argument, if any, is the number of vpolls that a user may have.

import { IGNORED, READY } from '../fuse/policy.js';
import { here } from '../runtime.js';
import { openServer } from './server.js';

const DEVICE = 3;
/** As many as there are numbers. */
const NO_LIMIT = 0xffffffff;

// Not as a method, which would keep the whole of each runtime in the text.
const { becomeHelper } = here;
const runtime = becomeHelper({ fd: DEVICE, title: 'vpoll-fuse', ignored: IGNORED });
const limit = Number(runtime.args.at(-1));
const serve = openServer(runtime.channel, Number.isInteger(limit) && limit > 0 ? limit : NO_LIMIT);
runtime.say(`${READY}\n`);
runtime.exit(serve() === 0 ? 0 : 1);
