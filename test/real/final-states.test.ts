// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, vm library/once

// RDHUP and HUP are final on a socketpair: `strict` refuses whatever would undo them before anything has changed, `closest` says yes
// and shows the nearest mask.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as c from '../../src/constants.js';
import { VPoll, type Policy } from '../../src/index.js';
import { offerOfFiles } from './support/backend.js';
import { refusal } from './support/errors.js';
import { pollNow } from './support/libc.js';
import { HUP, IN, OUT, RDHUP, STATES } from './support/states.js';

const HANGUP = c.EPOLLIN | c.EPOLLHUP | c.EPOLLRDHUP;

function inState(events: number, policy: Policy, use: (vp: VPoll) => void): void {
  for (const exclusive of [false, true]) {
    using vp = VPoll.create({ backend: 'socketpair', events, policy, exclusive });
    use(vp);
    assert.is(vp.events, pollNow(vp.fd), 'what vpoll says is what poll(2) says');
  }
}

const undoing: Record<string, (vp: VPoll) => void> = {
  'delete IN': (vp) => {
    vp.delete(c.EPOLLIN);
  },
  'delete RDNORM': (vp) => {
    vp.delete(c.EPOLLRDNORM);
  },
  'delete RDHUP': (vp) => {
    vp.delete(c.EPOLLRDHUP);
  },
  'delete all': (vp) => {
    vp.delete(c.VPOLL_EVENTS);
  },
  'set 0': (vp) => {
    vp.set(0);
  },
  'set IN': (vp) => {
    vp.set(c.EPOLLIN);
  },
  'set OUT': (vp) => {
    vp.set(c.EPOLLOUT);
  },
  'set IN|OUT': (vp) => {
    vp.set(c.EPOLLIN | c.EPOLLOUT);
  },
  'set RDHUP': (vp) => {
    vp.set(c.EPOLLRDHUP);
  },
};

for (const { name, events, shown } of STATES.filter(({ isFinal }) => isFinal)) {
  for (const [what, undo] of Object.entries(undoing)) {
    test(`strict: ${what} in ${name} is refused, and nothing has changed`, () => {
      inState(events, 'strict', (vp) => {
        const { message } = refusal(
          () => {
            undo(vp);
          },
          'EOPNOTSUPP',
          'vpoll_ctl',
        );
        assert.match(message, 'socketpair');
        assert.match(message, offerOfFiles());
        assert.is(pollNow(vp.fd), shown);
      });
    });
  }

  test(`closest: no undoing of ${name} fails, and what is final stays`, () => {
    for (const undo of Object.values(undoing)) {
      inState(events, 'closest', (vp) => {
        undo(vp);
        assert.is(pollNow(vp.fd) & ~OUT, shown & ~OUT);
      });
    }
  });

  test(`OUT moves freely in ${name}`, () => {
    for (const policy of ['strict', 'closest'] as const) {
      inState(events, policy, (vp) => {
        for (let i = 0; i < 3; i++) {
          vp.add(c.EPOLLOUT);
          assert.is(pollNow(vp.fd), shown | OUT);
          vp.delete(c.EPOLLOUT);
          assert.is(pollNow(vp.fd), shown & ~OUT);
        }
        vp.set(shown | c.EPOLLOUT);
        assert.is(pollNow(vp.fd), shown | OUT);
        vp.set(shown & ~OUT);
        assert.is(pollNow(vp.fd), shown & ~OUT);
      });
    }
  });
}

test('strict: what would bring more than was asked for is refused', () => {
  for (const { events, shown } of STATES.filter(({ isFinal }) => !isFinal)) {
    inState(events, 'strict', (vp) => {
      for (const bits of [c.EPOLLHUP, c.EPOLLHUP | c.EPOLLRDHUP, c.EPOLLHUP | c.EPOLLIN, c.EPOLLHUP | c.EPOLLOUT]) {
        if ((shown & c.EPOLLIN) !== 0 && (bits & c.EPOLLRDHUP) !== 0) continue;
        refusal(
          () => {
            vp.add(bits);
          },
          'EOPNOTSUPP',
          'vpoll_ctl',
        );
        assert.is(pollNow(vp.fd), shown);
      }
      if (shown & c.EPOLLIN) return;
      refusal(
        () => {
          vp.add(c.EPOLLRDHUP);
        },
        'EOPNOTSUPP',
        'vpoll_ctl',
      );
      assert.is(pollNow(vp.fd), shown);
    });
  }
});

test('strict: ADD of what no unix socket shows is refused in every state', () => {
  for (const { events, shown } of STATES) {
    inState(events, 'strict', (vp) => {
      for (const bits of [c.EPOLLPRI, c.EPOLLERR, c.EPOLLRDBAND, c.EPOLLMSG, c.EPOLLIN | c.EPOLLPRI]) {
        const { message } = refusal(
          () => {
            vp.add(bits);
          },
          'EOPNOTSUPP',
          'vpoll_ctl',
        );
        assert.match(message, offerOfFiles(bits | (shown & (c.EPOLLHUP | c.EPOLLRDHUP))));
        assert.is(pollNow(vp.fd), shown);
      }
    });
  }
});

test('strict: IN|RDHUP and HUP|IN|RDHUP are accepted, and the first leads to the second', () => {
  inState(0, 'strict', (vp) => {
    vp.add(c.EPOLLIN | c.EPOLLRDHUP);
    assert.is(pollNow(vp.fd), RDHUP);
    vp.add(c.EPOLLHUP);
    assert.is(pollNow(vp.fd), HUP);
  });
  inState(c.EPOLLOUT, 'strict', (vp) => {
    vp.add(HANGUP);
    assert.is(pollNow(vp.fd), HUP | OUT);
    // All that is shown already may be asked for again.
    for (const bits of [0, c.EPOLLIN, c.EPOLLRDHUP, HANGUP, HANGUP | c.EPOLLOUT]) vp.add(bits);
    vp.delete(c.EPOLLPRI | c.EPOLLMSG | c.EPOLLERR);
    vp.set(HUP | OUT);
    assert.is(pollNow(vp.fd), HUP | OUT);
  });
});

test('strict: a refused DEL of all 32 bits names the backends too', () => {
  inState(HANGUP, 'strict', (vp) => {
    const { message } = refusal(
      () => {
        vp.delete(0xffffffff);
      },
      'EOPNOTSUPP',
      'vpoll_ctl',
    );
    assert.match(message, offerOfFiles());
  });
});

test('closest: what is asked for is shown, with as little more as can be', () => {
  for (const [bits, shown] of [
    [c.EPOLLHUP, HUP],
    [c.EPOLLRDHUP, RDHUP],
    [c.EPOLLRDHUP | c.EPOLLOUT, RDHUP | OUT],
    [c.EPOLLHUP | c.EPOLLOUT, HUP | OUT],
    [c.EPOLLRDNORM, IN],
    [c.EPOLLWRNORM, OUT],
    [c.EPOLLWRBAND | c.EPOLLRDNORM, IN | OUT],
    [c.EPOLLPRI, 0],
    [c.EPOLLERR, 0],
    [c.EPOLLMSG | c.EPOLLIN, IN],
    [c.EPOLLRDBAND | c.EPOLLPRI | c.EPOLLERR | c.EPOLLHUP, HUP],
    [c.VPOLL_EVENTS, HUP | OUT],
    [c.VPOLL_EVENTS & ~(c.EPOLLHUP | c.EPOLLRDHUP), IN | OUT],
  ] as const) {
    inState(0, 'closest', (vp) => {
      vp.add(bits);
      assert.is(pollNow(vp.fd), shown);
    });
    inState(bits, 'closest', (vp) => {
      assert.is(pollNow(vp.fd), shown);
    });
  }
});

test.run();
