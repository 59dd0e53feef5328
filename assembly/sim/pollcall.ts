// SPDX-License-Identifier: LGPL-2.1-or-later

// poll(2) and select(2): fs/select.c.

import { EBADF, EINTR, EINVAL, ENOMEM, ERR, HUP, IN, NVAL, OUT, Pollfd, PRI, RDBAND, RDNORM, WRBAND, WRNORM } from '../constants';
import * as files from './file';
import * as processes from './process';
import { Process } from './structs';
import * as task from './task';

const ALWAYS: u32 = ERR | HUP;
const POLLIN_SET: u32 = RDNORM | RDBAND | IN | HUP | ERR | NVAL;
const POLLOUT_SET: u32 = WRBAND | WRNORM | OUT | ERR | NVAL;
const POLLEX_SET: u32 = PRI | NVAL;
/** The most descriptors in a set of select(2) here. */
export const SELECT_MAX: i32 = 64;
/** Where the sets that were asked for are kept, from those that are given back; also their size in bytes. */
const ASKED: usize = 24;
if (SELECT_MAX > 64) ERROR('a set of select(2) is a u64');

/** Whether the next look enters the queues: the first one, until it finds something. */
let doesRegister: bool = false;

/** do_pollfd() */
function lookAt(process: Process, pollfd: Pollfd): bool {
  const fd = pollfd.fd;
  let shown: u32 = 0;
  if (fd >= 0) {
    const file = processes.get(process, fd);
    const filter = (<u32>pollfd.events) | ALWAYS;
    shown = NVAL;
    if (file !== null) {
      files.askForTask(filter, doesRegister);
      shown = files.poll(file) & filter;
    }
  }
  pollfd.revents = <u16>shown;
  if (shown != 0) doesRegister = false;
  return shown != 0;
}

/** The end of a look that do_poll() and do_select() share: the result, or SLEEPS. */
function settle(count: i32, timeoutMs: i32): i32 {
  const current = task.current;
  if (count != 0) return count;
  if (current.signal) return -EINTR;
  if (files.lacksMemory) return -ENOMEM;
  if (current.timedOut || timeoutMs == 0) return 0;
  // poll_schedule_timeout(): an event that came during the look would have been seen by it.
  current.triggered = 0;
  return task.sleep();
}

/** do_poll() */
export function poll(fds: usize, count: u32, timeoutMs: i32): i32 {
  const current = task.current;
  if (count > <u32>current.process.limit) return -EINVAL;
  doesRegister = current.phase == 0 && timeoutMs != 0;
  files.forgetShortage();
  let found = 0;
  for (let i: u32 = 0; i < count; i++)
    if (lookAt(current.process, changetype<Pollfd>(fds + <usize>i * offsetof<Pollfd>()))) found++;
  return settle(found, timeoutMs);
}

/** max_select_fd(): one more than the highest descriptor asked for, or -EBADF where one isn't open. */
function checkSets(process: Process, count: i32, all: u64): i32 {
  let end = 0;
  for (let fd = 0; fd < count; fd++) {
    if (!((all >> fd) & 1)) continue;
    if (processes.get(process, fd) === null) return -EBADF;
    end = fd + 1;
  }
  return end;
}

/** Whether the set at `asked` has the descriptor and `shown` one of the events that it stands for; then it enters the set at `got`. */
function enters(bit: u64, asked: usize, got: usize, shown: u32, events: u32): i32 {
  if (!(shown & events) || !(load<u64>(asked) & bit)) return 0;
  store<u64>(got, load<u64>(got) | bit);
  return 1;
}

/** A descriptor of do_select(): in how many sets it is found. */
function selectOne(process: Process, fd: i32, sets: usize): i32 {
  const bit = (<u64>1) << fd;
  const asked = sets + ASKED;
  if (!((load<u64>(asked) | load<u64>(asked, 8) | load<u64>(asked, 16)) & bit)) return 0;
  const file = processes.get(process, fd);
  let shown: u32 = NVAL; // it was closed while the call slept
  if (file !== null) {
    // wait_key_set()
    let key = POLLEX_SET;
    if (load<u64>(asked) & bit) key |= POLLIN_SET;
    if (load<u64>(asked, 8) & bit) key |= POLLOUT_SET;
    files.askForTask(key, doesRegister);
    shown = files.poll(file);
  }
  let found = enters(bit, asked, sets, shown, POLLIN_SET);
  found += enters(bit, asked + 8, sets + 8, shown, POLLOUT_SET);
  found += enters(bit, asked + 16, sets + 16, shown, POLLEX_SET);
  if (found) doesRegister = false;
  return found;
}

/**
 * do_select(). `sets`: read, write and exception sets, a u64 each, which what was found takes the place of; the next three hold what was
 * asked for. `count` is one more than the highest descriptor, and at most SELECT_MAX. After an error the sets are as they were.
 */
export function select(count: i32, sets: usize, timeoutMs: i32): i32 {
  const current = task.current;
  if (count < 0 || count > SELECT_MAX) return -EINVAL;
  if (current.phase == 0) {
    memory.copy(sets + ASKED, sets, ASKED);
    current.done = checkSets(current.process, count, load<u64>(sets) | load<u64>(sets, 8) | load<u64>(sets, 16));
    if (current.done < 0) return current.done;
  }
  doesRegister = current.phase == 0 && timeoutMs != 0;
  files.forgetShortage();
  memory.fill(sets, 0, ASKED);
  let found = 0;
  for (let fd = 0; fd < current.done; fd++) found += selectOne(current.process, fd, sets);
  const r = settle(found, timeoutMs);
  if (r < 0) memory.copy(sets, sets + ASKED, ASKED);
  return r;
}
