// SPDX-License-Identifier: LGPL-2.1-or-later

// Who wants to hear that this thread closes a vpoll: whoever holds another descriptor of it, which would keep it open.

const followers = new Set<(fd: number) => void>();

/** Calls `follower` with the number of each vpoll that is closed here, until the function that this returns is called. */
export function followCloses(follower: (fd: number) => void): () => void {
  followers.add(follower);
  return () => void followers.delete(follower);
}

/** Says that the vpoll with this number was closed. */
export function tellClosed(fd: number): void {
  for (const follower of followers) follower(fd);
}
