// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// A start of a helper that lacks descriptors or processes: the error says that alone, and what helps. What a machine lacks that has no way to a mount is not
// said then: to follow that would open the machine for nothing.

import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import * as assert from 'uvu/assert';
import { test } from 'uvu';
import { isHere } from '../real/support/backend.js';
import { injecting } from '../real/support/inject.js';
import { Peer } from '../real/support/with-peer.js';
import { USER, withFuseForAll } from '../support/fuse.js';
import { runtime } from '../support/runtime.js';
import { withFuse } from './support/helper.js';

const isStock = { name: 'a kernel without vpolls', has: !isHere('eventfd') && !isHere('device') };
const root = { name: 'root', has: process.geteuid!() === 0 };
const LIMITED = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'];
const DESCRIPTORS =
  "no backend 'fuse' here: a helper needs some descriptors for a moment (raise the limit, ulimit -n; or close some; or set VPOLL_FUSE=off)";
/** What is said where a machine lacks something, or by a number alone. */
const FOREIGN = /user_namespaces|fuse3|vpoll\.ko|vpoll serve|errno|can't be executed/;

withFuse(isStock)('too few descriptors for a start: nothing is said but that, and what helps', async () => {
  await Peer.with({ before: LIMITED }, async (peer) => {
    const all = await peer.run(({ vpoll, libc }) => {
      vpoll.VPoll.create({ backend: 'socketpair' }).close();
      const probe = libc.dup(0);
      const said: string[][] = [];
      for (let left = 1; left < 24; left++) {
        const fill: number[] = [];
        while (libc.freeFds(64) > left) fill.push(libc.dup(probe));
        const attempt = (options: object): string => {
          try {
            vpoll.VPoll.create(options).close();
            return 'made';
          } catch (error) {
            return (error as Error).message;
          }
        };
        said.push([attempt({ backend: 'fuse' }), attempt({})]);
        for (const fd of fill) libc.closeFd(fd);
        if (said.at(-1)!.every((each) => each === 'made')) break;
      }
      return said;
    });
    const refused = all.flat().filter((each) => each !== 'made');
    assert.ok(refused.length > 2 && all.at(-1)!.every((each) => each === 'made'), JSON.stringify(all));
    assert.equal([...new Set(refused)], [`EMFILE: too many open files, vpoll_create: ${DESCRIPTORS}`]);
  });
});

withFuse('strace', isStock)('the system has no file left: the limit that is named is that of the system', async () => {
  await Peer.with({}, async (peer) => {
    await peer.run(({ libc }) => {
      libc.allowTracing();
    });
    const { code, message } = await injecting(peer, [{ call: 'socketpair', errno: 'ENFILE', when: '1+' }], () =>
      peer.refused(({ vpoll }) => vpoll.VPoll.create({ backend: 'fuse' })),
    );
    assert.is(code, 'ENFILE');
    assert.match(
      message,
      "no backend 'fuse' here: a helper needs some descriptors for a moment (raise the limit of the system, fs.file-max;",
    );
    assert.not.match(message, FOREIGN);
  });
});

// A Bun that can't start a thread of its own ends by that.
if (runtime !== 'bun')
  withFuse(
    'setpriv',
    'prlimit',
    isStock,
    root,
  )(
    'too few processes for a start: who asks for a helper is told of the limit; who asks for nothing gets the next backend',
    async () => {
      await Peer.with({ before: [...withFuseForAll(), ...USER] }, async (peer) => {
        const attempt = (): Promise<string[]> =>
          peer.run(({ vpoll }) =>
            [{ backend: 'fuse' } as const, {}].map((options) => {
              try {
                const vp = vpoll.VPoll.create(options);
                const { backend } = vp;
                vp.close();
                return backend;
              } catch (error) {
                return (error as Error).message;
              }
            }),
          );
        // What a runtime starts of its own at the first call is there before.
        await peer.run(({ vpoll }) => {
          vpoll.VPoll.create({ backend: 'socketpair' }).close();
        });
        const tasks = Number(/^Threads:\s+(\d+)$/m.exec(readFileSync(`/proc/${peer.pid}/status`, 'utf8'))![1]);
        let isRefused = true;
        for (let more = 0; more < 24; more++) {
          // The soft limit alone, which the same user may raise again.
          const [setpriv, ...as] = USER;
          const { status, stderr } = spawnSync(
            setpriv!,
            [...as, 'prlimit', '--pid', String(peer.pid), `--nproc=${tasks + more}:`],
            {
              encoding: 'utf8',
            },
          );
          assert.is(status, 0, stderr);
          const [asked, unasked] = await attempt();
          isRefused = asked !== 'fuse';
          if (!isRefused) break;
          assert.ok(more > 0 || unasked === 'tcp', unasked);
          assert.match(
            asked!,
            "no backend 'fuse' here: EAGAIN, a helper is a process, and no more of them may be started here (raise the limit, ulimit -u or",
          );
          assert.not.match(asked!, FOREIGN);
        }
        assert.not.ok(isRefused);
      });
    },
  );

test.run();
