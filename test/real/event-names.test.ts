// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, vm library-core

// Wherever a mask is taken its names are: they do what the number does. What is no name of an event is EINVAL, with the names there are, and nothing changes.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as c from '../../src/constants.js';
import { formatEvents, parseEvents, Poller, VPoll, type EventNames, type Events } from '../../src/index.js';
import { BACKEND as backend } from './support/backend.js';
import { refusal } from './support/errors.js';

/** Every bit alone, and masks of several. */
const MASKS = [
  ...Array.from({ length: 14 }, (_, n) => 1 << n).filter((bit) => bit & c.VPOLL_EVENTS),
  c.EPOLLIN | c.EPOLLOUT,
  c.EPOLLIN | c.EPOLLHUP | c.EPOLLRDHUP,
  c.EPOLLPRI | c.EPOLLERR,
  c.VPOLL_EVENTS,
];

/** What a call comes to: what is shown then, or the error. */
function outcome(use: (vp: VPoll) => unknown): string {
  using vp = VPoll.create({ backend, events: c.EPOLLIN });
  try {
    return `${String(use(vp))} ${formatEvents(vp.events)}`;
  } catch (error) {
    return (error as Error).message.replaceAll(`fd ${vp.fd}`, 'fd');
  }
}

/** Every call that takes events. */
const CALLS: Readonly<Record<string, (vp: VPoll, events: Events) => unknown>> = {
  add: (vp, events) => {
    vp.add(events);
  },
  delete: (vp, events) => {
    vp.delete(events);
  },
  set: (vp, events) => {
    vp.set(events);
  },
  supports: (vp, events) => vp.supports(events),
  'create, events': (_, events) => {
    using made = VPoll.create({ backend, events });
    return made.events;
  },
  'create, needs': (_, events) => {
    using made = VPoll.create({ needs: events });
    return made.backend;
  },
  'Poller.add': (vp, events) => {
    using poller = Poller.create();
    poller.add(vp, events);
    return poller.toJSON().watched[0]!.events;
  },
  'Poller.modify': (vp, events) => {
    using poller = Poller.create();
    poller.add(vp, 0);
    poller.modify(vp, events);
    return poller.toJSON().watched[0]!.events;
  },
  'Poller.watch': (vp, events) => {
    using poller = Poller.create();
    poller.watch(vp, events);
    return 'watched';
  },
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}: names do what the number does`, () => {
    for (const mask of MASKS) {
      const names = formatEvents(mask) as EventNames;
      assert.is(
        outcome((vp) => call(vp, names)),
        outcome((vp) => call(vp, mask)),
        names,
      );
    }
  });

  test(`${name}: a wrong name is EINVAL, and the names are said`, () => {
    using vp = VPoll.create({ backend, events: c.EPOLLOUT });
    const before = vp.events;
    for (const text of ['UP', 'IN|UP', 'in', 'EPOLLIN', 'IN | OUT', 'IN|', '|', '', '1', '0', '0x1', 'IN,OUT', 'toString']) {
      const { message } = refusal(() => call(vp, text as EventNames), 'EINVAL');
      const wrong = text.split('|').find((each) => each !== 'IN' && each !== 'OUT')!;
      assert.match(message, `'${wrong}' is no event (IN, PRI, OUT, ERR, HUP, RDNORM, RDBAND, WRNORM, WRBAND, MSG, RDHUP;`);
    }
    assert.is(vp.events, before);
  });
}

test('a name as it stands elsewhere: the message says which was meant, and says nothing where none is plain', () => {
  using vp = VPoll.create({ backend });
  const meant = [
    ['EPOLLIN', 'IN'],
    ['POLLPRI', 'PRI'],
    ['in', 'IN'],
    ['EpollRdHup', 'RDHUP'],
    ['IN | pri', 'IN|PRI'],
    ['IN,OUT', 'IN|OUT'],
    ['EPOLLIN|UP', 'IN'],
  ] as const;
  for (const [text, names] of meant) {
    for (const [name, call] of Object.entries(CALLS)) {
      const { message } = refusal(() => call(vp, text as EventNames), 'EINVAL');
      assert.ok(message.endsWith(`; did you mean '${names}'?`), `${name}: ${message}`);
    }
    if (text !== 'EPOLLIN|UP') assert.is(parseEvents(text), parseEvents(names));
  }
  for (const text of ['UP', 'EPOLLUP', '1', '0x1', '', '|', 'EPOLLET', 'POLLNVAL'])
    assert.not.match(refusal(() => CALLS.add!(vp, text as EventNames), 'EINVAL').message, 'mean');
});

test('what is neither names nor a number: the message says names first, the usual form', () => {
  using vp = VPoll.create({ backend });
  for (const [name, call] of Object.entries(CALLS)) {
    for (const [events, what] of [
      [['IN'], 'an array'],
      [{}, 'a value of type object'],
      [null, 'null'],
      [1.5, '1.5'],
    ] as const) {
      const { message } = refusal(() => call(vp, events as unknown as EventNames), 'EINVAL');
      assert.match(message, `events must be names ('IN|PRI') or an integer of 32 bits, not ${what}`, name);
    }
  }
  const { message } = refusal(() => {
    vp.add(...([] as unknown as [EventNames]));
  }, 'EINVAL');
  assert.match(message, "events must be names ('IN|PRI') or an integer of 32 bits, not undefined");
});

test('options of a waiter are told from names that there are not, as with numbers', () => {
  using vp = VPoll.create({ backend });
  assert.match(refusal(() => CALLS.add!(vp, 'IN|ET' as EventNames), 'EINVAL').message, "ET in events can't be asserted");
  assert.match(refusal(() => CALLS['Poller.add']!(vp, 'IN|ET' as EventNames), 'EINVAL').message, 'say { edge: true }');
  CALLS.delete!(vp, 'ET|ONESHOT' as EventNames);
});

test('two masks in words are not taken for one of them: a number is asked for where a number is due', () => {
  refusal(() => formatEvents('IN' as never), 'EINVAL', 'formatEvents');
});

test.run();
