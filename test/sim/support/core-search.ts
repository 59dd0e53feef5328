// SPDX-License-Identifier: LGPL-2.1-or-later

// Random requests to the core over both kernels, until something differs: what a request gives; what is shown then and on the way; what
// is reported as a level and as an edge; which numbers are open after a close.

import { ADD, DEL, HUP, IN, OUT, RDHUP, SET } from '../../fake/abi.js';
import { Random } from '../../support/random.js';
import type { Side } from './core-sides.js';

const REQUESTS = 24;
const CLOSEST = 1;
const EXCLUSIVE = 2;

/** One vpoll on one side. */
interface Vpoll {
  readonly fd: number;
  readonly peer: number;
  readonly edges: number;
  readonly levels: number;
}

function begin(side: Side, events: number, options: number): Vpoll {
  const fd = side.create(events, options);
  if (fd < 0) throw new Error(`create: ${fd}`);
  return { fd, peer: side.peer(fd), edges: side.watch(fd, true), levels: side.watch(fd, false) };
}

function end(side: Side, { fd, peer, edges, levels }: Vpoll): string {
  side.closeEpoll(edges);
  side.closeEpoll(levels);
  return [side.close(fd), side.isOpen(fd), side.isOpen(peer), side.close(fd)].join(' ');
}

function request(side: Side, vpoll: Vpoll, op: number, events: number): string {
  const result = side.ctl(vpoll.fd, op, events);
  const path = side.path(vpoll.fd);
  const told = [result, side.shown(vpoll.fd), side.report(vpoll.edges), side.report(vpoll.levels)];
  return `${told.join(' ')} by ${path.join(' ')}`;
}

/** The first difference of one program, or undefined. */
function compareOne(real: Side, simulated: Side, seed: number): string | undefined {
  const random = new Random(seed);
  const pick = (items: readonly number[]): number => items[random.below(items.length)]!;
  const options = pick([0, CLOSEST, EXCLUSIVE, CLOSEST | EXCLUSIVE]);
  const first = pick([0, IN, OUT, IN | OUT]);
  const [a, b] = [begin(real, first, options), begin(simulated, first, options)];
  const done = [`create ${first} ${options}`];
  let difference: string | undefined;
  for (let i = 0; i < REQUESTS && difference === undefined; i++) {
    const op = pick([ADD, DEL, SET]);
    // What is final comes late.
    const events = pick(i > 18 ? [IN, HUP, RDHUP, OUT | HUP, IN | RDHUP] : [IN, IN, OUT, OUT, IN | OUT, 0]);
    done.push(`ctl ${op} ${events}`);
    const [said, simulatedSaid] = [request(real, a, op, events), request(simulated, b, op, events)];
    if (said !== simulatedSaid) difference = `${done.join(', ')}\nreal:      ${said}\nsimulated: ${simulatedSaid}`;
  }
  const [closed, simulatedClosed] = [end(real, a), end(simulated, b)];
  if (closed !== simulatedClosed) difference ??= `close\nreal:      ${closed}\nsimulated: ${simulatedClosed}`;
  return difference;
}

/** The first of `count` seeds from `first` on for which the two differ, and how; undefined where there is none. */
export function compareCores(
  real: Side,
  simulated: Side,
  first: number,
  count: number,
): { seed: number; difference: string } | undefined {
  for (let seed = first; seed < first + count; seed++) {
    const difference = compareOne(real, simulated, seed);
    if (difference !== undefined) return { seed, difference };
  }
  return undefined;
}
