// SPDX-License-Identifier: LGPL-2.1-or-later

// What `vpoll doctor` found, as text: the answer in three lines, then a matrix with a column for each backend; where that is too wide, backend after backend.

import { stripVTControlCharacters } from 'node:util';
import { BITS } from '../doctor/examine.js';
import type { BackendReport, BitReport, Report, Taken } from '../doctor/types.js';
import { formatEvents } from '../events.js';
import { KNOWN } from './variables.js';
import { layOut } from './table.js';
import { wrap } from './wrap.js';

export type Paint = (colour: 'green' | 'yellow' | 'red', text: string) => string;

const NAMES = BITS.map((bit) => formatEvents(bit));
const COSTS = ['ctl ns', 'wake ns', 'fds', 'bytes'];
const LETTERS = ['x: shown exactly (aliases aside)', 'r: reversible', 'w: wakes a blocked waiter', 'e: an edge for each ADD'];

/** How it says each of the three answers. */
const ANSWERS = ['create() takes:', 'it shows:', 'to get better:'] as const;
const ANSWER_COLUMNS = Math.max(...ANSWERS.map(({ length }) => length)) + 1;

/** One cell: a letter for each of what the bit can do. */
function cell({ exact, reversible, wakes, edge }: BitReport, paint: Paint): string {
  const text = [exact && 'x', reversible && 'r', wakes && 'w', edge && 'e'].map((letter) => letter || '-').join('');
  return paint(exact && reversible && wakes && edge ? 'green' : wakes ? 'yellow' : 'red', text);
}

/** What stands below a backend's name. */
function column(backend: BackendReport, paint: Paint): string[] {
  const nothing = backend.unmeasured === null ? '-' : '?';
  const bits = NAMES.map((name) => (backend.bits[name] ? cell(backend.bits[name], paint) : nothing));
  const costs = [backend.ctl_ns, backend.wake_ns, backend.fds, backend.bytes];
  return [...bits, ...costs.map((value) => (value === null ? nothing : String(value)))];
}

function nameOf({ name, available }: BackendReport, paint: Paint): string {
  return paint(available ? 'green' : 'red', name);
}

/** The matrix; undefined where it is wider than the page. */
function matrix(backends: readonly BackendReport[], columns: number, paint: Paint): string | undefined {
  const cells = backends.map((backend) => [nameOf(backend, paint), ...column(backend, paint)]);
  const rows = ['', ...NAMES, ...COSTS].map((head, i) => [head, ...cells.map((each) => each[i]!)]);
  const text = layOut(rows, new Set(backends.map((_, i) => i + 1)));
  return Math.max(...text.split('\n').map((line) => stripVTControlCharacters(line).length)) <= columns ? text : undefined;
}

/** The same, a backend below the other. */
function list(backends: readonly BackendReport[], paint: Paint): string {
  const one = (backend: BackendReport): string => {
    const cells = column(backend, paint);
    const rows = [...NAMES, ...COSTS].map((head, i) => [`  ${head}`, cells[i]!]);
    return `${nameOf(backend, paint)}\n${backend.available ? layOut(rows) : '  not available'}`;
  };
  return backends.map(one).join('\n\n');
}

/** What it is to be known of a backend beside the matrix. */
function remarks(backend: BackendReport, columns: number): string[] {
  const { name, available, reason, unmeasured } = backend;
  const marked = unmeasured === null ? [] : wrap(`${name}: not measured: ${unmeasured}`, columns, '', '    ');
  if (available ? reason === null : unmeasured !== null) return marked;
  const what = `${name}: ${available ? '' : 'not available: '}${reason ?? 'no reason known'}`;
  const remedy = backend.remedy === null ? [] : wrap(`to get it: ${backend.remedy}`, columns, '    ');
  return [...wrap(what, columns, '', '    '), ...remedy, ...marked];
}

/** What a program gets here that asks for nothing, what it shows, and what to do about it. */
function answers({ backend, exact, by, limit, reason, remedy }: Taken, columns: number, paint: Paint): string[] {
  const given = by.length > 0 ? ` (${by.join(', ')})` : '';
  const shows = backend === null ? `nothing: ${reason!}` : exact ? 'every mask exactly' : limit!;
  const why = backend === null || reason === null ? '' : `no helper of fuse is started: ${reason}; `;
  const better = remedy ?? toGetBetter(exact, by);
  const texts = [`${backend ?? 'nothing'}${given}`, shows, `${why}${better}`];
  const painted = paint(backend === null ? 'red' : exact ? 'green' : 'yellow', backend ?? 'nothing');
  return texts.flatMap((text, i) => {
    const [head = '', ...more] = text.split('\n');
    const below = more.flatMap((line) => wrap(line.trimStart(), columns, ' '.repeat(ANSWER_COLUMNS + 2)));
    const lines = [...wrap(head, columns, ANSWERS[i]!.padEnd(ANSWER_COLUMNS)), ...below];
    return i === 0 ? [lines[0]!.replace(backend ?? 'nothing', painted), ...lines.slice(1)] : lines;
  });
}

/** What helps where nothing is known that does. `by`: the variables that have chosen. */
function toGetBetter(exact: boolean, by: readonly string[]): string {
  if (exact) return 'nothing to do';
  if (by.length === 0) return 'get a backend that is missing below';
  return `unset ${by.map((each) => each.slice(0, each.indexOf('='))).join(', ')}, or say another`;
}

/** Names a variable that is misspelt, beside those that there are. */
function strangers(unknown: readonly string[], columns: number): string[] {
  return wrap(`${unknown.join(', ')} (vpoll reads ${KNOWN.join(', ')})`, columns, 'not known:'.padEnd(ANSWER_COLUMNS));
}

/** All of it, in lines that are no longer than `columns`. */
export function inWords({ kernel, backends, create, unknown }: Report, columns: number, paint: Paint): string {
  return [
    ...answers(create, columns, paint),
    ...(unknown.length > 0 ? strangers(unknown, columns) : []),
    '',
    ...wrap(`Linux ${kernel}`, columns),
    '',
    matrix(backends, columns, paint) ?? list(backends, paint),
    '',
    ...LETTERS,
    '',
    ...backends.flatMap((backend) => remarks(backend, columns)),
    '',
  ].join('\n');
}
