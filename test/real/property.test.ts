// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 400
// runs: one backend, a socketpair by node, vm library-core

// Random sequences of requests to several vpolls, against a model that was written from the rules. The kernel's poll(2) is the judge
// after every step. A failure prints its seed and the shortest sequence that shows it.

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPOLL_EVENTS } from '../../src/constants.js';
import type { BackendName } from '../../src/index.js';
import { seedOfTheDay } from '../support/random.js';
import { BACKEND } from './support/backend.js';
import { countFds, settle } from './support/libc.js';
import { Subject } from './support/subject.js';

test.before(settle);

const SEQUENCES = 10_000;
const SEED = seedOfTheDay('sequences');

type Step = (subject: Subject) => void;

/** Requests as programs make them, and now and then any at all. */
const events = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 4, 5, 0x41, 0x304, 0x345, 0x104) },
  { weight: 1, arbitrary: fc.constantFrom(0x10, 0x2000, 0x2001, 0x2011, 0x2041, 0x2051, 0x2055, 0x2015) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x3fff }).map((bits) => bits & VPOLL_EVENTS) },
);
const index = fc.nat(4);
const op = fc.constantFrom('add', 'delete', 'set');
const policy = fc.constantFrom('strict', 'closest');

/** A step that prints as what it was made of. */
function step<T extends unknown[]>(
  name: string,
  act: (subject: Subject, ...args: T) => void,
  ...args: { [I in keyof T]: fc.Arbitrary<T[I]> }
) {
  return fc.tuple<T>(...args).map((values): Step => {
    const run: Step = (subject) => {
      act(subject, ...values);
    };
    return Object.assign(run, {
      [fc.toStringMethod]: () => `${name}(${values.map((value) => JSON.stringify(value)).join(', ')})`,
    });
  });
}

const sequence = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: step(
        'create',
        (s, ...args) => {
          s.create(...args);
        },
        events,
        policy,
        fc.boolean(),
      ),
    },
    {
      weight: 10,
      arbitrary: step(
        'request',
        (s, ...args) => {
          s.request(...args);
        },
        index,
        op,
        events,
      ),
    },
    {
      weight: 4,
      arbitrary: step(
        'requestByNumber',
        (s, ...args) => {
          s.requestByNumber(...args);
        },
        index,
        index,
        op,
        events,
      ),
    },
    {
      weight: 3,
      arbitrary: step(
        'ask',
        (s, ...args) => {
          s.ask(...args);
        },
        index,
        events,
      ),
    },
    {
      weight: 2,
      arbitrary: step(
        'copy',
        (s, i) => {
          s.copy(i);
        },
        index,
      ),
    },
    {
      weight: 1,
      arbitrary: step(
        'closeCopy',
        (s, i) => {
          s.closeCopy(i);
        },
        index,
      ),
    },
    {
      weight: 1,
      arbitrary: step(
        'close',
        (s, i) => {
          s.close(i);
        },
        index,
      ),
    },
    {
      weight: 1,
      arbitrary: step(
        'closeBehind',
        (s, ...args) => {
          s.closeBehind(...args);
        },
        index,
        fc.boolean(),
      ),
    },
  ),
  { minLength: 2, maxLength: 40, size: 'max' },
);

function holds(backend: BackendName): void {
  let steps = 0;
  fc.assert(
    fc.property(sequence, (all) => {
      const before = countFds();
      const subject = new Subject(backend);
      try {
        for (const each of all) {
          each(subject);
          subject.check();
          steps++;
        }
      } finally {
        subject.end();
      }
      assert.is(countFds(), before, 'every descriptor is closed');
    }),
    { numRuns: SEQUENCES, seed: SEED, includeErrorInReport: true },
  );
  assert.ok(steps > SEQUENCES * 5, `${steps} steps`);
}

/** A run over a backend that was named is about that one. */
const backends = process.env.VPOLL_BACKEND ? [BACKEND] : ([BACKEND, 'tcp', 'socketpair'] as const);

for (const backend of new Set(backends)) {
  test(`${backend}: ${SEQUENCES} random sequences show what the model says, and leave no descriptor`, () => {
    holds(backend);
  });
}

test.run();
