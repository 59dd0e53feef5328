// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll doctor`: what each backend can do on this machine, found out by doing it, and how to get a better one.

import { styleText } from 'node:util';
import { defineCommand } from 'citty';
import Table from 'cli-table3';
import { VPOLL_EVENTS } from '../constants.js';
import { getCore } from '../core.js';
import { createBench } from '../doctor/bench.js';
import { BITS } from '../doctor/examine.js';
import { examineAll } from '../doctor/report.js';
import type { BackendReport, BitReport, Report } from '../doctor/types.js';
import { formatEvents } from '../events.js';
import { print } from './end.js';

const NAMES = BITS.map((bit) => formatEvents(bit));

/** One cell: a letter for each of what the bit can do. */
function cell({ exact, reversible, wakes, edge }: BitReport): string {
  const text = [exact && 'x', reversible && 'r', wakes && 'w', edge && 'e'].map((letter) => letter || '-').join('');
  return styleText(exact && reversible && wakes && edge ? 'green' : wakes ? 'yellow' : 'red', text);
}

function number(value: number | null): string {
  return value === null ? '-' : String(value);
}

function row(backend: BackendReport): string[] {
  const name = styleText(backend.available ? 'green' : 'red', backend.name);
  const bits = NAMES.map((bit) => (backend.bits[bit] ? cell(backend.bits[bit]) : ''));
  return [name, ...bits, ...[backend.ctl_ns, backend.wake_ns, backend.fds, backend.bytes].map(number)];
}

function say(backend: BackendReport): string[] {
  if (backend.available && backend.reason === null) return [];
  const what = `${backend.name}: ${backend.available ? '' : 'not available: '}${backend.reason ?? 'no reason known'}`;
  return [backend.remedy === null ? what : `${what}\n    to get it: ${backend.remedy}`];
}

function inWords({ kernel, backends }: Report): string {
  const table = new Table({
    head: ['', ...NAMES, 'ctl ns', 'wake ns', 'fds', 'bytes'],
    style: { head: [], border: [], compact: true },
  });
  for (const backend of backends) table.push(row(backend));
  return [
    `Linux ${kernel}, ${NAMES.length} bits (${formatEvents(VPOLL_EVENTS)})`,
    table.toString(),
    'x: shown exactly (aliases aside)  r: reversible  w: wakes a blocked waiter  e: an edge for each ADD',
    ...backends.flatMap(say),
    '',
  ].join('\n');
}

/** `vpoll doctor` */
export const doctor = defineCommand({
  meta: { name: 'doctor', description: 'Try each backend, and say what it can do here and how to get a better one' },
  args: { json: { type: 'boolean', description: 'One JSON object' } },
  async run({ args }) {
    const core = getCore();
    const report = await examineAll(core, createBench(core));
    print(args.json ? `${JSON.stringify(report, null, 2)}\n` : inWords(report));
  },
});
