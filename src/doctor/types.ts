// SPDX-License-Identifier: LGPL-2.1-or-later

import type { BackendName } from '../backends.js';
import type { Why } from '../why.js';

/** What an examination found of one bit. */
export interface BitReport {
  /** Asserted alone, it is shown alone but for its aliases, by poll(2) and by a level-triggered epoll(7). */
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
  /** Why it is not available, what it can't do, or why it costs more than it need; null where there is nothing to say. */
  reason: string | null;
  /** What a user can do about it; null where nothing has to be done or can be. */
  remedy: string | null;
  /** The errno for which not all of it could be measured, and what to raise; null where all was. */
  unmeasured: string | null;
  /** By the names of the eleven bits; empty where the backend isn't available, and without those that could not be measured. */
  bits: Record<string, BitReport>;
  /** Nanoseconds of one change, the median; null where not measured. */
  ctl_ns: number | null;
  /** Nanoseconds from a change to the waiter that it wakes, the median; null where not measured. */
  wake_ns: number | null;
  /** Descriptors that a vpoll takes. */
  fds: number | null;
  /**
   * Bytes of kernel memory that a vpoll takes: the growth of Slab (/proc/meminfo) over 1024 of them, made beside 257 others, so within a few percent on
   * a quiet machine; pages outside the slabs, and a helper's own memory (300 bytes a vpoll), are not in it. null where it can't be told.
   */
  bytes: number | null;
}

/** What create() takes here for a program that asks for nothing. */
export interface Taken {
  /** null where it throws. */
  backend: string | null;
  /** Every mask of the eleven bits is shown as it is. */
  exact: boolean;
  /** The variables of the environment that have chosen, `NAME=value`. */
  by: string[];
  /** What it can't do; null where it shows every mask. */
  limit: string | null;
  /** Why nothing truer was taken, or what create() threw; null where there is nothing to say. */
  reason: string | null;
  /** What a user can do about it; null where there is nothing to do. */
  remedy: string | null;
}

/** What an examination found of all backends. */
export interface Examination {
  kernel: string;
  backends: BackendReport[];
}

/** The form of {@link Report}: a member that changes its meaning or goes makes it another, one that comes does not. The first had neither `version` nor `create`. */
export const REPORT_VERSION = 2;

/** What `vpoll doctor --json` prints. */
export interface Report extends Examination {
  version: typeof REPORT_VERSION;
  create: Taken;
  /** Variables of the environment that begin with VPOLL_ and that vpoll doesn't know. */
  unknown: string[];
}

/** What an examination works with: a core, and pollers that are independent of it. */
export interface Bench {
  /** Starts what a backend needs that doesn't run by itself; why that can't be, or undefined. */
  prepare?(name: BackendName): Promise<Why | undefined>;
  /** What a user may want to know of a backend that is here, or undefined. */
  remark?(name: BackendName): Why | undefined;
  /** Ends what the other functions have started. */
  end?(): void;
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
