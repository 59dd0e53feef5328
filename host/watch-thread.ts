// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * An epoll set that a thread of its own looks after. A thread that adds a FUSE file to a set, or waits for it, is kept waiting until the file's server
 * answers. One that is stopped does not answer. So the event loop's thread must do neither, nor take a lock that such a thread holds.
 *
 * What is ready is told once for each {@link WatchThread.look}, as a batch, and once for each {@link WatchThread.glance}, ready or not. Both sides know a clock: a batch says
 * what it was when the thread began to take it. A side that advances it after a change then knows which batches are older.
 */

/** Called from the event loop. */
export interface WatchListener {
  /** Pairs of an id and its events, taken when the clock was `at` or later. */
  onBatch(ready: Uint32Array, at: number, isGlance: boolean): void;
  /** A registration that the kernel refused (errno); the set is as it was. */
  onRefused(id: number, errno: number): void;
  /** No more can be told. */
  onFailure(error: Error): void;
}

/** Descriptors that were added are closed by it. */
export interface WatchThread {
  add(fd: number, events: number, id: number): void;
  modify(fd: number, events: number, id: number): void;
  /** Takes it out and closes it. */
  remove(fd: number): void;
  look(): void;
  glance(): void;
  /** Advances the clock: what it is from now on, a number of 32 bits that wraps. */
  tick(): number;
  /** Ends it, and closes what is in it. `done` is called when all is gone. Doesn't keep the process alive. */
  close(done: () => void): void;
}

/** A new one, or -errno. Throws where the runtime starts no thread. */
export type WatchThreadFactory = (listener: WatchListener) => WatchThread | number;
