// SPDX-License-Identifier: LGPL-2.1-or-later

// System calls by number: the right ones, with negative arguments as C passes them, and what they refuse.

import { readlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AT_FDCWD, O_PATH } from '../../host/abi.js';
import { EBADF, ECHILD, EINVAL, ENOENT } from '../../host/errno.js';
import { Arena } from '../../host/linux/arena.js';
import { systemCall } from '../../host/linux/syscall.js';
import { STATFS } from '../../host/structs.js';
import { openLibc } from '../../src/runtime.js';

const ffi = openLibc();
const NONE = 0x7fffffff;

test('a path is read relative to the working directory, which is a negative number', () => {
  const [link, missing, room] = [relative('.', '/proc/self/exe'), relative('.', '/proc/self/none'), 4096];
  const arena = new Arena(ffi, Arena.roomFor([link, missing]) + room);
  const [path, nowhere] = arena.strings([link, missing]).each;
  const at = arena.take(room);
  const length = systemCall(ffi, 'readlinkat', AT_FDCWD, path!, at, room);
  assert.is(new TextDecoder().decode(arena.bytes(at, length)), readlinkSync(link));
  assert.is(systemCall(ffi, 'readlinkat', AT_FDCWD, nowhere!, at, room), -ENOENT);
});

test('what a descriptor is of', () => {
  const arena = new Arena(ffi, Arena.roomFor(['/proc']) + STATFS.size);
  const [path] = arena.strings(['/proc']).each;
  const at = arena.take(STATFS.size);
  const fd = ffi.func('open', 'ptr', 'i32')(ffi.word(path!), O_PATH);
  assert.is(systemCall(ffi, 'fstatfs', fd, at), 0);
  assert.is(arena.view.getUint32(arena.at(at), true), 0x9fa0, 'PROC_SUPER_MAGIC');
  ffi.func('close', 'i32')(fd);
  assert.is(systemCall(ffi, 'fstatfs', -1, at), -EBADF);
});

test('a refusal is the errno of this very call', () => {
  // Of each, another one.
  for (let i = 0; i < 1000; i++) {
    assert.is(systemCall(ffi, 'recvmsg', -1, 0, 0), -EBADF);
    assert.is(systemCall(ffi, 'wait4', NONE, 0, 0), -ECHILD);
    assert.is(systemCall(ffi, 'readlinkat', AT_FDCWD, 0, 0, 0), -EINVAL);
  }
});

test.run();
