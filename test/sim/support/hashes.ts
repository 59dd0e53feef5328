// SPDX-License-Identifier: LGPL-2.1-or-later

// A program: prints the hash of the runs of so many correct programs of one kind, `shared` or `apart`, a line each. Streams are left out: how many turns theirs
// take is each runtime's own.

import { APART } from './apart.js';
import { lineOf } from './correct.js';
import { MEETINGS } from './meetings.js';

const { streamed, ...shared } = MEETINGS;
if (!streamed) throw new Error('there is no meeting of that name');
const kinds = { shared, apart: APART };

const [kind, first, count] = process.argv.slice(2) as [keyof typeof kinds, string, string];
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) console.log(await lineOf(seed, kinds[kind]));
