// SPDX-License-Identifier: LGPL-2.1-or-later
import { CLOSEST, EXCLUSIVE } from './core.js';
import { describe, invalid } from './events.js';

/** What a child needs to take up a vpoll. Plain data: it can be cloned, posted and written down. */
export interface VPollShare {
  /** Descriptors for the child, in this order, from the number that {@link VPoll.share} was told. */
  stdio: number[];
  /** What the child's environment must hold so that `VPoll.attach()` finds it. */
  env: {
    /** The token. */
    VPOLL_SHARE: string;
  };
  /** The same, for `VPoll.attach(token)`. */
  token: string;
}

interface Shared {
  firstFd: number;
  fd: number;
  peer: number;
  ino: bigint;
  peerIno: bigint;
  options: number;
}

/** Writes the token: version, policy, numbers in the child, inodes. A vpoll file needs no second descriptor: its peer is -1. */
export function writeToken({ firstFd, fd, peer, ino, peerIno, options }: Shared): VPollShare {
  if (!Number.isInteger(firstFd) || firstFd < 0 || firstFd > 0x7ffffffe) {
    throw invalid('vpoll_share', `firstFd must be a descriptor number, not ${describe(firstFd)}`);
  }
  if (options & EXCLUSIVE) throw invalid('vpoll_share', 'an exclusive vpoll is not to be shared: create it without that option');
  const policy = options & CLOSEST ? 'closest' : 'strict';
  const token = ['1', policy, firstFd, peer < 0 ? -1 : firstFd + 1, ino, peerIno].join(':');
  return { stdio: peer < 0 ? [fd] : [fd, peer], env: { VPOLL_SHARE: token }, token };
}

/** The reverse. The numbers are only believed after the core has compared the inodes. */
export function readToken(token: unknown): { fd: number; peer: number; ino: bigint; peerIno: bigint; closest: boolean } {
  if (token === undefined) throw invalid('vpoll_attach', 'no token: pass one, or set VPOLL_SHARE in the environment');
  const match =
    typeof token === 'string' ? /^1:(strict|closest):(\d{1,9}):(-1|\d{1,9}):(\d{1,19}):(\d{1,19})$/.exec(token) : null;
  if (!match) throw invalid('vpoll_attach', `${describe(token)} is no token of VPoll.share()`);
  const [, policy, fd, peer, ino, peerIno] = match;
  return { fd: Number(fd), peer: Number(peer), ino: BigInt(ino!), peerIno: BigInt(peerIno!), closest: policy === 'closest' };
}
