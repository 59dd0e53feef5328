// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: a guest, vm preference

// Which backend a vpoll gets, in a kernel whose module comes and goes. It is eventfd where the kernel is patched, else the device where it is and may
// be opened, else a socket's. No helper is started here. Processes that run all the while look again for each vpoll. VPOLL_MODULE is the path of
// vpoll.ko. (A kernel with the reference's patch, whose eventfd knows write(2) alone, is only tested over the fake one.)

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKENDS } from '../../../src/backends.js';
import { getCore } from '../../../src/core.js';
import { EPOLLHUP, EPOLLIN, EPOLLPRI, VPoll, type BackendName, type VPollOptions } from '../../../src/index.js';
import { refusal } from '../../real/support/errors.js';
import { hasVPollEventfd } from '../../real/support/kernel.js';
import { isHere } from '../../support/here.js';
import { countFds, pollNow, settle } from '../../real/support/libc.js';
import { Peer } from '../../real/support/with-peer.js';
import { EMFILE, ENOENT, ENOTTY } from '../../../host/errno.js';

test.before(settle);

const DEVICE = '/dev/vpoll';
const isPatched = hasVPollEventfd();
/** What there is without the module. */
const WITHOUT: BackendName = isPatched ? 'eventfd' : isHere('tcp') ? 'tcp' : 'socketpair';
const WITH: BackendName = isPatched ? 'eventfd' : 'device';

// It would decide for us.
delete process.env.VPOLL_BACKEND;
// HUP alone is for files: a helper would serve one, where this kernel has FUSE.
process.env.VPOLL_FUSE = 'off';

/** Runs a program: '', or what it complained of. */
function complaint(program: string, ...args: string[]): string {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw error;
  return status === 0 ? '' : `${program} ${args.join(' ')}: ${stderr}`;
}

function tool(program: string, ...args: string[]): void {
  assert.is(complaint(program, ...args), '');
}

function insmod(): void {
  const { VPOLL_MODULE } = process.env;
  if (!VPOLL_MODULE) throw new Error('VPOLL_MODULE must name vpoll.ko');
  tool('insmod', VPOLL_MODULE);
}

/** Runs with the module loaded, and takes it away again: what is still open then would make that fail. */
async function withModule(use: () => void | Promise<void>): Promise<void> {
  insmod();
  try {
    await use();
  } finally {
    tool('rmmod', 'vpoll');
  }
}

/** The backend of a new vpoll. Whether it is what it says is seen by a mask that no socket shows. */
function chosen(options: VPollOptions = {}): BackendName {
  using vp = VPoll.create(options);
  if (vp.backend !== 'socketpair' && vp.backend !== 'tcp') {
    vp.set(EPOLLPRI | EPOLLHUP);
    assert.is(pollNow(vp.fd), EPOLLPRI | EPOLLHUP);
  }
  return vp.backend;
}

/** The errno that the core kept for a backend. */
function reason(name: BackendName): number {
  return getCore().reason(BACKENDS.indexOf(name));
}

/** What the device is refused with, by name, and, on a kernel that has nothing better, to a program that needs it. */
function refusedDevice(): string {
  const { message } = refusal(() => VPoll.create({ backend: 'device' }), 'EOPNOTSUPP', 'vpoll_create');
  if (isPatched) assert.is(chosen({ needs: EPOLLHUP }), 'eventfd');
  else {
    const needed = refusal(() => VPoll.create({ needs: EPOLLHUP }), 'EOPNOTSUPP', 'vpoll_create').message;
    assert.ok(needed.includes(message.replace(/^.*: no backend 'device' here: /, 'device: ')), `${needed} has not ${message}`);
    assert.match(needed, 'linux_patch');
  }
  return message;
}

test('no module: the patched kernel has an eventfd, any other a socket', () => {
  assert.not(existsSync(DEVICE));
  assert.is(chosen(), WITHOUT);
  assert.match(refusedDevice(), 'there is no /dev/vpoll (sudo npx vpoll serve /dev/vpoll, or load vpoll.ko: modprobe vpoll)');
  assert.is(reason('device'), ENOENT);
});

test('a process that made a vpoll before insmod finds the device afterwards, and none after rmmod', async () => {
  const before = countFds();
  const old = VPoll.create({ events: EPOLLIN });
  assert.is(old.backend, WITHOUT);
  for (let round = 0; round < 2; round++) {
    await withModule(() => {
      assert.is(chosen(), WITH);
      assert.is(chosen({ needs: EPOLLHUP }), WITH);
      assert.is(chosen({ backend: 'device' }), 'device');
      assert.is(reason('device'), 0);
      old.add(EPOLLIN);
      assert.is(old.backend, WITHOUT, 'what is there already stays what it is');
    });
    assert.is(chosen(), WITHOUT);
    assert.match(refusedDevice(), 'there is no /dev/vpoll');
    assert.is(reason('device'), ENOENT);
  }
  old.close();
  assert.is(countFds(), before);
});

test('the module does not go while a vpoll is open, and goes once it is closed', async () => {
  await withModule(() => {
    using vp = VPoll.create({ backend: 'device', events: EPOLLPRI });
    assert.match(complaint('rmmod', 'vpoll'), 'in use');
    assert.is(vp.events, EPOLLPRI);
  });
});

test('no permission: the next backend, in a running process; EACCES and the udev rule are named to who needs it; then permission', async () => {
  const before = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  await Peer.with({ before, env: { VPOLL_BACKEND: '' } }, async (peer) => {
    assert.is(await peer.run(() => process.getuid!()), 65534);
    const there = (): Promise<string> =>
      peer.run(({ vpoll }) => {
        const vp = vpoll.VPoll.create();
        const { backend } = vp;
        vp.close();
        return backend;
      });
    assert.is(await there(), WITHOUT);
    await withModule(async () => {
      for (const mode of [0o600, 0o444, 0o222]) {
        chmodSync(DEVICE, mode);
        assert.is(await there(), WITHOUT, mode.toString(8));
        const messages = [(await peer.refused(({ vpoll }) => vpoll.VPoll.create({ backend: 'device' }))).message];
        if (!isPatched) messages.push((await peer.refused(({ vpoll }) => vpoll.VPoll.create({ needs: 0x10 }))).message);
        for (const message of messages) assert.match(message, /EACCES, \/dev\/vpoll may not be opened.*udev rule/);
      }
      chmodSync(DEVICE, 0o666);
      assert.is(await there(), WITH);
      const events = await peer.run(({ vpoll }) => {
        const vp = vpoll.VPoll.create({ backend: 'device', events: 2 });
        const mask = vp.events;
        vp.close();
        return mask;
      });
      assert.is(events, EPOLLPRI);
      chmodSync(DEVICE, 0o600);
      assert.is(await there(), WITHOUT);
    });
  });
});

const foreign: Record<string, () => void> = {
  'a regular file': () => {
    writeFileSync(DEVICE, 'text');
  },
  'a fifo': () => {
    tool('mkfifo', DEVICE);
  },
  'another device, /dev/null': () => {
    tool('mknod', DEVICE, 'c', '1', '3');
  },
  'another device, a terminal': () => {
    tool('mknod', DEVICE, 'c', '5', '2');
  },
  'a link to another device': () => {
    symlinkSync('/dev/zero', DEVICE);
  },
  'a folder': () => {
    mkdirSync(DEVICE);
  },
};

for (const [what, make] of Object.entries(foreign)) {
  test(`${what} by the name of the device is refused, the next backend is taken, and the file stays as it is`, () => {
    const before = countFds();
    make();
    try {
      const { mode, size } = statSync(DEVICE);
      for (let i = 0; i < 2; i++) {
        assert.is(chosen(), WITHOUT);
        assert.match(refusedDevice(), '/dev/vpoll is no vpoll device');
        assert.ok(reason('device') === ENOTTY || what === 'a folder', `errno ${reason('device')}`);
      }
      assert.equal([statSync(DEVICE).mode, statSync(DEVICE).size], [mode, size]);
      if (what === 'a regular file') assert.is(readFileSync(DEVICE, 'utf8'), 'text');
    } finally {
      rmSync(DEVICE, { recursive: true });
    }
    assert.is(countFds(), before);
  });
}

test('a device node without a driver: no such device', () => {
  for (const [major, minor] of [
    ['10', '250'],
    ['240', '0'],
  ] as const) {
    tool('mknod', DEVICE, 'c', major, minor);
    try {
      assert.is(chosen(), WITHOUT);
      assert.match(refusedDevice(), 'load vpoll.ko');
      assert.ok([6, 19].includes(reason('device')), `errno ${reason('device')}`);
    } finally {
      rmSync(DEVICE);
    }
  }
});

test('a user who has as many as the module gives gets the next one, and is told what says how many', async () => {
  await withModule(() => {
    const parameter = '/sys/module/vpoll/parameters/max_user_instances';
    writeFileSync(parameter, '2');
    const before = countFds();
    const both = [1, 2].map(() => VPoll.create({ backend: 'device' }));
    assert.match(
      refusedDevice(),
      /EMFILE, this user has as many vpolls as \/dev\/vpoll gives \(.*max_user_instances of vpoll\.ko/,
    );
    assert.is(reason('device'), EMFILE);
    assert.is(chosen(), WITHOUT);
    both.pop()!.close();
    assert.is(chosen({ backend: 'device' }), 'device');
    both.pop()!.close();
    assert.is(countFds(), before);
    writeFileSync(parameter, '0');
    assert.match(refusedDevice(), 'max_user_instances');
    const doctor = spawnSync(process.execPath, ['build/cli.js', 'doctor'], { encoding: 'utf8' });
    assert.match(doctor.stdout, 'as many vpolls as /dev/vpoll gives');
  });
});

test.run();
