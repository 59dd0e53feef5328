// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, vm library/once

// A change that fails in the middle is put back, and says so when it can't be. EINTR is never reported.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { injecting, type Injection } from './support/inject.js';
import { IN, OUT } from './support/states.js';
import { Peer } from './support/with-peer.js';

type Op = 'add' | 'delete' | 'set';

interface Case {
  from: number;
  op: Op;
  events: number;
  injections: Injection[];
  /** Code and syscall of the error, or undefined where there is none. */
  error?: readonly [code: string, syscall: string];
  shown: number;
}

const nomem = (call: string, when = '1'): Injection => ({ call, errno: 'ENOMEM', when });
const eintr = (call: string, when: string): Injection => ({ call, errno: 'EINTR', when });
const HANGUP = 0x2011;

const failing: Case[] = [
  { from: 0, op: 'add', events: 1, injections: [nomem('send')], error: ['ENOMEM', 'send'], shown: 0 },
  { from: 1, op: 'delete', events: 1, injections: [nomem('recv')], error: ['ENOMEM', 'recv'], shown: IN },
  { from: 0, op: 'add', events: 4, injections: [nomem('setsockopt')], error: ['ENOMEM', 'setsockopt'], shown: 0 },
  { from: 4, op: 'delete', events: 4, injections: [nomem('setsockopt')], error: ['ENOMEM', 'setsockopt'], shown: OUT },
  { from: 0, op: 'set', events: 5, injections: [nomem('poll')], error: ['ENOMEM', 'poll'], shown: 0 },
  { from: 0, op: 'set', events: 5, injections: [nomem('send')], error: ['ENOMEM', 'send'], shown: 0 },
  { from: 4, op: 'set', events: 1, injections: [nomem('send')], error: ['ENOMEM', 'send'], shown: OUT },
  { from: 1, op: 'set', events: 4, injections: [nomem('setsockopt')], error: ['ENOMEM', 'setsockopt'], shown: IN },
  { from: 5, op: 'delete', events: 5, injections: [nomem('recv')], error: ['ENOMEM', 'recv'], shown: IN | OUT },
  { from: 4, op: 'add', events: HANGUP, injections: [nomem('shutdown')], error: ['ENOMEM', 'shutdown'], shown: OUT },
  { from: 4, op: 'set', events: HANGUP, injections: [nomem('shutdown')], error: ['ENOMEM', 'shutdown'], shown: OUT },
  { from: 1, op: 'set', events: HANGUP | 4, injections: [nomem('shutdown')], error: ['ENOMEM', 'shutdown'], shown: IN },
  {
    from: 1,
    op: 'set',
    events: 4,
    injections: [nomem('setsockopt'), nomem('send')],
    error: ['ENOTRECOVERABLE', 'vpoll_ctl'],
    shown: 0,
  },
];

const interrupted: Case[] = [
  { from: 0, op: 'add', events: 1, injections: [eintr('send', '1..5')], shown: IN },
  { from: 1, op: 'delete', events: 1, injections: [eintr('recv', '1..5')], shown: 0 },
  { from: 1, op: 'set', events: 4, injections: [eintr('poll', '1..3'), eintr('recv', '1')], shown: OUT },
  { from: 0, op: 'set', events: 5, injections: [eintr('poll', '1..3'), eintr('send', '1..3')], shown: IN | OUT },
];

async function examine(peer: Peer, { from, op, events, injections, error, shown }: Case, exclusive: boolean): Promise<void> {
  const name = `${from} ${op} ${events} ${JSON.stringify(injections)} ${exclusive}`;
  const ends = await peer.run(
    ({ vpoll, libc, kept }, options) => {
      const before = libc.sockets();
      kept.set('vp', vpoll.VPoll.create({ backend: 'socketpair', ...options }));
      return libc.sockets().filter((name) => !before.includes(name));
    },
    { events: from, exclusive },
  );
  assert.is(ends.length, 2);
  const change = (): Promise<readonly [string, string] | undefined> =>
    peer.run(
      ({ vpoll, kept }, [how, bits]) => {
        try {
          kept.get('vp')![how](bits);
          return undefined;
        } catch (reason) {
          if (!(reason instanceof vpoll.VPollError)) throw reason;
          return [reason.code, reason.syscall] as const;
        }
      },
      [op, events] as const,
    );
  const found = await injecting(peer, injections, change, ends);
  assert.equal(found, error, name);
  const [seen, said, cleared] = await peer.run(({ kept, libc }) => {
    const vp = kept.get('vp')!;
    const state = [libc.pollNow(vp.fd), vp.events];
    vp.set(0);
    state.push(libc.pollNow(vp.fd));
    vp.close();
    return state;
  });
  assert.is(seen, shown, name);
  assert.is(said, shown, `${name}: what events says`);
  assert.is(cleared, 0, `${name}: and it can be used again`);
}

for (const exclusive of [false, true]) {
  const withStrace = needs(test, 'strace');
  const how = exclusive ? 'exclusive' : 'shared';
  withStrace(`a change that fails leaves what was there (${how})`, async () => {
    await Peer.with({}, async (peer) => {
      await peer.run(({ libc }) => {
        libc.allowTracing();
      });
      for (const each of failing) {
        // An exclusive vpoll asks for no mask.
        if (exclusive && each.error?.[1] === 'poll') continue;
        await examine(peer, each, exclusive);
      }
    });
  });

  withStrace(`EINTR is tried again (${how})`, async () => {
    await Peer.with({}, async (peer) => {
      await peer.run(({ libc }) => {
        libc.allowTracing();
      });
      for (const each of interrupted) await examine(peer, each, exclusive);
    });
  });
}

test.run();
