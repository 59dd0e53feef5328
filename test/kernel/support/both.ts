// SPDX-License-Identifier: LGPL-2.1-or-later

// Programs that run over realKernel() and over a simulated kernel.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { realKernel, VPOLL_EVENTS, VPollError, type Kernel, type KernelFile } from '../../../src/index.js';
import { countFds } from '../../real/support/libc.js';
import { well } from '../../sim/support/simulated.js';

/** Runs a program over both kernels. */
export function onBoth(name: string, program: (kernel: Kernel) => Promise<void> | void): void {
  test(`${name}: simulated`, async () => {
    const { trace } = await well({ main: program });
    assert.not(trace.includes('not simulated'));
  });
  if (process.platform !== 'linux') return;
  test(`${name}: real`, async () => {
    const kernel = realKernel();
    // Runtimes open some of their own at the first use.
    await program(kernel);
    const before = countFds();
    await program(kernel);
    for (let i = 0; i < 200 && countFds() > before; i++) await kernel.sleep(5);
    assert.ok(countFds() <= before, `${countFds()} descriptors are open, and there were ${before}`);
  });
}

/** What a call throws. */
export function refused(call: () => unknown, code: string, syscall: string, says?: RegExp): void {
  try {
    call();
  } catch (error) {
    assert.instance(error, VPollError);
    const { code: got, syscall: of, errno, message } = error as VPollError;
    assert.equal([got, of], [code, syscall], message);
    assert.ok(errno < 0);
    if (says) assert.match(message, says);
    return;
  }
  assert.unreachable(`no ${code} of ${syscall}`);
}

export function bytes(size: number, first = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (first + index) & 0xff);
}

export function closeAll(...files: { close(): unknown }[]): void {
  for (const file of files) file.close();
}

export async function shown({ Poller }: Kernel, { fd }: KernelFile): Promise<number> {
  const poller = Poller.create();
  poller.add(fd, VPOLL_EVENTS);
  const [event] = await poller.wait({ timeoutMs: 0 });
  await poller[Symbol.asyncDispose]();
  return event?.events ?? 0;
}
