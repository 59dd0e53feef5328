// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { faultsIn } from './dmesg.js';

/** As kernels 5.10 to 7.3 print them. */
const bad = [
  '[    4.123456] BUG: unable to handle page fault for address: ffffc90000a3f000',
  'BUG: kernel NULL pointer dereference, address: 0000000000000010',
  '[    1.2] BUG: sleeping function called from invalid context at include/linux/sched/mm.h:274',
  '[    1.2] BUG: scheduling while atomic: swapper/0/1/0x00000002',
  'watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [cat:301]',
  'BUG: KASAN: slab-use-after-free in vpoll_poll+0x41/0x90',
  'BUG: KCSAN: data-race in vpoll_ioctl / vpoll_read',
  'BUG vpoll (Tainted: G           O      ): Objects remaining in vpoll on __kmem_cache_shutdown()',
  '[   12.0] WARNING: possible recursive locking detected',
  'WARNING: possible circular locking dependency detected',
  'WARNING: possible irq lock inversion dependency detected',
  'WARNING: inconsistent lock state',
  'WARNING: suspicious RCU usage',
  'WARNING: bad unlock balance detected!',
  'WARNING: held lock freed!',
  'WARNING: lock held when returning to user space!',
  '[    3.4] ------------[ cut here ]------------\n[    3.4] WARNING: CPU: 0 PID: 12 at fs/eventfd.c:74 eventfd_signal+0x8b/0xa0',
  'INFO: task kworker/0:1:7 blocked for more than 120 seconds.',
  'INFO: trying to register non-static key.',
  'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
  'rcu: INFO: rcu_sched self-detected stall on CPU',
  'UBSAN: shift-out-of-bounds in fs/eventfd.c:90:14',
  'kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
  'ODEBUG: free active (active state 0) object type: timer_list hint: 0x0',
  'Oops: 0000 [#1] PREEMPT SMP KASAN',
  'general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP',
  '[    9.9] Call Trace:',
  'Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b',
  'list_add corruption. prev->next should be next (ffff888003), but was 0000.',
  'refcount_t: underflow; use-after-free.',
];

/** What healthy guests print, some of it with alarming words. */
const good = [
  '[    0.000000] Linux version 6.1.0-50-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0)',
  '[    0.000000] Command line: console=ttyS0 panic=-1 quiet loglevel=5 mitigations=off',
  '[    5.1] vpoll: loading out-of-tree module taints kernel.',
  '[    5.1] vpoll: module verification failed: signature and/or required key missing - tainting kernel',
  '[    0.0] kasan: KernelAddressSanitizer initialized (generic)',
  '[    0.3] kcsan: enabled early',
  '[    0.0] kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)',
  '[    0.0] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar',
  '[    0.1] Spectre V2 : Kernel not compiled with retpoline; no mitigation available!',
  '[    0.1] x86/fpu: Supporting XSAVE feature 0x001',
  '[    0.4] rcu: Hierarchical RCU implementation.',
  '[    0.4] rcu: \tRCU debug extended QS entry/exit.',
  '[    0.4] printk: debug: skip boot console de-registration.',
  '[    0.6] random: crng init done',
  '[    0.8] workingset: timestamp_bits=62 max_order=19 bucket_order=0',
];

for (const text of bad) {
  test(`a fault: ${text.slice(0, 60)}`, () => {
    assert.is(faultsIn(`[    0.1] random: crng init done\n${text}\n`).length, 1);
  });
}

test('a healthy log', () => {
  assert.equal(faultsIn(good.join('\n')), []);
});

test('faults come without what stands before them, in their order', () => {
  assert.equal(faultsIn('<4>[    1.0][   T12] WARNING: suspicious RCU usage\r\nall well\nOops: 0000 [#1]'), [
    'WARNING: suspicious RCU usage',
    'Oops: 0000 [#1]',
  ]);
});

test.run();
