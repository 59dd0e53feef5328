// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: one helper

// `vpoll run`: programs that know only the patched kernel or the module, on this one.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runtime } from '../support/runtime.js';
import { seedPrograms, type SeedProgram } from '../vm/seed-programs.js';
import { start, vpoll, withPrograms } from './support/cli.js';
import { withFuse } from './support/helper.js';
import { VPOLL_EVENTS } from '../../src/constants.js';

const seed = await seedPrograms();
const withSeed = withFuse('cc', { name: "the seed's text", has: seed !== undefined });

async function runsAsSeedSays({ events, status, errors }: SeedProgram, path: string): Promise<void> {
  const found = await vpoll('run', '--', path);
  const lines = found.stdout.trimEnd().split('\n');
  const seen = lines.filter((line) => line !== 'timeout...').map((line) => line.replace('GOT event ', ''));
  assert.equal({ events: seen, status: found.status, errors: found.stderr }, { events, status, errors });
}

// It takes 14 s, most of it asleep, and depends on no runtime.
if (runtime === 'node')
  withSeed("the seed's first two programs print the seed's lines, linked dynamically and statically", async () => {
    const programs = seed!.filter(({ name }) => name !== 'library');
    assert.is(programs.length, 2);
    const sources = Object.fromEntries(programs.map(({ name, source }) => [name, source]));
    const runAll = (path: (name: string) => string) => Promise.all(programs.map((each) => runsAsSeedSays(each, path(each.name))));
    // They take their time, so all at once.
    await Promise.all([withPrograms(sources, runAll), withPrograms(sources, runAll, ['-static'])]);
  });

/** Prints what each way to a vpoll gives: a descriptor's mask by poll(2), its FD_CLOEXEC, or -errno. */
const WAYS = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>
static void show(const char *name, int fd) {
  struct pollfd p = { fd, ${VPOLL_EVENTS}, 0 };
  if (fd < 0) { printf("%s -%d\\n", name, errno); return; }
  poll(&p, 1, 0);
  printf("%s %x %d %d\\n", name, p.revents, fcntl(fd, F_GETFD), fcntl(fd, F_GETFL) & O_NONBLOCK ? 1 : 0);
  close(fd);
}
int main(void) {
  uint64_t how[3] = { O_RDWR | O_CLOEXEC, 0, 0 };
  show("eventfd", eventfd(0x2010, 2));
  show("cloexec", eventfd(2, 2 | EFD_CLOEXEC | EFD_NONBLOCK));
  show("semaphore", eventfd(0, 2 | EFD_SEMAPHORE));
  show("bits", eventfd(0x4000, 2));
  show("plain", eventfd(5, EFD_CLOEXEC));
  show("open", open("/dev/vpoll", O_RDWR));
  show("openat", openat(-1, "/dev/vpoll", O_RDWR | O_CLOEXEC));
  show("openat2", syscall(437, AT_FDCWD, "/dev/vpoll", how, sizeof how));
  show("directory", open("/dev/vpoll", O_RDONLY | O_DIRECTORY));
  show("other", open("/dev/vpoll/x", O_RDONLY));
  show("null", open("/dev/null", O_RDWR));
  show("bad", syscall(SYS_openat, AT_FDCWD, (char *)8, O_RDWR));
  return 0;
}
`;

withFuse('cc')('every way to a vpoll gives one with its flags, and nothing else is changed', async () => {
  await withPrograms({ ways: WAYS }, async (path) => {
    const { status, stdout, stderr } = await vpoll('run', '--', path('ways'));
    assert.is(stderr, '');
    assert.is(status, 0);
    const expected = [
      'eventfd 2010 0 0',
      'cloexec 2 1 1',
      'semaphore -22',
      'bits -22',
      'plain 5 1 0',
      'open 0 0 0',
      'openat 0 1 0',
    ];
    expected.push('openat2 0 1 0', 'directory -2', 'other -2', 'null 145 0 0', 'bad -14');
    assert.equal(stdout.trim().split('\n'), expected);
  });
});

withFuse('sh')('it ends as the program does: status, signal, or that there is none', async () => {
  assert.is((await vpoll('run', '--', 'sh', '-c', 'exit 7')).status, 7);
  assert.is((await vpoll('run', '--', 'sh', '-c', 'kill -KILL $$')).signal, 'SIGKILL');
  assert.is((await vpoll('run', '--', 'sh', '-c', 'kill -TERM $$')).signal, 'SIGTERM');
  // One that a runtime ignores.
  assert.is((await vpoll('run', '--', 'sh', '-c', 'kill -PIPE $$')).signal, 'SIGPIPE');
  const missing = await vpoll('run', '--', '/nonexistent/program');
  assert.is(missing.status, 127);
  assert.match(missing.stderr, '/nonexistent/program: ENOENT');
  const none = await vpoll('run');
  assert.is(none.status, 125);
  assert.match(none.stderr, "missing required argument 'PROGRAM'");
  const unknown = await vpoll('run', '--unknown', '--', 'true');
  assert.is(unknown.status, 125);
  assert.match(unknown.stderr, "unknown option '--unknown'");
});

withFuse('sh', 'cat')("its standard input is the program's", async () => {
  const { status, stdout } = await start(['run', '--', 'cat'], ['sh', '-c', 'echo a line | "$@"', 'sh']).outcome;
  assert.equal([status, stdout], [0, 'a line\n']);
});

withFuse('sh')('arguments reach the program as they are, and so do its descriptors and signals', async () => {
  const { stdout } = await vpoll('run', '--', 'sh', '-c', 'printf "%s|" "$@"', 'sh', '--starter', '--help', '-x', '--', '');
  assert.is(stdout, '--starter|--help|-x|--||');
  const ignored = await vpoll('run', '--', 'sh', '-c', 'grep -E "^Sig(Blk|Ign)" /proc/self/status');
  const masks = ignored.stdout.match(/[0-9a-f]{16}/g)!.map((mask) => Number(`0x${mask}`));
  // Signal 32 is libc's own, and can't be given back its default.
  assert.equal(
    masks.map((mask) => mask % 2 ** 31),
    [0, 0],
  );
});

withFuse('sh')('it lives as long as any process of the program, and answers that too', async () => {
  const { stdout, status } = await vpoll('run', '--', 'sh', '-c', '(sleep 1; : <>/dev/vpoll && echo opened) & exit 3');
  assert.is(stdout, 'opened\n');
  assert.is(status, 3);
});

withFuse('sh')('SIGTERM is sent on to the program', async () => {
  const running = start(['run', '--', 'sh', '-c', 'trap "echo told; exit 9" TERM; echo waits; while :; do sleep 0.1; done']);
  await new Promise<void>((resolve) => {
    running.process.stdout!.on('data', () => {
      if (running.said().includes('waits')) resolve();
    });
  });
  // Deno takes a child that it has sent a signal for one that the signal has ended.
  process.kill(running.process.pid!, 'SIGTERM');
  const { status, stdout } = await running.outcome;
  assert.is(stdout, 'waits\ntold\n');
  assert.is(status, 9);
});

withFuse('sh')('what cannot be is said: a supervisor inside another, and no helper', async () => {
  const { command } = await import('../support/runtime.js');
  const { fileURLToPath } = await import('node:url');
  const inner = command(fileURLToPath(new URL('../../src/cli/index.ts', import.meta.url)));
  const nested = await vpoll('run', '--', ...inner, 'run', '--', 'true');
  assert.is(nested.status, 125);
  assert.match(nested.stderr, 'EBUSY');
  const off = await start(['run', '--', 'true'], [], { VPOLL_FUSE: 'off' }).outcome;
  assert.is(off.status, 125);
  assert.match(off.stderr, 'EOPNOTSUPP');
});

test.run();
