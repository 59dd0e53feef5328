// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Draws README's picture, docs/picture.svg, from a run: a program in python sleeps in poll(2) on a descriptor that it has inherited, and JavaScript wakes it.
 *
 *     node --import tsx tools/picture.ts [FILE]
 */

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { VPoll } from '../src/index.js';

/** Both programs read CLOCK_MONOTONIC, in nanoseconds. */
const PROGRAM = `
import select, time
p = select.poll()
p.register(3)
print(time.monotonic_ns(), flush=True)
got = p.poll()
print(time.monotonic_ns(), got, sep='\\n')
`;

/** How long python sleeps before JavaScript adds IN, at least. */
const SLEEP_MS = 500;

/** Moments of the run, in milliseconds after the descriptor was made, and what poll(2) gave. */
interface Run {
  readonly sleepsMs: number;
  readonly addsMs: number;
  readonly wakesMs: number;
  readonly got: string;
}

/** Makes the run that is drawn. */
export async function run(): Promise<Run> {
  const vp = VPoll.create();
  const made = process.hrtime.bigint();
  const sinceMs = (at: bigint): number => Number(at - made) / 1e6;
  const python = spawn('python3', ['-c', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit', vp.fd] });
  const lines = createInterface({ input: python.stdout! })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  const began = await line();
  await sleep(SLEEP_MS);
  const adds = process.hrtime.bigint();
  vp.add('IN');
  const woke = await line();
  const got = await line();
  vp.close();
  return { sleepsMs: sinceMs(BigInt(began)), addsMs: sinceMs(adds), wakesMs: sinceMs(BigInt(woke)), got };
}

/** Where the lanes begin and end, and how far down each is. */
const [LEFT, WIDTH, JS, PYTHON] = [110, 800, 52, 142];
/** Where python begins to sleep, where JavaScript adds IN, and where python wakes. The figures are those of the run; the distances are not. */
const [SLEEPS, ADDS, WAKES] = [190, 550, 564];

const STYLE = `
  text { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #24292f }
  .lane { stroke: #8c959f; stroke-width: 2 }
  .asleep { stroke: #8c959f; stroke-width: 8; stroke-linecap: round }
  .awake { stroke: #1a7f37; stroke-width: 8; stroke-linecap: round }
  .wakes { stroke: #1a7f37; stroke-width: 2; fill: none }
  .dot { fill: #0969da }
  .small { font-size: 12px; fill: #57606a }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #8d96a0 } .dot { fill: #4493f8 }
    .awake, .wakes { stroke: #3fb950 }
  }`;

/** The picture of a run. */
export function draw({ sleepsMs, addsMs, wakesMs, got }: Run): string {
  const asleep = `${Math.round(addsMs - sleepsMs)} ms`;
  const late = `${(wakesMs - addsMs).toFixed(1)} ms later`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 190" role="img" aria-labelledby="t">
<!-- SPDX-License-Identifier: LGPL-2.1-or-later; made by tools/picture.ts -->
<title id="t">JavaScript makes a descriptor and adds IN when a python program has slept in poll(2) on it for ${asleep}. That wakes ${late}.</title>
<style>${STYLE}
</style>
<text x="8" y="${JS + 4}">JavaScript</text>
<line class="lane" x1="${LEFT}" y1="${JS}" x2="${WIDTH - 10}" y2="${JS}"/>
<circle class="dot" cx="${LEFT}" cy="${JS}" r="6"/><text x="${LEFT - 4}" y="${JS - 18}">vp = VPoll.create()</text>
<circle class="dot" cx="${ADDS}" cy="${JS}" r="6"/><text x="${ADDS - 4}" y="${JS - 18}">vp.add('IN')</text>
<text class="small" x="${ADDS + 16}" y="${JS + 24}">after ${asleep}</text>
<text x="8" y="${PYTHON + 4}">python</text>
<line class="lane" x1="${LEFT}" y1="${PYTHON}" x2="${WIDTH - 10}" y2="${PYTHON}"/>
<line class="asleep" x1="${SLEEPS}" y1="${PYTHON}" x2="${ADDS}" y2="${PYTHON}"/><text x="${SLEEPS}" y="${PYTHON - 14}">p.poll() sleeps in poll(2)</text>
<path class="wakes" d="M${ADDS} ${JS + 8} C${ADDS} ${JS + 50} ${WAKES} ${PYTHON - 50} ${WAKES} ${PYTHON - 10}"/>
<line class="awake" x1="${WAKES}" y1="${PYTHON}" x2="${WIDTH - 14}" y2="${PYTHON}"/>
<text x="${WAKES + 10}" y="${PYTHON - 14}">wakes: ${got}</text><text class="small" x="${WAKES}" y="${PYTHON + 26}">${late}</text>
</svg>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? fileURLToPath(new URL('../docs/picture.svg', import.meta.url));
  await writeFile(file, draw(await run()));
}
