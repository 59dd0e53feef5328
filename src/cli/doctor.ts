// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll doctor`: what each backend can do on this machine, found out by doing it, and how to get a better one.

import { styleText } from 'node:util';
import { Command } from 'commander';
import { VPOLL_EVENTS } from '../constants.js';
import { getCore } from '../core.js';
import { createBench } from '../doctor/bench.js';
import { BITS } from '../doctor/examine.js';
import { examineAll } from '../doctor/report.js';
import { examineCreate } from '../doctor/taken.js';
import { REPORT_VERSION, type BackendReport, type BitReport, type Report, type Taken } from '../doctor/types.js';
import { formatEvents } from '../events.js';
import { print } from './end.js';
import { layOut } from './table.js';

const NAMES = BITS.map((bit) => formatEvents(bit));
const COSTS = ['ctl ns', 'wake ns', 'fds', 'bytes'];

type Paint = (colour: 'green' | 'yellow' | 'red', text: string) => string;

const inColour: Paint = (colour, text) => styleText(colour, text, { validateStream: false });
const plain: Paint = (_, text) => text;

/**
 * Whether colours are wanted: on a terminal that has them, or where FORCE_COLOR asks for them, but never where NO_COLOR is there and not empty, as
 * no-color.org has it. Not by the runtimes' hasColors(): Node's takes an empty one for a word.
 */
function hasColours(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR || FORCE_COLOR === '0') return false;
  return Boolean(FORCE_COLOR) || (process.stdout.isTTY && TERM !== 'dumb');
}

/** One cell: a letter for each of what the bit can do. */
function cell({ exact, reversible, wakes, edge }: BitReport, paint: Paint): string {
  const text = [exact && 'x', reversible && 'r', wakes && 'w', edge && 'e'].map((letter) => letter || '-').join('');
  return paint(exact && reversible && wakes && edge ? 'green' : wakes ? 'yellow' : 'red', text);
}

function number(value: number | null): string {
  return value === null ? '-' : String(value);
}

function row(backend: BackendReport, paint: Paint): string[] {
  const name = paint(backend.available ? 'green' : 'red', backend.name);
  const bits = NAMES.map((bit) => (backend.bits[bit] ? cell(backend.bits[bit], paint) : '-'));
  return [name, ...bits, ...[backend.ctl_ns, backend.wake_ns, backend.fds, backend.bytes].map(number)];
}

function say(backend: BackendReport): string[] {
  if (backend.available && backend.reason === null) return [];
  const what = `${backend.name}: ${backend.available ? '' : 'not available: '}${backend.reason ?? 'no reason known'}`;
  return [backend.remedy === null ? what : `${what}\n    to get it: ${backend.remedy}`];
}

/** The first line: what a program gets here that asks for nothing. Where that is not every mask, a second says why. */
function sayTaken({ backend, exact, by, limit, reason, remedy }: Taken, paint: Paint): string[] {
  const given = by.length > 0 ? ` (${by.join(', ')})` : '';
  if (backend === null) return [`create() here fails${given}: ${reason!}`];
  const what = exact ? 'shows every mask exactly' : limit!;
  const first = `create() here takes ${paint(exact ? 'green' : 'yellow', backend)}${given}, which ${what}`;
  if (reason === null) return [first];
  return [first, `    no helper of fuse is started: ${reason}${remedy === null ? '' : `\n    to have every mask: ${remedy}`}`];
}

function inWords({ kernel, backends, create }: Report, paint: Paint): string {
  const rows = [['', ...NAMES, ...COSTS], ...backends.map((backend) => row(backend, paint))];
  const costs = new Set(COSTS.map((_, index) => 1 + NAMES.length + index));
  return [
    ...sayTaken(create, paint),
    `Linux ${kernel}, ${NAMES.length} bits (${formatEvents(VPOLL_EVENTS)})`,
    '',
    layOut(rows, costs),
    '',
    'x: shown exactly (aliases aside)  r: reversible  w: wakes a blocked waiter  e: an edge for each ADD',
    ...backends.flatMap(say),
    '',
  ].join('\n');
}

/** `vpoll doctor` */
export const doctor = new Command('doctor')
  .description('Try each backend, and say what it can do here and how to get a better one')
  .option('--json', 'One JSON object')
  .action(async ({ json }: { json?: boolean }) => {
    const core = getCore();
    const create = examineCreate();
    const report: Report = { version: REPORT_VERSION, create, ...(await examineAll(core, createBench(core))) };
    const paint = hasColours() ? inColour : plain;
    print(json ? `${JSON.stringify(report, null, 2)}\n` : inWords(report, paint));
  });
