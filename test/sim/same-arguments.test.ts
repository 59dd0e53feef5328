// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 400

// Every member, asked with right and with wrong arguments: the real VPoll and Poller and the simulated ones answer alike, and where one throws the
// other throws the same, to the letter.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { realKernel, VPoll } from '../../src/index.js';
import type { Kernel, KernelVPoll } from '../../src/sim/index.js';
import { WAITS } from './support/histories-waits.js';
import { HISTORIES, type History } from './support/histories.js';
import { MEMBERS, OF_TARGETS, type Answer } from './support/members.js';
import { well } from './support/simulated.js';
import { made, patienceFor, targetsFor, valuesFor, type Stage } from './support/stage.js';

const LIMITS = { kernel: { eventfd: false, device: false }, maxCalls: 10_000_000 };

/** Runs with only a socketpair as a carrier, which both have, whatever else this machine can do. */
async function overSockets<T>(run: () => Promise<T>): Promise<T> {
  const names = ['VPOLL_BACKEND', 'VPOLL_NEEDS', 'VPOLL_ORDER', 'VPOLL_FUSE'] as const;
  const before = names.map((name) => process.env[name]);
  for (const name of names) Reflect.deleteProperty(process.env, name);
  process.env.VPOLL_BACKEND = 'socketpair';
  try {
    return await run();
  } finally {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[i];
    }
  }
}

/** Asks a member with one value after the other. */
function asking(member: Answer, valuesOf: (stage: Stage) => Record<string, unknown>): History {
  return async (stage, expected) => {
    const answers: Record<string, string> = {};
    for (const [name, value] of Object.entries(valuesOf(stage))) {
      stage.patienceMs = patienceFor(expected?.[name]);
      answers[name] = await stage.say(() => member(stage, value));
    }
    return answers;
  };
}

async function playReal(history: History, expected: Record<string, string>): Promise<Record<string, string>> {
  let foreign: KernelVPoll | undefined;
  await well({
    main: (kernel) => {
      foreign = kernel.VPoll.create();
    },
  });
  return overSockets(async () => {
    const stage = made(realKernel(), foreign!);
    const answers = await history(stage, expected);
    await stage.end();
    return answers;
  });
}

async function playSimulated(history: History): Promise<Record<string, string>> {
  using foreign = VPoll.create({ backend: 'socketpair' });
  let answers: Record<string, string> = {};
  const main = async (kernel: Kernel): Promise<void> => {
    const stage = made(kernel, foreign);
    answers = await history(stage);
    await stage.end();
  };
  await well({ main }, LIMITS);
  return answers;
}

/** What each says of its own kernel: who else could show a mask, or how to get that, and why it can't be cloned. */
const OWN_WORDS = [
  /(?<= EOPNOTSUPP .* can't .*); [^]*/,
  /(?<=: no backend 'eventfd' here: ).*/,
  /(?<=Symbol\(VPoll: ).*(?=\) could not)/,
];

function inCommon(answer: string): string {
  return OWN_WORDS.reduce((said, words) => said.replace(words, '...'), answer);
}

async function compare(history: History): Promise<void> {
  const simulated = await playSimulated(history);
  const real = await playReal(history, simulated);
  assert.equal(Object.keys(simulated), Object.keys(real));
  const differing = Object.keys(real).filter((name) => inCommon(real[name]!) !== inCommon(simulated[name]!));
  assert.is(differing.map((name) => `${name}: ${simulated[name]}, and not ${real[name]}`).join('\n'), '');
}

for (const [name, member] of Object.entries(MEMBERS)) test(name, () => compare(asking(member, valuesFor)));
for (const [name, member] of Object.entries(OF_TARGETS)) test(`${name}: target`, () => compare(asking(member, targetsFor)));
for (const [name, history] of Object.entries({ ...HISTORIES, ...WAITS })) test(name, () => compare(history));

test.run();
