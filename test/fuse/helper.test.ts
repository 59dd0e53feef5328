// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: vm emulators/fuse

// The life of a helper: it starts once, serves this process and its children, dies or stops without hanging anybody, and leaves nothing.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { openRoots } from '../../src/fuse/tools.js';
import { Calls } from '../../host/linux/calls.js';
import { openLibc } from '../../src/runtime.js';
import { EPOLLERR, EPOLLIN, EPOLLPRI, VPoll, vpoll_close, vpoll_create } from '../../src/index.js';
import { refusal } from '../real/support/errors.js';
import { pollNow, countFds, steadyCount, settle } from '../real/support/libc.js';
import { Observer } from '../real/support/observer.js';
import { Peer } from '../real/support/with-peer.js';
import { runtime } from '../support/runtime.js';
import { create, helper, withFuse } from './support/helper.js';
import { gone, isAlive, mounts } from './support/process.js';

test.before(settle);

withFuse()('prepare starts one helper, however often and at once it is called, and create uses it', async () => {
  await Promise.all([helper(), helper(), helper()]);
  const pid = helperPid();
  using vp = create(EPOLLPRI);
  assert.is(await helper(), pid);
  assert.is(vp.backend, 'fuse');
  assert.is(pollNow(vp.fd), EPOLLPRI);
});

withFuse()('prepare of what needs nothing does nothing; of what is no backend it is EINVAL', async () => {
  await VPoll.prepare('socketpair');
  await VPoll.prepare('eventfd');
  for (const wrong of ['auto', 'pipe', '', undefined, 3]) {
    const error = await VPoll.prepare(wrong as 'fuse').then(
      () => undefined,
      (reason: unknown) => reason as NodeJS.ErrnoException,
    );
    assert.is(error?.code, 'EINVAL');
  }
});

withFuse()('a helper has no descriptor of ours, no environment, no terminal, and its mount is in no tree', async () => {
  const pid = await helper();
  const fds = readdirSync(`/proc/${pid}/fd`).map((fd) => [fd, readlinkSync(`/proc/${pid}/fd/${fd}`)] as const);
  assert.is(statSync(`/proc/${pid}/fd/3`).rdev, statSync('/dev/fuse').rdev);
  const foreign = fds.filter(([fd, target]) => Number(fd) > 3 && /^socket:|^pipe:\[/.test(target) && isOurs(target));
  assert.equal(foreign, []);
  assert.not.match(readFileSync(`/proc/${pid}/environ`, 'utf8'), /PATH=|HOME=(?!\/proc\0)/);
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  assert.is(fields[4], '0', 'tty_nr');
  assert.is.not(fields[1], String(process.pid), 'its parent is not this process');
  assert.not.match(readFileSync(`/proc/${pid}/mounts`, 'utf8'), /^vpoll \S+ fuse /m);
  assert.equal(mounts(), []);
});

/** Whether this process has the same pipe or socket. */
function isOurs(target: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === target;
    } catch {
      return false;
    }
  });
}

withFuse()(
  'a helper ends soon after the last descriptor was closed, and not before; the next create starts another',
  async () => {
    const pid = await helper();
    const before = countFds();
    const [first, second] = [create(), create()];
    first.close();
    assert.is(vpoll_close(vpoll_create(0, 0, { backend: 'fuse' })), 0);
    second.add(EPOLLIN);
    // Longer than a helper is kept that serves nothing.
    await sleep(1500);
    assert.ok(isAlive(pid));
    assert.is(pollNow(second.fd), EPOLLIN);
    second.close();
    using again = create();
    await sleep(1500);
    assert.ok(isAlive(pid), 'a create within the time has kept it');
    again.close();
    await gone(pid);
    // The native one has lent a folder beside its file.
    assert.equal(openRoots(new Calls(openLibc())), [], 'the library keeps nothing of it');
    assert.ok(countFds() < before);
    using next = create(EPOLLPRI);
    assert.is.not(helperPid(), pid);
    assert.is(pollNow(next.fd), EPOLLPRI);
  },
);

withFuse()('a descriptor that a child has inherited keeps it, after ours was closed', async () => {
  const vp = create();
  const pid = helperPid();
  await Peer.with({ fds: vp.share().stdio, env: vp.share().env }, async (peer) => {
    vp.close();
    await sleep(1500);
    assert.is(
      await peer.run(({ vpoll, libc, kept }) => {
        const mine = vpoll.VPoll.attach();
        kept.set('vp', mine);
        mine.add(vpoll.EPOLLIN);
        return libc.pollNow(mine.fd);
      }),
      EPOLLIN,
    );
    assert.ok(isAlive(pid));
  });
  await gone(pid);
});

withFuse('python3')(
  'SIGKILL of the helper: waiters see ERR, requests say ENOTCONN and why, close works, and the next create has a new helper',
  async () => {
    const pid = await helper();
    // Deno closes what belonged to the Workers of the tests before a moment after their end.
    const before = await steadyCount();
    const vp = create();
    await Observer.with([vp.fd], async (observer) => {
      await observer.ask({ do: 'epoll_new', name: 'set', fd: 3, interest: EPOLLIN });
      await observer.block({ do: 'epoll_blocking', name: 'set' });
      process.kill(pid, 'SIGKILL');
      assert.is((await observer.answer()).events, EPOLLERR);
    });
    await gone(pid);
    assert.is(pollNow(vp.fd), EPOLLERR);
    const requests = [
      () => {
        vp.add(EPOLLIN);
      },
      () => {
        vp.delete(EPOLLIN);
      },
      () => {
        vp.set(0);
      },
      () => vp.events,
      () => vp.supports(EPOLLPRI),
      () => vp.share(),
    ];
    for (const request of requests) {
      const error = refusal(request, 'ENOTCONN', 'ioctl');
      assert.is(error.errno, -107);
      assert.match(error.message, 'has died');
    }
    vp.close();
    assert.is(vp.fd, -1);
    using next = create(EPOLLPRI);
    assert.is(pollNow(next.fd), EPOLLPRI);
    assert.is.not(helperPid(), pid);
    assert.is(countFds(), before + 1);
  },
);

withFuse('python3')('SIGSTOP of the helper stalls who asks it, and nothing is lost: all goes on after SIGCONT', async () => {
  const pid = await helper();
  using vp = create();
  process.kill(pid, 'SIGSTOP');
  try {
    await Observer.with([vp.fd], async (observer) => {
      let isOver = false;
      await observer.ask({ do: 'poll_blocking', fd: 3, interest: EPOLLIN, timeout_s: 0.1 });
      const answer = observer.answer().then((reply) => {
        isOver = true;
        return reply;
      });
      // It waits in the kernel for what the helper would say, far past its own timeout.
      await sleep(500);
      assert.not(isOver);
      process.kill(pid, 'SIGCONT');
      assert.is((await answer).events, 0);
    });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  vp.add(EPOLLIN);
  assert.is(pollNow(vp.fd), EPOLLIN);
});

withFuse()('fork and exec: a child polls and controls what it inherits, and keeps the helper alive', async () => {
  using vp = create();
  const { stdio, env } = vp.share();
  await Peer.with({ fds: stdio, env }, async (peer) => {
    const seen = await peer.run(({ vpoll, libc, kept }) => {
      const mine = vpoll.VPoll.attach();
      kept.set('vp', mine);
      mine.add(vpoll.EPOLLPRI);
      return [mine.backend, libc.pollNow(mine.fd)];
    });
    assert.equal(seen, ['fuse', EPOLLPRI]);
    assert.is(pollNow(vp.fd), EPOLLPRI);
    const pid = helperPid();
    vp.close();
    dropHelper();
    assert.is(await peer.run(({ kept }) => kept.get('vp')!.events), EPOLLPRI);
    assert.ok(isAlive(pid));
  });
});

withFuse()('a program that was killed leaves no helper behind', async () => {
  const peer = new Peer();
  let pid = 0;
  try {
    pid = await peer.run(({ vpoll, helperPid, kept }) => {
      kept.set('vp', vpoll.VPoll.create({ backend: 'fuse' }));
      return helperPid();
    });
    assert.ok(isAlive(pid));
  } finally {
    await peer.kill();
  }
  await gone(pid);
});

// Deno itself doesn't start there.
if (runtime !== 'deno')
  withFuse('sh')('a working directory that was removed, and no environment at all, are no matter', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vpoll-helper-'));
    const program = join(folder, 'program.mjs');
    const index = new URL('../../build/index.js', import.meta.url).href;
    writeFileSync(
      program,
      `import { EPOLLPRI, VPoll } from ${JSON.stringify(index)};
      console.log(VPoll.create({ backend: 'fuse', events: EPOLLPRI }).events);`,
    );
    const script = 'cd "$1" && mkdir gone && cd gone && rmdir ../gone && shift && exec env -i "$@"';
    const { stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', folder, process.execPath, program], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    assert.is(stdout, `${EPOLLPRI}\n`, stderr);
  });

withFuse()('VPOLL_FUSE=off, or a word that means nothing: no helper is started, and the error says so', async () => {
  await Peer.with({ env: { VPOLL_FUSE: 'off' } }, async (peer) => {
    const error = await peer.refused(({ vpoll }) => vpoll.VPoll.create({ backend: 'fuse' }));
    assert.is(error.code, 'EOPNOTSUPP');
    assert.match(error.message, 'VPOLL_FUSE=off');
    const prepared = await peer.refused(({ vpoll }) => vpoll.VPoll.prepare('fuse'));
    assert.is(prepared.code, 'EOPNOTSUPP');
    assert.match(prepared.message, 'VPOLL_FUSE=off');
  });
  await Peer.with({ env: { VPOLL_FUSE: 'no' } }, async (peer) => {
    const errors = [await peer.refused(({ vpoll }) => vpoll.VPoll.prepare('fuse'))];
    for (const options of [{}, { backend: 'fuse' }, { needs: 1 }] as const)
      errors.push(await peer.refused(({ vpoll }, given) => vpoll.VPoll.create(given), options));
    for (const { code, message } of errors) {
      assert.is(code, 'EINVAL');
      assert.match(message, "VPOLL_FUSE in the environment must be on, off, runtime, native or memfd, not 'no'");
    }
    assert.is(await peer.run(({ vpoll }) => vpoll.VPoll.create({ backend: 'tcp' }).backend), 'tcp');
  });
});

// Last: a runtime may close what a Worker had a while after its end, and other tests count descriptors.
withFuse()('Workers of a process share one helper, which ends after the last of them', async () => {
  const { Worker } = await import('node:worker_threads');
  const vp = create();
  const pid = helperPid();
  const index = new URL('../../build/index.js', import.meta.url).href;
  const program = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(index)}).then(({ VPoll, EPOLLPRI }) => {
      const vp = VPoll.create({ backend: 'fuse', events: EPOLLPRI });
      parentPort.on('message', () => {
        vp.close();
        parentPort.close();
      });
      parentPort.postMessage(vp.fd);
    });`;
  const workers = [1, 2].map(() => new Worker(program, { eval: true }));
  const ends = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  const fds = await Promise.all(workers.map((worker) => new Promise<number>((resolve) => worker.once('message', resolve))));
  for (const fd of fds) assert.is(pollNow(fd), EPOLLPRI);
  const devices = [vp.fd, ...fds].map((fd) => statSync(`/proc/self/fd/${fd}`).dev);
  assert.is(new Set(devices).size, 1, 'all are files of one mount');
  vp.close();
  await sleep(1500);
  assert.ok(isAlive(pid));
  for (const worker of workers) worker.postMessage('end');
  await Promise.all(ends);
  await gone(pid);
});

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

test.run();
