// SPDX-License-Identifier: LGPL-2.1-or-later

// Who wants to hear what this thread does to vpolls: whoever holds another descriptor of one, which would keep it open, and whoever may have heard of
// events that are no more.

import { VPOLL_CTL_ADDEVENTS, VPOLL_CTL_DELEVENTS } from './constants.js';

/** What one call did to the vpoll with this number: the bits that it took away, and those that it asserted. */
export interface Change {
  readonly fd: number;
  readonly taken: number;
  readonly given: number;
}

type Follower<What> = (what: What) => void;

const closes = new Set<Follower<number>>();
const changes = new Set<Follower<Change>>();

function follow<What>(followers: Set<Follower<What>>, follower: Follower<What>): () => void {
  followers.add(follower);
  return () => void followers.delete(follower);
}

/** Calls `follower` with the number of each vpoll that is closed here, until the function that this returns is called. */
export function followCloses(follower: Follower<number>): () => void {
  return follow(closes, follower);
}

/** The same for each change, once it is made. */
export function followChanges(follower: Follower<Change>): () => void {
  return follow(changes, follower);
}

/** Says that the vpoll with this number was closed. */
export function tellClosed(fd: number): void {
  for (const follower of closes) follower(fd);
}

/** Says that vpoll_ctl() has changed the vpoll with this number. */
export function tellChanged(fd: number, op: number, events: number): void {
  if (changes.size === 0) return;
  const taken = op === VPOLL_CTL_ADDEVENTS ? 0 : op === VPOLL_CTL_DELEVENTS ? events : ~events;
  const given = op === VPOLL_CTL_DELEVENTS ? 0 : events;
  for (const follower of changes) follower({ fd, taken, given });
}
