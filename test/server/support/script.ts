// SPDX-License-Identifier: LGPL-2.1-or-later

// What a server answers, request by request: for the server itself, and for each helper that it serves in.

import { E, EPOLL } from './numbers.js';
import * as m from './messages.js';
import { done, notified, OP, refused } from './messages.js';

/** A request, and the messages that answer it, in order. */
export interface Step {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly messages: readonly string[];
}

type Answer = (unique: number) => string | readonly string[];

/** Where a step says nothing else, the request is number 1, 2, 3 ... of its script. */
class Script {
  readonly steps: Step[] = [];

  /** Asks, and expects these messages. */
  on(what: string, opcode: number, body: m.Fields, answers: readonly Answer[], asker: m.Asker = {}): this {
    const unique = this.steps.length + 1;
    const messages = answers.flatMap((answer) => answer(unique));
    this.steps.push({ what, bytes: m.request(opcode, body, { unique: BigInt(unique), ...asker }), messages });
    return this;
  }

  /** The same, of a request that is refused. */
  no(what: string, opcode: number, body: m.Fields, errno: number, asker: m.Asker = {}): this {
    return this.on(what, opcode, body, [(unique) => refused(unique, errno)], asker);
  }
}

const yes =
  (...body: m.Fields): Answer =>
  (unique) =>
    done(unique, ...body);
const told =
  (kh: bigint, times = 1): Answer =>
  () =>
    notified(kh, times);

const ADD = 1;
const DEL = 2;
const SET = 3;
const { IN, PRI, OUT, ERR, HUP, RDHUP } = EPOLL;
const O_RDONLY = 0;
const O_WRONLY = 1;
const OPEN_FLAGS = 0x75;

const opened = (fh: bigint): Answer => yes(fh, OPEN_FLAGS, 0);
const attributes = yes(3600n, 0, 0, 1n, 0n, 0n, 0n, 0n, 0n, 0, 0, 0, 0o100666, 1, 0, 0, 0, 4096, 0);
const initialised = yes(7, 31, 0, 0, 0x0030_0040, 4096, 1, 0, 0, 0n, 0n, 0n, 0);
/** Zeros of so many bytes. */
const zeros = (bytes: number): m.Fields => Array.from({ length: bytes / 8 }, () => 0n);

/** The mount, and three opens: handles 0 for both ways, 1 for reading, 2 for writing. */
function begin(script: Script): Script {
  return script
    .no('a kernel of long ago', OP.INIT, m.init(6, 1), E.EINVAL)
    .on('the first request', OP.INIT, m.init(), [initialised])
    .on('a kernel that is to ask again', OP.INIT, m.init(8, 0), [initialised])
    .on('what the file is', OP.GETATTR, m.getattr(), [attributes])
    .on('O_TRUNC and times', OP.SETATTR, m.setattr(8 | 0x30), [attributes])
    .no('chmod', OP.SETATTR, m.setattr(1), E.EPERM)
    .no('chown', OP.SETATTR, m.setattr(2 | 4), E.EPERM)
    .on('statfs', OP.STATFS, [], [yes(...zeros(80))])
    .on('open', OP.OPEN, m.open(), [opened(0n)])
    .on('open for reading', OP.OPEN, m.open(O_RDONLY), [opened(1n)])
    .on('open for writing', OP.OPEN, m.open(O_WRONLY), [opened(2n)]);
}

/** What 0 shows, and who is told. */
function change(script: Script): Script {
  return script
    .on('a look', OP.POLL, m.poll(0n, 7n, false), [yes(0, 0)])
    .on('ADD by ioctl: nobody waits', OP.IOCTL, m.ioctl(0n, m.io(ADD), BigInt(IN)), [yes(IN, 0, 0, 0)])
    .on('somebody waits', OP.POLL, m.poll(0n, 7n), [yes(IN, 0)])
    .on('ADD of what is set: an edge', OP.IOCTL, m.ioctl(0n, m.io(ADD), BigInt(IN)), [told(7n), yes(IN, 0, 0, 0)])
    .on('ADD of nothing', OP.IOCTL, m.ioctl(0n, m.io(ADD), 0n), [yes(IN, 0, 0, 0)])
    .on('DEL', OP.IOCTL, m.ioctl(0n, m.io(DEL), BigInt(IN)), [yes(0, 0, 0, 0)])
    .on('DEL of bits that nobody has', OP.IOCTL, m.ioctl(0n, m.io(DEL), -1n), [yes(0, 0, 0, 0)])
    .on('SET', OP.IOCTL, m.ioctl(0n, m.io(SET), BigInt(OUT | PRI)), [told(7n), yes(OUT | PRI, 0, 0, 0)])
    .on('SET of nothing', OP.IOCTL, m.ioctl(0n, m.io(SET), 0n), [yes(0, 0, 0, 0)])
    .on('ADD by write', OP.WRITE, m.write(0n, ADD, OUT), [told(7n), yes(8, 0)])
    .on('more than a word', OP.WRITE, [...m.write(0n, ADD, PRI, 16), 0n], [told(7n), yes(8, 0)])
    .on('read', OP.READ, m.read(0n), [yes(BigInt(OUT | PRI))])
    .on('read of more', OP.READ, m.read(0n, 4096), [yes(BigInt(OUT | PRI))])
    .on('the one for writing', OP.WRITE, m.write(2n, SET, ERR), [yes(8, 0)])
    .on('a new name of the kernel', OP.POLL, m.poll(0n, 9n), [yes(OUT | PRI, 0)])
    .on('which is the one that is told', OP.WRITE, m.write(0n, ADD, IN), [told(9n), yes(8, 0)])
    .on('HUP of one thread', OP.WRITE, m.write(0n, ADD, HUP), [told(9n), yes(8, 0)])
    .on('a second thread, while it stands', OP.POLL, m.poll(0n, 9n), [told(9n, 3), yes(IN | OUT | PRI | HUP, 0)], { pid: 101 })
    .on('RDHUP of two threads', OP.WRITE, m.write(0n, ADD, RDHUP), [told(9n, 3), yes(8, 0)])
    .on('IN of two threads', OP.WRITE, m.write(0n, ADD, IN), [told(9n), yes(8, 0)])
    .on('release', OP.RELEASE, m.release(0n), [yes()])
    .no('the handle is no more', OP.READ, m.read(0n), E.EBADF)
    .on('open: what is free is given again', OP.OPEN, m.open(), [opened(0n)], { uid: 5 })
    .on('and shows nothing', OP.READ, m.read(0n), [yes(0n)])
    .on('nor does anybody wait there', OP.WRITE, m.write(0n, ADD, HUP), [yes(8, 0)]);
}

/** What is refused, and what isn't answered. Handles 0 to 2 are open, and 1 for reading. */
function err(script: Script): Script {
  return script
    .no('read of less', OP.READ, m.read(0n, 7), E.EINVAL)
    .no('write of less', OP.WRITE, m.write(0n, ADD, IN, 7), E.EINVAL)
    .no('ADD of a bit that nobody can set', OP.WRITE, m.write(0n, ADD, 0x20), E.EINVAL)
    .no('SET of one, by ioctl', OP.IOCTL, m.ioctl(0n, m.io(SET), 0x80000001n), E.EINVAL)
    .no('ADD of more than 32 bits', OP.IOCTL, m.ioctl(0n, m.io(ADD), 1n << 32n), E.EINVAL)
    .no('no operation', OP.WRITE, m.write(0n, 0, IN), E.EINVAL)
    .no('one too many', OP.WRITE, m.write(0n, 4, IN), E.EINVAL)
    .no('one far too large', OP.WRITE, m.write(0n, 0x80000001, IN), E.EINVAL)
    .no('no ioctl of ours', OP.IOCTL, m.ioctl(0n, m.io(0), 1n), E.ENOTTY)
    .no('nor this', OP.IOCTL, m.ioctl(0n, m.io(4), 1n), E.ENOTTY)
    .no('nor TCGETS', OP.IOCTL, m.ioctl(0n, 0x5401, 1n), E.ENOTTY)
    .no('ADD where it is open for reading', OP.IOCTL, m.ioctl(1n, m.io(ADD), BigInt(IN)), E.EBADF)
    .no('of more than 32 bits there', OP.IOCTL, m.ioctl(1n, m.io(ADD), 1n << 32n), E.EBADF)
    .no('write there', OP.WRITE, m.write(1n, ADD, IN), E.EBADF)
    .on('it is as it was', OP.READ, m.read(1n), [yes(0n)])
    .on('FORGET', OP.FORGET, [1n], [], { unique: 0n })
    .on('BATCH_FORGET', OP.BATCH_FORGET, [1, 0, 1n, 1n], [], { unique: 0n })
    .on('INTERRUPT', OP.INTERRUPT, [3n], [])
    .no('FLUSH', OP.FLUSH, [0n, 0, 0, 0n], E.ENOSYS)
    .no('LOOKUP', OP.LOOKUP, [0x61n], E.ENOSYS)
    .no('no operation of the protocol', 0xffffffff, [], E.ENOSYS)
    .no('a handle that was never given', OP.POLL, m.poll(3n, 1n), E.EBADF)
    .no('one whose lower half was', OP.POLL, m.poll((1n << 32n) + 1n, 1n), E.EBADF)
    .no('the largest', OP.IOCTL, m.ioctl(-1n, m.io(ADD), 1n), E.EBADF);
}

/** The life of some vpolls, each operation in order and out of it. */
export function script(): readonly Step[] {
  return err(change(begin(new Script()))).steps;
}
