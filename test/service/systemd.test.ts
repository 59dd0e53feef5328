// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// alone

// vpoll-fuse.service under a real systemd: started, restarted under who waits, killed, stopped; and what systemd-analyze says of it.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPOLL_EVENTS } from '../../src/constants.js';
import { library } from '../c/support/library.js';
import { needs } from '../support/needs.js';
import { programOf } from '../../tools/runtimes.js';
import { root } from '../support/run.js';

const UNIT = join(root, 'host/c/helper/vpoll-fuse.service');
/** In tenths; what systemd 252 says. 0 is a service that can do nothing. */
const EXPOSURE_MAX = 2.7;

needs(test, 'systemd-analyze')('its exposure is what it was brought to', () => {
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', UNIT], { encoding: 'utf8' });
  const [, exposure] = /Overall exposure level for vpoll-fuse\.service: ([\d.]+)/.exec(stdout) ?? [];
  assert.ok(Number(exposure) <= EXPOSURE_MAX, stdout);
});

const asRoot = needs(test, 'cmake', 'gcc', 'unshare', 'script', 'pgrep', '/usr/bin/python3', '/lib/systemd/systemd', {
  name: 'root, /dev/fuse, overlayfs and cgroup2',
  has:
    process.geteuid!() === 0 &&
    existsSync('/dev/fuse') &&
    existsSync('/sys/module/overlay') &&
    readFileSync('/proc/mounts', 'utf8').includes(' cgroup2 '),
});

asRoot('it starts, is restarted under who waits, comes back when it is killed, and leaves nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-systemd-'));
  try {
    for (const name of ['system', 'files/usr/sbin', 'files/etc/systemd/system'])
      mkdirSync(join(folder, name), { recursive: true });
    copyFileSync(join(library(), 'vpoll-fuse'), join(folder, 'files/usr/sbin/vpoll-fuse'));
    copyFileSync(UNIT, join(folder, 'files/etc/systemd/system/vpoll-fuse.service'));
    const trial = `cd ${root} && sh test/service/support/trial.sh /usr/bin/python3 ${VPOLL_EVENTS} ${programOf('node')}`;
    const { output, log } = boot(folder, trial);
    const part = (name: string): string[] => (output.split(`== ${name}\n`)[1] ?? '').split('== ')[0]!.trim().split('\n');
    const expect = (name: string, lines: string[]): void => {
      assert.equal(part(name), lines, `${name}:\n${output}\n${log}`);
    };
    expect('started', ['active', 'regular empty file 666', '1', 'device exact']);
    // Of the bounding set nothing can be taken without CAP_SETPCAP: CAP_SYS_ADMIN stays in it, and no_new_privs keeps it from coming back.
    const caps = ['CapEff:\t0000000000000000', 'CapBnd:\t0000000000200000', 'NoNewPrivs:\t1', 'Seccomp:\t2'];
    expect('sandbox', [...caps, 'CapBnd:\t0000000000200000', '1', '1', '0']);
    expect('restart', ['another', 'device exact', 'waits', 'saw 0x1']);
    for (const what of ['server killed', 'both killed']) expect(what, ['waits', 'saw 0x8', 'change: ENOTCONN', 'device exact']);
    expect('main killed', ['device exact', 'waits', 'saw 0x1']);
    expect('killed often', ['device exact']);
    const [missing, ...rest] = part('stopped');
    assert.match(missing!, 'No such file');
    assert.equal(rest.slice(0, 4), ['0', 'inactive', 'waits', 'saw 0x1'], output);
    assert.not.match(rest[4]!, 'device');
    expect('module', ['inactive', 'no']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Boots, and gives what the trial has said and what systemd has. */
function boot(folder: string, trial: string): { output: string; log: string } {
  const command = `sh ${join(root, 'test/service/support/boot.sh')} ${folder} '${trial}'`;
  // A terminal, which systemd has its console on.
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 200_000,
  });
  return { output: readFileSync(join(folder, 'output'), 'utf8'), log: stdout };
}

test.run();
