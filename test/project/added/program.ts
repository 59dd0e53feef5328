// SPDX-License-Identifier: LGPL-2.1-or-later

// Run in the copy that has the pipe backend: makes vpolls on it over this kernel and over the simulated one, and prints what each showed.

import { BACKENDS } from '../../../src/backends.js';
import { createBench } from '../../../src/doctor/bench.js';
import { examineAll } from '../../../src/doctor/report.js';
import { getCore } from '../../../src/core.js';
import { EPOLLIN, EPOLLOUT, EPOLLPRI, formatEvents, realKernel, type BackendName, type VPollError } from '../../../src/index.js';
import { simulate, type Kernel } from '../../../src/sim/index.js';

const backend = 'pipe' as BackendName;

/** What is shown after each request, by the vpoll and by a Poller; then what a refusal and a closed vpoll say. */
async function exercise(kernel: Kernel): Promise<string[]> {
  const vp = kernel.VPoll.create({ backend, events: EPOLLIN });
  const poller = kernel.Poller.create();
  poller.add(vp, EPOLLIN | EPOLLOUT);
  const said: string[] = [];
  const say = async (what: string): Promise<void> => {
    const [ready] = await poller.wait({ timeoutMs: 0 });
    said.push(`${what}: ${formatEvents(vp.events)}, polled ${formatEvents(ready?.events ?? 0)}`);
  };
  await say(vp.backend);
  vp.add(EPOLLOUT);
  await say('ADD OUT');
  vp.delete(EPOLLIN);
  await say('DEL IN');
  vp.set(EPOLLIN);
  await say('SET IN');
  vp.set(0);
  await say('SET 0');
  try {
    vp.add(EPOLLPRI);
  } catch (error) {
    said.push(`ADD PRI: ${(error as VPollError).code}`);
  }
  poller.close();
  vp.close();
  said.push(`closed: ${vp.fd}`);
  return said;
}

async function overSimulation(): Promise<string[]> {
  let said: string[] = [];
  const tasks = {
    main: async (kernel: Kernel): Promise<void> => {
      said = await exercise(kernel);
    },
  };
  const { failure } = await simulate({ tasks, report: () => undefined });
  if (failure) throw new Error(failure.message, { cause: failure.error });
  return said;
}

const core = getCore();
const { backends } = await examineAll(core, createBench(core));
console.log(
  JSON.stringify({
    names: BACKENDS,
    real: await exercise(realKernel()),
    simulated: await overSimulation(),
    row: backends.find(({ name }) => name === backend),
  }),
);
