// SPDX-License-Identifier: LGPL-2.1-or-later

import type { BackendName } from '../backends.js';

/** What an examination found of one bit. */
export interface BitReport {
  /** Asserted alone, it is shown alone (aliases aside), by poll(2) and by a level-triggered epoll(7). */
  exact: boolean;
  /** Taken away and asserted again, each is shown. */
  reversible: boolean;
  /** A waiter that is blocked in epoll_wait(2) is woken by it. */
  wakes: boolean;
  /** An edge-triggered waiter gets an edge for each ADD, also of what is there already. */
  edge: boolean;
}

/** What an examination found of one backend. */
export interface BackendReport {
  name: string;
  available: boolean;
  /** Why it is not available, or what it can't do; null where there is nothing to say. */
  reason: string | null;
  /** What a user can do about it; null where nothing has to be done or can be. */
  remedy: string | null;
  /** By the names of the eleven bits; empty where the backend isn't available. */
  bits: Record<string, BitReport>;
  /** Nanoseconds of one change, the median; null where not measured. */
  ctl_ns: number | null;
  /** Nanoseconds from a change to the waiter that it wakes, the median; null where not measured. */
  wake_ns: number | null;
  /** Descriptors that a vpoll takes. */
  fds: number | null;
  /** Bytes of kernel memory that a vpoll takes (slab, from /proc/meminfo); null where it can't be told. */
  bytes: number | null;
}

/** What `vpoll doctor --json` prints. */
export interface Report {
  kernel: string;
  backends: BackendReport[];
}

/** What an examination works with: a core, and pollers that are independent of it. */
export interface Bench {
  /** Starts what a backend needs that doesn't run by itself; why that can't be, or undefined. */
  prepare?(name: BackendName): Promise<string | undefined>;
  /** A vpoll by the policy closest: its descriptor or -errno. */
  create(backend: number): number;
  /** 0 or -errno. */
  ctl(fd: number, op: number, events: number): number;
  close(fd: number): number;
  /** What poll(2) shows of the eleven bits. */
  poll(fd: number): number;
  /** What a level-triggered epoll(7) reports of `interest`. */
  level(fd: number, interest: number): number;
  /** What an edge-triggered epoll(7) that has seen all so far reports of `interest` after each of `acts`. */
  edges(fd: number, interest: number, acts: readonly (() => void)[]): number[];
  /** What a waiter for `interest` that is blocked gets once `act` has run; 0 where nothing wakes it. */
  wake(fd: number, interest: number, act: () => void): Promise<{ events: number; ns: number }>;
}
