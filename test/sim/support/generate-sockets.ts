// SPDX-License-Identifier: LGPL-2.1-or-later

// Calls on sockets. An exclusion, something that is never generated, cites the kernel function that it is about.

import { N } from '../../../src/sim/numbers.js';
import type { Dice } from './choices.js';
import { anyBits, type Args, type Context, EVENTFD_VALUES, fd, type Maker, O_CLOEXEC } from './context.js';

/** socketpair(2), sometimes of what there isn't. */
export function socketpair(dice: Dice, flags: number): Args {
  if (dice.oneIn(12))
    return dice.pick<Args>([
      [77, 1, 0],
      [45, 11, 0],
      [1, 7, 0],
      [1, 1, 9],
      [1, 1, 1],
      [1, 1 | 0x40, 0],
      [1, dice.below(16), dice.below(3)],
    ]);
  return [1, 1 | flags, 0];
}

/** Flags of a message: MSG_PEEK and MSG_WAITALL, which mean something to who receives, and all others, MSG_OOB (refused) among them. */
function messageFlags({ dice, sleeps }: Context): number {
  const wait = sleeps ? 0 : dice.pick([0, 0x40, 0x40]);
  const others = dice.weighted<() => number>([
    [10, () => 0],
    [4, () => 0x2],
    [4, () => 0x100],
    [1, () => 0x102],
    [2, () => anyBits(dice) & ~(sleeps ? 0x41 : 1)],
    [1, () => anyBits(dice) | 1],
  ])();
  return wait | others | (dice.oneIn(3) ? 0 : 0x4000);
}

export const message: Maker = (context) => {
  const { dice } = context;
  const flags = messageFlags(context);
  const size = dice.weighted([
    [4, 1],
    [3, 700],
    [2, 5000],
    [4, 20000],
    // More than one message holds, and just as much (SKB_MAX_HEAD(0) + UNIX_SKB_FRAGS_SZ).
    [1, 65536],
    [1, 36544],
    [1, 0],
  ]);
  if (dice.oneIn(2)) return [N.RECV, [fd(context, 'socket'), dice.oneIn(20) ? 0 : size, flags]];
  return [N.SEND, [fd(context, 'socket'), size, dice.pick(EVENTFD_VALUES), flags]];
};

/** No SO_SNDBUF above 212992: sk_setsockopt() cuts it to net.core.wmem_max, which is the administrator's (and larger from 6.18 on). */
export const socketChange: Maker = (context) => {
  const { dice } = context;
  const at = fd(context, 'socket');
  return dice.weighted<() => [number, Args]>([
    [2, () => [N.SHUTDOWN, [at, dice.oneIn(12) ? dice.pick([5, -1]) : dice.below(3)]]],
    // Mostly so little that a few messages fill it.
    [
      10,
      () => [
        N.SETSOCKOPT,
        [at, dice.oneIn(24) ? 77 : 1, dice.oneIn(12) ? 1000 : 7, dice.pick([0, 0, 0, 0, 8192, 32768, 212992, 100000])],
      ],
    ],
    [2, () => [N.SETSOCKOPT, [at, 1, 18, dice.pick([0, 1, 8, 700, 700, 20000, -1])]]],
    [1, () => [N.SETSOCKOPT, [at, 1, dice.below(160), 1]]],
    [2, () => [N.GETSOCKOPT, [at, dice.oneIn(12) ? 77 : 1, dice.pick([3, 4, 7, 18, 39, 1000, dice.below(160)])]]],
  ])();
};

/**
 * The sockets here are unix ones (unix_create()), made in pairs: one alone, which socket(2) would make, is refused, as is a name (unix_bind()). A
 * family that inet_create() and others stand for is not there.
 */
export const socketName: Maker = (context) => {
  const { dice } = context;
  const at = fd(context, 'socket');
  return dice.pick<() => [number, Args]>([
    () => [
      N.SOCKET,
      dice.pick<Args>([
        [77, 1, 0],
        [-1, 1, 0],
        [2, 15, 0],
        [2, 1 | 0x40, 0],
        [1, 1, 0],
      ]),
    ],
    () => [N.BIND, [at, dice.pick([16, 2, 0, 200]), dice.pick([2, 0, 1])]],
    () => [N.CONNECT, [at, dice.pick([16, 2, 0, 200]), dice.pick([2, 0, 1])]],
    () => [N.LISTEN, [at, dice.pick([0, 1, -1])]],
    () => [N.ACCEPT4, [at, dice.oneIn(4) ? 0x40 : O_CLOEXEC]],
    () => [N.GETSOCKNAME, [at, dice.pick([16, 2, 1, 0, -1])]],
    () => [N.GETPEERNAME, [at, dice.pick([16, 2, 1, 0, -1])]],
  ])();
};
