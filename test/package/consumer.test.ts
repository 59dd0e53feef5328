// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programOf, RUNTIMES, type RuntimeName } from '../../tools/runtimes.js';
import { pack } from '../support/pack.js';
import { root, run } from '../support/run.js';

/** An empty project of somebody else's, with nothing in it but the package. */
const project = mkdtempSync(join(tmpdir(), 'vpoll-consumer-'));

const use = `
  const vp = VPoll.create({ events: EPOLLIN });
  if (!(vp.fd >= 0) || (vp.events & EPOLLIN) === 0) throw new Error('fd ' + vp.fd + ', events ' + vp.events);
  const poller = Poller.create();
  poller.add(vp, EPOLLIN, { data: 'works' });
  poller.wait().then(([event]) => {
    console.log('it ' + event.data);
    poller.close();
    vp.close();
  });
`;

function write(name: string, text: string): string {
  const file = join(project, name);
  writeFileSync(file, text);
  return file;
}

/** What stands before a JavaScript file on each runtime's command line. */
const ARGS: Record<RuntimeName, string[]> = { node: [], bun: [], deno: ['run', '--allow-ffi', '--allow-env', '--allow-read'] };

/** Runs under every runtime. */
function works(file: string): void {
  for (const runtime of RUNTIMES) {
    assert.match(run(programOf(runtime), [...ARGS[runtime], file], project), 'it works', runtime);
  }
}

test.before(() => {
  write('package.json', JSON.stringify({ name: 'consumer', version: '1.0.0', private: true }));
  const { tarball } = pack(project);
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], project);
});

test.after(() => {
  rmSync(project, { recursive: true });
});

test('import', () => {
  works(write('import.mjs', `import { Poller, VPoll, EPOLLIN } from 'vpoll';${use}`));
});

test('require: there is no top-level await', () => {
  works(write('require.cjs', `const { Poller, VPoll, EPOLLIN } = require('vpoll');${use}`));
});

test('import alone loads no native code', () => {
  const text = `import 'vpoll'; if (process.report.getReport().sharedObjects.some((n) => n.includes('koffi'))) throw new Error('koffi');`;
  run(process.execPath, [write('lazy.mjs', text)], project);
});

test('import alone needs no permission in Deno', () => {
  const file = write('no-permission.mjs', `import { formatEvents } from 'vpoll'; console.log(formatEvents(5));`);
  assert.is(run(programOf('deno'), ['run', '--no-prompt', file], project), 'IN|OUT\n');
});

for (const [format, extension] of [
  ['esm', 'mjs'],
  ['cjs', 'cjs'],
] as const) {
  test(`bundled by esbuild as ${format}`, async () => {
    const entry = write('bundle.js', `import { Poller, VPoll, EPOLLIN } from 'vpoll';${use}`);
    const outfile = join(project, `bundled.${extension}`);
    await build({ entryPoints: [entry], bundle: true, platform: 'node', format, outfile, logLevel: 'silent' });
    works(outfile);
  });
}

test('bundled by rollup and by bun build', async () => {
  const entry = write('bundle.js', `import { Poller, VPoll, EPOLLIN } from './node_modules/vpoll/build/index.js';${use}`);
  const bundle = await rollup({ input: entry, external: /^node:/ });
  const file = join(project, 'rolled.mjs');
  await bundle.write({ file, format: 'es' });
  await bundle.close();
  works(file);
  const built = join(project, 'built.mjs');
  run(programOf('bun'), ['build', entry, '--target=node', `--outfile=${built}`], project);
  works(built);
});

test('vpoll/sim bundled for a browser needs nothing of a runtime', async () => {
  const entry = write(
    'sim.js',
    `import { EPOLLIN, simulate } from 'vpoll/sim';
    const main = async ({ VPoll, Poller }) => {
      const poller = Poller.create();
      poller.add(VPoll.create({ events: EPOLLIN }), EPOLLIN, { data: 'works' });
      const [{ data }] = await poller.wait();
      globalThis.say('it ' + data);
    };
    simulate({ tasks: { main } });`,
  );
  const outfile = join(project, 'sim.bundled.mjs');
  await build({ entryPoints: [entry], bundle: true, platform: 'browser', format: 'esm', outfile, logLevel: 'silent' });
  // As poor as a browser: no process, no setImmediate.
  const start = `globalThis.say = console.log; delete globalThis.setImmediate; delete globalThis.process; await import('./sim.bundled.mjs');`;
  works(write('start.mjs', start));
});

for (const runtime of ['bun', 'deno'] as const) {
  const options = runtime === 'deno' ? ['run', '--allow-all'] : [];
  test(`under ${runtime}: the package, and what esbuild made of it`, async () => {
    const entry = write('use.mjs', `import { Poller, VPoll, EPOLLIN } from 'vpoll';${use}`);
    const outfile = join(project, 'bundled-elsewhere.mjs');
    await build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      outfile,
      logLevel: 'silent',
    });
    for (const file of [entry, outfile]) assert.match(run(programOf(runtime), [...options, file], project), 'it works');
  });
}

/** The oldest TypeScript whose users need no skipLibCheck: docs/runtimes.md. */
const LEAST = '5.4.5';
const MODULES = [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const;
const TYPED = `import { Poller, realKernel, VPoll, EPOLLIN } from 'vpoll';
  import { simulate, type Kernel } from 'vpoll/sim';
  export const real: Kernel = { ...realKernel(), VPoll, Poller, sleep: () => Promise.resolve(), now: () => 0 };
  export const simulated = simulate({ tasks: { main: (kernel: Kernel) => kernel.sleep(1) } });
  const vp: VPoll = VPoll.create({ events: EPOLLIN });
  const fd: number = vp.fd;
  export const readable: boolean = fd >= 0 && (vp.events & EPOLLIN) !== 0;
  export async function first(poller: Poller): Promise<number | undefined> {
    for await (const events of poller.watch(vp, EPOLLIN)) return events;
    for await (const [event] of poller) return event?.fd;
    return (await poller.watch(vp, EPOLLIN).next()).value;
  }
  vp.close();
  vp[Symbol.dispose]();\n`;

/** Compiles a program that uses both entries, as strictly as can be. */
function compiles(compiler: string, folder: string, module: string, moduleResolution: string): void {
  mkdirSync(folder);
  const compilerOptions = { strict: true, skipLibCheck: false, types: [], lib: ['es2022'], target: 'es2022', noEmit: true };
  const config = { compilerOptions: { ...compilerOptions, module, moduleResolution, exactOptionalPropertyTypes: true } };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, files: ['index.mts'] }));
  writeFileSync(join(folder, 'index.mts'), TYPED);
  run(process.execPath, [join(compiler, 'bin/tsc'), '--project', folder], project);
}

test(`types: TypeScript ${LEAST}`, () => {
  // Not a dependency of ours under another name: npm would link its `tsc` in place of the one that we build with.
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-typescript-'));
  try {
    run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--prefix', folder, `typescript@${LEAST}`]);
    for (const [module, resolution] of MODULES)
      compiles(join(folder, 'node_modules/typescript'), join(project, `types-least-${resolution}`), module, resolution);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const [module, resolution] of MODULES) {
  test(`types: strict, without Node's or the DOM's, ${resolution}`, () => {
    compiles(join(root, 'node_modules/typescript'), join(project, `types-${resolution}`), module, resolution);
  });
}

test('the command runs', () => {
  run('npx', ['--no-install', 'vpoll', '--help'], project);
});

test('brings no build tool along, and no install script of its own', () => {
  interface Lock {
    packages: Record<string, { version: string }>;
  }
  const lock = JSON.parse(readFileSync(join(project, 'node_modules/.package-lock.json'), 'utf8')) as Lock;
  const foreign = Object.keys(lock.packages).filter(
    (name) => !/^node_modules\/(?:vpoll|commander|@wasmer\/wasi|koffi|@koromix\/koffi-.*)$/.test(name),
  );
  assert.equal(foreign, []);
  const manifest = JSON.parse(readFileSync(join(project, 'node_modules/vpoll/package.json'), 'utf8')) as { scripts: object };
  assert.equal(
    Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)?install$/.test(name)),
    [],
  );
});

test.run();
