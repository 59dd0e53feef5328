// SPDX-License-Identifier: LGPL-2.1-or-later

// Which links of a page of the npm package lead nowhere.

import { posix } from 'node:path';
import { isRelative, rewriteTargets } from '../../tools/links.js';

/**
 * A line for each link that leads neither to a file or folder of the package nor to an address. So is a picture without an address, which npm's own page doesn't show.
 *
 * @param page - its path in the package
 * @param isThere - whether the package has a file or folder, by its path
 */
export function deadLinks(page: string, text: string, isThere: (path: string) => boolean): { dead: string[]; count: number } {
  const dead: string[] = [];
  let count = 0;
  const isDead = (target: string, isPicture: boolean): boolean => {
    if (target.startsWith('#')) return false;
    if (!isRelative(target)) return !/^https:\/\/\w/.test(target);
    return isPicture || !isThere(posix.join(posix.dirname(page), target.split('#')[0]!));
  };
  rewriteTargets(text, (target, isPicture) => {
    count++;
    if (isDead(target, isPicture)) dead.push(`${page}: ${target}`);
    return target;
  });
  return { dead, count };
}
