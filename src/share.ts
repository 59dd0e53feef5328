// SPDX-License-Identifier: LGPL-2.1-or-later
import { CLOSEST, EXCLUSIVE, PASSING } from './backends.js';
import { describe, invalid } from './events.js';
import { isMainThread } from './runtime.js';

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

/** Which descriptors attach is to look at, and what it may do with them. */
export interface Attachment {
  fd: number;
  /** The hidden end, or -1 where there is none. */
  peer: number;
  ino: bigint;
  peerIno: bigint;
  options: number;
  /** 1: they belong to someone else here, and the vpoll gets copies. 0: the numbers become the vpoll's. */
  isCopy: number;
}

function isFd(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0x7fffffff;
}

/**
 * Writes the token: version, policy, numbers in the child, inodes; then this process and the numbers here, for an attach in this
 * same process (a Worker's, say). A vpoll file needs no second descriptor: its peer is -1.
 */
export function writeToken({ firstFd, fd, peer, ino, peerIno, options }: Shared): VPollShare {
  if (!isFd(firstFd) || firstFd > 0x7ffffffe) {
    throw invalid('vpoll_share', `firstFd must be a descriptor number, not ${describe(firstFd)}`);
  }
  if (options & EXCLUSIVE) throw invalid('vpoll_share', 'an exclusive vpoll is not to be shared: create it without that option');
  const policy = (options & CLOSEST ? 'closest' : 'strict') + (options & PASSING ? '+passing' : '');
  const there = [firstFd, peer < 0 ? -1 : firstFd + 1];
  const token = ['1', policy, ...there, ino, peerIno, process.pid, fd, peer].join(':');
  return { stdio: peer < 0 ? [fd] : [fd, peer], env: { VPOLL_SHARE: token }, token };
}

const FD = String.raw`\d{1,9}`;
const INO = String.raw`\d{1,19}`;
const TOKEN = new RegExp(
  `^1:(strict|closest)(\\+passing)?:(${FD}):(-1|${FD}):(${INO}):(${INO})(?::(${FD}):(${FD}):(-1|${FD}))?$`,
);

function parse(token: unknown, whence: string): Attachment[] {
  if (token === undefined) throw invalid('vpoll_attach', 'no token: pass one, or set VPOLL_SHARE in the environment');
  const match = typeof token === 'string' ? TOKEN.exec(token) : null;
  if (!match) throw invalid('vpoll_attach', `${whence}${describe(token)} is no token of VPoll.share()`);
  const [, policy, passing, fd, peer, ino, peerIno, pid, ownFd, ownPeer] = match;
  const common = {
    ino: BigInt(ino!),
    peerIno: BigInt(peerIno!),
    options: (policy === 'closest' ? CLOSEST : 0) | (passing ? PASSING : 0),
  };
  // What a process inherits belongs to its main thread, which may have taken it up, or may do so yet.
  const there = { ...common, fd: Number(fd), peer: Number(peer), isCopy: isMainThread() ? 0 : 1 };
  if (Number(pid) !== process.pid) return [there];
  // Another process may bear this number where process ids are its own (a container's): then these descriptors aren't the right ones.
  return [{ ...common, fd: Number(ownFd), peer: Number(ownPeer), isCopy: 1 }, there];
}

/**
 * What to try, first first, for a token or a bare descriptor, and for the numbers that its descriptors have here when `fds` names
 * them. Numbers are only believed after the core has compared what is under them. `whence`: what an error says before the token.
 */
export function readShare(from: unknown, fds: unknown, whence: string): Attachment[] {
  if (typeof from === 'number') {
    if (!isFd(from) || fds !== undefined) throw invalid('vpoll_attach', `${describe(from)} must be a descriptor, alone`);
    return [{ fd: from, peer: -1, ino: 0n, peerIno: 0n, options: 0, isCopy: 0 }];
  }
  const all = parse(from, whence);
  if (fds === undefined) return all;
  const last = all.at(-1)!;
  const count = last.peer < 0 ? 1 : 2;
  if (!Array.isArray(fds) || fds.length !== count || !fds.every(isFd)) {
    throw invalid('vpoll_attach', `fds must be ${count === 1 ? 'one descriptor' : 'two descriptors'} in an array`);
  }
  const [fd, peer = -1] = fds;
  return [{ ...last, fd: fd!, peer, isCopy: 0 }];
}
