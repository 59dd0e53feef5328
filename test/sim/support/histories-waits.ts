// SPDX-License-Identifier: LGPL-2.1-or-later

// What several calls in a row come to where one of them waits: in wait(), in an iteration, in a step of watch().

import type { KernelPoller, KernelVPoll } from '../../../src/sim/index.js';
import { each, taken, type History } from './histories.js';
import { hasEnded, patienceFor, type Stage } from './stage.js';

const IN = 1;

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? error);
}

/** A Poller of its own with one vpoll in it. */
function alone(stage: Stage): { poller: KernelPoller; vp: KernelVPoll } {
  const [poller, vp] = [stage.kernel.Poller.create(), stage.vpoll()];
  poller.add(vp, IN);
  return { poller, vp };
}

async function ofWaits(stage: Stage): Promise<Record<string, string>> {
  const { kernel } = stage;
  const { poller, vp } = alone(stage);
  vp.delete(IN);
  const [first, second] = [new AbortController(), new AbortController()];
  const waits: Promise<unknown>[] = [];
  const start = (signal?: AbortSignal): void => {
    waits.push(poller.wait({ signal }).then(({ length }) => length, (error: unknown) => error)); // prettier-ignore
  };
  start(first.signal);
  await kernel.sleep(1);
  const said = await each(stage, {
    'a second wait': () => poller.wait(),
    'a wait with a wrong option while one is pending': () => poller.wait({ max: 0 }),
    'a wait in the turn of the abort before': () => {
      first.abort('first');
      start(second.signal);
    },
    'the first': () => waits[0],
    'one more': () => poller.wait({ timeoutMs: 1 }),
    'the second': () => {
      second.abort(new Error('second'));
      return (waits[1] as Promise<Error>).then(({ message }) => message);
    },
    'a signal that was aborted before': () => poller.wait({ signal: first.signal }),
    'at its time': () => poller.wait({ timeoutMs: 1.5 }),
    'an event and a max': () => {
      vp.add(IN);
      return taken(poller, { timeoutMs: Infinity, max: 1 });
    },
  });
  vp.delete(IN);
  start();
  await kernel.sleep(1);
  poller.close();
  return Object.assign(said, await each(stage, { 'close': async () => { throw await waits[2]; }, 'a second close': () => { poller.close(); } })); // prettier-ignore
}

async function ofIterations(stage: Stage): Promise<Record<string, string>> {
  const { kernel } = stage;
  const { poller, vp } = alone(stage);
  const batches = poller[Symbol.asyncIterator]() as AsyncIterableIterator<unknown[], undefined>;
  const lengthOf = async (step: Promise<IteratorResult<unknown[], undefined>>): Promise<unknown> =>
    (await step).value?.length ?? 'done';
  const said = await each(stage, {
    'a batch': () => lengthOf(batches.next()),
    'a step beside a wait': async () => {
      vp.delete(IN);
      const wait = poller.wait({ timeoutMs: 5 });
      return [await lengthOf(batches.next()).catch(codeOf), (await wait).length];
    },
    'a second step': async () => {
      const pending = lengthOf(batches.next());
      await kernel.sleep(1);
      const code = await lengthOf(batches.next()).catch(codeOf);
      await batches.return!();
      return [code, await pending];
    },
    'after the end': () => lengthOf(batches.next()),
    'a loop that is left': async () => {
      vp.add(IN);
      for await (const batch of poller) return batch.length;
      return 'never';
    },
    'a loop whose Poller is closed': async () => {
      let count = 0;
      for await (const batch of poller) {
        count += batch.length;
        poller.close();
      }
      return count;
    },
  });
  return Object.assign(said, await each(stage, { 'a closed one': () => lengthOf((poller[Symbol.asyncIterator]() as AsyncIterableIterator<unknown[], undefined>).next()) })); // prettier-ignore
}

/** Watches of one that shows IN, with what is done between the first step and the second. */
async function ofWatches(stage: Stage, expected?: Record<string, string>): Promise<Record<string, string>> {
  const { kernel } = stage;
  const said: Record<string, string> = {};
  const between: Record<string, (of: { poller: KernelPoller; vp: KernelVPoll; abort: AbortController }) => unknown> = {
    nothing: () => undefined,
    'an abort': ({ abort }) => { abort.abort('enough'); }, // prettier-ignore
    'an abort and an add': ({ abort, poller, vp }) => { abort.abort('enough'); poller.add(vp, IN); }, // prettier-ignore
    'a second add': ({ poller, vp }) => { poller.add(vp, IN); }, // prettier-ignore
    'a modify': ({ poller, vp }) => { poller.modify(vp, IN); }, // prettier-ignore
    'a delete': ({ poller, vp }) => { poller.delete(vp); }, // prettier-ignore
    'a close of the VPoll': ({ vp }) => { vp.close(); }, // prettier-ignore
    'a close of the Poller': ({ poller }) => { poller.close(); }, // prettier-ignore
    'a watch more': async ({ poller, vp }) => (await poller.watch(vp, IN).next()).value,
    'an edge': ({ vp }) => { vp.add(IN); }, // prettier-ignore
  };
  for (const edge of [false, true]) {
    for (const [name, act] of Object.entries(between)) {
      const [poller, vp, abort] = [kernel.Poller.create(), stage.vpoll(), new AbortController()];
      const { fd } = vp;
      const steps = poller.watch(vp, IN, { edge, signal: abort.signal });
      const what = `${edge ? 'edge' : 'level'}, ${name}`;
      const step = async (): Promise<unknown> => {
        const pending = steps.next().then(({ value }) => value ?? 'done');
        const busy = steps.next().then(({ value }) => value ?? 'done', codeOf); // prettier-ignore
        await hasEnded(kernel, pending, patienceFor(expected?.[`${what}: next`]));
        await steps.return!();
        return [await pending, await busy];
      };
      const of = { poller, vp, abort };
      said[`${what}: first`] = await stage.say(async () => (await steps.next()).value ?? 'done');
      said[what] = (await stage.say(() => act(of))).replaceAll(`fd ${fd} `, 'fd of it ');
      said[`${what}: next`] = (await stage.say(step)).replaceAll(`fd ${fd} `, 'fd of it ');
      said[`${what}: last`] = await stage.say(async () => (await steps.next()).value ?? 'done');
      said[`${what}: add after it`] = (await stage.say(() => { poller.add(vp, IN); })).replaceAll(`fd ${fd} `, 'fd of it '); // prettier-ignore
      await kernel.sleep(6);
      poller.close();
      vp.close();
    }
  }
  return said;
}

export const WAITS: Record<string, History> = {
  'waits, one after the other': ofWaits,
  'iterations over batches': ofIterations,
  'steps of watch': ofWatches,
};
