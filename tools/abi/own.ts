// SPDX-License-Identifier: LGPL-2.1-or-later

/** Numbers of vpoll's own making that several languages must agree on: no header has them. */

import { SYS_NAMES } from '../../host/sys.js';
import { ARCHITECTURES } from './arch.js';
import type { Group } from './group.js';
import type { Layout } from './layout.js';

export const CALLS: Group = {
  about: 'The calls of the boundary, by their places in host/sys.ts: by these the core says which of them failed.',
  headers: [],
  type: 'i32',
  only: 'assembly',
  numbers: Object.fromEntries(SYS_NAMES.map((name, place) => [`SYS_${name.toUpperCase()}`, place])),
};

export const OWN: readonly Group[] = [
  {
    about: 'Operations: VPOLL_CTL_* of libvpoll; the same numbers are the ioctls and the upper half of the EFD_VPOLL file ABI.',
    headers: [],
    type: 'i32',
    numbers: { OP_ADD: 1, OP_DEL: 2, OP_SET: 3 },
  },
  {
    about: "_IO('^', 0): the ioctls of a vpoll file are this number plus the operation.",
    headers: ['sys/ioctl.h'],
    type: 'u32',
    hex: true,
    core: true,
    numbers: { VPOLL_IOC: 0x5e00 },
    means: { VPOLL_IOC: ["_IO('^', 0)"] },
  },
  { about: 'The flag of eventfd2(2) that linux_patch adds.', headers: [], type: 'i32', numbers: { EFD_VPOLL: 2 } },
  {
    about: 'Options of a vpoll, which create takes and its table entry keeps.',
    headers: [],
    type: 'u32',
    numbers: { CLOSEST: 1, EXCLUSIVE: 2 },
  },
  {
    about:
      'Only a look whether the backend is here: what is opened is closed again, and the table is as it was. Not on a socketpair, which is always here.',
    headers: [],
    type: 'u32',
    numbers: { LOOK: 16 },
  },
  {
    about: 'Further descriptors of the same vpoll stand in the table (dup(2)).',
    headers: [],
    type: 'u32',
    only: 'assembly',
    numbers: { DUPED: 4 },
  },
  {
    about:
      "A change may go through a bit that is neither asked for nor a companion, where the backend can't make it otherwise (tcp).",
    headers: [],
    type: 'u32',
    numbers: { PASSING: 32 },
  },
  {
    about: "Of a create that names no backend: those of the seed's libvpoll and no others, in its order.",
    headers: [],
    type: 'u32',
    numbers: { SEED_ORDER: 64 },
  },
  {
    about:
      'Of a create: the caller can start what serves a backend. Where it is the turn of one that nobody serves, create gives ECHILD.',
    headers: [],
    type: 'u32',
    numbers: { CAN_START: 128 },
  },
  {
    about: "The kernel knows the EFD_VPOLL file ABI but not our ioctls: the reference's patch.",
    headers: [],
    type: 'u32',
    numbers: { WRITE_ABI: 8 },
  },
  {
    about: 'Room, in bytes, that the core gives to fstat: no struct stat is larger.',
    headers: [],
    type: 'i32',
    numbers: { STAT_ROOM: Math.max(...Object.values(ARCHITECTURES).map(({ stat }) => stat.size)) },
  },
  CALLS,
];

/** What the call `fstat` of the boundary leaves, whatever the architecture's struct stat looks like. */
export const STAT: Layout = {
  name: 'Stat',
  about: 'The first bytes of what fstat leaves in its buffer.',
  fields: { dev: ['u64', 'st_dev'], ino: ['u64', 'st_ino'], mode: ['u32', 'st_mode'] },
};

/** An entry of the core's table (assembly/table.ts). */
export const ENTRY: Layout = {
  name: 'Entry',
  about: "An entry of the core's table of descriptors: what assembly/table.ts keeps, and the hosts of the core may read.",
  fields: {
    ino: ['u64', 'st_ino of the descriptor, or eventfd-id under WRITE_ABI'],
    peerIno: ['u64', 'st_ino of the hidden end'],
    peer: ['i32', 'the hidden end, or -1'],
    generation: ['u32', 'tells a vpoll from a later one with the same number; never 0'],
    dev: ['u32', 'st_dev of both'],
    mask: ['u16', 'the mask, where exclusive'],
    backend: ['u8', '0: the entry is free'],
    flags: ['u8', 'options'],
  },
};
