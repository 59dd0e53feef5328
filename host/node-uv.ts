// SPDX-License-Identifier: LGPL-2.1-or-later

/** libuv's own functions, as Node exports them to addons, by koffi. Documented ones only: docs.libuv.org. */

import { RTLD_LAZY, RTLD_NODELETE, RTLD_NOLOAD } from './abi.js';

/** koffi's uv_poll. */
export interface KoffiPoll {
  node: { poll(fd: number, options: { readable?: boolean }, callback: () => void): PollHandle };
}

/**
 * What koffi knows of a handle. It closes that when an environment ends too, in C. Nothing else is done by it: its methods abort the process in a Worker
 * that has just been terminated from outside, and calls of libuv itself don't.
 */
export interface PollHandle {
  close(): void;
}

/** An address: koffi has a number where that holds it. */
export type Pointer = number | bigint;

type Argument = Pointer | Int32Array | BigUint64Array | Pointer[] | ((handle: Pointer) => void);

/** What else is used of koffi here. */
export interface KoffiUv extends KoffiPoll {
  node: KoffiPoll['node'] & { env: Pointer };
  load(path: null): Library;
  proto(result: string, kinds: string[]): object;
  pointer(type: object): object;
  register(callback: () => void, type: object): Pointer;
  unregister(callback: Pointer): void;
}

interface Library {
  func(name: string, result: string, kinds: unknown[]): (...args: Argument[]) => number;
  symbol(name: string): Pointer;
}

const UV_POLL = 8;

/**
 * Keeps koffi's library loaded for as long as the process lives. What closes a handle at the end of a Worker's environment calls back into it once
 * more. By then Node would have unloaded it, where no other thread has koffi.
 */
function pin(koffi: KoffiUv, uv: Library, type: object): void {
  const info = new BigUint64Array(4);
  const address = koffi.register(() => undefined, type);
  const isFound = uv.func('dladdr', 'int', ['uintptr_t', 'void *'])(address, info) !== 0;
  koffi.unregister(address);
  // Its first member is the name, as the library was loaded by.
  if (isFound) uv.func('dlopen', 'uintptr_t', ['uintptr_t', 'int'])(info[0]!, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

/** A thread's libuv. Throws where Node doesn't export it. A pointer of C is a number here. */
export function openUv(koffi: KoffiUv) {
  const uv = koffi.load(null);
  const onHandle = koffi.pointer(koffi.proto('void', ['uintptr_t', 'uintptr_t']));
  const func = (name: string, ...kinds: unknown[]) => uv.func(name, 'int', kinds);
  const loop: [Pointer] = [0];
  if (func('napi_get_uv_event_loop', 'uintptr_t', '_Out_ uintptr_t *')(koffi.node.env, loop) !== 0)
    throw new Error('no event loop');
  const walk = func('uv_walk', 'uintptr_t', onHandle, 'uintptr_t');
  const type = func('uv_handle_get_type', 'uintptr_t');
  const fileno = func('uv_fileno', 'uintptr_t', 'void *');
  const found = new Int32Array(1);
  pin(koffi, uv, onHandle);
  return {
    /** The uv_poll handle of this descriptor. A new one is the last of its loop. */
    find: (fd: number): Pointer => {
      const all: Pointer[] = [];
      walk(loop[0], (handle) => all.push(handle), 0);
      return all.findLast((each) => type(each) === UV_POLL && fileno(each, found) === 0 && found[0] === fd)!;
    },
    start: func('uv_poll_start', 'uintptr_t', 'int', 'uintptr_t'),
    stop: func('uv_poll_stop', 'uintptr_t'),
    ref: func('uv_ref', 'uintptr_t'),
    unref: func('uv_unref', 'uintptr_t'),
    /** The lower half of the pointer. */
    data: func('uv_handle_get_data', 'uintptr_t'),
    setData: func('uv_handle_set_data', 'uintptr_t', 'uintptr_t'),
    addressOfSetData: uv.symbol('uv_handle_set_data'),
  };
}

export type Uv = ReturnType<typeof openUv>;
