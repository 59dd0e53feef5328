// SPDX-License-Identifier: LGPL-2.1-or-later

// Requests as the kernel sends them and messages as it takes them, include/uapi/linux/fuse.h: written down a second time, field by field.

/** Operations, enum fuse_opcode. */
export const OP = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  SETXATTR: 21,
  FLUSH: 25,
  INIT: 26,
  ACCESS: 34,
  INTERRUPT: 36,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
} as const;

export const HEADER_BYTES = 40;
const NOTIFY_POLL = 1;

/** Fields one behind the other: a number is a u32, a bigint a u64. */
export type Fields = readonly (number | bigint)[];

/** The bytes of fields, little-endian. */
export function pack(fields: Fields): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce<number>((sum, field) => sum + (typeof field === 'number' ? 4 : 8), 0)));
  let at = 0;
  for (const field of fields) {
    if (typeof field === 'number') view.setUint32(at, field, true);
    else view.setBigUint64(at, BigInt.asUintN(64, field), true);
    at += typeof field === 'number' ? 4 : 8;
  }
  return new Uint8Array(view.buffer);
}

/** Who asks: struct fuse_in_header. `pid` is the thread's. */
export interface Asker {
  unique?: bigint;
  uid?: number;
  pid?: number;
  /** What the header says of the length, where that isn't so. */
  len?: number;
}

/** A request: its header, and `body` behind it. */
export function request(opcode: number, body: Fields, { unique = 1n, uid = 0, pid = 100, len }: Asker = {}): Uint8Array {
  const data = pack(body);
  const header = pack([len ?? HEADER_BYTES + data.length, opcode, unique, 1n, uid, 0, pid, 0]);
  return new Uint8Array([...header, ...data]);
}

const O_RDWR = 2;
const SCHEDULE_NOTIFY = 1;

// The bodies of requests, each as its struct.
export const init = (major = 7, minor = 38): Fields => [major, minor, 0x20000, 0x3fffff];
export const open = (flags = O_RDWR): Fields => [flags, 0];
export const release = (fh: bigint): Fields => [fh, O_RDWR, 0, 0n];
export const read = (fh: bigint, size = 8): Fields => [fh, 0n, size, 0, 0n, 0, 0];
export const write = (fh: bigint, op: number, events: number, size = 8): Fields => [fh, 0n, size, 0, 0n, 0, 0, events, op];
export const ioctl = (fh: bigint, cmd: number, arg: bigint): Fields => [fh, 0, cmd, arg, 0, 0];
export const poll = (fh: bigint, kh: bigint, waits = true): Fields => [fh, kh, waits ? SCHEDULE_NOTIFY : 0, 0x7fff];
export const getattr = (): Fields => [0, 0, 0n];
export const setattr = (valid: number): Fields => [valid, 0, 0n, 0n, 0n, 0n, 0n, 0n, 0, 0, 0, 0, 0, 0, 0, 0];

/** _IO('^', op). */
export const io = (op: number): number => 0x5e00 + op;

/** A message as a text: who is answered, with what errno (0: none), and the body in hexadecimal. */
function tell(unique: bigint, error: number, body: Uint8Array): string {
  return `#${unique} ${error} ${Buffer.from(body).toString('hex')}`.trim();
}

/** The answer to a request that was carried out. */
export function done(unique: number, ...body: Fields): string {
  return tell(BigInt(unique), 0, pack(body));
}

/** The answer to one that was refused. */
export function refused(unique: number, errno: number): string {
  return tell(BigInt(unique), -errno, new Uint8Array());
}

/** Notifies for all that wait under this name of the kernel's. */
export function notified(kh: bigint, times = 1): string[] {
  return Array.from({ length: times }, () => tell(0n, NOTIFY_POLL, pack([kh])));
}

/** A message that was written. Throws where it is none: its length must be what it says. */
export function decode(message: Uint8Array): string {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (message.length < 16 || view.getUint32(0, true) !== message.length) throw new Error(`a message of ${message.length} bytes`);
  return tell(view.getBigUint64(8, true), view.getInt32(4, true), message.subarray(16));
}
