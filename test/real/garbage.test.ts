// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, a socketpair by node

// A VPoll that is garbage collected isn't closed: its number may live on in C code or in a child. It is said once that it was forgotten.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { BACKEND, IN, OUT } from './support/backend.js';
import { Peer } from './support/with-peer.js';

interface Outcome {
  warnings: { code: string | undefined; message: string }[];
  python: number[];
  events: number[];
  statuses: number[];
}

needs(test, 'python3')('a forgotten vpoll lives on by its number, and one warning says so', async () => {
  await Peer.with({ gc: true }, async (peer) => {
    const found = await peer.run(async ({ vpoll, libc }, backend): Promise<Outcome> => {
      const warnings: Outcome['warnings'] = [];
      process.on('warning', (warning) => {
        warnings.push({ code: (warning as { code?: string }).code, message: warning.message });
      });
      const fds: number[] = [];
      // Objects that the engine still holds somewhere would show nothing, so there are several.
      for (let i = 0; i < 10; i++) fds.push(vpoll.VPoll.create({ backend, events: 1 }).fd);
      for (let i = 0; i < 10; i++) {
        gc!();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const { spawnSync } = process.getBuiltinModule('node:child_process');
      const program = 'import select; p = select.poll(); p.register(3); r = p.poll(0); print(r[0][1] if r else 0)';
      const askPython = (fd: number): number =>
        Number(spawnSync('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit', fd], timeout: 20_000 }).stdout);
      const fd = fds[0]!;
      const python = [askPython(fd)];
      const statuses = [vpoll.vpoll_ctl(fd, vpoll.VPOLL_CTL_SETEVENTS, vpoll.EPOLLOUT)];
      python.push(askPython(fd));
      const events = fds.map((each) => libc.pollNow(each));
      for (const each of fds) statuses.push(vpoll.vpoll_close(each));
      return { warnings, python, events, statuses };
    }, BACKEND);
    assert.equal(
      found.warnings.map(({ code }) => code),
      ['VPOLL_NOT_CLOSED'],
    );
    assert.match(found.warnings[0]!.message, /fd \d+.*close\(\)/);
    assert.equal(found.python, [0x1, 0x4], 'python asks for IN, PRI and OUT by default');
    assert.equal(found.events, [OUT, ...Array<number>(9).fill(IN)]);
    assert.equal(found.statuses, Array<number>(11).fill(0));
  });
});

test('no warning for one that was closed: by close(), by using, by number, or behind its back and reused', async () => {
  await Peer.with({ gc: true }, async (peer) => {
    const warnings = await peer.run(async ({ vpoll, libc }) => {
      const seen: string[] = [];
      process.on('warning', (warning) => seen.push(warning.message));
      const make = (): void => {
        vpoll.VPoll.create().close();
        vpoll.VPoll.create()[Symbol.dispose]();
        vpoll.vpoll_close(vpoll.VPoll.create().fd);
        const stale = vpoll.VPoll.create().fd;
        libc.closeFd(stale);
        const young = vpoll.vpoll_create(0, 0);
        if (young !== stale) seen.push('the number was not reused');
      };
      for (let i = 0; i < 10; i++) {
        make();
        gc!();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return seen;
    });
    assert.equal(warnings, []);
  });
});

test.run();
