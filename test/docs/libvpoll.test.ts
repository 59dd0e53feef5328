// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// docs/libvpoll.md's commands, typed as they stand beside node_modules/vpoll, bring README's program in C to run with our library. c/embedding.test.ts has its lines of cmake.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DEBIANS } from '../c/support/library.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { blocksOf, commandsOf } from './support/blocks.js';

const PAGE = 'docs/libvpoll.md';
const [machine, own] = commandsOf(PAGE);
const look = blocksOf(PAGE).find(({ kind, code }) => kind === 'sh' && code.startsWith('ldd '))!.code;
const folder = mkdtempSync(join(tmpdir(), 'vpoll-page-'));
/** The folders of the machine as they are, with what is written to them in a file system of this shell's alone. */
const APART = `
mount -t tmpfs apart "$APART"
for path in usr/local etc; do
  mkdir -p "$APART/$path/up" "$APART/$path/work"
  mount -t overlay apart -o "lowerdir=/$path,upperdir=$APART/$path/up,workdir=$APART/$path/work" "/$path"
done
mount -t tmpfs apart /var/cache
`;

test.before(() => {
  for (const name of ['node_modules', 'bin', 'apart']) mkdirSync(join(folder, name));
  symlinkSync(root, join(folder, 'node_modules/vpoll'));
  writeFileSync(join(folder, 'program.c'), blocksOf('README.md').find(({ kind }) => kind === 'c')!.code);
  // Who is root there needs no sudo, and it may not be installed.
  writeFileSync(join(folder, 'bin/sudo'), '#!/bin/sh\nexec "$@"\n');
  chmodSync(join(folder, 'bin/sudo'), 0o755);
});

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** What a script prints on both outputs, in the folder beside node_modules. */
function type(script: string, ...shell: string[]): string {
  const [program, ...args] = [...shell, 'sh', '-ec', script];
  const kept = Object.entries(process.env).filter(([name]) => !/^(VPOLL_|PKG_CONFIG_PATH|LD_LIBRARY_PATH)/.test(name));
  const env = {
    ...Object.fromEntries(kept),
    HOME: folder,
    APART: join(folder, 'apart'),
    PATH: `${join(folder, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
  };
  // A file: what Node reads a program's output from is a socket, and /dev/stderr can't be opened where it is one.
  const file = join(folder, 'printed');
  rmSync(file, { force: true });
  const out = openSync(file, 'a');
  const { status } = spawnSync(program, args, { cwd: folder, env, stdio: ['ignore', out, out], timeout: 240_000 });
  closeSync(out);
  const printed = readFileSync(file, 'utf8');
  assert.is(status, 0, printed);
  return printed;
}

/** Our library is loaded from there, and says what it does. */
function isOurs(printed: string, library: string): void {
  assert.match(printed, new RegExp(`\\n\\tlibvpoll\\.so\\.0 => ${library}/libvpoll\\.so\\.0 `));
  assert.match(printed, /\] vpoll_create\(0x0\) = 3, \w+, shows 0x0/);
  assert.match(printed, /\] vpoll_ctl\(3, ADD, 0x2\) = 0, shows 0x2\n/);
  assert.match(printed, `\n${own!.output}`);
}

const TOOLS = ['cmake', 'cc', 'pkg-config', 'ldd'];
const forUser = needs(test, ...TOOLS);
const asRoot = needs(test, ...TOOLS, 'unshare', { name: 'root', has: process.getuid?.() === 0 });

asRoot("for the whole machine: it goes before Debian's, and uninstall takes it away", () => {
  const uninstall = /`(sudo cmake --build \S+ --target uninstall)`/.exec(readFileSync(join(root, PAGE), 'utf8'))![1]!;
  const printed = type(`${APART}${machine!.code}${look}${uninstall}\n! test -e /usr/local/include/vpoll.h`, 'unshare', '-m');
  isOurs(printed, '/usr/local/lib(?:64|/[^/]+)?');
  assert.is(machine!.output, own!.output);
});

forUser("in a folder of one's own, also where the build folder was another prefix's", () => {
  const printed = type(`${own!.code}${look}`);
  isOurs(printed, join(folder, 'vpoll/lib'));
  assert.match(printed, `Installing: ${folder}/vpoll/libexec/vpoll/vpoll-fuse\n`);
});

needs(test, ...TOOLS, { name: "Debian's libvpoll0", has: DEBIANS !== undefined })(
  "without -Wl,-rpath it is Debian's that is loaded there: it writes no trace, and shows no PRI",
  () => {
    const printed = type(`${own!.code.replace(/ -Wl,-rpath\S+ \S+ \S+"/, '')}${look}`);
    assert.not.match(printed, ' vpoll_create(');
    assert.match(printed.split('libvpoll.so.0 => ').at(-1)!, /^\/(?:usr\/)?lib\/\S+ \(0x\w+\)\n0: 0\n$/);
  },
);

test.run();
