// SPDX-License-Identifier: LGPL-2.1-or-later

import { SYS_NAMES } from '../../host/sys.js';
import { BACKENDS, type BackendName } from '../backends.js';
import { VPOLL_CTL_ADDEVENTS, VPOLL_CTL_DELEVENTS, VPOLL_CTL_SETEVENTS } from '../constants.js';
import { errnoName, VPollError } from '../errors.js';
import { formatEvents, toMask } from '../events.js';
import { checkOptions, settable, type VPollOptions } from '../options.js';
import type { Simulation } from './simulation.js';
import type { KernelVPoll } from './types.js';

/** Where an entry of the core's table has these (assembly/table.ts). */
const GENERATION = 20;
const BACKEND = 30;

/** What an error says beyond its code. */
function explain(code: string, syscall: string): string | undefined {
  if (code === 'EBADF') return 'it was closed, or its number is another file now';
  if (code !== 'EOPNOTSUPP') return undefined;
  if (syscall !== 'vpoll_create') return "this backend can't show that mask (policy 'closest' shows the nearest)";
  return 'the simulated kernel has eventfd and device, unless it was told otherwise, and socketpair';
}

/** A vpoll of a simulation: the core of sim.wasm, as VPoll is the core over libc. */
export class SimVPoll implements KernelVPoll {
  readonly #simulation: Simulation;
  readonly #generation: number;
  readonly #forget: () => void;
  #fd: number;

  private constructor(simulation: Simulation, fd: number) {
    this.#simulation = simulation;
    this.#fd = fd;
    this.#generation = this.#entry()!.getUint32(GENERATION, true);
    const { made } = simulation.current;
    const close = (): void => {
      this.close();
    };
    made.add(close);
    this.#forget = () => made.delete(close);
  }

  static create(simulation: Simulation, options?: VPollOptions): SimVPoll {
    // Nothing that the environment says: a run depends on nothing but what it was given.
    const { backend, events, fdFlags, options: flags, needs } = checkOptions(options, () => undefined);
    const fd = simulation.enterCore().create(backend, events, fdFlags, flags, needs);
    if (fd < 0) throw failure(simulation, fd, 'vpoll_create');
    return new SimVPoll(simulation, fd);
  }

  get fd(): number {
    return this.#fd;
  }

  get backend(): BackendName {
    this.#open('vpoll_backend');
    const entry = this.#entry();
    if (!entry) throw new VPollError('EBADF', 'vpoll_backend', `fd ${this.#fd} is no vpoll (any more)`);
    return BACKENDS[entry.getUint8(BACKEND)] as BackendName;
  }

  get events(): number {
    const fd = this.#open('vpoll_events');
    return this.#check(this.#simulation.enterCore().events(fd, this.#generation), 'vpoll_events');
  }

  add(events: number): void {
    this.#ctl(VPOLL_CTL_ADDEVENTS, settable(events, 'events', 'vpoll_ctl'));
  }

  delete(events: number): void {
    this.#ctl(VPOLL_CTL_DELEVENTS, toMask(events, 'vpoll_ctl'));
  }

  set(events: number): void {
    this.#ctl(VPOLL_CTL_SETEVENTS, settable(events, 'events', 'vpoll_ctl'));
  }

  supports(mask: number): boolean {
    const bits = toMask(mask, 'vpoll_supports');
    const fd = this.#open('vpoll_supports');
    return this.#check(this.#simulation.enterCore().supports(fd, this.#generation, bits), 'vpoll_supports') === 1;
  }

  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    const core = this.#simulation.enterCore();
    this.#fd = -1;
    this.#forget();
    this.#check(core.close(fd, this.#generation), 'vpoll_close');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log shows. Asks nothing of the kernel, so that looking changes no trace. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.#fd < 0 ? 'VPoll { closed, simulated }' : `VPoll { fd: ${this.#fd}, simulated }`;
  }

  /** Its entry in the core's table, if that is still about it. */
  #entry(): DataView | undefined {
    const { machine } = this.#simulation;
    const at = machine.find(this.#fd, this.#generation || 0);
    return at === 0 ? undefined : new DataView(machine.memory.buffer, at, 32);
  }

  #open(syscall: string): number {
    if (this.#fd < 0) throw new VPollError('EBADF', syscall, 'this VPoll is closed');
    return this.#fd;
  }

  #check(status: number, syscall: string): number {
    if (status < 0) throw failure(this.#simulation, status, syscall);
    return status;
  }

  #ctl(op: number, events: number): void {
    const fd = this.#open('vpoll_ctl');
    const status = this.#simulation.enterCore().ctl(fd, this.#generation, op, events);
    if (status < 0) throw failure(this.#simulation, status, 'vpoll_ctl', events);
  }
}

function failure({ machine }: Simulation, status: number, syscall: string, events?: number): VPollError {
  const failed = machine.failed();
  const code = errnoName(-status);
  const detail = explain(code, syscall);
  const about = detail && events !== undefined ? `${formatEvents(events)}: ${detail}` : detail;
  return new VPollError(code, failed < 0 ? syscall : SYS_NAMES[failed]!, about);
}
