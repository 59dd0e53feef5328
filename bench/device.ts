// SPDX-License-Identifier: LGPL-2.1-or-later

// A change that needs exactly one system call, the ioctl of /dev/vpoll, beside that bare call. A kernel without the module has no
// such ioctl: then the unchanged core runs over a host that differs from host/linux/libc.ts in two calls. open() gives an
// eventfd, and the ioctl is FIOCLEX on it, the cheapest ioctl that a kernel has: it never reaches a driver. So what vpoll adds
// weighs more here than it would with the real one.

import { existsSync } from 'node:fs';
import { createHost } from '../host/linux/libc.js';
import type { HostFactory } from '../host/sys.js';
import { vpoll_create, vpoll_ctl } from '../src/capi.js';
import { EPOLLIN, FD_CLOEXEC, VPOLL_CTL_ADDEVENTS as ADD, VPOLL_CTL_DELEVENTS as DEL } from '../src/constants.js';
import { instantiate, setCore } from '../src/core.js';
import { openLibc } from '../src/runtime.js';
import { VPoll } from '../src/vpoll.js';
import type { Context } from './context.js';
import { compare, timed, type Competitor } from './interleave.js';
import { calls, FIOCLEX, openEventfd } from './libc.js';
import type { Part } from './results.js';

const DEVICE = '/dev/vpoll';
/** _IO('^', 0), the number below those of ADD, DEL and SET. */
const VPOLL_IOC = 0x5e00;
const BACKEND = 'device';
const BARE = 'bare koffi';
const C = 'C';
/** What add() may take beyond the bare call. */
const OWN_MAX_NS = 100;

/**
 * The host with the stand-in: its ioctl costs what that of host/linux/libc.ts does, plus the look-up of the mask that a kernel would return.
 * One mask for all its files is enough, since only ADD of one bit is measured.
 */
function standIn(): HostFactory {
  const ffi = openLibc();
  const real = createHost(ffi, process.arch);
  const { ioctl } = calls;
  return (memory) => {
    const sys = real(memory);
    let mask = 0;
    return {
      ...sys,
      open: () => sys.eventfd(0, 0),
      ioctl: (fd, request, events) => {
        if (ioctl(fd, FIOCLEX, 0) < 0) return -ffi.errno();
        mask = request === VPOLL_IOC + ADD ? mask | events : request === VPOLL_IOC + DEL ? mask & ~events : events;
        return mask;
      },
    };
  };
}

function competitors(real: boolean, loops: Context['loops']): Competitor[] {
  const [vp, fd] = [VPoll.create({ backend: BACKEND }), vpoll_create(0, FD_CLOEXEC, { backend: BACKEND })];
  const { ioctl } = calls;
  const [bare, request] = real ? [vp.fd, VPOLL_IOC + ADD] : [openEventfd(), FIOCLEX];
  const all: Competitor[] = [
    {
      name: 'VPoll',
      run: timed((n) => {
        for (let i = 0; i < n; i++) vp.add(EPOLLIN);
      }),
    },
    {
      name: 'vpoll_ctl',
      run: timed((n) => {
        for (let i = 0; i < n; i++) vpoll_ctl(fd, ADD, EPOLLIN);
      }),
    },
    {
      name: BARE,
      run: timed((n) => {
        for (let i = 0; i < n; i++) ioctl(bare, request, EPOLLIN);
      }),
    },
  ];
  if (typeof loops !== 'string') all.push({ name: C, run: (n) => loops.run(real ? 'device_add' : 'ioctl', n) });
  return all;
}

export async function measureDevice({ effort, loops }: Context): Promise<Part> {
  const part: Part = { name: 'device', title: 'A change by one system call', columns: [], rows: [], omitted: [] };
  const real = existsSync(DEVICE);
  if (!real) setCore(instantiate(standIn()));
  if (typeof loops === 'string') part.omitted.push({ name: C, reason: loops });
  const all = competitors(real, loops);
  part.columns = all.map(({ name }) => name);
  const ratios = ['VPoll', 'vpoll_ctl'].flatMap((of) => [
    { of, to: BARE, target: 1.25 },
    { of, to: C, target: 2.0 },
  ]);
  const name = real ? `ADD IN on ${DEVICE}` : 'ADD IN; stand-in for /dev/vpoll: ioctl(eventfd, FIOCLEX)';
  const beyond = { of: 'VPoll', to: BARE, most_ns: OWN_MAX_NS };
  part.rows.push(await compare({ name, competitors: all, ratios, beyond }, effort));
  setCore(undefined);
  return part;
}
