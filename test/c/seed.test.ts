// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// The libvpoll program of the seed's text, as it stands there and linked with Debian's library, with ours: on a stock kernel. The kernels of test/vm run all
// three programs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FIRST, isHere } from '../support/here.js';
import { needs } from '../support/needs.js';
import { run } from '../support/run.js';
import { seedPrograms } from '../vm/seed-programs.js';
import { DEBIANS, library } from './support/library.js';

const programs = await seedPrograms();
const withSeed = needs(
  test,
  'cmake',
  'gcc',
  { name: "the seed's text", has: programs !== undefined },
  { name: "Debian's libvpoll0", has: DEBIANS !== undefined },
);
const folder = mkdtempSync(join(tmpdir(), 'vpoll-seed-'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** The lines that it prints where it has waited in vain some number of times before each event. */
function asShown(last: string): RegExp {
  return new RegExp(`^${['1', '1', '4', last].map((event) => `(?:timeout\\n)+GOT event ${event}\\n`).join('')}$`);
}

async function output(program: string, env: Record<string, string>): Promise<string> {
  const child = spawn(program, { env: { LD_LIBRARY_PATH: library(), ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [status] = (await once(child, 'close')) as [number | null];
  assert.is(status, 0);
  return said;
}

withSeed("the seed's program prints what the seed shows: 2011 over a socketpair, 2015 over tcp, 10 otherwise", async () => {
  const { source } = programs!.find(({ name }) => name === 'library')!;
  const program = join(folder, 'program');
  writeFileSync(`${program}.c`, source);
  run('gcc', ['-o', program, `${program}.c`, '-lvpoll']);
  const backends = ['socketpair', 'tcp', 'auto', ...(existsSync('/dev/fuse') ? ['fuse'] : [])];
  const said = await Promise.all([
    ...backends.map((backend) => output(program, { VPOLL_BACKEND: backend })),
    output(program, { VPOLL_ORDER: 'seed' }),
    output(program, {}),
  ]);
  const last: Record<string, string> = {
    socketpair: '2011',
    tcp: '2015',
    auto: FIRST === 'tcp' ? '2015' : FIRST === 'socketpair' ? '2011' : '10',
    seed: isHere('eventfd') || isHere('device') ? '10' : '2011',
    fuse: '10',
  };
  [...backends, 'seed', 'auto'].forEach((backend, i) => {
    assert.match(said[i]!, asShown(last[backend]!), backend);
  });
});

test.run();
