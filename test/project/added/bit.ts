// SPDX-License-Identifier: LGPL-2.1-or-later

// Run in the copy that has the bit REMOVE: sets it on a simulated vpoll of each kind, and prints the outcome.

import { BACKENDS } from '../../../src/backends.js';
import * as constants from '../../../src/constants.js';
import { getCore } from '../../../src/core.js';
import { formatEvents, parseEvents, type VPollError } from '../../../src/index.js';
import { simulate, type Kernel } from '../../../src/sim/index.js';

const REMOVE = parseEvents('REMOVE');
const said: Record<string, unknown> = { name: formatEvents(constants.EPOLLIN | REMOVE) };

async function use({ VPoll, Poller }: Kernel): Promise<void> {
  const vp = VPoll.create({ backend: 'device', events: REMOVE });
  const poller = Poller.create();
  poller.add(vp, REMOVE);
  const [ready] = await poller.wait({ timeoutMs: 0 });
  said.polled = formatEvents(ready?.events ?? 0);
  vp.delete(REMOVE);
  said.after = formatEvents(vp.events);
  const socket = VPoll.create({ backend: 'socketpair' });
  try {
    socket.add(REMOVE);
  } catch (error) {
    said.refused = (error as VPollError).code;
  }
  for (const each of [poller, vp, socket]) each.close();
}

const { failure } = await simulate({ tasks: { use }, report: () => undefined });
if (failure) throw new Error(failure.message, { cause: failure.error });
const core = getCore();
said.shown = Object.fromEntries(
  BACKENDS.flatMap((name, number) => (number > 0 ? [[name, core.nearest(number, 0, REMOVE, 0) === REMOVE]] : [])),
);
console.log(JSON.stringify(said));
