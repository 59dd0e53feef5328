// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * A core over a scripted kernel: a model of what Linux does with eventfds, /dev/vpoll and unix sockets, good enough to run every
 * backend. In it a test can make any call fail, play another process, and see who was woken.
 *
 *     const world = createWorld({ device: 'present' });
 *     const fd = world.core.create(DEVICE, IN, 0, 0, 0);
 *     world.file(fd).poll();          // what a poller sees
 *     world.host.fail({ nth: 1, errno: E.EMFILE });
 */

import { BACKENDS } from '../src/backends.js';
import type { Core } from '../src/core.js';
import { instantiateTested } from './tested-core.js';
import { OpenFile } from './fake/file.js';
import { FakeHost } from './fake/host.js';
import { Kernel, Process, type Features } from './fake/kernel.js';
import { UnixSocket } from './fake/unix.js';
import type { ForeignFile, ForeignKind } from './fake/vpollfile.js';

// The numbers of the backends, and the options of create.
export const AUTO = BACKENDS.indexOf('auto');
export const EVENTFD = BACKENDS.indexOf('eventfd');
export const DEVICE = BACKENDS.indexOf('device');
export const FUSE = BACKENDS.indexOf('fuse');
export const TCP = BACKENDS.indexOf('tcp');
export const SOCKETPAIR = BACKENDS.indexOf('socketpair');
/** None of the options. */
export const STRICT = 0;
export { CAN_START, CLOSEST, EXCLUSIVE, LOOK, PASSING, SEED_ORDER } from '../host/abi.js';

/** Where the fuse backend's mount is: high above what the tests count. */
const MOUNT_FD = 100_000;

// How attach gets its descriptors.
export const TAKE = 0;
export const COPY = 1;

/** One process with a core of its own. */
export class World {
  readonly host: FakeHost;
  readonly core: Core;

  constructor(
    readonly kernel: Kernel,
    readonly process: Process,
  ) {
    this.host = new FakeHost(process);
    this.core = instantiateTested(this.host.factory);
    if (kernel.features.fuse === 'absent') return;
    process.place(MOUNT_FD, kernel.fuseMount());
    this.core.lend(MOUNT_FD, -1);
  }

  /** The open file under a number; throws where there is none. */
  file(fd: number): OpenFile {
    const file = this.process.file(fd);
    if (!file) throw new Error(`fd ${fd} is not open`);
    return file;
  }

  /** The unix socket under a number. */
  socket(fd: number): UnixSocket {
    const file = this.file(fd);
    if (!(file instanceof UnixSocket)) throw new Error(`fd ${fd} is no unix socket`);
    return file;
  }

  /** Puts a file of someone else under `fd`, whatever was there. */
  replace(fd: number, kind: ForeignKind): ForeignFile {
    const file = this.kernel.foreign(kind);
    this.process.place(fd, file);
    return file;
  }

  /** The descriptors that are open, without the one of the fuse backend's mount. */
  open(): number[] {
    return [...this.process.descriptors.keys()].filter((fd) => fd !== MOUNT_FD).sort((a, b) => a - b);
  }

  /** Another process with the same open files and a core that knows none of them. */
  fork(): World {
    return new World(this.kernel, this.process.fork());
  }

  /** Forgets the calls and wake-ups so far. */
  forget(): void {
    this.host.log = [];
    for (const { file } of this.process.descriptors.values()) file.wakes = [];
  }
}

export function createWorld(features: Partial<Features> = {}): World {
  const kernel = new Kernel(features);
  return new World(kernel, new Process(kernel));
}
