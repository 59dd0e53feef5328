// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * vpoll/sim: programs over a simulated kernel on virtual time, the same each time, in any runtime.
 *
 * @packageDocumentation
 */

export * from '../both-entries.js';
export { explore } from './explore.js';
export { mustPass } from './must-pass.js';
export { simulate } from './simulate.js';
export type {
  Exploration,
  ExploreOptions,
  Failure,
  Faults,
  Leftover,
  Ratio,
  SimulateOptions,
  SimulationResult,
  Strategy,
  Task,
  Tasks,
} from './types.js';
