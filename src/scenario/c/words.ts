// SPDX-License-Identifier: LGPL-2.1-or-later

// The words of a scenario as C has them: a word has a name for each place in which it may stand, and is a number elsewhere.

import { ERRNO } from '../../../host/errno.js';
import * as constants from '../../constants.js';
import type { Atom } from '../steps.js';
import { toNumber } from './text.js';

/** The place of an operand. */
export type Place = 'number' | 'poll' | 'epoll-op' | 'vpoll-op' | 'how' | `flags-${string}`;

const OPTIONS = ['EXCLUSIVE', 'ONESHOT', 'ET'];

const HOW: Readonly<Record<string, string>> = { RD: 'SHUT_RD', WR: 'SHUT_WR', RDWR: 'SHUT_RDWR' };
const OPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'epoll-op': { ADD: 'EPOLL_CTL_ADD', DEL: 'EPOLL_CTL_DEL', MOD: 'EPOLL_CTL_MOD' },
  'vpoll-op': { ADD: 'VPOLL_ADD', DEL: 'VPOLL_DEL', SET: 'VPOLL_SET' },
};
/** The flags of each call. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  eventfd: { nonblock: 'EFD_NONBLOCK', semaphore: 'EFD_SEMAPHORE', vpoll: 'EFD_VPOLL' },
  socketpair: { nonblock: 'SOCK_NONBLOCK' },
  pipe: { nonblock: 'O_NONBLOCK' },
  open: { nonblock: 'O_NONBLOCK' },
  timerfd_create: { nonblock: 'TFD_NONBLOCK' },
};

function isEvent(word: string): boolean {
  return `EPOLL${word}` in constants || OPTIONS.includes(word);
}

function toNamed(word: string, place: Place): string | undefined {
  if (Object.hasOwn(ERRNO, word)) return `-${word}`;
  if (place === 'how') return HOW[word];
  if (place.endsWith('-op')) return OPS[place]![word];
  if (place.startsWith('flags-')) return FLAGS[place.slice('flags-'.length)]?.[word];
  if (!isEvent(word)) return undefined;
  return place === 'poll' ? (OPTIONS.includes(word) ? undefined : `POLL${word}`) : `EPOLL${word}`;
}

/** A constant in C, and whether it is of an unsigned type there. */
export interface Constant {
  readonly text: string;
  readonly isUnsigned: boolean;
  /** Whether it must stand in brackets beside an operator. */
  readonly isSum: boolean;
}

function toAtom({ word, value }: Atom, place: Place): { text: string; isUnsigned: boolean } {
  const number = BigInt(value);
  if (/^0x/.test(word) && number >= 0n) return { text: word, isUnsigned: number >= 2n ** 31n };
  const named = toNamed(word, place);
  if (named === undefined) return { text: toNumber(number), isUnsigned: false };
  // EPOLLET is beyond an int, so all of its enum are unsigned.
  return { text: named, isUnsigned: named.startsWith('EPOLL') && place !== 'epoll-op' };
}

export function toConstant(atoms: readonly Atom[], place: Place): Constant {
  const all = atoms.map((atom) => toAtom(atom, place));
  return {
    text: all.map(({ text }) => text).join(' | '),
    isUnsigned: all.some(({ isUnsigned }) => isUnsigned),
    isSum: all.length > 1,
  };
}
