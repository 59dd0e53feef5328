// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Two processes, 1,000 vpolls, random changes and kills, for as long as is asked.
 *
 *     npm run soak -- [--minutes 10] [--seed N] [--runtime node|bun|deno]
 *
 * Prints a line a minute; ends with status 1 when anything was lost or memory grew.
 */

import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { argsOf, current, programOf, RUNTIMES } from '../../tools/runtimes.js';
import { rssKiB } from '../real/support/libc.js';
import { collectGarbage } from '../support/runtime.js';
import { Soak, type Report } from './support/soak.js';

/** What the heap may differ by between the first quarter of the time and the end. A leak of one object a round would be more. */
const SLACK_KIB = 16 * 1024;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    runtime: { type: 'string' },
    here: { type: 'boolean' },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}`);

type Measured = Report & { rssKiB: number };

/** What is in use after a collection: the least of several, since an engine gives memory back in its own time. */
async function settled(soak: Soak): Promise<Measured> {
  let least = Infinity;
  for (let i = 0; i < 10; i++) {
    collectGarbage();
    await sleep(20);
    least = Math.min(least, rssKiB());
  }
  return { ...soak.report, rssKiB: least };
}

async function main(seed: number): Promise<boolean> {
  const soak = new Soak({ vpolls: 1000, changes: 100, roundsPerKill: 200, seed });
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 60_000;
  let first: Measured | undefined;
  let said = 0;
  console.log(`${current}, seed ${seed}, ${minutes} minutes`);
  try {
    await soak.start();
    while (elapsed() < minutes) {
      await soak.round();
      if (elapsed() > minutes / 4) first ??= await settled(soak);
      if (Math.floor(elapsed()) > said) console.log(JSON.stringify({ minute: ++said, ...(await settled(soak)) }));
    }
  } finally {
    await soak.end();
  }
  const last = await settled(soak);
  console.log(JSON.stringify(last));
  const { missedHere, missedThere, wrong, leaked } = last;
  const grown = last.rssKiB - (first ?? last).rssKiB;
  console.log(`${grown} KiB more than after a quarter of the time`);
  return missedHere + missedThere + wrong + leaked === 0 && grown < SLACK_KIB;
}

/** The same program under the runtime that was asked for, with a collector that can be called. */
function startAgain(asked = 'node'): number {
  const runtime = RUNTIMES.find((name) => name === asked);
  if (!runtime) throw new Error(`no runtime ${asked} (${RUNTIMES.join(', ')})`);
  const args = [
    ...argsOf(runtime, fileURLToPath(import.meta.url), { gc: true, smallHeap: true }),
    ...process.argv.slice(2),
    '--here',
  ];
  return spawnSync(programOf(runtime), args, { stdio: 'inherit' }).status ?? 1;
}

if (!values.here) {
  process.exitCode = startAgain(values.runtime);
} else {
  process.exitCode = (await main(Number(values.seed ?? Date.now() % 2 ** 31))) ? 0 : 1;
}
