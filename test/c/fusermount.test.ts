// SPDX-License-Identifier: LGPL-2.1-or-later
// alone
// runs: node, not newest

// The helper of the fuse backend in C where user namespaces are refused: by fusermount3(1).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { USER, withFuseForAll } from '../support/fuse.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { allEnd } from './support/helpers.js';
import { compile, execute, library } from './support/library.js';

const env = { VPOLL_BACKEND: 'fuse' };

const withFusermount = needs(test, 'cmake', 'gcc', 'setpriv', 'fusermount3', {
  name: 'root and /dev/fuse',
  has: process.getuid?.() === 0 && existsSync('/dev/fuse'),
});

/** Files that fusermount3 may have been told to mount on. */
function mountFiles(): string[] {
  return ['/tmp', '/dev/shm', '/var/tmp'].flatMap((folder) => readdirSync(folder).filter((name) => /^vpoll-\d+$/.test(name)));
}

/** Compiles what keeps the rest from user namespaces. */
function noUserNamespaces(): string {
  const file = join(library(), 'programs/no-userns');
  run('gcc', ['-o', file, join(root, 'test/fuse/programs/no-userns.c')]);
  return file;
}

withFusermount('where user namespaces are refused: by fusermount3, and neither mount nor file is left', async () => {
  const before = mountFiles();
  const [program, ...args] = [...withFuseForAll(), noUserNamespaces(), ...USER, compile('additions.c'), 'fuse'];
  const { status, output, errors } = execute(program, { args, env, cwd: '/' });
  assert.is(status, 0, `${output}${errors}`);
  await allEnd();
  assert.equal(mountFiles(), before);
  assert.not.match(readFileSync('/proc/self/mounts', 'utf8'), /^vpoll \S+\/vpoll-\d+ fuse/m);
});

/** Reads what a helper says that was started by hand, as a library does it, and ends it there. */
const ASK = `
import socket, subprocess, sys
ours, theirs = socket.socketpair()
subprocess.run(sys.argv[1:] + ['helper', '1'], stdin=theirs, stdout=theirs, stderr=theirs)
theirs.close()
print(ours.recv(4000).decode(), end='')
`;

withFusermount('where that may not become root either, it says what each way said', async () => {
  const before = mountFiles();
  const locked = [...withFuseForAll(), noUserNamespaces(), ...USER, '--no-new-privs', '/usr/bin/python3', '-c', ASK];
  const [program, ...args] = [...locked, join(library(), 'vpoll-fuse')];
  const { output, errors } = execute(program, { args, cwd: '/' });
  assert.match(output, /^a user namespace: unshare\(CLONE_NEWUSER\): errno 1; fusermount3: .*not permitted\n$/, errors);
  await allEnd();
  assert.equal(mountFiles(), before);
});

test.run();
