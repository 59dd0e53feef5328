// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, a socketpair, vm library-core, vm emulators/tcp, vm arm64/socketpair

// A wake-up is an edge: an edge-triggered waiter in another process sees one for each ADD, also of a bit that is set already. It
// sees none for DEL, ADD 0 and SET 0.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as c from '../../src/constants.js';
import { VPoll } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { BACKEND, HUP, IN, IS_FILE, OUT, RDHUP, HANGUP } from './support/backend.js';
import { Observer } from './support/observer.js';
import { ET, watched } from './support/watched.js';

const ALL = c.VPOLL_EVENTS;

const withPython = needs(test, 'python3');

withPython('ADD IN: an edge for each, however often', () =>
  watched(0, ET | ALL, async (it) => {
    for (let i = 0; i < 10; i++)
      await it.edge((vp) => {
        vp.add(c.EPOLLIN);
      }, IN);
  }),
);

withPython('ADD OUT: an edge for each, however often', () =>
  watched(0, ET | ALL, async (it) => {
    for (let i = 0; i < 10; i++)
      await it.edge((vp) => {
        vp.add(c.EPOLLOUT);
      }, OUT);
  }),
);

withPython('ADD IN and ADD OUT with both set: each is an edge for who wants it', async () => {
  await watched(c.EPOLLIN | c.EPOLLOUT, ET | c.EPOLLIN, async (it) => {
    for (let i = 0; i < 3; i++) {
      await it.aside((vp) => {
        vp.add(c.EPOLLOUT);
      }, c.EPOLLIN);
      await it.edge((vp) => {
        vp.add(c.EPOLLIN);
      }, c.EPOLLIN);
    }
  });
  await watched(c.EPOLLIN | c.EPOLLOUT, ET | c.EPOLLOUT, async (it) => {
    for (let i = 0; i < 3; i++) {
      await it.aside((vp) => {
        vp.add(c.EPOLLIN);
      }, c.EPOLLOUT);
      await it.edge((vp) => {
        vp.add(c.EPOLLOUT);
      }, c.EPOLLOUT);
    }
  });
});

withPython('SET of a bit that is set already: an edge', async () => {
  await watched(c.EPOLLIN, ET | ALL, async (it) => {
    for (let i = 0; i < 3; i++)
      await it.edge((vp) => {
        vp.set(c.EPOLLIN);
      }, IN);
  });
  await watched(c.EPOLLOUT, ET | ALL, async (it) => {
    for (let i = 0; i < 3; i++)
      await it.edge((vp) => {
        vp.set(c.EPOLLOUT);
      }, OUT);
  });
});

withPython('after 1,000 ADD IN without a DEL the queue is full, and each further one is an edge', () =>
  watched(0, ET | ALL, async (it) => {
    for (let i = 0; i < 1000; i++) it.vp.add(c.EPOLLIN);
    assert.is(await it.now(), IN);
    for (let i = 0; i < 10; i++)
      await it.edge((vp) => {
        vp.add(c.EPOLLIN);
      }, IN);
    for (let i = 0; i < 3; i++)
      await it.edge((vp) => {
        vp.set(c.EPOLLIN);
      }, IN);
    it.vp.delete(c.EPOLLIN);
    assert.is(await it.observer.poll(), 0);
  }),
);

withPython('DEL, ADD 0 and SET 0 wake nobody', () =>
  watched(c.EPOLLIN | c.EPOLLOUT, ET | ALL, async (it) => {
    const both = (vp: VPoll): void => {
      vp.add(c.EPOLLIN | c.EPOLLOUT);
    };
    await it.quiet((vp) => {
      vp.add(0);
    });
    await it.quiet((vp) => {
      vp.delete(0);
    });
    await it.quiet((vp) => {
      vp.delete(c.EPOLLPRI | c.EPOLLRDHUP);
    });
    await it.quiet((vp) => {
      vp.delete(c.EPOLLIN);
    });
    await it.quiet((vp) => {
      vp.delete(c.EPOLLIN);
    });
    both(it.vp);
    assert.is(await it.now(), IN | OUT);
    await it.quiet((vp) => {
      vp.delete(c.EPOLLOUT);
    });
    both(it.vp);
    assert.is(await it.now(), IN | OUT);
    await it.quiet((vp) => {
      vp.set(0);
    });
    await it.quiet((vp) => {
      vp.set(0);
    });
    assert.is(await it.observer.poll(), 0);
  }),
);

withPython('SET that only takes away a bit is an edge for what it asserts, and for nothing else', async () => {
  await watched(c.EPOLLIN | c.EPOLLOUT, ET | c.EPOLLIN, (it) =>
    it.quiet((vp) => {
      vp.set(c.EPOLLOUT);
    }),
  );
  await watched(c.EPOLLIN | c.EPOLLOUT, ET | c.EPOLLOUT, (it) =>
    it.quiet((vp) => {
      vp.set(c.EPOLLIN);
    }),
  );
});

withPython('in a final state ADD of what it shows is still an edge', async () => {
  const end = c.EPOLLIN | c.EPOLLRDHUP;
  await watched(end, ET | ALL, async (it) => {
    for (let i = 0; i < 3; i++)
      await it.edge((vp) => {
        vp.add(c.EPOLLIN);
      }, RDHUP);
    for (let i = 0; i < 3; i++)
      await it.edge((vp) => {
        vp.add(c.EPOLLRDHUP);
      }, RDHUP);
    await it.edge((vp) => {
      vp.add(HANGUP);
    }, HUP);
    for (let i = 0; i < 3; i++)
      await it.edge((vp) => {
        vp.add(c.EPOLLHUP);
      }, HUP);
    await it.edge((vp) => {
      vp.add(c.EPOLLIN);
    }, HUP);
    await it.edge((vp) => {
      vp.add(c.EPOLLOUT);
    }, HUP | OUT);
    // Over tcp it belongs to what has ended.
    if (BACKEND === 'tcp') return;
    await it.quiet((vp) => {
      vp.delete(c.EPOLLOUT);
    });
  });
});

withPython('EPOLLONESHOT: one report, and the next after EPOLL_CTL_MOD', () =>
  watched(0, c.EPOLLONESHOT | ALL, async (it) => {
    for (let i = 0; i < 3; i++) {
      await it.edge((vp) => {
        vp.add(c.EPOLLIN);
      }, IN);
      await it.quiet((vp) => {
        vp.add(c.EPOLLIN);
      });
      it.vp.delete(c.EPOLLIN);
      await it.observer.ask({ do: 'epoll_again', name: 'set', fd: 3, interest: c.EPOLLONESHOT | ALL });
    }
  }),
);

withPython('EPOLLEXCLUSIVE: of two waiters at least one wakes, each time', async () => {
  using vp = VPoll.create({ backend: BACKEND });
  await Observer.with([vp.fd], (first) =>
    Observer.with([vp.fd], async (second) => {
      const both = [first, second];
      // EPOLLEXCLUSIVE takes few bits beside it, see epoll_ctl(2).
      const interest = (c.EPOLLEXCLUSIVE | ET | c.EPOLLIN | c.EPOLLOUT) >>> 0;
      for (const observer of both) await observer.ask({ do: 'epoll_new', name: 'set', fd: 3, interest });
      for (const events of [c.EPOLLIN, c.EPOLLIN, c.EPOLLOUT, c.EPOLLOUT]) {
        for (const observer of both) {
          await observer.ask({ do: 'epoll_events', name: 'set' });
          await observer.block({ do: 'epoll_blocking', name: 'set' });
        }
        vp.add(events);
        const answers = both.map((observer) => observer.answer());
        const seen = [await Promise.race(answers)];
        // Where one still sleeps, it is the only one that another edge can wake: neither has to wait for its limit.
        vp.add(events);
        seen.push(...(await Promise.all(answers)));
        assert.ok(
          seen.every((answer) => (answer.events as number) & events),
          JSON.stringify(seen),
        );
      }
    }),
  );
});

withPython('ADD of an alias alone that is shown already is an edge too', async () => {
  await watched(c.EPOLLIN, ET | c.EPOLLRDNORM, async (it) => {
    await it.edge((vp) => {
      vp.add(c.EPOLLRDNORM);
    }, c.EPOLLRDNORM);
  });
  await watched(c.EPOLLOUT, ET | c.EPOLLWRNORM, async (it) => {
    await it.edge((vp) => {
      vp.add(c.EPOLLWRNORM);
    }, c.EPOLLWRNORM);
  });
});

if (IS_FILE) {
  const ALWAYS = c.EPOLLERR | c.EPOLLHUP;
  const bits = Array.from({ length: 14 }, (_, i) => 1 << i).filter((bit) => (bit & c.VPOLL_EVENTS) !== 0);

  withPython(
    'on a vpoll file each of the eleven bits comes and goes, with an edge for each ADD and SET, and none for a DEL',
    () =>
      watched(0, ET, async (it) => {
        for (const bit of bits) {
          await it.observer.ask({ do: 'epoll_new', name: 'set', fd: 3, interest: (ET | bit) >>> 0 });
          const add = (vp: VPoll): void => {
            vp.add(bit);
          };
          for (let i = 0; i < 2; i++) {
            await it.edge(add, bit);
            await it.edge(add, bit);
            await it.edge((vp) => {
              vp.set(bit);
            }, bit);
            it.vp.delete(bit);
            assert.is(await it.observer.poll(), 0);
          }
        }
      }),
  );

  withPython('on a vpoll file nobody wakes for a bit that he did not ask for', () =>
    watched(0, ET, async (it) => {
      for (const bit of bits.filter((each) => (each & ALWAYS) === 0)) {
        await it.observer.ask({ do: 'epoll_new', name: 'set', fd: 3, interest: ((ET | c.VPOLL_EVENTS) & ~bit) >>> 0 });
        await it.quiet((vp) => {
          vp.add(bit);
          vp.add(bit);
          vp.set(bit);
          vp.delete(bit);
        });
      }
    }),
  );
}

test.run();
