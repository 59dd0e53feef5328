// SPDX-License-Identifier: LGPL-2.1-or-later
import type { VPoll } from '../vpoll.js';

/** What a Poller watches: a descriptor by number, or a {@link VPoll}. */
export type PollTarget = number | VPoll;

/** One ready target of a batch. */
export interface PollEvent<Data = unknown> {
  /** What was given to {@link Poller.add}. */
  readonly target: PollTarget;
  /** Its descriptor, as it was when it was added. */
  readonly fd: number;
  /** What epoll_wait(2) reported: EPOLL* bits, unsigned, exact. EPOLLERR and EPOLLHUP come whether they were asked for or not. */
  readonly events: number;
  /** The `data` of {@link PollOptions}. */
  readonly data: Data;
}

/** Gets the events of one target, from the event loop. What it throws is an uncaught exception of the process. */
export type PollListener<Data = unknown> = (event: PollEvent<Data>) => void;

/** How a target is watched, see epoll_ctl(2). Anything else in the object is an error (EINVAL). */
export interface PollOptions<Data = unknown> {
  /** Report edges, not the level (EPOLLET). Default false. */
  edge?: boolean | undefined;
  /** Report once, then nothing until {@link Poller.modify} (EPOLLONESHOT). Default false. */
  oneshot?: boolean | undefined;
  /**
   * Of several sets that watch one file with this option, wake at least one, not necessarily all (EPOLLEXCLUSIVE). More than one may wake, since
   * the set of a Poller is watched by another in turn. Such a registration can't be modified. Default false.
   */
  exclusive?: boolean | undefined;
  /** Handed back with each event. Default undefined. */
  data?: Data | undefined;
  /** Gets this target's events in place of {@link Poller.wait}. Default: none. */
  listener?: PollListener<Data> | undefined;
}

/**
 * What may stand behind the events of {@link Poller.add}: `data` of a kind that the Poller takes (`Own`, of its `Data`). It must be there unless it may be
 * undefined.
 */
export type AddArguments<Data, Own extends Data> = undefined extends Data
  ? [options?: PollOptions<Own>]
  : [
      options: PollOptions<Own> & {
        /** Handed back with each event. */
        data: Own;
      },
    ];

/** What {@link Poller.modify} may change. What isn't given stays as it is. */
export type PollChanges<Data = unknown> = Omit<PollOptions<Data>, 'exclusive' | 'data'> & {
  /** Handed back with each event from now on. */
  data?: Data;
};

/** An AbortSignal, by what every runtime's type of it has: a consumer may compile without the DOM's types and without Node's. */
export interface AbortSignalLike {
  /** Whether it was aborted already. */
  readonly aborted: boolean;
  /** What it was aborted with. */
  readonly reason: unknown;
  /** Throws what it was aborted with, if it was. */
  throwIfAborted(): void;
  /** Calls the listener when it is aborted. */
  addEventListener(type: 'abort', listener: () => void): void;
  /** Calls the listener no more. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What JSON.stringify writes of one target of a Poller. */
export interface WatchedJson {
  /** Its descriptor, as it was when it was added. */
  readonly fd: number;
  /** What it is watched for, by names. */
  readonly events: string;
  /** Where its edges are reported. */
  readonly edge?: true;
  /** Where it is reported once. */
  readonly oneshot?: true;
  /** Where it was added with EPOLLEXCLUSIVE. */
  readonly exclusive?: true;
}

/** What JSON.stringify writes of a Poller. */
export interface PollerJson {
  /** Whether it was closed. */
  readonly isClosed: boolean;
  /** What it watches. */
  readonly watched: readonly WatchedJson[];
}

/** How long and how much to wait for. Anything else in the object is an error (EINVAL). */
export interface WaitOptions {
  /** Milliseconds until an empty batch is returned; 0: what is ready now. Default: for good. */
  timeoutMs?: number | undefined;
  /** Ends the wait: it rejects with `signal.reason`, and what would have been reported stays for the next wait. */
  signal?: AbortSignalLike | undefined;
  /** The most events that a batch may hold, 1 to 65536. What is left comes next, and before what was reported. Default 1024. */
  max?: number | undefined;
}

/** How {@link Poller.watch} watches. */
export interface WatchOptions {
  /** Report edges, not the level (EPOLLET). Edges that come between two steps are reported as one. Default false. */
  edge?: boolean | undefined;
  /** Ends the iteration: it rejects with `signal.reason`. */
  signal?: AbortSignalLike | undefined;
}
