// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The host for Node: the calls of the boundary, through koffi, straight to libc.
 *
 * A wasm memory can move when it grows, and a view made before is then silently passed as NULL, so the base address is asked
 * for again whenever that has happened. `koffi.errno()` is the thread's own errno and is read right after the
 * call, before any other can change it.
 */
import { ABIS } from './abi.js';
import { SYS, type ArgKind, type HostFactory, type SysName } from './sys.js';

/** What this file uses of koffi; declared here so that the published types need no other package's. */
export interface Koffi {
  load(path: string | null): { func(prototype: string): (...args: number[]) => number };
  errno(): number;
  address(buffer: Uint8Array): bigint;
}

const C_TYPE: Record<ArgKind, string> = { i32: 'int', u32: 'unsigned int', ptr: 'uintptr_t', len: 'size_t' };

/**
 * The library that holds the system calls: whatever libc this process already has. Loading by name could bring a second libc
 * into the process; the names are for a Node that was linked statically.
 */
export function loadLibc(koffi: Koffi, arch: string): ReturnType<Koffi['load']> {
  const muslArch = arch === 'arm64' ? 'aarch64' : 'x86_64';
  const names = [null, 'libc.so.6', `libc.musl-${muslArch}.so.1`];
  let failure: unknown;
  for (const name of names) {
    try {
      const libc = koffi.load(name);
      libc.func('int socketpair(int, int, int, uintptr_t)');
      return libc;
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(`no libc found (tried the process itself, ${names.slice(1).join(', ')})`, { cause: failure });
}

/** The C prototype of a call of the boundary. Variadic ones (open, ioctl, fcntl) take the same registers on x86-64 and arm64. */
function prototype(name: SysName): string {
  return `long ${name}(${SYS[name].map((kind) => C_TYPE[kind]).join(', ')})`.replace(/^long (?!read|write|send|recv)/, 'int ');
}

/** Makes the host. Throws where koffi or libc can't be loaded, or the architecture isn't known. */
export function createNodeHost(koffi: Koffi, arch: string): HostFactory {
  const abi = ABIS[arch];
  if (!abi) throw new Error(`architecture ${arch} is not supported (${Object.keys(ABIS).join(', ')} are)`);
  const libc = loadLibc(koffi, arch);
  const func = (name: SysName): ((...args: number[]) => number) => libc.func(prototype(name));
  const [eventfd, open, ioctl, socketpair] = [func('eventfd'), func('open'), func('ioctl'), func('socketpair')];
  const [read, write, send, recv] = [func('read'), func('write'), func('send'), func('recv')];
  const [shutdown, fcntl, setsockopt, getsockopt] = [func('shutdown'), func('fcntl'), func('setsockopt'), func('getsockopt')];
  const [fstat, poll, close] = [func('fstat'), func('poll'), func('close')];
  return (memory) => {
    // The length of a view says 0 once its buffer was detached: cheaper to ask for at each call than memory.buffer (30 ns).
    let words = new Uint32Array(0);
    let base = 0;
    const refresh = (): number => {
      words = new Uint32Array(memory().buffer);
      base = Number(koffi.address(new Uint8Array(words.buffer)));
      return base;
    };
    const at = (offset: number): number => (words.length === 0 ? refresh() : base) + offset;
    const status = (result: number): number => (result < 0 ? -koffi.errno() : result);
    return {
      eventfd: (initval, flags) => status(eventfd(initval >>> 0, flags)),
      open: (path, flags) => status(open(at(path), flags)),
      ioctl: (fd, request, arg) => status(ioctl(fd, request >>> 0, arg >>> 0)),
      socketpair: (domain, type, protocol, pair) => status(socketpair(domain, type, protocol, at(pair))),
      read: (fd, data, size) => status(read(fd, at(data), size)),
      write: (fd, data, size) => status(write(fd, at(data), size)),
      send: (fd, data, size, flags) => status(send(fd, at(data), size, flags)),
      recv: (fd, data, size, flags) => status(recv(fd, at(data), size, flags)),
      shutdown: (fd, how) => status(shutdown(fd, how)),
      fcntl: (fd, command, arg) => status(fcntl(fd, command, arg)),
      setsockopt: (fd, level, name, value, size) => status(setsockopt(fd, level, name, at(value), size)),
      getsockopt: (fd, level, name, value, size) => status(getsockopt(fd, level, name, at(value), at(size))),
      fstat: (fd, stat) => {
        const result = status(fstat(fd, at(stat)));
        // st_dev and st_ino are where the boundary wants them; st_mode is moved there.
        if (result === 0) words[(stat + 16) >> 2] = words[(stat + abi.stat.mode) >> 2]!;
        return result;
      },
      poll: (fds, count, timeoutMs) => status(poll(at(fds), count, timeoutMs)),
      close: (fd) => status(close(fd)),
    };
  };
}
