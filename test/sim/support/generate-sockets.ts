// SPDX-License-Identifier: LGPL-2.1-or-later

// Calls on sockets. An exclusion, something that is never generated, cites the kernel function that it is about.

import { N } from '../../../src/sim/numbers.js';
import type { Dice } from './choices.js';
import { type Args, EVENTFD_VALUES, fd, type Maker, O_CLOEXEC } from './context.js';

/** socketpair(2), sometimes of what there isn't. */
export function socketpair(dice: Dice, flags: number): Args {
  if (dice.oneIn(12))
    return dice.pick<Args>([
      [77, 1, 0],
      [1, 7, 0],
      [1, 1, 9],
      [1, 1 | 0x40, 0],
    ]);
  return [1, 1 | flags, 0];
}

/** unix_stream_sendmsg() with MSG_OOB makes marks (queue_oob()) that are not simulated: it is never asked for. */
export const message: Maker = (context) => {
  const { dice, sleeps } = context;
  const flags = (sleeps ? 0 : dice.pick([0, 0x40, 0x40])) | 0x4000;
  const size = dice.weighted([
    [4, 1],
    [3, 700],
    [2, 5000],
    [6, 20000],
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
    [2, () => [N.SHUTDOWN, [at, dice.oneIn(12) ? 5 : dice.below(3)]]],
    // Mostly so little that a few messages fill it.
    [
      10,
      () => [
        N.SETSOCKOPT,
        [at, dice.oneIn(24) ? 77 : 1, dice.oneIn(12) ? 1000 : 7, dice.pick([0, 0, 0, 0, 8192, 32768, 212992, 100000])],
      ],
    ],
    [2, () => [N.GETSOCKOPT, [at, dice.oneIn(12) ? 77 : 1, dice.pick([3, 4, 7, 39, 1000])]]],
  ])();
};

/**
 * The sockets here are unix ones (unix_create()), made in pairs: one alone, which socket(2) would make, is not simulated, nor is a family that
 * inet_create() and others stand for, nor a name (unix_bind()).
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
      ]),
    ],
    () => [N.BIND, [at, dice.pick([16, 2, 0, 200])]],
    () => [N.CONNECT, [at, dice.pick([16, 2, 0, 200])]],
    () => [N.LISTEN, [at, dice.below(3)]],
    () => [N.ACCEPT4, [at, dice.oneIn(4) ? 0x40 : O_CLOEXEC]],
    () => [N.GETSOCKNAME, [at, dice.pick([16, 2, 1, 0, -1])]],
    () => [N.GETPEERNAME, [at, dice.pick([16, 2, 1, 0, -1])]],
  ])();
};
