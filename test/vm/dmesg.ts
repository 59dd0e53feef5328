// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Lines by which a kernel says that something is wrong in it. Each is a line's beginning or a phrase that no healthy kernel prints.
 * They stand in kernel/panic.c, locking/lockdep.c, hung_task.c, kcsan/report.c and rcu/tree_stall.h; in mm/kasan/report.c and kmemleak.c;
 * in lib/ubsan.c and debugobjects.c; in arch/x86/mm/fault.c.
 */
const FAULTS: RegExp[] = [
  /^BUG\b/,
  /\bBUG: /,
  /^(?:INFO: )?possible (?:recursive|circular|irq lock inversion|deadlock)/i,
  /WARNING: /,
  /possible (?:recursive|circular) locking/,
  /inconsistent lock state/,
  /suspicious RCU usage/,
  /bad unlock balance/,
  /held lock freed/,
  /lock held when returning to user space/i,
  /INFO: task .* blocked for more than/,
  /INFO: trying to register non-static key/,
  /INFO: rcu\S* (?:self-)?detected/,
  /rcu: INFO: /,
  /soft lockup|hard LOCKUP/,
  /KASAN: /,
  /KCSAN: /,
  /UBSAN: /,
  /kmemleak: \d+ new suspected memory leaks/,
  /ODEBUG: /,
  /^(?:Internal error: )?Oops\b/,
  /general protection fault/,
  /kernel NULL pointer dereference/,
  /unable to handle (?:kernel )?(?:paging request|page fault)/i,
  /^Call Trace:/,
  /Kernel panic/,
  /list_(?:add|del) corruption/,
  /refcount_t: /,
  /sleeping function called from invalid context/,
  /scheduling while atomic/,
  /Object .* still has pending|Objects remaining in /,
  /DEADLOCK/,
  /segfault at /,
];

/** What a line says, without the time, the processor or the level that may stand before it. */
function bare(line: string): string {
  return line.replace(/^(?:<\d+>)?(?:\[[^\]]*\]\s*)*/, '').trim();
}

/** The lines of a kernel's log by which it says that something is wrong, in their order. */
export function faultsIn(dmesg: string): string[] {
  return dmesg
    .split('\n')
    .map(bare)
    .filter((line) => FAULTS.some((fault) => fault.test(line)));
}
