// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// What a first vpoll on fuse makes a runtime load beyond what one on a socketpair does: nothing. Each module of a runtime's own takes a program some
// milliseconds (Deno's node:fs 13, Node's perf_hooks 1 to 5), and starting the helper takes one.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { Calls } from '../../host/linux/calls.js';
import { serves } from '../../src/fuse/tools.js';
import { VPoll } from '../../src/index.js';
import { listDescriptors } from '../../host/linux/proc.js';
import { openLibc } from '../../src/runtime.js';
import { create, withFuse } from './support/helper.js';
import { whyNoNative } from '../../src/fuse/native.js';

const libc = openLibc();
const calls = new Calls(libc);
const native = { name: 'a native helper', has: whyNoNative(calls) === undefined };

/** What Node has loaded of its own modules; nothing elsewhere. */
function loaded(): string[] {
  return [...((process as { moduleLoadList?: string[] }).moduleLoadList ?? [])];
}

/** The modules that are asked for while `act` runs, by name. */
function asked(act: () => void): string[] {
  const [names, before] = [[] as string[], loaded()];
  const { getBuiltinModule } = process;
  process.getBuiltinModule = (name: string) => {
    names.push(name);
    return getBuiltinModule.call(process, name);
  };
  try {
    act();
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
  return [...names, ...loaded().filter((name) => !before.includes(name))];
}

withFuse(native)('the first vpoll on fuse loads no module of the runtime', () => {
  dropHelper();
  VPoll.create({ backend: 'socketpair' }).close();
  let vp: VPoll | undefined;
  assert.equal(
    asked(() => {
      vp = create();
    }),
    [],
  );
  assert.ok(serves(calls, helperPid()), 'it is served by the one that was started');
  assert.not.ok(serves(calls, process.pid), 'a process that is no helper is none');
  vp?.close();
});

test('what is open is told as /proc tells it, also where that is more than one reading of the folder gives', () => {
  const many: VPoll[] = [];
  for (let i = 0; i < 400; i++) many.push(VPoll.create({ backend: 'socketpair' }));
  try {
    const { readdirSync, readlinkSync } = process.getBuiltinModule('node:fs');
    const here = new Set(listDescriptors(libc));
    for (const { fd } of many) assert.ok(here.has(fd), String(fd));
    // Beside the folder itself, each time under the lowest free number.
    assert.equal(here.size, readdirSync('/proc/self/fd').length - 1);
    const name = readlinkSync(`/proc/self/fd/${many[0]!.fd}`);
    assert.equal(calls.descriptorsOf([name]), [many[0]!.fd]);
  } finally {
    for (const each of many) each.close();
  }
});

test.run();
