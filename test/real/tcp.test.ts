// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: one backend, vm emulators/tcp

// The tcp backend on this kernel: every transition that it offers, random walks, and what a poller in another process sees on the way.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, VPoll, VPollError } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { Random, seedOfTheDay } from '../support/random.js';
import { isHere } from './support/backend.js';
import { closeFd, countFds, pollNow, settle } from './support/libc.js';
import { afterOnTcp, afterPassing, TCP_MASKS } from './support/model.js';
import { Observer } from './support/observer.js';
import { VPOLL_EVENTS } from '../../src/constants.js';

test.before(settle);

const onTcp = needs(test, { name: 'loopback', has: isHere('tcp') });
const watched = needs(test, { name: 'loopback', has: isHere('tcp') }, 'python3');

const FREE = [EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR];
const ALL = [...FREE, EPOLLHUP, EPOLLRDHUP];

function subsetsOf(bits: readonly number[]): number[] {
  return Array.from({ length: 1 << bits.length }, (_, n) => bits.reduce((mask, bit, i) => mask | (n & (1 << i) ? bit : 0), 0));
}

function shownOf(mask: number): number {
  return afterPassing(0, 'set', mask, 'strict')!;
}

const FREE_MASKS = subsetsOf(FREE);
const FINAL_MASKS = subsetsOf(ALL).filter((mask) => mask > 0xf && afterPassing(0, 'set', mask, 'strict') !== undefined);

/** From each of `from` to each of `to`: how many were wrong. */
function transitions(from: readonly number[], to: readonly number[]): string[] {
  using vp = VPoll.create({ backend: 'tcp', passing: true });
  const wrong: string[] = [];
  for (const start of from) {
    for (const end of to) {
      for (const mask of [start, end]) {
        vp.set(mask);
        if (pollNow(vp.fd) !== shownOf(mask)) wrong.push(`${start} -> ${end}: ${pollNow(vp.fd)}`);
      }
    }
  }
  return wrong;
}

onTcp('all 256 transitions of IN, PRI, OUT and ERR', () => {
  assert.is(FREE_MASKS.length, 16);
  assert.equal(transitions(FREE_MASKS, FREE_MASKS), []);
});

onTcp('where bits may pass, all 612 transitions from the states with HUP and RDHUP', () => {
  assert.is(FINAL_MASKS.length, 18);
  assert.equal(transitions(FINAL_MASKS, [...FINAL_MASKS, ...FREE_MASKS]), []);
});

onTcp('10,000 random steps: what is seen is what was set, or the request was refused and nothing changed', () => {
  const before = countFds();
  const random = new Random(seedOfTheDay('random steps'));
  for (const [exclusive, passing] of [
    [false, true],
    [true, true],
    [false, false],
    [true, false],
  ] as const) {
    let vp = VPoll.create({ backend: 'tcp', exclusive, passing });
    let shown = 0;
    let refused = 0;
    for (let i = 0; i < 5000; i++) {
      const op = (['add', 'delete', 'set'] as const)[random.below(3)]!;
      const mask = ALL.reduce((all, bit) => (random.below(bit > EPOLLERR ? 6 : 2) === 0 ? all | bit : all), 0);
      // What has ended is left behind for another one.
      if (!passing && random.below(20) === 0) {
        vp.close();
        vp = VPoll.create({ backend: 'tcp', exclusive });
        shown = 0;
      }
      const target = (passing ? afterPassing : afterOnTcp)(shown, op, mask, 'strict');
      try {
        vp[op](mask);
        assert.is.not(target, undefined, `step ${i}: ${op} ${mask} from ${shown} was to be refused`);
      } catch (error) {
        if (!(error instanceof VPollError) || target !== undefined) throw error;
        assert.is(error.code, 'EOPNOTSUPP');
        refused++;
      }
      shown = target ?? shown;
      if (pollNow(vp.fd) !== shown) assert.is(pollNow(vp.fd), shown, `step ${i}: ${op} ${mask}`);
    }
    assert.ok(refused > 100 && refused < 4500, `${refused} refused`);
    vp.close();
  }
  assert.is(countFds(), before);
});

onTcp('closest: from each mask every request shows what it must, and what has ended stays', () => {
  let final = 0;
  for (const from of TCP_MASKS) {
    for (const op of ['add', 'delete', 'set'] as const) {
      for (const mask of [...subsetsOf(ALL).filter((each) => each & (EPOLLHUP | EPOLLRDHUP)), 0, EPOLLIN, EPOLLPRI | EPOLLERR]) {
        using vp = VPoll.create({ backend: 'tcp', policy: 'closest', events: from });
        assert.is(vp.events, from);
        const after = afterOnTcp(from, op, mask, 'closest');
        assert.is(vp.supports(mask), afterOnTcp(from, 'set', mask, 'strict') !== undefined);
        vp[op](mask);
        assert.is(pollNow(vp.fd), after, `${op} ${mask} from ${from}`);
        if (after === from && from & EPOLLHUP) final++;
      }
    }
  }
  assert.ok(final > 100);
});

onTcp('strict: a change that a bit would have to pass for says so, and what would allow it; nothing changes', () => {
  using vp = VPoll.create({ backend: 'tcp' });
  for (const [op, events] of [
    ['add', EPOLLHUP],
    ['set', EPOLLHUP | EPOLLERR],
  ] as const) {
    assert.throws(
      () => {
        vp[op](events);
      },
      (error: VPollError) => error.code === 'EOPNOTSUPP' && error.message.includes('passing: true'),
    );
    assert.is(pollNow(vp.fd), 0);
  }
  vp.set(EPOLLIN | EPOLLRDHUP);
  assert.throws(() => {
    vp.set(0);
  }, /EOPNOTSUPP.*passing: true/);
  assert.is(pollNow(vp.fd), 0x2041);
});

onTcp('needs: HUP is given by tcp only where bits may pass, and the error says so', () => {
  assert.throws(() => VPoll.create({ backend: 'tcp', needs: EPOLLHUP }), /EOPNOTSUPP.*passing: true/);
  using vp = VPoll.create({ backend: 'tcp', needs: EPOLLHUP | EPOLLOUT, passing: true });
  for (const mask of [EPOLLHUP, EPOLLOUT, EPOLLHUP | EPOLLOUT, 0]) {
    assert.ok(vp.supports(mask));
    vp.set(mask);
    assert.is(pollNow(vp.fd), shownOf(mask));
  }
});

onTcp('a hidden end that is gone everywhere is a hangup with an error, and what can be taken away is', () => {
  using vp = VPoll.create({ backend: 'tcp', policy: 'closest', events: EPOLLPRI });
  closeFd(vp.share().stdio[1]!);
  assert.is(pollNow(vp.fd), 0x215f);
  vp.delete(EPOLLERR);
  assert.is(pollNow(vp.fd), 0x2157);
  vp.delete(EPOLLPRI);
  assert.is(pollNow(vp.fd), 0x2155);
  vp.set(EPOLLPRI | EPOLLERR);
  assert.is(pollNow(vp.fd), 0x2155);
});

onTcp('a thousand ADDs of each bit are undone by one DEL', () => {
  using vp = VPoll.create({ backend: 'tcp' });
  for (const bit of FREE) {
    for (let i = 0; i < 1000; i++) vp.add(bit);
    assert.is(pollNow(vp.fd), shownOf(bit));
    vp.delete(bit);
    assert.is(pollNow(vp.fd), 0);
  }
});

watched('a waiter in another process, blocked in poll, epoll (level) and epoll (edge), never misses a bit', async () => {
  using vp = VPoll.create({ backend: 'tcp', passing: true });
  await Observer.with([vp.fd], async (python) => {
    for (let round = 0; round < 20; round++) {
      for (const [bit, mask] of [
        ...FREE.map((each) => [each, each]),
        [EPOLLHUP, EPOLLHUP],
        [EPOLLRDHUP, EPOLLRDHUP | EPOLLIN],
      ] as const) {
        vp.set(0);
        await python.block({ do: 'poll_blocking', fd: 3, interest: bit });
        vp.add(mask);
        // An ERR that passes wakes as well, as it does with a socket that is reset.
        assert.ok(((await python.answer()).events as number) & (bit | EPOLLERR));
        for (const edge of [0, 0x80000000]) {
          vp.set(0);
          const name = `${round} ${bit} ${edge}`;
          await python.ask({ do: 'epoll_new', name, fd: 3, interest: (bit | edge) >>> 0 });
          await python.ask({ do: 'epoll_events', name });
          await python.block({ do: 'epoll_blocking', name });
          vp.add(mask);
          assert.ok(((await python.answer()).events as number) & (bit | EPOLLERR | EPOLLHUP));
        }
      }
    }
  });
});

watched('an edge for each of 1000 ADDs of a bit, every other one of what is there already', async () => {
  using vp = VPoll.create({ backend: 'tcp' });
  for (const bit of FREE) {
    await Observer.with([vp.fd], async (python) => {
      await python.ask({ do: 'answer_edges', fd: 3, interest: bit, count: 1000 });
      for (let i = 0; i < 1000; i++) {
        if (i % 2 === 0) vp.delete(bit);
        vp.add(bit);
        assert.equal(await python.answer(), { edge: i });
      }
      vp.delete(bit);
    });
  }
});

watched('a poller sees no bit that is in neither mask, and every one that is in both, while the connection stays', async () => {
  using vp = VPoll.create({ backend: 'tcp' });
  const random = new Random(seedOfTheDay('polled meanwhile'));
  await Observer.with([vp.fd], async (python) => {
    for (const stays of FREE) {
      const others = FREE_MASKS.filter((mask) => !(mask & ~(stays | EPOLLIN | EPOLLERR)));
      vp.set(stays);
      // By ADD and DEL: a second ADD of PRI lets the kernel take the old urgent byte back before the new one is there (tcp_check_urg()).
      const change = (): void => {
        for (let i = 0; i < 3000; i++) {
          const mask = others[random.below(others.length)]! & ~stays;
          if (random.below(2)) vp.add(mask);
          else vp.delete(mask);
        }
      };
      const polls = (seen: Map<number, number>): number => [...seen.values()].reduce((sum, n) => sum + n, 0);
      const seen = await python.watch(VPOLL_EVENTS, change, (counts) => polls(counts) > 1000);
      assert.ok(polls(seen) > 1000);
      const allowed = shownOf(others.reduce((all, mask) => all | mask, stays));
      assert.equal(
        [...seen.keys()].filter((mask) => (mask & ~allowed) !== 0 || !(mask & stays)),
        [],
      );
    }
  });
});

test.run();
