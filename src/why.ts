// SPDX-License-Identifier: LGPL-2.1-or-later

// Why something isn't there, kept as what it is until somebody is told: an error says it in one sentence, `vpoll doctor` in two.

/** Why something isn't there, without a full stop. */
export interface Why {
  readonly reason: string;
  /** What a user can do about it; none where there is nothing to do. */
  readonly remedy?: string | undefined;
  /** Where it failed for lack of descriptors: that may be over a moment later. */
  readonly shortage?: 'EMFILE' | 'ENFILE' | undefined;
}

/** The same as an error says it. */
export function sentence({ reason, remedy }: Why): string {
  return remedy === undefined ? reason : `${reason} (${remedy})`;
}
