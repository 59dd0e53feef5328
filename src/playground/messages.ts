// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page and its worker say to each other.

import type { WatchedResult } from '../scenario/watched.js';

/** What the page asks for. `id` comes back with each answer. */
export type Request =
  | { readonly kind: 'wasm'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'check'; readonly id: number; readonly text: string }
  | { readonly kind: 'c'; readonly id: number; readonly name: string; readonly text: string }
  | { readonly kind: 'run'; readonly id: number; readonly text: string; readonly seed: string }
  | { readonly kind: 'explore'; readonly id: number; readonly text: string; readonly runs: number };

/** What many seeds came to. */
export interface Explored {
  readonly runs: number;
  /** How many runs differ from one another. */
  readonly different: number;
  readonly failed: number;
  /** How many were so long that they were broken off. */
  readonly cut: number;
  /** Of the failures with the fewest moments the first. */
  readonly smallest: { readonly seed: string; readonly moments: number; readonly why: string } | undefined;
}

/** What the worker answers. */
export type Answer =
  | { readonly kind: 'checked'; readonly id: number; readonly wrong: string }
  /** A scenario as C, or '' and what is wrong with it. */
  | { readonly kind: 'made'; readonly id: number; readonly text: string; readonly wrong: string }
  | { readonly kind: 'printed'; readonly id: number; readonly text: string }
  | { readonly kind: 'ran'; readonly id: number; readonly result: WatchedResult }
  | { readonly kind: 'tried'; readonly id: number; readonly explored: Explored; readonly isOver: boolean };
