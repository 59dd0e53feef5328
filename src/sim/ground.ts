// SPDX-License-Identifier: LGPL-2.1-or-later

// What a simulated VPoll stands on: the core of sim.wasm, over the kernel that is simulated there.

import { SIMULATED, type BackendName } from '../backends.js';
import type { Surroundings } from '../explain.js';
import { Followers } from '../followers.js';
import type { VPollGround } from '../vpoll-base.js';
import { HAS_DEVICE, HAS_EFD_VPOLL } from './numbers.js';
import type { Simulation } from './simulation.js';

const SIMULATED_HERE: readonly string[] = SIMULATED;
/** What a simulation may be told not to have. */
const FEATURES: Readonly<Record<string, number>> = { eventfd: HAS_EFD_VPOLL, device: HAS_DEVICE };

function around(features: number): Surroundings {
  const isOff = (name: BackendName): boolean => name in FEATURES && (features & FEATURES[name]!) === 0;
  return {
    isHere: (name) => SIMULATED_HERE.includes(name) && !isOff(name),
    why: (name) => (isOff(name) ? `this simulation was told to have none (kernel.${name})` : 'it is not simulated'),
    whyUnasked: () => undefined,
  };
}

/** The ground of all VPolls of a simulation whose kernel has these features. */
export function createGround(simulation: Simulation, features: number): VPollGround {
  return {
    core: () => simulation.enterCore(),
    environment: () => undefined,
    create: ({ backend, events, fdFlags, options, needs }) =>
      simulation.enterCore().create(backend, events, fdFlags, options, needs),
    around: around(features),
    followers: new Followers(),
    opened: (vp, fd) => {
      simulation.made(vp, `VPoll fd ${fd}`);
    },
    closed: (vp) => {
      simulation.unmade(vp);
    },
    cloning: Symbol('VPoll: it belongs to a simulation, which is in one place'),
    look: () => 'simulated',
  };
}
