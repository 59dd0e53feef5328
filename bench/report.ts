// SPDX-License-Identifier: LGPL-2.1-or-later

import { layOut } from '../src/cli/table.js';
import type { Part, Ratio, Row, Value } from './results.js';

function digits(number: number): string {
  if (Math.abs(number) >= 100 || Number.isInteger(number)) return number.toFixed(0);
  return number.toFixed(Math.abs(number) >= 10 ? 1 : 2);
}

/** The median or mean, its unit, and the spread where there is one. */
function formatValue(value: Value | undefined): string {
  if (!value) return '';
  const unit = value.unit === 'calls' || value.unit === 'fds' ? '' : ` ${value.unit}`;
  const spread = value.low === value.high ? '' : `\n${digits(value.low)}..${digits(value.high)}`;
  return `${digits(value.mean ?? value.median)}${unit}${spread}`;
}

function formatRatio({ name, median, low, high, target }: Ratio): string {
  const verdict = target === undefined ? '' : ` (at most ${target}: ${median <= target ? 'ok' : 'MISSED'})`;
  return `${name} = ${median.toFixed(2)} [${low.toFixed(2)}..${high.toFixed(2)}]${verdict}`;
}

function notes(row: Row): string {
  return [...row.ratios.map(formatRatio), ...(row.remark === undefined ? [] : [row.remark])].join('\n');
}

/** The columns of `all`, which follow one with names. */
function columnsOf(all: readonly unknown[]): ReadonlySet<number> {
  return new Set(all.map((_, index) => index + 1));
}

/** A part as a table: medians with the 10th and 90th percentile below, and the ratios. */
export function formatPart(part: Part): string {
  const lines = [`\n${part.title} (--only ${part.name})`];
  if (part.rows.length > 0) {
    const rows = part.rows.map((row) => [row.name, ...part.columns.map((name) => formatValue(row.values[name])), notes(row)]);
    lines.push(layOut([['', ...part.columns, 'ratios and remarks'], ...rows], columnsOf(part.columns)));
  }
  for (const { name, reason } of part.omitted) lines.push(`  omitted: ${name}: ${reason}`);
  return lines.join('\n');
}

/** The ratios of a part alone: what a virtual machine can tell, where no time by itself means anything. */
export function formatRatios(part: Part): string {
  const names = [...new Set(part.rows.flatMap((row) => row.ratios.map(({ name }) => name)))];
  const rows = names.map((name) => {
    const ratios = part.rows.map((row) => row.ratios.find((ratio) => ratio.name === name));
    return [name, ...ratios.map((r) => (r ? `${digits(r.median)} [${digits(r.low)}..${digits(r.high)}]` : ''))];
  });
  const table = layOut([['', ...part.rows.map(({ name }) => name)], ...rows], columnsOf(part.rows));
  return `${part.title}: ratios, with the 10th and 90th percentile of the rounds\n${table}`;
}
