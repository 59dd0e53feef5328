// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * What a platform must provide: all that is not the same on Node, Bun and Deno. node.ts, bun.ts and deno.ts are each the whole of a runtime, one object of this
 * interface. A further file of a runtime begins with its name and a dash (node-uv.ts). src/runtime.ts alone chooses, and nobody else knows which runtimes there
 * are (test/project/runtimes.test.ts). To add one: CONTRIBUTING.md.
 *
 * All of them have what is used of Node's own modules here without asking: `process`, worker_threads with `eval`, timers, fs.
 */
import type { Ffi } from './ffi.js';
import type { Threads } from './thread/threads.js';
import type { SourceFactory } from './waiter.js';

/** Why libc can't be called: `EACCES` where the runtime was told not to, `ENOSYS` otherwise, and what to do about it. */
export interface Refusal {
  readonly code: 'EACCES' | 'ENOSYS';
  readonly why: string;
}

/** /dev/fuse. It takes no part of a message and gives no part of one. Statuses are >= 0 or -errno. */
export interface Channel {
  /** Blocks until there is a request: its size in bytes. */
  read(buffer: Uint8Array): number;
  /** Writes the `size` bytes at `offset`. */
  write(buffer: Uint8Array, offset: number, size: number): number;
}

/** What the program of the helper (src/helper) stands on. */
export interface HelperProgram {
  readonly channel: Channel;
  /** The arguments of the program. */
  readonly args: readonly string[];
  /** Writes a text to the standard output. */
  say(text: string): void;
  exit(status: number): never;
}

/**
 * Gets an error that nobody caught, or the reason of a rejection that nobody handled. `when`: it runs in the context (context.ts) in which that
 * occurred; in none, but as soon as it occurred; in none and later. Gives whether it takes it: then nobody else hears of it.
 */
export type TakeStray = (error: unknown, when: 'in context' | 'at once' | 'late') => boolean;

/** What the program of the helper asks for. */
export interface HelperOptions {
  /** /dev/fuse. */
  readonly fd: number;
  /** What ps(1) is to show, where the runtime lets a program say that. */
  readonly title: string;
  /** The signals that end programs and must not end this one: by name without SIG, their numbers. */
  readonly ignored: Readonly<Record<string, number>>;
}

export interface Runtime {
  /** Whether this is the runtime. Found out at import, where there may be none of these (a browser), and without loading anything. */
  readonly isHere: boolean;

  /** libc, for this thread. Throws what the runtime throws; {@link Runtime.explain} understands it. */
  openLibc(): Ffi;
  /** What an error of {@link Runtime.openLibc} means to the user. */
  explain(error: Error & { code?: string }): Refusal;

  /**
   * How it waits for an epoll set without blocking its event loop. `byThread`: by a thread of its own, where the event loop takes no descriptors, or not well
   * enough. The function that is told runs outside of the context (AsyncLocalStorage) in which the set was made or looked at. Not every runtime can do that.
   */
  openSources(ffi: Ffi, byThread: () => SourceFactory): SourceFactory;
  /**
   * Runs `run` after the functions that were told, and after what their promises have set off: in this turn of the event loop, or
   * as soon after as the runtime can.
   */
  readonly afterTold: (run: () => void) => void;
  readonly threads: Threads;
  /**
   * Has `take` asked about each stray error, until what this returns is called. One that it doesn't take is handled as if nobody
   * had asked.
   */
  catchStray(take: TakeStray): () => void;
  /** Whether it tells of rejections `'late'`: at the end of a turn of the event loop, in the order in which they occurred. */
  readonly isStrayLate: boolean;

  /** What its program answers to `--version`, or how that begins. */
  version(): string;
  /** What this program is if its runtime is packed into it and says so: such a program runs itself, whatever it is told. */
  packedBy(): string | undefined;
  /** Arguments for the runtime that keep it from files that lie around: configuration, environment. */
  readonly alone: readonly string[];
  /** What stands between the runtime and its program's file on the command line of this process, or would do. */
  programArgs(): readonly string[];
  /** Variables of the environment by which it runs other code or behaves otherwise, but for what it tells its children. */
  readonly variables: RegExp;
  /** Why a variable of the environment is kept from the program, and what to do about that; undefined: it isn't. */
  whyHidden(name: string): string | undefined;

  /** The command that has this very runtime run `program`, a text, as a helper. */
  helperCommand(program: string, args: readonly string[]): string[];
  /** What the environment of a helper must have. `isUsable`: whether this user may write to a folder. */
  helperEnv(isUsable: (folder: string) => boolean): Record<string, string>;
  /** In a process that is a helper: what its program stands on. */
  readonly becomeHelper: (options: HelperOptions) => HelperProgram;
}
