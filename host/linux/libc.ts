// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The host for every runtime that can call C: the calls of the boundary go straight to libc.
 *
 * A wasm memory can move when it grows, and a view made before is then detached. So the base address is asked for again whenever
 * that has happened. errno is read right after the call, before any other can change it.
 */
import { ABIS } from '../abi.js';
import type { CFunction, Ffi, Word } from '../ffi.js';
import { STAT } from '../structs.js';
import { SYS, type HostFactory, type SysName } from '../sys.js';

/** What only a pair of TCP's takes. */
const RARE = ['socket', 'bind', 'listen', 'accept4', 'connect', 'getsockname', 'getpeername', 'dup3'] as const;

/**
 * Functions that are made when one of them is called first, which takes 10 to 200 us for each. Then all of them are made: a runtime may forbid it later
 * (Deno.permissions.revoke()), when a vpoll is there that needs another.
 */
function makeTogether<N extends SysName>(names: readonly N[], func: (name: N) => CFunction): Record<N, CFunction> {
  let made: Record<N, CFunction> | undefined;
  const all = (each: (name: N) => CFunction): Record<N, CFunction> =>
    Object.fromEntries(names.map((name) => [name, each(name)])) as Record<N, CFunction>;
  return all(
    (name) =>
      (...args) =>
        (made ??= all(func))[name](...args),
  );
}

/** Makes the host. Throws where libc lacks a call, or the architecture (by `process.arch`) isn't known. */
export function createHost(ffi: Ffi, arch: string): HostFactory {
  const abi = ABIS[arch];
  if (!abi) throw new Error(`architecture ${arch} is not supported (${Object.keys(ABIS).join(', ')} are)`);
  const func = (name: SysName): CFunction => ffi.func(name, ...SYS[name]);
  const [eventfd, open, ioctl, socketpair] = [func('eventfd'), func('open'), func('ioctl'), func('socketpair')];
  const [read, write, send, recv] = [func('read'), func('write'), func('send'), func('recv')];
  const [shutdown, fcntl, setsockopt, getsockopt] = [func('shutdown'), func('fcntl'), func('setsockopt'), func('getsockopt')];
  const [fstat, poll, close, openat] = [func('fstat'), func('poll'), func('close'), func('openat')];
  const { socket, bind, listen, accept4, connect, getsockname, getpeername, dup3 } = makeTogether(RARE, func);
  const { word, errno, address } = ffi;
  return (memory) => {
    // The length of a view says 0 once its buffer was detached: cheaper to ask for at each call than memory.buffer (30 ns).
    let words = new Uint32Array(0);
    let base = 0;
    const refresh = (): number => {
      words = new Uint32Array(memory().buffer);
      base = address(words.buffer);
      return base;
    };
    const at = (offset: number): Word => word((words.length === 0 ? refresh() : base) + offset);
    const status = (result: number): number => (result < 0 ? -errno() : result);
    return {
      eventfd: (initval, flags) => status(eventfd(initval >>> 0, flags)),
      open: (path, flags) => status(open(at(path), flags)),
      ioctl: (fd, request, arg) => status(ioctl(fd, request >>> 0, arg >>> 0)),
      socketpair: (domain, type, protocol, pair) => status(socketpair(domain, type, protocol, at(pair))),
      read: (fd, data, size) => status(read(fd, at(data), word(size))),
      write: (fd, data, size) => status(write(fd, at(data), word(size))),
      send: (fd, data, size, flags) => status(send(fd, at(data), word(size), flags)),
      recv: (fd, data, size, flags) => status(recv(fd, at(data), word(size), flags)),
      shutdown: (fd, how) => status(shutdown(fd, how)),
      fcntl: (fd, command, arg) => status(fcntl(fd, command, arg)),
      setsockopt: (fd, level, name, value, size) => status(setsockopt(fd, level, name, at(value), word(size))),
      getsockopt: (fd, level, name, value, size) => status(getsockopt(fd, level, name, at(value), at(size))),
      fstat: (fd, stat) => {
        const result = status(fstat(fd, at(stat)));
        // st_dev and st_ino are where the boundary wants them; st_mode is moved there.
        if (result === 0) words[(stat + STAT.mode) >> 2] = words[(stat + abi.stat.mode) >> 2]!;
        return result;
      },
      poll: (fds, count, timeoutMs) => status(poll(at(fds), word(count), timeoutMs)),
      close: (fd) => status(close(fd)),
      socket: (domain, type, protocol) => status(socket(domain, type, protocol)),
      bind: (fd, address, size) => status(bind(fd, at(address), word(size))),
      listen: (fd, backlog) => status(listen(fd, backlog)),
      accept4: (fd, address, size, flags) => status(accept4(fd, at(address), at(size), flags)),
      connect: (fd, address, size) => status(connect(fd, at(address), word(size))),
      getsockname: (fd, address, size) => status(getsockname(fd, at(address), at(size))),
      getpeername: (fd, address, size) => status(getpeername(fd, at(address), at(size))),
      dup3: (fd, to, flags) => status(dup3(fd, to, flags)),
      openat: (directory, path, flags) => status(openat(directory, at(path), flags)),
    };
  };
}
