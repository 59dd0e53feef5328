// SPDX-License-Identifier: LGPL-2.1-or-later

// A patch as git format-patch writes it, and what it is made of.

export interface Patch {
  /** Its file's name. */
  name: string;
  text: string;
}

export function isCover({ name }: Patch): boolean {
  return name.startsWith('0000-');
}

/** The files that a patch changes, each with its part of the text. */
export function partsOf(text: string): { file: string; text: string }[] {
  return text
    .split(/^(?=diff --git )/m)
    .filter((part) => part.startsWith('diff --git '))
    .map((part) => ({ file: /^diff --git a\/\S+ b\/(\S+)/.exec(part)?.[1] ?? '', text: part }));
}
