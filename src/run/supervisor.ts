// SPDX-License-Identifier: LGPL-2.1-or-later

// Answers the calls of programs under the filter: a call that asks for a vpoll gets one, all else is left to the kernel.
//
// Nothing here is about security: a call that is passed on is carried out as the program made it. Where a path changes after it was looked
// at, the program only gets what it asked for in the end.

import { EFD_VPOLL, O_CLOEXEC, O_NONBLOCK, O_PATH, RESOLVE_IN_ROOT } from '../../host/abi.js';
import { EINTR, EINVAL, ENOENT } from '../../host/errno.js';
import type { Ffi } from '../../host/ffi.js';
import { Notifications, PEEK_MAX, type Notification } from '../../host/linux/seccomp.js';
import { callNumbers, type CallNumbers } from '../../host/linux/seccomp-filter.js';
import { OPEN_HOW } from '../../host/structs.js';
import { Trial } from '../../host/linux/trial.js';
import { EPOLLHUP, EPOLLIN, VPOLL_EVENTS } from '../constants.js';
import { errnoName, VPollError } from '../errors.js';
import { VPoll } from '../vpoll.js';

const DEVICE = new TextEncoder().encode('/dev/vpoll\0');
/** How long a signal waits for a call during which it can be sent: a program that opens again and again makes one within that. */
const CALL_WAIT_MS = 2;

/** The outcome of a wait for a call. `idle`: nothing came within the time, or a signal did. */
export type Step = 'answered' | 'idle' | 'end';

function lower(value: bigint): number {
  return Number(value & 0xffffffffn);
}

/** An open of /dev/vpoll: what the kernel says of it (0 or -errno), its flags, and what the path begins at. */
interface Attempt {
  status: number;
  flags: bigint;
  from: 'root' | 'cwd';
}

/**
 * Whether the /dev of a thread is this process's. In a chroot, or in a container with a /dev of its own, it isn't. Then the kernel opens the file of that
 * name there, or says that there is none.
 */
function hasOurDevices(tid: number, from: Attempt['from']): boolean {
  const { lstatSync } = process.getBuiltinModule('node:fs');
  try {
    const [theirs, ours] = [`/proc/${tid}/${from}/dev`, '/dev'].map((path) => lstatSync(path, { bigint: true }));
    return theirs!.ino === ours!.ino && theirs!.dev === ours!.dev;
  } catch {
    return false;
  }
}

export class Supervisor {
  readonly #notifications: Notifications;
  readonly #numbers: CallNumbers;
  readonly #trial: Trial;
  /** How many calls were handed over. */
  seen = 0;

  constructor(ffi: Ffi, fd: number) {
    this.#notifications = new Notifications(ffi, fd);
    this.#numbers = callNumbers(process.arch);
    this.#trial = new Trial(ffi, this.#numbers);
  }

  /**
   * Waits for a call and answers it. HUP alone says that nobody is left: ERR says only that a signal came while the kernel waited for a lock
   * (seccomp_notify_poll() in kernel/seccomp.c).
   */
  step(timeoutMs: number): Step {
    const events = this.#notifications.poll(timeoutMs);
    if (events < 0 && events !== -EINTR) throw new VPollError(errnoName(-events), 'poll');
    if (events <= 0) return 'idle';
    if (!(events & EPOLLIN)) return events & EPOLLHUP ? 'end' : 'idle';
    const notification = this.#receive();
    if (notification) this.#answer(notification);
    return 'answered';
  }

  /**
   * Acts while a call that waits now, or comes within a moment, is received and not yet answered: a signal that is sent then doesn't interrupt it
   * (WAIT_KILLABLE_RECV). Otherwise it would be interrupted for certain, since nothing is received here while there are other things to do. Without
   * that moment it could be sent between a look that finds no call and the call.
   */
  meanwhile(act: () => void): void {
    const notification = this.#notifications.poll(CALL_WAIT_MS) & EPOLLIN ? this.#receive() : undefined;
    act();
    if (notification) this.#answer(notification);
  }

  /** The call that is there. Undefined where it was withdrawn, or a signal came here: then it is there at the next step. */
  #receive(): Notification | undefined {
    const notification = this.#notifications.receive();
    if (typeof notification !== 'number') return notification;
    if (notification === -ENOENT || notification === -EINTR) return undefined;
    throw new VPollError(errnoName(-notification), 'ioctl', 'SECCOMP_IOCTL_NOTIF_RECV');
  }

  #answer(notification: Notification): void {
    this.seen++;
    const { id, nr, args } = notification;
    const { open, eventfd2 } = this.#numbers;
    if (nr === eventfd2) this.#eventfd(id, args[0]!, args[1]!);
    else this.#open(notification, args[nr === open ? 0 : 1]!);
  }

  /** eventfd2(initval, flags) with EFD_VPOLL, as linux_patch has it: no other flag of eventfd's goes with it. */
  #eventfd(id: bigint, initval: bigint, flags: bigint): void {
    const events = lower(initval);
    const others = lower(flags) & ~(EFD_VPOLL | O_CLOEXEC | O_NONBLOCK);
    if (others !== 0 || (events & ~VPOLL_EVENTS) !== 0) this.#notifications.refuse(id, EINVAL);
    else this.#give(id, events, flags);
  }

  #open(notification: Notification, path: bigint): void {
    const { id, tid } = notification;
    const attempt = this.#isDevice(tid, path) ? this.#attempt(notification) : undefined;
    // What was read is that process's only if the call still waits: its number may be another's by now.
    if (!attempt || !hasOurDevices(tid, attempt.from) || !this.#notifications.isValid(id)) this.#notifications.pass(id);
    else if (attempt.status < 0) this.#notifications.refuse(id, -attempt.status);
    else this.#give(id, 0, attempt.flags);
  }

  #isDevice(tid: number, path: bigint): boolean {
    const bytes = this.#notifications.peek(tid, path, DEVICE.length);
    return typeof bytes !== 'number' && bytes.length === DEVICE.length && bytes.every((byte, i) => byte === DEVICE[i]);
  }

  /** Undefined where the call opens nothing, or fails by itself: a struct open_how that is too short, too long, or not there. */
  #attempt({ tid, nr, args }: Notification): Attempt | undefined {
    const { open, openat2 } = this.#numbers;
    if (nr !== openat2) {
      const [flags, mode] = nr === open ? [args[1]!, args[2]!] : [args[2]!, args[3]!];
      return { status: this.#trial.open(lower(flags), lower(mode)), flags, from: 'root' };
    }
    const size = args[3]!;
    if (size < OPEN_HOW.size || size > PEEK_MAX) return undefined;
    const how = this.#notifications.peek(tid, args[2]!, Number(size));
    if (typeof how === 'number' || how.length < size) return undefined;
    const view = new DataView(how.buffer);
    const flags = view.getBigUint64(OPEN_HOW.flags, true);
    if (flags & BigInt(O_PATH)) return undefined;
    return {
      status: this.#trial.open2(how),
      flags,
      from: view.getBigUint64(OPEN_HOW.resolve, true) & BigInt(RESOLVE_IN_ROOT) ? 'cwd' : 'root',
    };
  }

  /** A vpoll of the first backend that shows every bit. */
  #give(id: bigint, events: number, flags: bigint): void {
    let errno: number;
    try {
      const vp = VPoll.create({ backend: 'auto', events, needs: VPOLL_EVENTS, nonblock: (lower(flags) & O_NONBLOCK) !== 0 });
      errno = -this.#notifications.give(id, vp.fd, lower(flags) & O_CLOEXEC);
      vp.close();
    } catch (error) {
      if (!(error instanceof VPollError)) throw error;
      errno = -error.errno;
    }
    if (errno !== 0) this.#notifications.refuse(id, errno);
  }
}
