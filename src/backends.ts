// SPDX-License-Identifier: LGPL-2.1-or-later

// What TypeScript says of the backends beyond what their records do (backend-table.ts).

import type { BackendName } from './backend-table.js';
import type { Why } from './why.js';

export { BACKENDS, BY_COST, BY_SEED, EVERYWHERE, LIMITS, NEED_PROCESS, SIMULATED, type BackendName } from './backend-table.js';

/** The one command by which every program of a machine has every bit. The package vpoll-fuse does it at each boot. */
export const SERVE = 'sudo npx vpoll serve /dev/vpoll';
const SERVICE = `${SERVE}, or load vpoll.ko: modprobe vpoll`;

/** Why a backend isn't there, by the errno that the core kept (assembly/reason.ts). */
export function whyNoBackend(backend: BackendName, code: string): Why {
  if (backend === 'eventfd')
    return { reason: 'this kernel has no EFD_VPOLL', remedy: "boot one with linux_patch of vpoll's repository" };
  if (backend === 'device') {
    if (code === 'EACCES' || code === 'EPERM')
      return {
        reason: `${code}, /dev/vpoll may not be opened`,
        remedy: 'give read and write permission, by a udev rule: KERNEL=="vpoll", SUBSYSTEM=="misc", MODE="0666"',
      };
    if (code === 'ENOENT' || code === 'ENXIO' || code === 'ENODEV') return { reason: 'there is no /dev/vpoll', remedy: SERVICE };
    if (code === 'EMFILE')
      return {
        reason: 'EMFILE, this user has as many vpolls as /dev/vpoll gives',
        remedy: 'close some, or give more: max_user_instances of vpoll.ko, or vpoll-fuse serve --max-per-uid',
      };
    if (code === 'ENOTCONN' || code === 'ECONNABORTED')
      return { reason: `${code}, the server of /dev/vpoll has died`, remedy: 'start it: systemctl restart vpoll-fuse' };
    return { reason: `/dev/vpoll is no vpoll device, ${code}`, remedy: `remove it, and ${SERVICE}` };
  }
  if (backend === 'fuse' && code === 'ENOENT') return { reason: 'its helper was not started' };
  if (backend === 'tcp') {
    if (code === 'ENETUNREACH') return { reason: `${code}, loopback is down`, remedy: 'bring it up: ip link set lo up' };
    if (code === 'EOPNOTSUPP') return { reason: 'TCP does not behave here as it must', remedy: 'Linux 5.10 or later does' };
    return { reason: `its self-test failed with ${code}`, remedy: 'connections to 127.0.0.1 must be allowed' };
  }
  return { reason: `failed with ${code}` };
}

/** Options of the core's create. */
export { CAN_START, CLOSEST, EXCLUSIVE, LOOK, PASSING, SEED_ORDER } from '../host/abi.js';
