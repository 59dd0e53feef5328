// SPDX-License-Identifier: LGPL-2.1-or-later

// Run under strace by syscalls.test.ts: makes each request of docs/syscalls.md on a fresh vpoll in the state it starts from. Before
// and after it stands a call that nobody else makes: an access(2) of a name that says where we are.

import { accessSync, readlinkSync } from 'node:fs';
import { parseEvents, VPoll, vpoll_ctl, VPOLL_CTL_DELEVENTS, type VPollOptions } from '../../../src/index.js';

export interface Request {
  from: string;
  request: string;
  how: string;
}

function mark(words: string): void {
  try {
    accessSync(`/vpoll-mark/${words}`);
  } catch {
    // It never exists; the attempt is the mark.
  }
}

/** Closes the mark of a vpoll that a request took to `calls`: A and B by number. */
function ends(vp: VPoll): string {
  const [a, b] = vp.share().stdio;
  return `${a} ${b ?? -1}`;
}

function optionsOf(how: string): VPollOptions {
  return {
    exclusive: how.includes('exclusive'),
    policy: how.includes('closest') ? 'closest' : 'strict',
    passing: how.includes('passing'),
  };
}

function create(index: number, mask: number, options: VPollOptions): void {
  mark(`begin ${index}`);
  const vp = VPoll.create({ ...options, events: mask });
  mark('end');
  mark(`ends ${index} ${ends(vp)}`);
  vp.close();
}

function change(vp: VPoll, words: string, byNumber: boolean): () => unknown {
  const [verb, ...rest] = words.split(' ');
  if (verb === 'events') return () => vp.events;
  if (verb === 'supports') return () => vp.supports(parseEvents(rest.join(' ')));
  if (verb === 'close') return vp.close.bind(vp);
  const mask = parseEvents(rest.join(' '));
  if (byNumber) return () => vpoll_ctl(vp.fd, ['', 'add', 'delete', 'set'].indexOf(verb!), mask);
  if (verb === 'add') return vp.add.bind(vp, mask);
  if (verb === 'delete') return vp.delete.bind(vp, mask);
  if (verb === 'set') return vp.set.bind(vp, mask);
  throw new Error(`no request: ${words}`);
}

/** Whether a number is that of an open socket, or none was meant (-1). */
function isSocket(fd: string): boolean {
  try {
    return fd === '-1' || readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    return false;
  }
}

/**
 * A vpoll, and the numbers of its ends. An exclusive one can't be shared, so they are told by a twin that had the lowest free numbers before it.
 * Where a thread of what loads the tests closes something in between, they are others: then it is made once more.
 */
function makeKnown(options: VPollOptions, events: number): { vp: VPoll; numbers: string } {
  for (let i = 0; i < 100; i++) {
    const twin = VPoll.create({ events, passing: options.passing });
    const numbers = ends(twin);
    // That of a strict vpoll: closest would take another one.
    const { backend } = twin;
    twin.close();
    const vp = VPoll.create({ ...options, backend, events });
    const [a, b] = numbers.split(' ') as [string, string];
    if (vp.fd === Number(a) && isSocket(b)) return { vp, numbers };
    vp.close();
  }
  throw new Error('its numbers are never those of the twin before it');
}

function walk({ from, request, how }: Request, index: number): void {
  const options = optionsOf(how);
  const [verb, ...rest] = request.split(' ');
  if (verb === 'create') {
    create(index, parseEvents(rest.join(' ')), options);
    return;
  }
  const { vp, numbers } = makeKnown(options, parseEvents(from));
  const act = change(vp, request, how.includes('by number'));
  mark(`ends ${index} ${numbers}`);
  mark(`begin ${index}`);
  try {
    act();
  } catch (error) {
    if (!how.includes('refused')) throw error;
  }
  mark('end');
  vp.close();
}

const requests = JSON.parse(process.argv[2]!) as Request[];
if (process.env.VPOLL_BACKEND === 'fuse') await VPoll.prepare('fuse');
// Loads the host, which makes many calls, and no vpoll.
vpoll_ctl(-1, VPOLL_CTL_DELEVENTS, 0);
// The first create takes a look at the kernel; that is a row of its own in the document.
const first = requests.findIndex(({ how }) => how === 'first');
if (first >= 0) walk(requests[first]!, first);
else VPoll.create({ backend: 'auto', order: 'seed' }).close();
// A refusal asks which other backend could: tcp has tested itself by then, and says so without a call.
try {
  VPoll.create({ backend: 'tcp' }).close();
} catch {
  // No loopback: then each refusal tries again.
}
requests.forEach((request, index) => {
  if (index !== first) walk(request, index);
});
