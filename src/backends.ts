// SPDX-License-Identifier: LGPL-2.1-or-later

/** The ways to make a vpoll, in order of preference. */
export type BackendName = 'eventfd' | 'device' | 'fuse' | 'tcp' | 'socketpair';

/** The backends by the core's numbers; 0 is its word for "the first that is there". */
export const BACKENDS = ['auto', 'eventfd', 'device', 'fuse', 'tcp', 'socketpair'] as const satisfies readonly (
  'auto' | BackendName
)[];

/** What a backend can't do that is here. */
export const LIMITS: Partial<Record<BackendName, string>> = {
  tcp: 'only shows IN, PRI, OUT and ERR freely (HUP and RDHUP: with others, and for good)',
  socketpair: 'only shows IN and OUT freely',
};

/** What a user can do to get a backend that isn't there, by the errno that the core kept (assembly/reason.ts). */
export function remedy(backend: BackendName, code: string): string {
  if (backend === 'eventfd') return 'this kernel has no EFD_VPOLL (build and boot one with linux_patch)';
  if (backend === 'device') {
    if (code === 'EACCES' || code === 'EPERM')
      return `${code}, /dev/vpoll may not be opened (give read and write permission by a udev rule, as linux_module/99-vpoll.rules does)`;
    if (code === 'ENOENT' || code === 'ENXIO' || code === 'ENODEV')
      return 'there is no /dev/vpoll (load vpoll.ko: modprobe vpoll)';
    return `/dev/vpoll is no vpoll device, ${code} (remove it, and load vpoll.ko)`;
  }
  if (backend === 'fuse' && code === 'ENOENT') return 'its helper was not started';
  if (backend === 'tcp') {
    if (code === 'ENETUNREACH') return 'ENETUNREACH, loopback is down (bring it up: ip link set lo up)';
    if (code === 'EOPNOTSUPP') return 'TCP does not behave here as it must (Linux 5.10 or later does)';
    return `its self-test failed with ${code} (connections to 127.0.0.1 must be allowed)`;
  }
  return `failed with ${code}`;
}

// Options of the core's create, see assembly/constants.ts.
export const CLOSEST = 1;
export const EXCLUSIVE = 2;
export const LOOK = 16;
export const PASSING = 32;
export const TCP_FIRST = 64;
