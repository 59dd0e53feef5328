// SPDX-License-Identifier: LGPL-2.1-or-later

import { byStatus, type Step } from './steps.js';

export function insmod(file: string, name = 'insmod'): Step {
  return { name, command: ['insmod', file], judge: byStatus };
}

/**
 * io_uring lets go of the files of a program that has ended by a worker of the kernel's (io_ring_exit_work()): in 17 of 40 runs of the stress
 * program vpoll.ko was in use for 10 to 20 ms more. What is held for ten seconds is lost.
 */
const WAIT = 'for i in $(seq 100); do [ "$(cat /sys/module/vpoll/refcnt)" = 0 ] && break; sleep 0.1; done';

/** Takes the module out, as soon as nothing holds it: fails where something does. */
export function rmmod(name = 'rmmod'): Step {
  return { name, command: ['sh', '-c', `${WAIT}; exec rmmod vpoll`], judge: byStatus };
}
