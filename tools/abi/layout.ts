// SPDX-License-Identifier: LGPL-2.1-or-later

/** Structures in memory that several languages read: fields by C's rules, or the offsets that the kernel's headers give. */

const SIZES = { u8: 1, u16: 2, i32: 4, u32: 4, u64: 8 } as const;
type Type = keyof typeof SIZES;

/** One all of whose fields are known: a class of AssemblyScript. */
export interface Layout {
  /** Of the class; TypeScript and C have it in capitals. */
  readonly name: string;
  readonly about: string;
  /** Where it is the kernel's: its type in C, whose fields have the same names, and the headers. */
  readonly c?: string;
  readonly headers?: readonly string[];
  /** In order: type, and what it is. */
  readonly fields: Readonly<Record<string, readonly [type: Type, about: string]>>;
}

/** Where each field is, and how large the whole is, in bytes: as C and AssemblyScript lay it out. */
export function offsets({ fields }: Layout): { readonly size: number } & Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  let end = 0;
  for (const [name, [type]] of Object.entries(fields)) {
    const size = SIZES[type];
    found[name] = Math.ceil(end / size) * size;
    end = found[name] + size;
  }
  return { size: end, ...found };
}

export const POLLFD: Layout = {
  name: 'Pollfd',
  about: 'A descriptor that poll(2) looks at.',
  c: 'struct pollfd',
  headers: ['poll.h'],
  fields: { fd: ['i32', 'below 0: none'], events: ['u16', 'what is asked for'], revents: ['u16', 'what is shown'] },
};

/** One of the kernel's: the fields of it that are used, by C's name for them, with their offsets in bytes. Checked by test/abi.test.ts. */
export interface Struct {
  /** What it is called here. */
  readonly name: string;
  /** The type in C. */
  readonly c: string;
  readonly headers: readonly string[];
  readonly only?: 'assembly' | 'host';
  readonly size: number;
  readonly fields: Readonly<Record<string, number>>;
}

/** The structures that are the same on every architecture that vpoll knows. */
export const STRUCTS: readonly Struct[] = [
  {
    // Up to the last field that is used: how long it is depends on the kernel.
    name: 'TCP_INFO',
    c: 'struct tcp_info',
    headers: ['linux/tcp.h'],
    size: 232,
    fields: {
      tcpi_unacked: 24,
      tcpi_bytes_received: 128,
      tcpi_notsent_bytes: 144,
      tcpi_bytes_sent: 200,
      tcpi_bytes_retrans: 208,
      tcpi_snd_wnd: 228,
    },
  },
  { name: 'STATFS', c: 'struct statfs', headers: ['sys/vfs.h'], only: 'host', size: 120, fields: { f_flags: 80 } },
  {
    name: 'STATX',
    c: 'struct statx',
    headers: ['sys/stat.h'],
    only: 'host',
    size: 256,
    fields: { stx_mode: 28, stx_rdev_major: 128, stx_rdev_minor: 132, stx_dev_major: 136, stx_dev_minor: 140 },
  },
  { name: 'DIRENT', c: 'struct dirent', headers: ['dirent.h'], only: 'host', size: 280, fields: { d_reclen: 16, d_name: 19 } },
  {
    name: 'MSGHDR',
    c: 'struct msghdr',
    headers: ['sys/socket.h'],
    only: 'host',
    size: 56,
    fields: { msg_iov: 16, msg_iovlen: 24, msg_control: 32, msg_controllen: 40, msg_flags: 48 },
  },
  {
    name: 'IOVEC',
    c: 'struct iovec',
    headers: ['sys/uio.h'],
    only: 'host',
    size: 16,
    fields: { iov_base: 0, iov_len: 8 },
  },
  {
    name: 'CMSGHDR',
    c: 'struct cmsghdr',
    headers: ['sys/socket.h'],
    only: 'host',
    size: 16,
    fields: { cmsg_len: 0, cmsg_level: 8, cmsg_type: 12 },
  },
  {
    name: 'TIMESPEC',
    c: 'struct timespec',
    headers: ['time.h'],
    only: 'host',
    size: 16,
    fields: { tv_sec: 0, tv_nsec: 8 },
  },
  {
    name: 'ITIMERSPEC',
    c: 'struct itimerspec',
    headers: ['time.h'],
    only: 'host',
    size: 32,
    fields: { it_interval: 0, it_value: 16 },
  },
  {
    name: 'OPEN_HOW',
    c: 'struct open_how',
    headers: ['linux/openat2.h'],
    only: 'host',
    size: 24,
    fields: { flags: 0, resolve: 16 },
  },
  {
    name: 'SOCK_FILTER',
    c: 'struct sock_filter',
    headers: ['linux/filter.h'],
    only: 'host',
    size: 8,
    fields: { code: 0, jt: 2, jf: 3, k: 4 },
  },
  {
    name: 'SOCK_FPROG',
    c: 'struct sock_fprog',
    headers: ['linux/filter.h'],
    only: 'host',
    size: 16,
    fields: { len: 0, filter: 8 },
  },
  {
    name: 'SECCOMP_DATA',
    c: 'struct seccomp_data',
    headers: ['linux/seccomp.h'],
    only: 'host',
    size: 64,
    fields: { nr: 0, arch: 4, args: 16 },
  },
  {
    name: 'SECCOMP_NOTIF',
    c: 'struct seccomp_notif',
    headers: ['linux/seccomp.h'],
    only: 'host',
    size: 80,
    fields: { id: 0, pid: 8, data: 16 },
  },
  {
    name: 'SECCOMP_NOTIF_RESP',
    c: 'struct seccomp_notif_resp',
    headers: ['linux/seccomp.h'],
    only: 'host',
    size: 24,
    fields: { id: 0, val: 8, error: 16, flags: 20 },
  },
  {
    name: 'SECCOMP_NOTIF_ADDFD',
    c: 'struct seccomp_notif_addfd',
    headers: ['linux/seccomp.h'],
    only: 'host',
    size: 24,
    fields: { id: 0, flags: 8, srcfd: 12, newfd: 16, newfd_flags: 20 },
  },
];
