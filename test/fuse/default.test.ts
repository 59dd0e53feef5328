// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// What a program gets that asks for nothing, on a kernel without vpolls of its own: a helper's, which shows every mask. And what it gets by what it asks
// for, or where no helper can be started.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPOLL_EVENTS } from '../../src/constants.js';
import { isHere } from '../real/support/backend.js';
import { traced } from '../support/execs.js';
import { runtime } from '../support/runtime.js';
import { withFuse } from './support/helper.js';

const index = new URL('../../build/index.js', import.meta.url).href;

/** A kernel that has a vpoll of its own, and a machine that serves /dev/vpoll, give that. */
const isStock = { name: 'a kernel without vpolls', has: !isHere('eventfd') && !isHere('device') };

interface Outcome {
  readonly said: string[];
  /** The programs that it has started, by their command lines. */
  readonly started: readonly string[];
}

/** Runs a program text that imports vpoll as `v`, behind the words of `before`: what it printed. Nothing of VPOLL_* is in its environment. */
function ran(text: string, env: NodeJS.ProcessEnv = {}, before: readonly string[] = []): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-default-'));
  try {
    const program = join(folder, 'main.mjs');
    writeFileSync(
      program,
      `import * as v from ${JSON.stringify(index)};\nconst say = (...all) => console.log(all.join(' '));\n${text}`,
    );
    const command = [...before, process.execPath, ...(runtime === 'deno' ? ['run', '--allow-all'] : []), program];
    const none = { VPOLL_BACKEND: '', VPOLL_NEEDS: '', VPOLL_ORDER: '', VPOLL_FUSE: '' };
    const { status, stdout, stderr, seen } = traced(command, { env: { ...none, ...env }, cwd: '/' });
    assert.is(status, 0, `${stdout}${stderr}`);
    const execs = seen.flatMap((each) => each.execs);
    const own = execs.findLastIndex((line) => line.includes(program));
    return {
      said: stdout.trimEnd().split('\n'),
      started: execs.filter((line, i) => i !== own && !before.some((word) => line.includes(`/${word}"`))),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const onStock = withFuse('strace', isStock);

onStock('who asks for nothing gets fuse, by each entry and under each policy, and all masks are shown exactly', () => {
  const { said } = ran(`
    for (const options of [undefined, {}, { policy: 'closest' }, { passing: true }, { exclusive: true }, { order: 'truest' }, { backend: 'auto' }]) {
      say(v.VPoll.create(options).backend);
    }
    // A file of a mount that is in no tree.
    say(process.getBuiltinModule('node:fs').readlinkSync(\`/proc/self/fd/\${v.vpoll_create(0, 0)}\`));
    const vp = v.VPoll.create();
    let wrong = 0;
    for (let mask = 0; mask <= ${VPOLL_EVENTS}; mask++) {
      if (mask & ~${VPOLL_EVENTS}) continue;
      vp.set(mask);
      if (vp.events !== mask) wrong++;
    }
    say('wrong', wrong);`);
  assert.ok(['/', '/vpoll'].includes(said.splice(7, 1)[0]!));
  assert.equal(said, [...Array.from({ length: 7 }, () => 'fuse'), 'wrong 0']);
});

onStock('needs takes the cheapest that can, and starts a process only for what nothing else can', () => {
  const { said, started } = ran(`
    say(v.VPoll.create({ needs: v.EPOLLIN | v.EPOLLOUT }).backend);
    say(v.VPoll.create({ needs: v.EPOLLPRI }).backend);
    say(v.VPoll.create({ backend: 'socketpair' }).backend);
    say(v.VPoll.create({ order: 'seed' }).backend);`);
  assert.equal([said, started], [['socketpair', 'tcp', 'socketpair', 'socketpair'], []]);
  assert.equal(ran('say(v.VPoll.create({ needs: v.EPOLLHUP }).backend);').said, ['fuse']);
});

const SEEDS = 'say(v.VPoll.create().backend); say(v.VPoll.attach(v.VPoll.create({ policy: "closest" }).share().token).backend);';

onStock('VPOLL_ORDER=seed: what libvpoll 0.1 takes, and no process is started', () => {
  assert.equal(ran(SEEDS, { VPOLL_ORDER: 'seed' }), { said: ['socketpair', 'socketpair'], started: [] });
  assert.equal(ran(SEEDS, { VPOLL_ORDER: 'truest' }).said, ['fuse', 'fuse']);
});

onStock('what a program says goes before what the environment says', () => {
  const { said } = ran(
    `say(v.VPoll.create({ order: 'truest' }).backend);
     say(v.VPoll.create({ backend: 'tcp' }).backend);
     say(v.VPoll.create({ backend: 'auto' }).backend);
     say(v.VPoll.create({ needs: v.EPOLLPRI }).backend);`,
    { VPOLL_ORDER: 'seed' },
  );
  assert.equal(said, ['fuse', 'tcp', 'fuse', 'tcp']);
  assert.equal(ran('say(v.VPoll.create().backend);', { VPOLL_ORDER: 'seed', VPOLL_BACKEND: 'tcp' }).said, ['tcp']);
});

onStock('an order that nobody knows is a clear error, in an option and in the environment', () => {
  const asked = `try { v.VPoll.create(OPTIONS); } catch (error) { say(error.code, error.message); }
    say(v.vpoll_create(0, 0, OPTIONS), v.vpoll_errno());`;
  const [message, status] = ran(asked.replaceAll('OPTIONS', '{}'), { VPOLL_ORDER: 'cheapest' }).said;
  assert.match(
    message!,
    "EINVAL EINVAL: invalid argument, vpoll_create: VPOLL_ORDER in the environment must be truest or seed, not 'cheapest'",
  );
  assert.is(status, '-1 22');
  const [option] = ran(asked.replaceAll('OPTIONS', '{ order: "best" }')).said;
  assert.match(option!, "order must be truest or seed, not 'best'");
});

/** No namespace may be made there, so that no way leads to a mount. */
const CLOSED = ['-Ur', 'echo 0 >/proc/sys/user/max_mnt_namespaces && echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"'];
const closed = ['unshare', CLOSED[0]!, 'sh', '-c', CLOSED[1]!, 'sh'];

onStock('where no helper can be started, the next one serves; what the program has asked for is an error', () => {
  const { said } = ran(
    `say(v.VPoll.create().backend);
     for (const options of [{ backend: 'fuse' }, { needs: v.EPOLLHUP }]) {
       try { say(v.VPoll.create(options).backend); } catch (error) { say(error.code); }
     }
     say(v.VPoll.create({ policy: 'closest' }).backend);`,
    {},
    closed,
  );
  assert.equal(said, ['tcp', 'EOPNOTSUPP', 'EOPNOTSUPP', 'tcp']);
});

onStock('where none can be started, a thousand creates ask for one as often as one create does', () => {
  const create = (count: number): Outcome =>
    ran(`for (let i = 0; i < ${count}; i++) v.VPoll.create().close(); say(v.VPoll.create().backend);`, {}, closed);
  const [one, many] = [create(1), create(1000)];
  assert.equal([one.said, many.said], [['tcp'], ['tcp']]);
  assert.ok(one.started.length > 0, 'it was tried');
  assert.is(many.started.length, one.started.length);
});

onStock('a shortage of descriptors is told, and not hidden by the next backend; then fuse is there', () => {
  const { said } = ran(`
    const fs = process.getBuiltinModule('node:fs');
    const first = v.VPoll.create({ order: 'seed' });
    first.close();
    const held = [];
    try { for (;;) held.push(fs.openSync('/dev/null')); } catch {}
    // One is left: less than a helper's start takes.
    fs.closeSync(held.pop());
    try { say(v.VPoll.create().backend); } catch (error) { say(error.code); }
    for (const fd of held) fs.closeSync(fd);
    say(v.VPoll.create().backend);`);
  assert.equal(said, ['EMFILE', 'fuse']);
});

test.run();
