// SPDX-License-Identifier: LGPL-2.1-or-later

// What a program stands on that takes its kernel as an argument: the same interface over this kernel (src/real) and over a simulated one (src/sim).

import type { BackendName } from '../backends.js';
import type { Events } from '../events.js';
import type { VPollOptions } from '../options.js';
import type { AddArguments, PollChanges, PollerJson, WaitOptions, WatchOptions } from '../poller/types.js';
import type { VPollJson } from '../vpoll-base.js';

/** A vpoll of a {@link Kernel}: what the class VPoll of `vpoll` has in common with a simulated one. */
export interface KernelVPoll {
  /** The descriptor; -1 after close. */
  readonly fd: number;
  /** How it is made. */
  readonly backend: BackendName;
  /** What poll(2) shows now, unsigned. */
  readonly events: number;
  /** Asserts events beside those that are: an edge for each call. */
  add(events: Events): void;
  /** Takes events away; wakes nobody. */
  delete(events: Events): void;
  /** Asserts exactly these events. */
  set(events: Events): void;
  /** Whether `set(mask)` would show exactly this mask. */
  supports(mask: Events): boolean;
  /** Closes the descriptor. A second call does nothing. */
  close(): void;
  /** What JSON.stringify writes. */
  toJSON(): VPollJson;
  /** {@link KernelVPoll.close}, for `using`. */
  [Symbol.dispose](): void;
}

/** One ready target of a batch, see PollEvent of `vpoll`. */
export interface KernelEvent<Data = unknown> {
  /** What was given to {@link KernelPoller.add}. */
  readonly target: number | KernelVPoll;
  /** Its descriptor, as it was when it was added. */
  readonly fd: number;
  /** EPOLL* bits, unsigned, exact. */
  readonly events: number;
  /** The `data` it was added with. */
  readonly data: Data;
}

/** A poller of a {@link Kernel}: what the class Poller of `vpoll` has in common with a simulated one. */
export interface KernelPoller<Data = unknown> extends AsyncIterable<KernelEvent<Data>[]> {
  /** Watches a target for these events. */
  add<Own extends Data = Data>(target: number | KernelVPoll, events: Events, ...options: AddArguments<Data, Own>): void;
  /** Watches it for other events, and arms it again. */
  modify<Own extends Data = Data>(target: number | KernelVPoll, events: Events, options?: PollChanges<Own>): void;
  /** Watches it no more. */
  delete(target: number | KernelVPoll): void;
  /** What is ready, once something is. */
  wait(options?: WaitOptions): Promise<KernelEvent<Data>[]>;
  /** The events of one target, mask after mask. */
  watch(
    target: number | KernelVPoll,
    events: Events,
    options?: WatchOptions,
  ): AsyncIterator<number, undefined> & AsyncIterable<number>;
  /** Keeps the process alive as long as there is a listener. */
  ref(): this;
  /** Lets the process end even while a wait is pending. */
  unref(): this;
  /** Closes it: a pending wait rejects with ECANCELED. */
  close(): void;
  /** What JSON.stringify writes. */
  toJSON(): PollerJson;
  /** {@link KernelPoller.close}, for `using`. */
  [Symbol.dispose](): void;
  /** {@link KernelPoller.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A descriptor that a {@link Kernel} has made, non-blocking and close-on-exec. A {@link KernelPoller} watches it by its number. What is asked of it throws
 * VPollError: EBADF after {@link KernelFile.close}, or where others have closed its number, whatever that stands for by now; EINVAL for a wrong argument, EAGAIN where it would have to wait, and what the system call gives.
 */
export interface KernelFile {
  /** The descriptor; -1 after close. */
  readonly fd: number;
  /**
   * Closes the descriptor. A second call does nothing. In a simulation it is also closed where its task dies.
   *
   * @throws VPollError EBADF where others have closed its number: what that stands for by now stays open
   */
  close(): void;
  /** What JSON.stringify writes. */
  toJSON(): Pick<KernelFile, 'fd'>;
  /** {@link KernelFile.close}, for `using`. */
  [Symbol.dispose](): void;
}

/** The end of a pipe, or of a socketpair, that can be read. */
export interface KernelReader extends KernelFile {
  /**
   * What can be read now, without waiting: bytes of the caller's own; none at the end of the file.
   *
   * @param maxBytes - 1 or more; a call gives at most 65536. Default 65536
   * @throws VPollError EAGAIN where there is nothing yet (wait for EPOLLIN), ECONNRESET where the other end of a socketpair was closed with data unread
   */
  read(maxBytes?: number): Uint8Array;
}

/** The end of a pipe, or of a socketpair, that can be written. */
export interface KernelWriter extends KernelFile {
  /**
   * Writes what there is room for now, without waiting: how many bytes that was, at most 65536 of them.
   *
   * @throws VPollError EAGAIN where there is no room (wait for EPOLLOUT), EPIPE where nobody can read it any more. No signal is raised for a socketpair; for
   * a pipe SIGPIPE is, which Node, Bun and Deno ignore
   */
  write(data: Uint8Array): number;
}

/** Which directions {@link KernelSocket.shutdown} ends. */
export type ShutdownHow = 'read' | 'write' | 'both';

/** One of a socketpair(2): a stream each way. */
export interface KernelSocket extends KernelReader, KernelWriter {
  /** shutdown(2): ends one direction of the stream, or both. */
  shutdown(how: ShutdownHow): void;
}

/** What {@link Kernel.eventfd} takes. Anything else in the object is an error (EINVAL). */
export interface EventfdOptions {
  /** What it counts from, 0 to 2**32 - 1. Default 0. */
  count?: number | undefined;
  /** Each read takes 1 (EFD_SEMAPHORE). Default false: it takes all. */
  semaphore?: boolean | undefined;
}

/** An eventfd(2): a counter of 64 bits, readable while it isn't 0. */
export interface KernelEventfd extends KernelFile {
  /**
   * Takes the count, which is 0 then; of a semaphore it takes 1.
   *
   * @throws VPollError EAGAIN where it is 0 (wait for EPOLLIN)
   */
  read(): bigint;
  /**
   * Adds to the count.
   *
   * @param count - 0 to 2**64 - 2; a number up to 2**53 - 1
   * @throws VPollError EAGAIN where the count would be larger than 2**64 - 2 (wait for EPOLLOUT)
   */
  write(count: bigint | number): void;
}

/** When a timerfd expires, in milliseconds; fractions count down to the nanosecond. */
export interface TimerSetting {
  /** Until it expires first; 0: it is not armed. */
  readonly valueMs: number;
  /** From then on again and again; 0: once. */
  readonly intervalMs: number;
}

/** A timerfd(2) on CLOCK_MONOTONIC: readable once it has expired. In a simulation its time is virtual. */
export interface KernelTimerfd extends KernelFile {
  /**
   * How often it has expired since it was set or read last.
   *
   * @throws VPollError EAGAIN where it hasn't (wait for EPOLLIN)
   */
  read(): bigint;
  /**
   * timerfd_settime(2), relative: arms it anew, or with a `valueMs` of 0 disarms it. What it has expired before is forgotten.
   *
   * @param valueMs - 0 to 1e12
   * @param intervalMs - 0 to 1e12. Default 0
   */
  settime(valueMs: number, intervalMs?: number): void;
  /** timerfd_gettime(2): what is left until it expires next, and the interval. */
  gettime(): TimerSetting;
}

/**
 * What a program stands on that takes its kernel as an argument: `realKernel()` of `vpoll` gives the one of this machine, and `simulate()` and `explore()`
 * of `vpoll/sim` give each task a simulated one. The members are functions that need no `this`.
 */
export interface Kernel {
  /** The class VPoll of `vpoll`, or its like. */
  readonly VPoll: {
    /** A new vpoll. */
    create(options?: VPollOptions): KernelVPoll;
  };
  /** The class Poller of `vpoll`, or its like. */
  readonly Poller: {
    /** A new Poller, with nothing in it. */
    create<Data = unknown>(): KernelPoller<Data>;
  };
  /** Resolves when so many milliseconds have passed, at most 1e12; 0, or less, lets others go on. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Milliseconds since some moment. */
  readonly now: () => number;
  /** pipe(2): what is written to the second can be read from the first. */
  readonly pipe: () => [reader: KernelReader, writer: KernelWriter];
  /** socketpair(2): two unix stream sockets that are connected to each other. */
  readonly socketpair: () => [KernelSocket, KernelSocket];
  /** eventfd(2). */
  readonly eventfd: (options?: EventfdOptions) => KernelEventfd;
  /** timerfd_create(2), of CLOCK_MONOTONIC, not armed. */
  readonly timerfd: () => KernelTimerfd;
}
