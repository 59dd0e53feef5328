// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: one helper

// What a runtime that is our helper reads of its surroundings. A root of its own, in a mount namespace, holds every file that one of them is known to look for. A
// program there has a helper, a server or a starter. strace(1) says what those have opened.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { traced, type Seen, type Traced } from '../support/execs.js';
import { runtime } from '../support/runtime.js';
import { withFuse } from './support/helper.js';

// The native helper reads nothing at all (native.test.ts).
process.env.VPOLL_FUSE = 'runtime';

const root = { name: 'root', has: process.geteuid!() === 0 };
const withRoot = withFuse('strace', 'sh', root);
const index = new URL('../../build/index.js', import.meta.url).href;
const cli = fileURLToPath(new URL('../../build/cli.js', import.meta.url));

/** Makes the new root in a namespace of its own, and runs the rest there. What says where root's home is says otherwise. */
const MAKE_ROOT = `
mount -t tmpfs none /mnt || exit 1
for each in /*; do
  [ "$each" = /mnt ] || [ "$each" = /lost+found ] && continue
  if [ -L "$each" ]; then cp -a "$each" "/mnt$each"
  elif [ -d "$each" ]; then mkdir "/mnt$each" && mount --rbind "$each" "/mnt$each" || exit 1
  fi
done
sed 's,^\\(root:[^:]*:0:0:[^:]*\\):[^:]*:,\\1:/home-of-root:,' /etc/passwd >/mnt/passwd
mount --bind /mnt/passwd /mnt/etc/passwd && exec chroot /mnt sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"`;

/** Each would have another program run, or this one behave otherwise, or fail. */
const FILES: Readonly<Record<string, string>> = {
  'bunfig.toml': 'preload = ["/hostile.cjs"]\n',
  '.env': 'BUN_OPTIONS=--preload=/hostile.cjs\nNODE_OPTIONS=--require=/hostile.cjs\nVPOLL_FUSE=on\n',
  'tsconfig.json': '{ "compilerOptions": { "paths": { "*": ["/hostile.cjs"], "node:*": ["/hostile.cjs"] } } }\n',
  'deno.json': '{ "imports": { "node:fs": "/hostile.cjs" }, "tasks": { "eval": "false" } }\n',
  'package.json': '{ this is no JSON',
  '.npmrc': 'no=\n=no\n',
  // What can't be read at all.
  'home-of-root/.npmrc/file': '',
  'node_modules/fs/index.js': 'require("/hostile.cjs")\n',
};
const COPIES = { '.env': ['.env.local', '.env.production', '.env.development'], 'deno.json': ['deno.jsonc'] };
const NAMES = [...Object.keys(FILES), ...Object.values(COPIES).flat(), 'node_modules', 'openssl.cnf', 'hostile.cjs'];

/** What is opened of all that and can do no harm: Bun reads what a package's and TypeScript's options are, and runs nothing that they name. */
const HARMLESS = runtime === 'bun' ? ['package.json', 'tsconfig.json'] : [];

interface Place {
  readonly path: (name: string) => string;
  /** Runs a module in the new root, which first puts those files where the runtimes look for them, and what is hostile into its environment. */
  readonly inRoot: (text: string, before?: readonly string[]) => Traced;
}

interface Plants {
  env?: NodeJS.ProcessEnv;
  /** A file that is left out. */
  without?: string;
}

/** Puts them in place: only for what the program starts. */
function planting(files: string, { env = {}, without = ' ' }: Plants): string {
  return `
    import { cpSync } from 'node:fs';
    const filter = (path) => !path.endsWith(${JSON.stringify(without)});
    for (const folder of ['/', '.']) cpSync(${JSON.stringify(files)}, folder, { recursive: true, filter });
    Object.assign(process.env, ${JSON.stringify(env)});`;
}

async function withPlace(plants: Plants, use: (place: Place) => unknown): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-around-'));
  const path = (name: string): string => join(folder, name);
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  try {
    const hostile = `require('node:fs').appendFileSync(${JSON.stringify(path('ran'))}, process.argv.join(' ').slice(0, 300) + '\\n');\n`;
    write('files/hostile.cjs', hostile);
    for (const [name, text] of Object.entries(FILES)) write(`files/${name}`, text);
    for (const [name, copies] of Object.entries(COPIES)) for (const copy of copies) write(`files/${copy}`, FILES[name]!);
    write('work/package.json', '{}');
    const inRoot = (text: string, before: readonly string[] = []): Traced => {
      write('work/main.mjs', `${planting(path('files'), plants)}${text}`);
      const command = [process.execPath, ...(runtime === 'deno' ? ['run', '--allow-all'] : []), path('work/main.mjs')];
      return traced(['unshare', '-m', 'sh', '-c', MAKE_ROOT, 'sh', ...before, ...command], { cwd: path('work') });
    };
    await use({ path, inRoot });
    assert.throws(() => readFileSync(path('ran')), /ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The names of planted files that helpers of this runtime have opened. */
function openedByHelpers(seen: readonly Seen[]): string[] {
  const helpers = seen.filter(({ execs }) => /^execve\("[^"]*", \["[^"]*",.*"(?:-e|eval|--version)"/.test(execs.at(-1)!));
  const asked = helpers.filter(({ execs }) => execs.at(-1)!.startsWith(`execve("${process.execPath}"`));
  assert.is(asked.length, 2, 'one that was asked for its version, and a helper');
  const names = asked.flatMap(({ opened }) => opened).map((path) => basename(path));
  return [...new Set(names)].filter((name) => NAMES.includes(name)).sort();
}

withRoot('a helper reads nothing of its surroundings that could make it another program', () =>
  withPlace({}, ({ inRoot }) => {
    const { stdout, stderr, seen } = inRoot(`
      const { VPoll } = await import(${JSON.stringify(index)});
      const vp = VPoll.create({ backend: 'fuse', events: 2 });
      console.log(vp.events);
      vp.close();`);
    assert.is(stdout, '2\n', stderr);
    assert.equal(openedByHelpers(seen), HARMLESS);
  }),
);

/** A module that becomes this command of vpoll. */
function commandOf(...args: string[]): string {
  return `
    process.argv.splice(1, 1, ...${JSON.stringify([cli, ...args])});
    await import(${JSON.stringify(pathToFileURL(cli).href)});`;
}

/** Runs the rest until it says something, then ends it. */
const UNTIL_SAID = `
"$@" >said &
pid=$!
until [ -s said ] || ! kill -0 $pid; do sleep 0.1; done
cat said
kill -TERM $pid
wait $pid`;

withRoot('nor does that of vpoll serve', () =>
  withPlace({}, ({ path, inRoot }) => {
    const { stdout, stderr, seen } = inRoot(commandOf('serve', path('vpoll')), ['sh', '-c', UNTIL_SAID, 'sh']);
    assert.is(stdout, `serving ${path('vpoll')}\n`, stderr);
    assert.equal(openedByHelpers(seen), HARMLESS);
  }),
);

const VARIABLES = {
  NODE_OPTIONS: '--require=/hostile.cjs',
  NODE_PATH: '/a',
  BUN_OPTIONS: '--preload=/hostile.cjs',
  BUN_INSPECT_PRELOAD: '/hostile.cjs',
  DENO_WORD: "it's ü",
  OPENSSL_CONF: '/nowhere',
};

withRoot('the starter of vpoll run follows nothing that is meant for the program, and the program has it', () =>
  // It is a file of a package, and Bun and Deno run none where a package.json on the way to the root can't be read.
  withPlace({ env: VARIABLES, without: 'package.json' }, ({ inRoot }) => {
    const { stdout, stderr, status } = inRoot(commandOf('run', '--', 'env'));
    assert.is(status, 0, stderr);
    const lines = stdout.split('\n');
    for (const [name, value] of Object.entries(VARIABLES)) assert.ok(lines.includes(`${name}=${value}`), `${name}: ${stdout}`);
    assert.not.match(stdout, 'HIDDEN');
  }),
);

test.run();
