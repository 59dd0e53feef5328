// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// libvpoll as a guest in a program: what it starts harms nobody, and where it could, nothing is started that the program has not asked for.

import { existsSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withFuseForAll } from '../support/fuse.js';
import { needs } from '../support/needs.js';
import { run } from '../support/run.js';
import { forgetUnder, under } from '../support/under.js';
import { compile, execute, library } from './support/library.js';

const withFuse = needs(test, 'cmake', 'gcc', { name: '/dev/fuse', has: existsSync('/dev/fuse') });
const asRoot = needs(test, 'cmake', 'gcc', {
  name: 'root and /dev/fuse',
  has: process.getuid?.() === 0 && existsSync('/dev/fuse'),
});
const fuse = { VPOLL_BACKEND: 'fuse' };

test.after(forgetUnder);

for (const [what, args] of [
  ['with a handler for SIGCHLD and a thread in waitpid(-1)', []],
  ['that ignores SIGCHLD', ['ignored']],
] as const) {
  withFuse(`a program ${what} sees nothing of a helper that is started`, () => {
    const { status, output, errors } = execute(compile('children.c'), { args, env: fuse });
    assert.is(status, 0, `${output}${errors}`);
  });
}

withFuse('who adopts the orphans of such a program sees nobody while it has a vpoll, and one at the end: the helper', () => {
  const { status, output, errors } = execute(compile('strangers.c'));
  assert.is(status, 0, `${output}${errors}`);
  assert.is(output, '0 1\n');
});

asRoot('the helper has nothing of what its program has set for itself', () => {
  const program = compile('attributes.c');
  const { status, output, errors } = execute(program, { args: [join(library(), 'vpoll-fuse')], env: fuse });
  assert.is(status, 0, `${output}${errors}`);
});

/** The outcome of a program that does these things there, one after the other: what each has said. */
function carriers(what: readonly string[], words: string, env: Record<string, string> = {}): string[] {
  const before = what.length > 0 ? [...withFuseForAll(), ...under(...what)] : [];
  const [program, ...args] = [...before, compile('carrier.c'), ...words.split(' ')];
  const { status, signal, output, errors } = execute(program!, { args, env, timeoutMs: 60_000 });
  assert.is(status, 0, `${words}: ${signal}: ${output}${errors}`);
  return output.trimEnd().split('\n');
}

const [FUSE, TCP] = ['fuse 0x10', 'tcp 0x2155'];

/** Where a helper is started by itself, and where it isn't: what of the place, what of the program. */
const BY_ITSELF: readonly (readonly [name: string, what: string[], words: string, reason: RegExp | undefined])[] = [
  ['in a program as most are', [], '', undefined],
  ['as a user like others', ['nobody'], '', undefined],
  ['where SIGCHLD is ignored, which changes nothing', [], 'ignored', undefined],
  ['of the class SCHED_BATCH', [], 'batch', undefined],
  ['as process 1', ['init'], '', /process 1/],
  ['as one that adopts orphans', ['subreaper'], '', /PR_SET_CHILD_SUBREAPER/],
  ["with another's privileges", ['secure'], '', /AT_SECURE/],
  ['without /proc', ['proc'], '', /\/proc/],
  ['of the class SCHED_FIFO', ['fifo'], '', /real-time/],
  ['with another thread of the class SCHED_FIFO', [], 'thread', /real-time/],
  ['with a handler for SIGCHLD', [], 'handler', /SIGCHLD/],
  ['where the next child begins a pid namespace', [], 'newpid', /pid namespace/],
  ['where the next child enters another pid namespace', [], 'otherpid', /pid namespace/],
  ['under a filter that kills for a process', ['kill:process'], '', /seccomp/],
  ['under one that kills for an execve', ['kill:execve'], '', /seccomp/],
  ['under one that kills for a mount', ['kill:mount'], '', /seccomp/],
  ['under one that says EPERM', ['refuse:process'], '', /seccomp/],
  ['under one that kills for questions as well', [], 'strict', /seccomp/],
];

for (const [name, what, words, reason] of BY_ITSELF) {
  const place = what.length > 0 || /thread|batch|newpid|otherpid/.test(words) ? asRoot : withFuse;
  place(`${name}: ${reason ? 'none is started by itself, and the next backend serves' : 'a helper is'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'vpoll-guest-'));
    try {
      const program = `${words} create create`.trim();
      assert.equal(carriers(what, program), reason ? [TCP, TCP] : [FUSE, FUSE]);
      // The trace says why; a privileged program has none.
      if (what[0] === 'secure' || what[0] === 'nobody') return;
      const trace = join(folder, 'trace');
      carriers(what, program, { VPOLL_TRACE: trace });
      const said = readFileSync(trace, 'utf8');
      if (reason) assert.match(said, reason);
      else assert.not.match(said, 'no helper');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

asRoot('what waits for all children ends, where it would have waited for a helper', () => {
  for (const what of ['init', 'subreaper']) assert.equal(carriers([what], 'create reap'), [TCP]);
});

asRoot('what a program asks for is started wherever it can be: by vpoll_prepare(), VPOLL_BACKEND and VPOLL_NEEDS', () => {
  for (const what of ['init', 'subreaper', 'fifo']) {
    assert.equal(carriers([what], 'prepare create'), ['prepare 0', FUSE], what);
    assert.equal(carriers([what], 'create', fuse), [FUSE], what);
    assert.equal(carriers([what], 'create', { VPOLL_NEEDS: 'HUP|ERR' }), [FUSE], what);
  }
  // It hears of no variable.
  assert.equal(carriers(['secure'], 'prepare create', { VPOLL_BACKEND: 'tcp' }), ['prepare 0', FUSE]);
  assert.equal(carriers([], 'handler create prepare create prepare'), [TCP, 'prepare 0', FUSE, 'prepare 0']);
});

asRoot('a pid namespace that the next child begins is left to it, whatever asks for a helper', () => {
  assert.equal(carriers([], 'newpid create fork'), [TCP, 'child 1']);
  assert.equal(carriers([], 'newpid prepare fork create'), ['prepare 95', 'child 1', TCP]);
  for (const env of [fuse, { VPOLL_NEEDS: 'HUP|ERR' }] as Record<string, string>[]) {
    assert.equal(carriers([], 'newpid create fork', env), ['errno 95', 'child 1']);
  }
  // What was there before serves on.
  assert.equal(carriers([], 'prepare newpid create fork'), ['prepare 0', FUSE, 'child 1']);
});

asRoot(
  'a pid namespace that the next child enters: a helper is started there only where it is asked for, and ends with it',
  () => {
    assert.equal(carriers([], 'otherpid create fork'), [TCP, 'child 2']);
    assert.equal(carriers([], 'otherpid prepare create'), ['prepare 0', FUSE]);
    for (const env of [fuse, { VPOLL_NEEDS: 'HUP|ERR' }] as Record<string, string>[]) {
      assert.equal(carriers([], 'otherpid create create', env), [FUSE, FUSE]);
    }
    // Nobody can start one in a namespace that has ended: fork(2) says ENOMEM.
    assert.equal(carriers([], 'otherpid prepare create endpid create'), ['prepare 0', FUSE, TCP]);
    assert.equal(carriers([], 'otherpid create endpid create', fuse), [FUSE, 'errno 12']);
    // What was there before is outside, and serves on.
    assert.equal(carriers([], 'prepare otherpid create endpid create'), ['prepare 0', FUSE, FUSE]);
  },
);

asRoot('in a chroot without /proc the helper that was there before serves on, another user as well', () => {
  assert.equal(carriers([], 'create chroot create nobody create'), [FUSE, FUSE, FUSE]);
  assert.equal(carriers([], 'prepare chroot create', fuse), ['prepare 0', FUSE]);
});

withFuse('vpoll_prepare() before the filter: all that comes later is exact, and no call of it kills', () => {
  assert.equal(carriers([], 'prepare strict create create'), ['prepare 0', FUSE, FUSE]);
});

withFuse('vpoll_prepare() starts nothing where another backend is asked for, and is refused where a helper is', () => {
  assert.equal(carriers([], 'prepare create', { VPOLL_BACKEND: 'tcp' }), ['prepare 0', TCP]);
  assert.equal(carriers([], 'prepare create', { VPOLL_ORDER: 'seed' }), ['prepare 0', 'socketpair 0x2051']);
  assert.equal(carriers([], 'prepare create', { VPOLL_FUSE: 'off' }), ['prepare 95', TCP]);
  assert.equal(carriers([], 'prepare create', { VPOLL_BACKEND: 'nothing' }), ['prepare 22', 'errno 22']);
});

asRoot('whatever a start fails by, the next backend serves; who has asked for it is told', () => {
  // fork(2) of the first child, EAGAIN.
  assert.equal(carriers(['nobody', 'nproc'], 'create create'), [TCP, TCP]);
  assert.equal(carriers(['nobody', 'nproc'], 'create prepare', fuse), ['errno 11', 'prepare 11']);
  for (const [call, errno] of [
    ['process', 1],
    ['execve', 1],
    ['mount', 95],
  ] as const) {
    assert.equal(carriers([`refuse:${call}`], 'create prepare', fuse), [`errno ${errno}`, `prepare ${errno}`], call);
  }
});

/** Where groups are made that have a limit of tasks, cgroups(7). */
const GROUPS = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find((folder) => {
  try {
    return folder.endsWith('pids')
      ? existsSync(join(folder, 'cgroup.procs'))
      : readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8').includes('pids');
  } catch {
    return false;
  }
});

needs(
  test,
  'cmake',
  'gcc',
  { name: '/dev/fuse', has: existsSync('/dev/fuse') },
  { name: 'root and the cgroup controller pids', has: process.getuid?.() === 0 && GROUPS !== undefined },
)('pids.max: where there is room for the program alone, the next backend serves; a helper takes three tasks to start', () => {
  for (const [max, shown] of [
    [1, TCP],
    [2, TCP],
    [4, FUSE],
  ] as const) {
    // A group of its own each: where process 1 reaps nobody, the last one's tasks still count.
    const group = mkdtempSync(join(GROUPS!, 'vpoll-'));
    writeFileSync(join(group, 'pids.max'), String(max));
    const enter = ['-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', group, compile('carrier.c'), 'create'];
    const { output, errors } = execute('sh', { args: enter });
    assert.is(output, `${shown}\n`, `${max}: ${errors}`);
    while (readFileSync(join(group, 'cgroup.procs'), 'utf8') !== '') run('sleep', ['0.01']);
    rmdirSync(group);
  }
});

withFuse('but not for lack of descriptors, which the next one would only hide', () => {
  assert.equal(carriers([], 'full create'), ['errno 24']);
});

test.run();
