// SPDX-License-Identifier: LGPL-2.1-or-later

// Waiting for a thread to have started. From then on it takes no more descriptors, so none can be missing later, when there is nobody to be told.

/** So long that only a thread that can't start takes it. That one says so later, by its event `error`. */
const PATIENCE_MS = 1000;

/** One word that threads share. */
export function word(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** In the thread: what `open` gives, and that it has all that it needs, or can't have it. */
export function opened<T>(started: Int32Array, open: () => T): T {
  try {
    return open();
  } finally {
    Atomics.store(started, 0, 1);
    Atomics.notify(started, 0);
  }
}

/** Blocks until then: some milliseconds to some tens of them, which the constructor of Deno's Worker takes anyway. */
export function awaitStart(started: Int32Array): void {
  Atomics.wait(started, 0, 0, PATIENCE_MS);
}
