// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend

// A network namespace whose loopback device is down, or has few ports: tcp isn't there, and says why.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';

const ISOLATED = `import { VPoll } from 'vpoll';
const vp = VPoll.create({ policy: 'closest' });
let said;
try { VPoll.create({ backend: 'tcp' }); } catch (error) { said = error.message; }
let needed;
try { VPoll.create({ needs: 2 }); } catch (error) { needed = error.message; }
console.log(JSON.stringify({ backend: vp.backend, said, needed }));`;

needs(test, 'unshare')('without a loopback device the next backend is taken, and the errors say so', () => {
  // Else `needs` would start a helper.
  const env: NodeJS.ProcessEnv = { ...process.env, VPOLL_FUSE: 'off' };
  delete env.VPOLL_BACKEND;
  const { stdout, stderr, status } = spawnSync('unshare', ['-Urn', 'node', '--input-type=module', '-e', ISOLATED], {
    cwd: root,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.is(status, 0, stderr);
  const { backend, said, needed } = JSON.parse(stdout) as Record<string, string>;
  assert.is.not(backend, 'tcp');
  assert.match(said!, 'ip link set lo up');
  if (backend === 'socketpair')
    assert.match(
      needed!,
      /\n {2}eventfd: .*\n {2}device: .*\n {2}fuse: VPOLL_FUSE=off.*\n {2}tcp: .*loopback is down.*\n {2}socketpair: /,
    );
});

const CROWDED = `import { VPoll } from 'vpoll';
const all = [];
try { for (;;) all.push(VPoll.create({ backend: 'tcp' })); } catch (error) { console.log(all.length, error.message); }`;

needs(
  test,
  'unshare',
  'ip',
)('on tcp, where the ports are used up, the error says of what there are too few', () => {
  const ports = '/proc/sys/net/ipv4/ip_local_port_range';
  const shell = `ip link set lo up && echo 40000 40029 >${ports} && exec node --input-type=module -e "$1"`;
  const options = { cwd: root, encoding: 'utf8', timeout: 60_000 } as const;
  const { stdout, stderr, status } = spawnSync('unshare', ['-Urn', 'sh', '-c', shell, 'sh', CROWDED], options);
  assert.is(status, 0, stderr);
  // docs/sizing.md: about three ports for two, as the kernel draws them.
  assert.match(stdout, /^(1[5-9]|2\d) (EADDRINUSE|EADDRNOTAVAIL): .*net\.ipv4\.ip_local_port_range/);
});

test.run();
