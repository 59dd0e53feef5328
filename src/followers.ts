// SPDX-License-Identifier: LGPL-2.1-or-later

// What must hear of what this thread does to vpolls. That is what holds another descriptor of one, which would keep it open. It is also what may have been
// told events that are no longer true.

import { VPOLL_CTL_ADDEVENTS, VPOLL_CTL_DELEVENTS } from './constants.js';

/** What one call did to the vpoll with this number: the bits that it took away, and those that it asserted. */
export interface Change {
  readonly fd: number;
  readonly taken: number;
  readonly given: number;
}

type Follower<What> = (what: What) => void;

function follow<What>(followers: Set<Follower<What>>, follower: Follower<What>): () => void {
  followers.add(follower);
  return () => void followers.delete(follower);
}

/** Those who follow the vpolls of one kernel. */
export class Followers {
  readonly #closes = new Set<Follower<number>>();
  readonly #changes = new Set<Follower<Change>>();

  /** Calls `follower` with the number of each vpoll that is closed here, until the function that this returns is called. */
  readonly followCloses = (follower: Follower<number>): (() => void) => follow(this.#closes, follower);

  /** The same for each change, once it is made. */
  readonly followChanges = (follower: Follower<Change>): (() => void) => follow(this.#changes, follower);

  /** Says that the vpoll with this number was closed. */
  readonly tellClosed = (fd: number): void => {
    for (const follower of this.#closes) follower(fd);
  };

  /** Says that vpoll_ctl() has changed the vpoll with this number. */
  readonly tellChanged = (fd: number, op: number, events: number): void => {
    if (this.#changes.size === 0) return;
    const taken = op === VPOLL_CTL_ADDEVENTS ? 0 : op === VPOLL_CTL_DELEVENTS ? events : ~events;
    const given = op === VPOLL_CTL_DELEVENTS ? 0 : events;
    for (const follower of this.#changes) follower({ fd, taken, given });
  };
}

/** Of the vpolls of this kernel. */
export const FOLLOWERS = new Followers();
export const { followCloses, followChanges, tellClosed, tellChanged } = FOLLOWERS;
