// SPDX-License-Identifier: LGPL-2.1-or-later

// The chance of a task: Math.random() and the random functions of crypto are drawn from the run's seed. What those refuse they refuse here too: an
// argument that is wrong goes to the original.

import { builtin } from '../../../host/builtin.js';
import type { Inside } from './inside.js';
import { replace, type Instead } from './replace.js';

type Then = (error: null, value: unknown) => void;

/** The most that crypto.getRandomValues() gives at once (Web Cryptography, 10.1.1). */
const QUOTA_BYTES = 65_536;

function bytesOf(what: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(what)) return new Uint8Array(what.buffer, what.byteOffset, what.byteLength);
  return what instanceof ArrayBuffer || what instanceof SharedArrayBuffer ? new Uint8Array(what) : undefined;
}

/** Gives `value`: to a callback, in a later turn as the originals do, where there is one. */
function give(task: Inside, value: unknown, then: unknown): unknown {
  if (typeof then !== 'function') return value;
  task.timers.setImmediate(() => {
    (then as Then)(null, value);
  });
  return undefined;
}

const getRandomValues: Instead = {
  call: (task, [array], original) => {
    const bytes = bytesOf(array);
    const isRight = bytes && !(array instanceof DataView) && !/^Float/.test(array!.constructor.name);
    if (!isRight || bytes.length > QUOTA_BYTES) return original();
    task.chance.fill(bytes);
    return array;
  },
};

const randomUUID: Instead = { call: (task) => task.chance.uuid() };

const randomBytes: Instead = {
  call: (task, [size, then], original) => {
    if (!Number.isInteger(size) || (size as number) < 0 || (size as number) > 2 ** 31 - 1) return original();
    const bytes = Buffer.alloc(size as number);
    task.chance.fill(bytes);
    return give(task, bytes, then);
  },
};

/** randomFillSync(buffer, offset, size) and randomFill(buffer, offset, size, callback). */
const randomFill: Instead = {
  call: (task, args, original) => {
    const bytes = bytesOf(args[0]);
    const then = typeof args.at(-1) === 'function' ? args.at(-1) : undefined;
    const numbers = args.slice(1, then ? -1 : undefined);
    if (!bytes || numbers.some((each) => each !== undefined && !Number.isInteger(each))) return original();
    const unit = (args[0] as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
    const from = ((numbers[0] as number | undefined) ?? 0) * unit;
    const to = numbers[1] === undefined ? bytes.length : from + (numbers[1] as number) * unit;
    if (from < 0 || to < from || to > bytes.length) return original();
    task.chance.fill(bytes.subarray(from, to));
    return give(task, args[0], then);
  },
};

/** randomInt(max), randomInt(min, max), each with a callback or without. */
const randomInt: Instead = {
  call: (task, args, original) => {
    const then = typeof args.at(-1) === 'function' ? args.at(-1) : undefined;
    const numbers = args.slice(0, then ? -1 : undefined).filter((each) => each !== undefined) as number[];
    const [min, max] = numbers.length === 1 ? [0, numbers[0]!] : (numbers as [number, number]);
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || max <= min || max - min >= 2 ** 48) return original();
    return give(task, min + task.chance.below(max - min), then);
  },
};

export function replaceChance(): void {
  replace(Math, 'random', { call: (task) => task.chance.fraction() });
  const module = builtin('node:crypto');
  for (const crypto of [globalThis.crypto, module]) {
    replace(crypto, 'getRandomValues', getRandomValues);
    replace(crypto, 'randomUUID', randomUUID);
  }
  replace(module, 'randomBytes', randomBytes);
  replace(module, 'pseudoRandomBytes', randomBytes);
  replace(module, 'randomFill', randomFill);
  replace(module, 'randomFillSync', randomFill);
  replace(module, 'randomInt', randomInt);
}
