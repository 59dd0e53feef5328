// SPDX-License-Identifier: LGPL-2.1-or-later

// What several calls in a row come to: closes, second adds, numbers that are reused.

import type { KernelPoller, KernelVPoll } from '../../../src/sim/index.js';
import type { Stage } from './stage.js';

/** What is done on a stage, and what it comes to; `expected` is what that was elsewhere. */
export type History = (stage: Stage, expected?: Record<string, string>) => Promise<Record<string, string>>;

const [IN, OUT] = [1, 4];
const listener = (): void => undefined;

/** Says what each call comes to, in turn. */
export async function each({ say }: Stage, calls: Record<string, () => unknown>): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) said[name] = await say(call);
  return said;
}

/** What a batch holds, its targets by whether they are the object or the number that was added. */
export async function taken(poller: KernelPoller, options = {}): Promise<unknown> {
  const batch = await poller.wait({ timeoutMs: 0, ...options });
  return batch.map(({ target, events, data }) => [typeof target, events, data ?? 'none']).sort();
}

async function ofVPoll(stage: Stage): Promise<Record<string, string>> {
  const { closed, idle, watched } = stage;
  const changing = stage.vpoll();
  return each(stage, {
    'fd of a closed one': () => closed.fd,
    'backend of a closed one': () => closed.backend,
    'events of a closed one': () => closed.events,
    'a second close': () => {
      closed.close();
    },
    'a dispose of a closed one': () => {
      closed[Symbol.dispose]();
    },
    fd: () => watched.fd >= 0,
    backend: () => idle.backend,
    events: () => idle.events,
    'clone': () => structuredClone(idle), // prettier-ignore
    keys: () => Object.keys(idle),
    'all that it shows to for in': () => {
      const names: string[] = [];
      for (const name in idle) names.push(name);
      return names;
    },
    'add of what can not be shown': () => {
      changing.add(2);
    },
    'set of what can not be shown, beside what can': () => {
      changing.set(IN | 8);
    },
    'still shown': () => changing.events,
    hangup: () => {
      changing.set(0x2011);
      return changing.events;
    },
    'delete of a hangup': () => {
      changing.delete(0x10);
    },
    'set without it': () => {
      changing.set(IN);
    },
    'supports after a hangup': () => [changing.supports(0x2011), changing.supports(IN), changing.supports(0)],
  });
}

async function ofAdds(stage: Stage): Promise<Record<string, string>> {
  const { poller, idle, watched, listened, vpoll } = stage;
  const [gone, other] = [vpoll(), vpoll()];
  const number = gone.fd;
  poller.add(gone, IN);
  gone.close();
  const said = await each(stage, {
    'a second add': () => {
      poller.add(watched, OUT);
    },
    'a second add by number': () => {
      poller.add(watched.fd, OUT);
    },
    'a second add with a listener': () => {
      poller.add(watched, OUT, { listener });
    },
    'a second add of one with a listener': () => {
      poller.add(listened, OUT);
    },
    'modify by number': () => {
      poller.modify(watched.fd, IN, { data: 'by number' });
    },
    'what is taken then': () => taken(poller),
    'modify of one that was closed': () => {
      poller.modify(gone, IN);
    },
    'again': () => { poller.modify(gone, IN); }, // prettier-ignore
    'delete by the number of one that was closed': () => {
      poller.delete(number);
    },
    'add of an exclusive one': () => {
      poller.add(other, IN, { exclusive: true });
    },
    'modify of an exclusive one': () => {
      poller.modify(other, IN);
    },
    'modify of one without a listener to one': () => {
      poller.modify(watched, IN, { listener });
    },
    'add by number, and delete by object': () => {
      poller.add(idle.fd, IN);
      poller.delete(idle);
    },
    'add by object, and delete by number': () => {
      poller.add(idle, IN);
      poller.delete(idle.fd);
    },
    'a delete more': () => {
      poller.delete(idle);
    },
  });
  return Object.fromEntries(
    Object.entries(said).map(([name, what]) => [
      name,
      what.replaceAll(`fd ${number} `, 'fd of gone ').replaceAll(`fd ${other.fd} `, 'fd of other '),
    ]),
  );
}

async function ofReports(stage: Stage): Promise<Record<string, string>> {
  const { poller, idle } = stage;
  return each(stage, {
    'oneshot, twice': async () => {
      poller.add(idle, IN, { oneshot: true, data: 'once' });
      const seen = [await taken(poller), await taken(poller)];
      poller.delete(idle);
      return seen;
    },
    'ref and unref': () => [poller.ref() === poller, poller.unref() === poller, poller.ref() === poller],
  });
}

/** A number that stands for another file by now. */
async function ofNumbers(stage: Stage): Promise<Record<string, string>> {
  const { poller, vpoll } = stage;
  const said: Record<string, string> = {};
  for (const [name, act] of Object.entries({
    modify: (target: number | KernelVPoll) => {
      poller.modify(target, OUT);
    },
    delete: (target: number | KernelVPoll) => {
      poller.delete(target);
    },
    add: (target: number | KernelVPoll) => {
      poller.add(target, IN);
    },
  })) {
    for (const isByNumber of [true, false]) {
      const before = vpoll();
      const fd = before.fd;
      poller.add(isByNumber ? fd : before, IN, { data: name });
      before.close();
      const after = vpoll();
      const what = `${name} after ${isByNumber ? 'a number' : 'an object'} was closed and reused`;
      said[what] = (await stage.say(() => { act(after); })).replaceAll(`fd ${fd} `, 'fd of before '); // prettier-ignore
      said[`${what}, and what is taken`] = await stage.say(() => taken(poller));
      said[`${what}, and deleted`] = (await stage.say(() => { poller.delete(after); })).replaceAll(`fd ${fd} `, 'fd of before '); // prettier-ignore
      after.close();
    }
  }
  return said;
}

export const HISTORIES: Record<string, History> = {
  'a VPoll, call after call': ofVPoll,
  'adds and what follows them': ofAdds,
  'reports, ref and unref': ofReports,
  'numbers that were closed and reused': ofNumbers,
};
