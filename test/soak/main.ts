// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Two processes, 1,000 vpolls, random changes and kills, for as long as is asked.
 *
 *     npm run soak -- [--minutes 10] [--seed N] [--runtime node|bun|deno]
 *
 * Prints a line a minute; ends with status 1 when anything was lost or memory grew.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { argsOf, current, programOf, RUNTIMES } from '../../tools/runtimes.js';
import { Soak, type Report } from './support/soak.js';

/** What the heap may differ by between the first quarter of the time and the end. A leak of one object a round would be more. */
const SLACK_KIB = 16 * 1024;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' }, runtime: { type: 'string' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}`);

async function main(seed: number): Promise<boolean> {
  const soak = new Soak({ vpolls: 1000, changes: 100, roundsPerKill: 200, seed });
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 60_000;
  let settled: Report | undefined;
  let said = 0;
  console.log(`${current}, seed ${seed}, ${minutes} minutes`);
  try {
    await soak.start();
    while (elapsed() < minutes) {
      await soak.round();
      if (!settled && elapsed() > minutes / 4) settled = soak.measure();
      if (Math.floor(elapsed()) > said) console.log(JSON.stringify({ minute: ++said, ...soak.measure() }));
    }
  } finally {
    console.log(JSON.stringify(await soak.end()));
  }
  const { missedHere, missedThere, wrong, leaked, rssKiB } = soak.report;
  const grown = rssKiB - (settled ?? soak.report).rssKiB;
  console.log(`${grown} KiB more than after a quarter of the time`);
  return missedHere + missedThere + wrong + leaked === 0 && grown < SLACK_KIB;
}

if (values.runtime !== undefined && values.runtime !== current) {
  const runtime = RUNTIMES.find((name) => name === values.runtime);
  if (!runtime) throw new Error(`no runtime ${values.runtime} (${RUNTIMES.join(', ')})`);
  const args = [...argsOf(runtime), fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exitCode = spawnSync(programOf(runtime), args, { stdio: 'inherit' }).status ?? 1;
} else {
  process.exitCode = (await main(Number(values.seed ?? Date.now() % 2 ** 31))) ? 0 : 1;
}
