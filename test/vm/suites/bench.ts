// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { buildLibrary } from '../../../tools/cmake.js';
import { bundle, folder } from '../../../bench/bundle.js';
import { formatRatios } from '../../../bench/report.js';
import { QUICK, type Part } from '../../../bench/results.js';
import type { Guest } from '../guest.js';
import { insmod } from '../module.js';
import { verdict, type Verdict } from '../report.js';
import { byCounts, type Judge } from '../steps.js';
import type { Suite } from '../suites.js';

/** A guest shares its processor with whatever else runs on the host: more rounds than there, and short ones. */
const EFFORT = { ...QUICK, rounds: 61 };

/** How many changes bench/backends.ts measures. */
const ROWS = 3;

/** What is wrong with a part that was measured where `backends` are there, or ''. */
function faultOf({ rows, omitted }: Part, backends: string[]): string {
  if (omitted.length > 0) return omitted.map(({ name, reason }) => `${name}: ${reason}`).join('\n');
  if (rows.length !== ROWS) return `${rows.length} rows`;
  const columns = [...backends, 'socketpair'].flatMap((name) => [name, `${name}, C`]);
  const missing = rows.flatMap(({ name, values }) =>
    columns.filter((column) => !(Number(values[column]?.median) > 0)).map((column) => `${name}: no ${column}`),
  );
  return missing.join('\n');
}

/** Passes when every row was measured; how fast is for the reader. */
function judged(guest: Guest): Judge {
  return (output, status): Verdict => {
    const line = output.split('\n').find((each) => each.startsWith('{"name"'));
    if (status !== 0 || line === undefined) return verdict(false, `${output}status ${status}`);
    const part = JSON.parse(line) as Part;
    const here = guest.backends;
    // Of what the kernel can't have, and of the pinning to a processor, nothing is expected.
    const omitted = part.omitted.filter(({ name }) => name !== 'eventfd' || here.includes('eventfd'));
    console.log(formatRatios(part));
    const fault = faultOf({ ...part, omitted }, here);
    return fault === '' ? { passed: part.rows.length, failed: 0 } : verdict(false, fault);
  };
}

/** The same for libvpoll.so.0 beside Debian's: each takes the kernel's own backend. */
const judgeLibraries: Judge = (output, status) => {
  const line = output.split('\n').find((each) => each.startsWith('{"name"'));
  if (status !== 0 || line === undefined) return verdict(false, `${output}status ${status}`);
  const part = JSON.parse(line) as Part;
  console.log(formatRatios(part));
  const isWhole = part.omitted.length === 0 && part.rows.length === 7;
  return isWhole ? { passed: part.rows.length, failed: 0 } : verdict(false, line);
};

/** How many changes two paths make at a time, without a lock between them and with one. */
const printed: Judge = (output, status) => {
  console.log(output.trimEnd());
  return byCounts(output, status);
};

export const suite: Suite = {
  name: 'bench',
  about:
    "ADD, DEL and SET by eventfd, device and socketpair, from Node and from C, as ratios in one boot; libvpoll.so.0 beside Debian's",
  // Not User-Mode Linux: there the host's own switches between processes are nearly all that is measured.
  kernels: { ci: ['microvm-6.1'], all: ['stock-6.1', 'stock-6.12'] },
  isAlone: true,
  async run(guest) {
    const script = await bundle();
    const command = ['node', '--expose-gc', script, folder, JSON.stringify(EFFORT)];
    buildLibrary('plain', []);
    const paths = join(await guest.run.programs(), 'paths');
    await guest.steps([
      insmod(await guest.module()),
      { name: 'ratios', command: [...command, 'backends'], env: { VPOLL_BACKEND: '' }, timeout_s: 120, judge: judged(guest) },
      { name: 'libvpoll', command: [...command, 'c'], env: { VPOLL_BACKEND: '' }, timeout_s: 120, judge: judgeLibraries },
      ...guest.backends.map((backend) => ({ name: `two paths, ${backend}`, command: [paths, backend, '2000'], judge: printed })),
    ]);
  },
};
