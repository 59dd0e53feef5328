// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: not newest, vm emulators/fuse

// `vpoll serve PATH`: a file that any program can open, and that is gone without a trace afterwards.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPOLL_EVENTS } from '../../src/constants.js';
import { EPOLLIN, EPOLLPRI, VPoll } from '../../src/index.js';
import { USER, withFuseForAll } from '../support/fuse.js';
import { pollNow } from '../real/support/libc.js';
import { openFile, start, vpoll, withPrograms } from './support/cli.js';
import { withFuse } from './support/helper.js';
import { served } from './support/serving.js';

const root = { name: 'root', has: process.geteuid!() === 0 };

withFuse(root)('what a test says of what is served is what it fails with', async () => {
  const failed = await served(() => {
    throw new Error('the assertion of the test');
  }).catch(String);
  assert.is(failed, 'Error: the assertion of the test');
});

/** An unmodified program of the module's ABI: adds PRI and ERR, deletes PRI, and prints what each ioctl and poll say. */
const CLIENT = `
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
int main(int argc, char **argv) {
  struct pollfd p = { open(argv[1], O_RDWR | O_CLOEXEC), ${VPOLL_EVENTS}, 0 };
  for (int op = 1; op <= 3; op++) {
    int r = ioctl(p.fd, _IO('^', op), op == 1 ? 0xa : op == 2 ? 2 : 0x2011);
    poll(&p, 1, 0);
    printf("%x %x\\n", r, p.revents);
  }
  printf("%d %d\\n", ioctl(p.fd, _IO('^', 4), 1), ioctl(p.fd, _IO('^', 1), 0x20));
  return 0;
}
`;

withFuse('cc', root)('a C program that knows /dev/vpoll works with the file', async () => {
  const { status, stdout } = await served((path) =>
    withPrograms({ client: CLIENT }, (client) => {
      assert.is(execFileSync(client('client'), [path], { encoding: 'utf8' }), 'a a\n8 8\n2011 2011\n-1 -1\n');
      return Promise.resolve();
    }),
  );
  assert.is(status, 0);
  assert.match(stdout, /^serving \/.*vpoll\n$/);
});

withFuse('python3', root)('the file speaks the EFD_VPOLL ABI, and a VPoll takes it up', async () => {
  await served((path) => {
    const program = `
import errno, os, struct
def tried(call):
    try: return call()
    except OSError as e: return errno.errorcode[e.errno]
fd = os.open('${path}', os.O_RDWR | os.O_TRUNC)
w = lambda op, events: tried(lambda: os.write(fd, struct.pack('=II', events, op)))
print(w(1, 0x2002), os.read(fd, 8).hex(), w(2, -1 & 0xffffffff), w(4, 1), w(0, 1), w(1, 0x20), w(3, 0x10))
print(tried(lambda: os.write(fd, b'1234567')), tried(lambda: os.read(fd, 7)), tried(lambda: os.pread(fd, 8, 0)), os.read(fd, 16).hex())
print(tried(lambda: os.fchmod(fd, 0o600)), tried(lambda: os.lseek(fd, 0, 0)), tried(lambda: os.write(os.open('${path}', os.O_RDONLY), b'12345678')))
`;
    const said = execFileSync('python3', ['-c', program], { encoding: 'utf8' });
    assert.equal(said.split('\n'), [
      '8 0220000000000000 8 EINVAL EINVAL EINVAL 8',
      'EINVAL EINVAL ESPIPE 1000000000000000',
      'EPERM ESPIPE EBADF',
      '',
    ]);
    const [fd, other] = [openFile(path), openSync(path, 'r+')];
    const vp = VPoll.attach(fd);
    vp.add(EPOLLPRI);
    assert.is(vp.backend, 'fuse');
    assert.equal([pollNow(fd), pollNow(other)], [EPOLLPRI, 0], 'every open is a vpoll of its own');
    vp.close();
    closeSync(other);
  });
});

withFuse(root)('a user has no more vpolls than the limit, and gets room again by closing one', async () => {
  await served(
    (path) => {
      const fds = [1, 2, 3].map(() => openSync(path, 'r+'));
      assert.throws(() => openSync(path, 'r+'), /EMFILE/);
      closeSync(fds.pop()!);
      // RELEASE comes after close(2) has returned.
      fds.push(untilOpen(path));
      for (const fd of fds) closeSync(fd);
    },
    ['--max-per-uid', '3'],
  );
});

function untilOpen(path: string): number {
  for (let i = 0; ; i++) {
    try {
      return openSync(path, 'r+');
    } catch (error) {
      if (i > 100_000) throw error;
    }
  }
}

withFuse(root)('what is open when it ends stays a vpoll; a file that was there before is there again', async () => {
  let fd = -1;
  let before = '';
  const { status } = await served(
    (path) => {
      assert.is(statSync(path).size, 0);
      fd = openFile(path);
      before = path;
    },
    [],
    (path) => {
      writeFileSync(path, '', { mode: 0o640 });
    },
  );
  assert.is(status, 0);
  assert.not(existsSync(before), 'the test has removed its folder');
  const vp = VPoll.attach(fd);
  vp.add(EPOLLIN);
  assert.is(pollNow(fd), EPOLLIN);
  vp.close();
});

withFuse(root)('what can not be served is refused, and stays as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-serve-'));
  try {
    const names = ['directory', 'link', 'file', 'fifo', 'full'];
    const [directory, link, file, fifo, full] = names.map((name) => join(folder, name)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    writeFileSync(full, 'mine');
    mkdirSync(directory);
    symlinkSync('/dev/null', link);
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', fifo]);
    const cases: [string[], number, string][] = [
      [[directory], 1, 'EISDIR'],
      [[link], 1, 'EEXIST'],
      [[join(folder, 'missing', 'file')], 1, 'ENOENT'],
      [[fifo], 1, 'EEXIST'],
      [[full], 1, 'has something in it'],
      [[''], 1, 'ENOENT'],
      [[file, file], 2, 'too many arguments'],
      [[file, '--max-per-user', '3'], 2, 'unknown option'],
      [[file, '--max-per-uid', '0'], 2, 'is invalid'],
      [[file, '--max-per-uid', 'many'], 2, 'is invalid'],
    ];
    for (const [args, expected, said] of cases) {
      const { status, stderr } = await vpoll('serve', ...args);
      assert.is(status, expected, said);
      assert.match(stderr, said);
    }
    assert.not(existsSync(file));
    assert.is(readFileSync(full, 'utf8'), 'mine');
    assert.not.match(readFileSync('/proc/self/mounts', 'utf8'), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

withFuse(root)('a file that is served already is EEXIST, and stays served', async () => {
  await served(async (path) => {
    const { status, stderr } = await vpoll('serve', path);
    assert.is(status, 1);
    assert.match(stderr, /^vpoll serve: EEXIST: .* is served already\n$/);
    const vp = VPoll.attach(openFile(path));
    assert.is(vp.backend, 'fuse');
    vp.close();
  });
});

withFuse(
  'setpriv',
  'fusermount3',
  root,
)('what fusermount3 refuses is refused, and not waited for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-serve-'));
  chmodSync(folder, 0o755);
  const path = join(folder, 'of-root');
  writeFileSync(path, '', { mode: 0o644 });
  const { status, stderr } = await start(['serve', path], [...withFuseForAll(), ...USER]).outcome;
  assert.is(status, 1);
  assert.ok(/EOPNOTSUPP.*fusermount3: .*denied/.test(stderr), stderr);
  assert.ok(existsSync(path));
  rmSync(folder, { recursive: true });
});

for (const [what, make, said] of [
  ['a plain file', 'mount --bind "$0" /dev/fuse', '/dev/fuse is no device'],
  ['/dev/null', 'mount --bind /dev/null /dev/fuse', '/dev/fuse is another device'],
  ['nothing', 'mount -t tmpfs none /dev', 'there is no /dev/fuse'],
] as const) {
  withFuse('unshare', root)(`${what} at /dev/fuse is what is said, and no path is touched`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vpoll-serve-'));
    const path = join(folder, 'vpoll');
    const plain = join(folder, 'plain');
    writeFileSync(plain, '');
    const { status, stderr } = await start(['serve', path], ['unshare', '-m', 'sh', '-c', `${make} && exec "$@"`, plain]).outcome;
    assert.is(status, 1);
    assert.match(stderr, said);
    assert.not(existsSync(path));
    rmSync(folder, { recursive: true });
  });
}

test.run();
