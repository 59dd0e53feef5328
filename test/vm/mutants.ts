// SPDX-License-Identifier: LGPL-2.1-or-later

import type { Backend } from './guest.js';

/** How a mutant shows itself: by a scenario of guest/, or the stress program, that fails; or by what a checking kernel says. */
export type Killer = { program: string } | { program: string; log: RegExp };

/** One rule of the kernel side, reverted by a change of its source. */
export interface Mutant {
  /** The rule, as it holds in the mutant: wrong. */
  name: string;
  /** The module's file that it changes: device.c when left out. Of an eventfd there is one. */
  file?: 'users.c';
  /** What replaces what, in their order. Each must be there exactly once. */
  edits: [from: string, to: string][];
  /** Each must fail, or log, under the mutant. */
  killers: Killer[];
  /** The kernel whose checks it takes, or that has user namespaces: a part of the kernel's name. Any kernel when left out. */
  needs?: 'kasan' | 'kcsan' | 'stock';
}

/** A source with a mutant's edits. Throws where one is not there exactly once: then the table is at fault. */
export function mutated(source: string, { name, edits }: Mutant): string {
  return edits.reduce((text, [from, to]) => {
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`mutant "${name}": its edit is there ${parts.length - 1} times: ${from}`);
    return parts.join(to);
  }, source);
}

const programs = (...names: string[]): Killer[] => names.map((program) => ({ program }));

/** Who wakes for what, and that nobody sleeps on. */
function wakeups(backend: Backend): Mutant[] {
  const isDevice = backend === 'device';
  // An eventfd has another poll function, which begins likewise.
  const race = isDevice ? 'This read' : 'poll_wait takes ctx->wqh.lock if our';
  return [
    {
      name: 'the wake key is the whole state',
      edits: [['poll_to_key(raised)', 'poll_to_key(events)']],
      killers: programs('edges'),
    },
    {
      name: 'HUP, ERR and RDHUP wake one of the exclusive waiters',
      edits: [[`raised & ${isDevice ? 'VPOLL' : 'EFD_VPOLL'}_WAKES_ALL ? 0 : 1`, '1']],
      killers: programs('exclusive'),
    },
    {
      name: 'DEL wakes',
      edits: [['events = ctx->events & ~raised;\n\t\traised = 0;\n', 'events = ctx->events & ~raised;\n']],
      killers: programs('edges', 'sleepers'),
    },
    {
      name: 'a request for nothing wakes everybody',
      edits: [[`if (raised)${isDevice ? '' : ' {'}\n`, `if (true)${isDevice ? '' : ' {'}\n`]],
      killers: programs('sleepers'),
    },
    {
      name: 'a bit that is set already gives no edge',
      edits: [['events = ctx->events | raised;', 'events = ctx->events | raised;\n\t\traised &= ~ctx->events;']],
      killers: programs('edges', 'uring'),
    },
    {
      name: 'nobody is queued to be woken',
      edits: [[`poll_wait(file, &ctx->wqh, wait);\n\n\t/*\n\t * ${race}`, `\n\t/*\n\t * ${race}`]],
      killers: programs('stress'),
    },
    {
      name: 'one wakeup in 1000 is lost',
      edits: [['if (raised)', 'static int n;\n\tif (raised && ++n % 1000)']],
      killers: programs('stress'),
    },
    {
      name: 'a plain store',
      edits: [['WRITE_ONCE(ctx->events, events);', 'ctx->events = events;']],
      killers: [{ program: 'race', log: /KCSAN: data-race in .*(vpoll|eventfd)/ }],
      needs: 'kcsan',
    },
    {
      name: 'a plain load in poll',
      edits: [['return READ_ONCE(ctx->events);', 'return ctx->events;']],
      killers: [{ program: 'race', log: /KCSAN: data-race in .*(vpoll|eventfd)/ }],
      needs: 'kcsan',
    },
  ];
}

/** Which bits a request may name, and what it makes of them. */
function masks(backend: Backend): Mutant[] {
  const isDevice = backend === 'device';
  const events = 'EPOLLWRBAND | EPOLLMSG | EPOLLRDHUP)';
  const alsoSettable = (bit: string): [string, string] => [events, events.replace(')', ` | (__force __poll_t)${bit})`)];
  return [
    { name: 'POLLFREE can be set', edits: [alsoSettable('0x4000')], killers: programs('settable', 'pollfree', 'stress') },
    { name: 'EPOLL_URING_WAKE can be set', edits: [alsoSettable('(1U << 27)')], killers: programs('settable', 'uring') },
    { name: 'POLLNVAL can be set', edits: [alsoSettable('0x20')], killers: programs('settable') },
    {
      name: 'RDHUP can not be set',
      edits: [[events, 'EPOLLWRBAND | EPOLLMSG)']],
      killers: programs('settable', 'fdinfo'),
    },
    {
      name: 'the upper half of an argument is ignored',
      edits: [['(arg & ~settable))', '((u32)arg & ~settable))']],
      killers: programs('settable'),
    },
    {
      name: 'a DEL refuses what it can not take away',
      edits: [[isDevice ? 'op != VPOLL_OP_DELEVENTS && ' : 'op != _IOC_NR(EFD_VPOLL_IOC_DELEVENTS) && ', '']],
      killers: programs('settable'),
    },
    { name: 'an unknown ioctl is EINVAL', edits: [['return -ENOTTY;', 'return -EINVAL;']], killers: programs('ioctl-abi') },
    {
      name: 'SET adds',
      edits: [['default:\n\t\tevents = raised;', 'default:\n\t\tevents = ctx->events | raised;']],
      killers: programs('file-abi', 'ioctl-abi', 'settable'),
    },
  ];
}

/** How many a user may have, by linux_module/users.c. */
function limits(): Mutant[] {
  const rule = (name: string, from: string, to: string): Mutant => ({
    name,
    file: 'users.c',
    edits: [[from, to]],
    killers: programs('limit'),
  });
  return [
    rule('nobody has a limit', '>= max) {', '>= UINT_MAX) {'),
    rule('a user may have one more', '>= max) {', '> max) {'),
    rule('a limit of 0 is none', '>= max) {', '>= max && max) {'),
    rule(
      'the first of a user is never counted against the limit',
      '(user ? user->count : 0) >= max',
      'user && user->count >= max',
    ),
    rule('all users share one limit', 'if (uid_eq(user->uid, uid))', 'if (user)'),
    rule('the real uid counts', 'current_euid()', 'current_uid()'),
    rule('root has no limit', '>= max) {', '>= max && !capable(CAP_SYS_RESOURCE)) {'),
    rule('a vpoll that is closed still counts', '--user->count == 0', 'user->count == 0'),
    rule("one more is nobody's", 'user->count++;', ''),
    rule(
      'the limit is that of the first open',
      'max = max_user_instances;',
      'static unsigned int first;\n\n\tmax = first = first ?: max_user_instances;',
    ),
    rule('beyond the limit is ENOMEM', 'ERR_PTR(-EMFILE)', 'ERR_PTR(-ENOMEM)'),
    { ...rule("a namespace's uids are users of their own", 'uid = ns->owner;', ';'), needs: 'stock' },
    { ...rule('it counts to the owner of the innermost namespace', 'uid = ns->owner;', 'return ns->owner;'), needs: 'stock' },
  ];
}

/** Of linux_module/. */
export const moduleMutants: Mutant[] = [
  ...wakeups('device'),
  ...masks('device'),
  ...limits(),
  {
    name: 'an open that is refused leaks its memory',
    edits: [['\t\tkfree(ctx);\n\t\treturn PTR_ERR(user);', '\t\treturn PTR_ERR(user);']],
    killers: [{ program: 'limit', log: /unreferenced object/ }],
    needs: 'kasan',
  },
  {
    name: 'a file that is not open for writing takes requests',
    edits: [['if (!(file->f_mode & FMODE_WRITE))', 'if (0)']],
    killers: programs('ioctl-abi'),
  },
  {
    name: 'read and write may block',
    edits: [['file->f_mode |= FMODE_NOWAIT;', '']],
    killers: programs('uring-requests'),
  },
  {
    name: 'it can be sought',
    edits: [['return stream_open(inode, file);', 'return 0;']],
    killers: programs('file-abi'),
  },
  {
    name: 'a short write is taken',
    edits: [['if (iov_iter_count(from) < sizeof(request))', 'if (0)']],
    killers: programs('file-abi'),
  },
  { name: 'no line in fdinfo', edits: [['\t.show_fdinfo\t= vpoll_show_fdinfo,\n', '']], killers: programs('fdinfo') },
  {
    name: 'a file leaks its memory',
    edits: [['vpoll_uncharge(ctx->user);\n\tkfree(ctx);', 'vpoll_uncharge(ctx->user);']],
    killers: [{ program: 'memory', log: /unreferenced object/ }],
    needs: 'kasan',
  },
];

/** Of fs/eventfd.c, as the series leaves it. */
export const eventfdMutants: Mutant[] = [
  ...wakeups('eventfd'),
  ...masks('eventfd'),
  {
    name: 'the initial events are dropped',
    edits: [['ctx->events = (__force __poll_t)(flags & EFD_VPOLL ? count : 0);', 'ctx->events = 0;']],
    killers: programs('create', 'settable'),
  },
  {
    name: 'any initial event is taken',
    edits: [['if (count & ~(__force unsigned int)EFD_VPOLL_EVENTS)', 'if (0)']],
    killers: programs('settable'),
  },
  {
    name: 'EFD_SEMAPHORE is taken too',
    edits: [['if (flags & EFD_SEMAPHORE)', 'if (0)']],
    killers: programs('create'),
  },
  { name: 'no line in fdinfo', edits: [['\t.show_fdinfo\t= eventfd_vpoll_show_fdinfo,\n', '']], killers: programs('fdinfo') },
  {
    name: 'a wakeup does not say that it comes from an eventfd',
    edits: [['current->in_eventfd = 1;\n\t\t__wake_up(', '__wake_up(']],
    killers: [{ program: 'aio', log: /possible recursive locking/ }],
    needs: 'kasan',
  },
];
