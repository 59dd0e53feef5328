// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: one helper

// The native helper: when its file is executed, and that the runtime's helper serves, and vpoll doctor says why, where it can't be.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createHash, randomBytes } from 'node:crypto';
import { digestOf, isDigest } from '../../src/fuse/native.js';
import { openLibc } from '../../src/runtime.js';
import { OLD_HELPER, OTHER_NUMBER } from '../support/helpers.js';
import { runtime } from '../support/runtime.js';
import { FILE, HAS_NATIVE, replaceHelper, withCopy, type Copy } from './support/copy.js';
import { withFuse } from './support/helper.js';

const root = { name: 'root', has: process.geteuid!() === 0 };
const withNative = withFuse('strace', HAS_NATIVE);
const SERVED = 'fuse 2';

test('the digest of the library is that of the runtime', () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 65536]) {
    const bytes = randomBytes(size);
    assert.is(digestOf(bytes), createHash('sha256').update(bytes).digest('hex'), `${size} bytes`);
  }
});

test('the digest of the runtime is the same', () => {
  const { sha256 } = openLibc();
  assert.is(sha256 !== undefined, runtime !== 'deno');
  const all = randomBytes(70_000);
  for (const [from, size] of [
    [0, 0],
    [0, 1],
    [3, 55],
    [64, 1000],
    [7, 65536],
  ] as const) {
    const bytes = all.subarray(from, from + size);
    if (sha256)
      assert.equal(Buffer.from(sha256(bytes)!), createHash('sha256').update(bytes).digest(), `${size} bytes from ${from}`);
  }
});

test('where that is wrong, or there is none, the digest of the library decides', () => {
  const bytes = randomBytes(1000);
  const [right, wrong] = [bytes, randomBytes(1000)].map((each) => createHash('sha256').update(each).digest());
  for (const own of [right, wrong, new Uint8Array(32), undefined]) {
    assert.ok(isDigest(right!.toString('hex'), bytes, () => own));
  }
  for (const own of [right, new Uint8Array(32), undefined]) assert.not.ok(isDigest(wrong!.toString('hex'), bytes, () => own));
});

withNative('it is the helper by default, and reads nothing of its surroundings', () => {
  withCopy(({ run }) => {
    const { said, helper, opened } = run();
    assert.equal({ said, helper }, { said: SERVED, helper: 'native' });
    assert.equal(
      opened.filter((path) => path !== '/dev/fuse' && !path.startsWith('/proc/self/')),
      [],
    );
  });
});

/** What `vpoll doctor --json` says of fuse. */
function doctor({ path }: Copy, env: NodeJS.ProcessEnv = {}, before: readonly string[] = []): { reason: string; remedy: string } {
  const [first, ...rest] = [...before, process.execPath, path('cli.js'), 'doctor', '--json'];
  const { stdout, stderr } = spawnSync(first, rest, { encoding: 'utf8', env: { ...process.env, VPOLL_FUSE: '', ...env } });
  if (stdout === '') throw new Error(stderr);
  const { backends } = JSON.parse(stdout) as { backends: { name: string; reason: string; remedy: string }[] };
  return backends.find(({ name }) => name === 'fuse')!;
}

/** Ways to keep it from being executed, and what the library says of each. `canCopy`: whether its bytes are sound. */
const SPOILT: readonly (readonly [what: string, spoil: (copy: Copy) => void, why: RegExp, canCopy: boolean])[] = [
  [
    'of which one bit was flipped',
    ({ path }) => {
      const bytes = readFileSync(path(FILE));
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(path(FILE), bytes);
    },
    /is not the file that this vpoll was built with/,
    false,
  ],
  [
    'which is longer by one byte',
    ({ path }) => {
      writeFileSync(path(FILE), Buffer.concat([readFileSync(path(FILE)), Buffer.alloc(1)]));
    },
    /is not the file that this vpoll was built with/,
    false,
  ],
  [
    'which is not there',
    ({ path }) => {
      rmSync(path(FILE));
    },
    /there is no \/.*vpoll-fuse-/,
    false,
  ],
  [
    'which is a folder',
    ({ path }) => {
      rmSync(path(FILE));
      mkdirSync(path(FILE));
    },
    /vpoll-fuse-\w+ is no regular file/,
    false,
  ],
  [
    'which is a FIFO',
    ({ path }) => {
      rmSync(path(FILE));
      assert.is(spawnSync('mkfifo', [path(FILE)]).status, 0);
    },
    /vpoll-fuse-\w+ is no regular file/,
    false,
  ],
  [
    'which is a device',
    ({ path }) => {
      rmSync(path(FILE));
      symlinkSync('/dev/zero', path(FILE));
    },
    /vpoll-fuse-\w+ is no regular file/,
    false,
  ],
  [
    'which may not be executed',
    ({ path }) => {
      chmodSync(path(FILE), 0o644);
    },
    /vpoll-fuse-\w+ may not be executed/,
    true,
  ],
  [
    'which was not built, since there is no compiler',
    ({ edit }) => {
      edit(new RegExp(`("${FILE}",\\s*"?sha256"?: )"[0-9a-f]{64}"`), '$1""');
    },
    /vpoll was built without one for /,
    false,
  ],
];

for (const [what, spoil, why, canCopy] of SPOILT)
  withNative(`a file ${what}: the runtime's helper serves, by its own word the native one would not`, () => {
    withCopy((copy) => {
      spoil(copy);
      assert.equal(copy.run(), { said: SERVED, helper: 'runtime', opened: [] });
      const alone = copy.run({ VPOLL_FUSE: 'native' });
      assert.is(alone.helper, 'none');
      assert.match(alone.said, /^EOPNOTSUPP: .*VPOLL_FUSE=native forbids another/);
      assert.match(alone.said, why);
      assert.is(copy.run({ VPOLL_FUSE: 'memfd' }).helper, canCopy ? 'native' : 'runtime');
      if (runtime === 'node') assert.match(doctor(copy).reason, why);
    });
  });

withNative('VPOLL_FUSE=runtime forces the other one, and doctor says so', () => {
  withCopy((copy) => {
    assert.is(copy.run({ VPOLL_FUSE: 'runtime' }).helper, 'runtime');
    if (runtime !== 'node') return;
    assert.match(doctor(copy, { VPOLL_FUSE: 'runtime' }).reason, 'VPOLL_FUSE=runtime forbids it');
    assert.is(doctor(copy).reason, null);
  });
});

/** Mounts the rest's folder, $0, once more where nothing may be executed. */
const NOEXEC = `
mount --bind "$0" "$0" && mount -o remount,bind,noexec "$0" && exec "$@"`;

withFuse(
  'strace',
  HAS_NATIVE,
  root,
)('on a mount with noexec: the runtime serves, and a copy in memory where it is asked for', () => {
  withCopy((copy) => {
    const before = ['unshare', '-m', 'sh', '-c', NOEXEC, copy.folder];
    assert.equal(copy.run({}, before), { said: SERVED, helper: 'runtime', opened: [] });
    assert.equal(copy.run({ VPOLL_FUSE: 'memfd' }, before).helper, 'native');
    if (runtime === 'node') assert.match(doctor(copy, {}, before).reason, /lies on a mount with noexec/);
  });
});

withNative('a library with another number: neither uses the other, and the runtime serves', () => {
  withCopy((copy) => {
    copy.edit(/^const ABI = 1;$/m, 'const ABI = 7;');
    assert.equal(copy.run(), { said: SERVED, helper: 'runtime', opened: [] });
    assert.match(copy.run({ VPOLL_FUSE: 'native' }).said, /it speaks version 1 of the protocol, and this library 7/);
  });
});

if (runtime === 'node') {
  const withCompiler = withFuse('strace', 'gcc', HAS_NATIVE);

  withCompiler('a helper with another number: its file is right, and it is not used', () => {
    withCopy((copy) => {
      replaceHelper(copy, OTHER_NUMBER);
      assert.is(copy.run().helper, 'runtime');
      assert.match(copy.run({ VPOLL_FUSE: 'native' }).said, /it speaks version 7 of the protocol, and this library 1/);
    });
  });

  withCompiler('a helper as of 0.1, without a number: it serves', () => {
    withCopy((copy) => {
      replaceHelper(copy, OLD_HELPER);
      assert.equal(copy.run().said, SERVED);
      assert.is(copy.run().helper, 'native');
    });
  });

  withCompiler('a file that is no program: its digest is right, and the runtime serves', () => {
    withCopy((copy) => {
      const was = digestOf(readFileSync(copy.path(FILE)));
      writeFileSync(copy.path(FILE), 'no program');
      copy.edit(was, digestOf(readFileSync(copy.path(FILE))));
      assert.is(copy.run().helper, 'runtime');
      assert.match(copy.run({ VPOLL_FUSE: 'native' }).said, /can't be executed: errno 8/);
    });
  });
}

test.run();
