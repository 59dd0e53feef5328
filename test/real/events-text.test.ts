// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, vm library/once

// Masks in words and back: a round trip for every mask of named bits and for any other, and EINVAL for what names no event.

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as c from '../../src/constants.js';
import { formatEvents, parseEvents } from '../../src/index.js';
import { refusal } from './support/errors.js';

const NAMED = Object.entries(c)
  .filter(([name]) => name.startsWith('EPOLL'))
  .map(([name, bit]) => ({ name: name.slice(5), bit }));

/** Any subset of the named bits, unsigned. */
const namedMask = fc.subarray(NAMED).map((subset) => subset.reduce((mask, { bit }) => (mask | bit) >>> 0, 0));
const anyMask = fc.integer({ min: 0, max: 0xffffffff });

test('format, then parse, gives the mask back: unsigned', () => {
  fc.assert(
    fc.property(fc.oneof(namedMask, anyMask), (mask) => parseEvents(formatEvents(mask)) === mask),
    { numRuns: 5000 },
  );
});

test('a signed mask means the same as the unsigned one', () => {
  fc.assert(
    fc.property(anyMask, (mask) => formatEvents(mask | 0) === formatEvents(mask)),
    { numRuns: 1000 },
  );
});

test('names in any order, any case, with any prefix and separator', () => {
  const word = fc
    .constantFrom(...NAMED)
    .chain(({ name, bit }) =>
      fc
        .record({ prefix: fc.constantFrom('', 'EPOLL', 'POLL', 'epoll', 'poll', 'Poll'), isLower: fc.boolean() })
        .map(({ prefix, isLower }) => ({ text: prefix + (isLower ? name.toLowerCase() : name), bit })),
    );
  const separator = fc.constantFrom('|', ',', ' ', ' | ', ', ', '\t', '\n');
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), separator, (words, between) => {
      const expected = words.reduce((mask, { bit }) => (mask | bit) >>> 0, 0);
      assert.is(parseEvents(words.map(({ text }) => text).join(between)), expected);
    }),
    { numRuns: 2000 },
  );
});

test('every name by itself, and what the words look like', () => {
  for (const { name, bit } of NAMED) {
    assert.is(formatEvents(bit), name);
    assert.is(parseEvents(name), bit);
  }
  assert.is(formatEvents(0), '0');
  assert.is(parseEvents('0'), 0);
  assert.is(formatEvents(0x2011), 'IN|HUP|RDHUP');
  assert.is(formatEvents(0x21), 'IN|0x20');
  assert.is(parseEvents('IN|0x20|4'), 0x25);
  assert.is(parseEvents('4294967295'), 0xffffffff);
});

test('junk is EINVAL, and the message names the word', () => {
  for (const text of [
    '',
    ' ',
    '|',
    ',',
    'INN',
    'EPOLL',
    'POLLPOLLIN',
    'IN|OUTT',
    'IN|',
    '|IN',
    'IN||OUT',
    'IN| |OUT',
    'IN| ',
    'IN|,OUT',
    '0x',
    '0x100000000',
    '4294967296',
    '-1',
    '1.5',
    '1e3',
    'NaN',
    'toString',
    '__proto__',
  ]) {
    refusal(() => parseEvents(text), 'EINVAL', 'parseEvents');
  }
  assert.match(refusal(() => parseEvents('IN|OUTT'), 'EINVAL').message, "'OUTT'");
  for (const text of [1, null, undefined, {}, ['IN'], Symbol('IN')])
    refusal(() => parseEvents(text as string), 'EINVAL', 'parseEvents');
  for (const mask of [NaN, 1.5, 2 ** 40, -(2 ** 31) - 1, '1', null, undefined, 1n]) {
    refusal(() => formatEvents(mask as number), 'EINVAL', 'formatEvents');
  }
});

test('any text either parses to an unsigned mask or is EINVAL', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        const mask = parseEvents(text);
        assert.ok(Number.isInteger(mask) && mask >= 0 && mask <= 0xffffffff);
      } catch (error) {
        assert.is((error as { code?: string }).code, 'EINVAL');
      }
    }),
    { numRuns: 5000 },
  );
});

test.run();
