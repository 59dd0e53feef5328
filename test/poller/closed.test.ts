// SPDX-License-Identifier: LGPL-2.1-or-later

// A file that was closed here while it was watched, and lives on in a dup: it is never reported, however it is watched. The next modify or
// delete says EBADF, or ENOENT where the number stands for another file by then.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EPOLLHUP,
  EPOLLIN,
  Poller,
  VPoll,
  vpoll_close,
  vpoll_create,
  type BackendName,
  type PollTarget,
} from '../../src/index.js';
import { withFuse } from '../fuse/support/helper.js';
import { LOOPED } from '../real/support/backend.js';
import { closeFd, dup, dup2, pipe, settle, writeFd } from '../real/support/libc.js';
import { refusal } from '../real/support/errors.js';
import { turn, until } from './support/scenario.js';

const IN = EPOLLIN;
test.before(settle);

/** Something to watch that is ready, and lives on in another descriptor when it is closed. */
interface Doomed {
  target: PollTarget;
  /** Closes it, as its kind is closed. */
  close: () => void;
  /** Makes an event of it after that, by what is left of it. */
  stir: () => void;
  /** Closes what is left. */
  end: () => void;
}

function doomedPipe(): Doomed {
  const [read, write] = pipe();
  const alias = dup(read);
  writeFd(write, 'x');
  return {
    target: read,
    close: () => {
      closeFd(read);
    },
    stir: () => {
      writeFd(write, 'y');
    },
    end: () => {
      for (const fd of [alias, write]) closeFd(fd);
    },
  };
}

/** A vpoll of which a dup is left; how it is closed says what its target is. */
function doomedVPoll(backend: BackendName, how: 'VPoll' | 'vpoll_close' | 'number'): Doomed {
  const vp = VPoll.create({ backend, events: IN });
  if (how === 'VPoll') {
    const alias = dup(vp.fd);
    const close = (): void => {
      vp.close();
    };
    return { target: vp, close, stir: () => undefined, end: () => { closeFd(alias); } }; // prettier-ignore
  }
  const close = { number: closeFd, vpoll_close }[how];
  const fd = how === 'number' ? dup(vp.fd) : vpoll_create(IN, 0, { backend });
  const alias = dup(fd);
  const end = (): void => {
    closeFd(alias);
    vp.close();
  };
  return { target: fd, close: () => void close(fd), stir: () => { if (how === 'number') vp.add(IN); }, end }; // prettier-ignore
}

const KINDS: Record<string, () => Doomed> = {
  pipe: doomedPipe,
  VPoll: () => doomedVPoll(LOOPED, 'VPoll'),
  'vpoll by number': () => doomedVPoll(LOOPED, 'number'),
  'vpoll by vpoll_close': () => doomedVPoll(LOOPED, 'vpoll_close'),
};
const FUSE_KINDS: Record<string, () => Doomed> = {
  VPoll: () => doomedVPoll('fuse', 'VPoll'),
  'vpoll by number': () => doomedVPoll('fuse', 'number'),
  'vpoll by vpoll_close': () => doomedVPoll('fuse', 'vpoll_close'),
};

/** Watches a target, and says what was reported of it so far. */
type Way = (poller: Poller, target: PollTarget) => { look: () => Promise<number> };

function byWait(options: { edge?: boolean; oneshot?: boolean }, timeoutMs: number): Way {
  return (poller, target) => {
    poller.add(target, IN, options);
    return { look: async () => (await poller.wait({ timeoutMs })).length };
  };
}

function byListener(options: { edge?: boolean; oneshot?: boolean }): Way {
  return (poller, target) => {
    let calls = 0;
    poller.add(target, IN, { ...options, listener: () => calls++ });
    return { look: async () => (await poller.wait({ timeoutMs: 5 })).length + calls };
  };
}

const WAYS: Record<string, Way> = {
  level: byWait({}, 5),
  'level, at once': byWait({}, 0),
  edge: byWait({ edge: true }, 5),
  oneshot: byWait({ oneshot: true }, 5),
  'level listener': byListener({}),
  'edge listener': byListener({ edge: true }),
  iteration: (poller, target) => {
    poller.add(target, IN);
    let batches = 0;
    const iterator = poller[Symbol.asyncIterator]();
    void iterator.next().then(({ done }) => (batches += done ? 0 : 1));
    return { look: async () => new Promise((resolve) => setTimeout(() => { resolve(batches); }, 10)) }; // prettier-ignore
  },
};

/** Each verb comes after all looks, and a second one finds nothing. */
function refuseBoth(poller: Poller, verb: 'modify' | 'delete', target: PollTarget, code: string): void {
  refusal(
    () => {
      poller[verb](target, IN);
    },
    code,
    'epoll_ctl',
  );
  refusal(
    () => {
      poller.delete(target);
    },
    'ENOENT',
    'poller_delete',
  );
}

async function closed(way: Way, make: () => Doomed): Promise<void> {
  for (const verb of ['modify', 'delete'] as const) {
    await using poller = Poller.create();
    const doomed = make();
    const { look } = way(poller, doomed.target);
    doomed.close();
    for (let i = 0; i < 3; i++) {
      assert.is(await look(), 0, `look ${i}`);
      doomed.stir();
    }
    assert.is(await look(), 0);
    refuseBoth(poller, verb, doomed.target, 'EBADF');
    doomed.end();
  }
}

for (const [name, way] of Object.entries(WAYS)) {
  for (const [kind, make] of Object.entries(KINDS)) test(`${name}, ${kind}: never reported, then EBADF`, () => closed(way, make));
  for (const [kind, make] of Object.entries(FUSE_KINDS)) {
    withFuse()(`${name}, FUSE ${kind}: never reported, then EBADF`, () => closed(way, make));
  }
  test(`${name}: a number that stands for another file, as ready as the first: never reported, then ENOENT`, async () => {
    for (const verb of ['modify', 'delete'] as const) {
      await using poller = Poller.create();
      using other = VPoll.create({ backend: LOOPED, events: IN });
      const doomed = doomedPipe();
      const { look } = way(poller, doomed.target);
      dup2(other.fd, doomed.target as number);
      for (let i = 0; i < 3; i++) assert.is(await look(), 0, `look ${i}`);
      refuseBoth(poller, verb, doomed.target, 'ENOENT');
      doomed.close();
      doomed.end();
    }
  });
}

for (const [kind, make] of Object.entries(KINDS)) {
  test(`a level listener that closes its ${kind} is called no more`, async () => {
    await using poller = Poller.create();
    const doomed = make();
    let calls = 0;
    poller.add(doomed.target, IN, {
      listener: () => {
        if (++calls === 3) doomed.close();
      },
    });
    await until('it was called', () => calls === 3);
    for (let i = 0; i < 20; i++) await turn();
    assert.is(calls, 3);
    refuseBoth(poller, 'modify', doomed.target, 'EBADF');
    doomed.end();
  });
}

test('a listener that closes another of the same batch: that is not called', async () => {
  await using poller = Poller.create();
  const all = [doomedPipe(), doomedPipe(), doomedPipe()];
  const called: number[] = [];
  for (const [i, { target }] of all.entries()) {
    poller.add(target, IN, {
      edge: true,
      listener: () => {
        called.push(i);
        if (called.length === 1) for (const [k, other] of all.entries()) if (k !== i) other.close();
      },
    });
  }
  await until('one was called', () => called.length > 0);
  for (let i = 0; i < 20; i++) await turn();
  // Its own edge may come once more: what was closed is got rid of by a new set, to which the others are added (docs/poller.md).
  assert.is(new Set(called).size, 1);
  all[called[0]!]!.close();
  for (const { end } of all) end();
});

test('watch: a step that is pending is not ended by what was closed, and the next says EBADF', async () => {
  for (const make of [doomedPipe, () => doomedVPoll(LOOPED, 'VPoll')]) {
    await using poller = Poller.create();
    const doomed = make();
    const watched = poller.watch(doomed.target, IN);
    assert.is((await watched.next()).value, IN);
    doomed.close();
    const refused = await watched.next().then(
      () => '',
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    assert.is(refused, 'EBADF');
    doomed.end();
  }
  await using poller = Poller.create();
  const [read, write] = pipe();
  const alias = dup(read);
  let steps = 0;
  const step = poller.watch(read, IN).next().then(() => steps++); // prettier-ignore
  await turn();
  closeFd(read);
  closeFd(write);
  for (let i = 0; i < 20; i++) await turn();
  assert.is(steps, 0);
  poller.close();
  await step;
  closeFd(alias);
});

test('what is closed takes no room from others: one event at most, and no time', async () => {
  await using poller = Poller.create();
  const doomed = [1, 2, 3, 4, 5].map(() => doomedPipe());
  for (const { target } of doomed) poller.add(target, IN);
  const [read, write] = pipe();
  poller.add(read, EPOLLHUP);
  closeFd(write);
  for (const { close } of doomed) close();
  for (let i = 0; i < 3; i++) {
    const batch = await poller.wait({ timeoutMs: 0, max: 1 });
    assert.equal(batch.map(({ fd, events }) => [fd, events]), [[read, EPOLLHUP]]); // prettier-ignore
  }
  closeFd(read);
  for (const { end } of doomed) end();
});

test.run();
