// SPDX-License-Identifier: LGPL-2.1-or-later

// States, requests and carriers that the suites walk through.

import { ADD, DEL, ERR, HUP, IN, MSG, OUT, PRI, RDBAND, RDHUP, RDNORM, SET, WRBAND, WRNORM } from '../../fake/abi.js';
import { createWorld, DEVICE, EVENTFD, FUSE, PASSING, SOCKETPAIR, TCP, type World } from '../../fake-host.js';
import type { Features } from '../../fake/kernel.js';
import { isClean, TCP_PASSING, TCP_SHOWABLE, tcpAliases, tcpExpected } from './tcp-model.js';
import { expected, nextMask, SHOWABLE, withAliases } from './unix-model.js';
import { VPOLL_EVENTS } from '../../../src/constants.js';

/** A way to carry a vpoll: a backend on a kernel that has it. */
export interface Carrier {
  readonly name: string;
  readonly backend: number;
  /** Options that each of its vpolls is created with. */
  readonly options: number;
  readonly features: Partial<Features>;
  /** The states to start from. */
  readonly states: readonly number[];
  /** Those of them that stand for all, where each one takes many runs. */
  readonly fewStates: readonly number[];
}

const ANY_STATES = [0, IN, OUT, PRI | ERR, IN | HUP, VPOLL_EVENTS];

export const CARRIERS: readonly Carrier[] = [
  { name: 'eventfd', backend: EVENTFD, options: 0, features: { eventfd: 'ours' }, states: ANY_STATES, fewStates: ANY_STATES },
  {
    name: 'eventfd of the reference',
    backend: EVENTFD,
    options: 0,
    features: { eventfd: 'reference' },
    states: ANY_STATES,
    fewStates: ANY_STATES,
  },
  { name: 'device', backend: DEVICE, options: 0, features: { device: 'present' }, states: ANY_STATES, fewStates: ANY_STATES },
  { name: 'fuse', backend: FUSE, options: 0, features: { fuse: 'served' }, states: ANY_STATES, fewStates: ANY_STATES },
  { name: 'tcp', backend: TCP, options: 0, features: {}, states: TCP_SHOWABLE, fewStates: [0, 0x14f, 0x204b, 0x2155, 0x215f] },
  {
    name: 'tcp, passing',
    backend: TCP,
    options: PASSING,
    features: {},
    states: TCP_PASSING,
    fewStates: [0, 0x14f, 0x204b, 0x18, 0x2155, 0x2157],
  },
  { name: 'socketpair', backend: SOCKETPAIR, options: 0, features: {}, states: SHOWABLE, fewStates: SHOWABLE },
];

const MAIN = [IN, OUT, HUP, RDHUP];
const subsets = Array.from({ length: 16 }, (_, n) => MAIN.reduce((mask, bit, i) => mask | (n & (1 << i) ? bit : 0), 0));

/** All subsets of the bits that a socketpair can show, the pairs as clients write them, split pairs, and what only some carriers show. */
export const REQUESTS: readonly number[] = [
  ...subsets,
  ...[IN | RDNORM, OUT | WRNORM, OUT | WRNORM | WRBAND, RDNORM, WRNORM, WRBAND],
  ...[PRI, ERR, MSG, RDBAND, IN | PRI, OUT | ERR, PRI | ERR | MSG | RDBAND, VPOLL_EVENTS],
];

export const OPS = [ADD, DEL, SET] as const;
export const OP_NAMES = ['', 'ADD', 'DEL', 'SET'];

/** What the carrier is to show after a request, or undefined where strict refuses it. */
export function targetOf(
  { backend, options }: Carrier,
  shown: number,
  op: number,
  arg: number,
  strict: boolean,
): number | undefined {
  if (backend === TCP) return tcpExpected(shown, op, arg, strict, options === PASSING);
  return backend === SOCKETPAIR ? expected(shown, op, arg, strict) : nextMask(shown, op, arg);
}

/** Whether a vpoll is a file by itself; else it is a pair of sockets. */
export function isFile({ backend }: Carrier): boolean {
  return backend !== TCP && backend !== SOCKETPAIR;
}

/** A request with the aliases that the carrier brings. */
export function aliasedOn({ backend }: Carrier, arg: number): number {
  if (backend === TCP) return tcpAliases(arg);
  return backend === SOCKETPAIR ? withAliases(arg) : arg;
}

/** Whether nobody may see a bit of neither mask on the way. */
export function isCleanOn({ options }: Carrier, shown: number, target: number): boolean {
  return options !== PASSING || isClean(shown, target);
}

/** Worlds whose vpolls were all closed well: a new core takes half a millisecond, and the suites need a hundred thousand. */
const spares = new Map<Carrier, World>();

/** A world with one vpoll in a state. Throws where create fails. Give it back with {@link finish} where nothing but the fd has changed. */
export function start(carrier: Carrier, state: number, options: number): { world: World; fd: number } {
  const world = spares.get(carrier) ?? createWorld(carrier.features);
  spares.delete(carrier);
  const fd = world.core.create(carrier.backend, state, 0, options | carrier.options, 0);
  if (fd < 0) throw new Error(`create of ${state} on ${carrier.name}: ${fd}`);
  if (world.file(fd).poll() !== state) throw new Error(`create of ${state} on ${carrier.name} shows ${world.file(fd).poll()}`);
  world.forget();
  return { world, fd };
}

/** Closes the vpoll; where that leaves nothing, the world may be used again. */
export function finish(carrier: Carrier, { world, fd }: { world: World; fd: number }): void {
  if (world.core.close(fd, 0) === 0 && world.open().length === 0) spares.set(carrier, world);
}
