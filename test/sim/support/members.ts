// SPDX-License-Identifier: LGPL-2.1-or-later

// Each member of VPoll and Poller, called with a value in one place. What a call has changed is put back.

import type { KernelPoller, KernelVPoll, PollOptions, WaitOptions } from '../../../src/sim/index.js';
import { hasEnded, type Stage } from './stage.js';

/** What a member comes to with one value. */
export type Answer = (stage: Stage, value: unknown) => unknown;

const IN = 1;

/** Adds, and takes out again. */
function added(poller: KernelPoller, target: unknown, events: unknown, options?: unknown): void {
  poller.add(target as KernelVPoll, events as number, options as PollOptions);
  poller.delete(target as KernelVPoll);
}

/** Makes a change to one of its own, and says what is shown afterwards. */
function changed({ vpoll }: Stage, method: 'add' | 'delete' | 'set', events: unknown): unknown {
  const vp = vpoll();
  try {
    vp[method](events as number);
    return [vp.events, vp.backend];
  } finally {
    vp.close();
  }
}

function created({ kernel }: Stage, options: unknown): unknown {
  const vp = kernel.VPoll.create(options as object);
  const seen = [vp.events, vp.backend];
  vp.close();
  return seen;
}

/** The first step, and how it ends. Where nothing is ready, the iteration is left. */
async function stepped(stage: Pick<Stage, 'kernel' | 'poller' | 'patienceMs'>, ...given: readonly unknown[]): Promise<unknown> {
  const steps = stage.poller.watch(...(given as unknown as Parameters<KernelPoller['watch']>));
  const step = steps.next();
  await hasEnded(stage.kernel, step, stage.patienceMs);
  await steps.return!();
  return (await step).value ?? 'done';
}

async function waited(poller: KernelPoller, options?: unknown): Promise<unknown> {
  const batch = await poller.wait(options as WaitOptions);
  return batch.map(({ events, data }) => [events, data ?? 'none']);
}

function modified({ poller, watched }: Stage, target: unknown, events: unknown, options?: unknown): void {
  poller.modify(target as KernelVPoll, events as number, options as PollOptions);
  if (target === watched) poller.modify(watched, IN, { edge: false, oneshot: false, data: undefined });
}

const CREATE = ['events', 'cloexec', 'nonblock', 'backend', 'needs', 'order', 'policy', 'passing', 'exclusive'];
const ADD = ['edge', 'oneshot', 'exclusive', 'data', 'listener'];
const WAIT = ['timeoutMs', 'signal', 'max'];
const WATCH = ['edge', 'signal'];

/** A member for each option. */
function each(names: readonly string[], what: string, ask: (stage: Stage, options: object) => unknown): Record<string, Answer> {
  return Object.fromEntries(names.map((name) => [`${what}: ${name}`, (stage, value) => ask(stage, { [name]: value })]));
}

const VPOLL: Record<string, Answer> = {
  'VPoll.create': created,
  ...each(CREATE, 'VPoll.create', (stage, options) => created(stage, { backend: 'socketpair', ...options })),
  ...each(CREATE, 'VPoll.create on eventfd', (stage, options) => created(stage, { backend: 'eventfd', ...options })),
  ...each(CREATE, 'VPoll.create under closest', (stage, options) =>
    created(stage, { backend: 'socketpair', policy: 'closest', ...options }),
  ),
  'new VPoll': ({ idle }, value) => new (idle.constructor as new (value: unknown) => unknown)(value),
  'VPoll.add': (stage, value) => changed(stage, 'add', value),
  'VPoll.delete': (stage, value) => changed(stage, 'delete', value),
  'VPoll.set': (stage, value) => changed(stage, 'set', value),
  'VPoll.supports': ({ idle }, value) => idle.supports(value as number),
  'closed VPoll.supports': ({ closed }, value) => closed.supports(value as number),
};
for (const method of ['add', 'delete', 'set'] as const) {
  VPOLL[`closed VPoll.${method}`] = ({ closed }, value) => {
    closed[method](value as number);
  };
}

const POLLER: Record<string, Answer> = {
  'Poller.add: events': ({ poller, idle }, value) => {
    added(poller, idle, value);
  },
  'Poller.add: options': ({ poller, idle }, value) => {
    added(poller, idle, IN, value);
  },
  ...each(ADD, 'Poller.add', ({ poller, idle }, options) => {
    added(poller, idle, IN, options);
  }),
  ...each(ADD, 'Poller.add of what exclusive does not go with', ({ poller, idle }, options) => {
    added(poller, idle, 2, { oneshot: true, exclusive: true, ...options });
  }),
  'Poller.modify: events': (stage, value) => {
    modified(stage, stage.watched, value);
  },
  'Poller.modify: options': (stage, value) => {
    modified(stage, stage.watched, IN, value);
  },
  ...each(ADD, 'Poller.modify', (stage, options) => {
    modified(stage, stage.watched, IN, options);
  }),
  ...each(ADD, 'Poller.modify of a listener', (stage, options) => {
    modified(stage, stage.listened, 4, options);
  }),
  'Poller.wait': ({ poller }, value) => waited(poller, value),
  ...each(WAIT, 'Poller.wait', ({ poller }, options) => waited(poller, options)),
  'Poller.watch: events': (stage, value) => stepped(stage, stage.idle, value),
  'Poller.watch: options': (stage, value) => stepped(stage, stage.idle, IN, value),
  ...each(WATCH, 'Poller.watch', (stage, options) => stepped(stage, stage.idle, IN, options)),
  'new Poller': ({ poller }, value) => new (poller.constructor as new (value: unknown) => unknown)(value),
  'closed Poller.add': ({ closedPoller }, value) => {
    added(closedPoller, value, value, value);
  },
  'closed Poller.modify': ({ closedPoller }, value) => {
    closedPoller.modify(value as KernelVPoll, value as number);
  },
  'closed Poller.delete': ({ closedPoller }, value) => {
    closedPoller.delete(value as KernelVPoll);
  },
  'closed Poller.wait': ({ closedPoller }, value) => waited(closedPoller, value),
  'closed Poller.watch': ({ kernel, closedPoller, patienceMs }, value) =>
    stepped({ kernel, poller: closedPoller, patienceMs }, value, value, value),
};

/** Members that are asked with whatever may be meant to be one argument or option of theirs. */
export const MEMBERS: Record<string, Answer> = { ...VPOLL, ...POLLER };

/** Those that are asked with whatever may be meant to be a target, numbers of vpolls among it. */
export const OF_TARGETS: Record<string, Answer> = {
  'Poller.add': ({ poller }, value) => {
    added(poller, value, IN);
  },
  'Poller.add with a listener': ({ poller }, value) => {
    added(poller, value, 2, { listener: () => undefined });
  },
  'Poller.modify': (stage, value) => {
    modified(stage, value, IN);
  },
  'Poller.delete': ({ poller, watched, listened }, value) => {
    poller.delete(value as KernelVPoll);
    if (value === watched || value === watched.fd) poller.add(watched, IN);
    else poller.add(listened, 4, { listener: () => undefined });
  },
  'Poller.watch': (stage, value) => stepped(stage, value, IN),
};
