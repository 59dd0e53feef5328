// SPDX-License-Identifier: LGPL-2.1-or-later

// A VPoll of any kernel: what the one of this kernel (vpoll.ts) and a simulated one (sim/ground.ts) have in common.

import { BACKENDS, type BackendName } from './backends.js';
import { VPOLL_CTL_ADDEVENTS, VPOLL_CTL_DELEVENTS, VPOLL_CTL_SETEVENTS } from './constants.js';
import { failure, type CoreCalls } from './core-calls.js';
import { backendOf, generationOf } from './entry.js';
import { calledFrom, VPollError } from './errors.js';
import { formatEvents, toEvents, type Events } from './events.js';
import { explainCreate, explainCtl, type Surroundings } from './explain.js';
import type { Followers } from './followers.js';
import { checkOptions, settable, type CoreOptions, type Environment, type VPollOptions } from './options.js';

/** What a VPoll stands on: the core over this kernel, or over a simulated one. All in which these two differ is a member. */
export interface VPollGround {
  /** The core, for one call. A simulated one is told whose call it is, and throws where nobody runs. */
  readonly core: () => CoreCalls;
  /** What the environment says of a new one. Nothing in a simulation, which depends on nothing but what it was given. */
  readonly environment: Environment;
  /** A new descriptor, or -errno. Here a helper may have to be started first. */
  readonly create: (wanted: CoreOptions) => number;
  /** Which backends there are: no kernel knows of another's. */
  readonly around: Surroundings;
  /** Who hears of what is done to vpolls of this kernel. */
  readonly followers: Followers;
  /** One is open from now on: here the program that forgets to close it is told, in a simulation it is closed where its task dies. */
  readonly opened: (vp: VPollBase, fd: number, generation: number) => void;
  /** It is open no more. */
  readonly closed: (vp: VPollBase) => void;
  /** What structuredClone and postMessage are refused with; V8 quotes it. */
  readonly cloning: symbol;
  /** What a log shows beyond the number, or in words why it can't. A simulated kernel isn't asked: to look must change no trace. Never throws. */
  readonly look: (fd: number, generation: number) => { readonly backend: BackendName; readonly events: number } | string;
}

/** What JSON.stringify writes of a VPoll. */
export interface VPollJson {
  /** The descriptor; -1 after close. */
  readonly fd: number;
  /** How it is made. */
  readonly backend?: BackendName;
  /** What poll(2) shows, by names. */
  readonly events?: string;
  /** Why nothing more is said: it is closed, or simulated. */
  readonly state?: string;
}

/** Says that its create() is what makes one. */
export const MAKING = Symbol('VPoll');

/** The descriptor of a new one on this ground. Throws what create throws. */
export function openVPoll(ground: VPollGround, options: VPollOptions | undefined): number {
  const wanted = checkOptions(options, ground.environment);
  const fd = ground.create(wanted);
  if (fd >= 0) return fd;
  const [core, { around }] = [ground.core(), ground];
  throw failure(core, fd, 'vpoll_create', (code) => explainCreate({ core, around }, code, wanted));
}

/** The ground of a VPoll of any kernel; undefined for anything else. */
export let groundOf: (value: unknown) => VPollGround | undefined;

/** What every VPoll can do, whatever kernel it is of. */
export class VPollBase {
  readonly #ground: VPollGround;
  readonly #generation: number;
  #fd: number;

  static {
    groundOf = (value) => (typeof value === 'object' && value !== null && #ground in value ? value.#ground : undefined);
  }

  /** @internal */
  constructor(key: symbol, ground: VPollGround, fd: number) {
    if (key !== MAKING) throw new VPollError('EINVAL', 'vpoll_create', 'make one by VPoll.create()');
    this.#ground = ground;
    this.#fd = fd;
    this.#generation = generationOf(ground.core(), fd);
    // Structured cloning would make an empty object of this one, without a word. An enumerable property with a symbol for a value makes it throw.
    Object.defineProperty(this, 'cloning', { enumerable: true, value: ground.cloning });
    ground.opened(this, fd, this.#generation);
  }

  /** The descriptor, to be polled; -1 after close. */
  get fd(): number {
    return this.#fd;
  }

  /** How this vpoll is made. */
  get backend(): BackendName {
    try {
      const fd = this.#open('vpoll_backend');
      const number = backendOf(this.#ground.core(), fd, this.#generation);
      if (number === 0) throw new VPollError('EBADF', 'vpoll_backend', `fd ${fd} is no vpoll (any more)`);
      return BACKENDS[number] as BackendName;
    } catch (error) {
      throw calledFrom(error, VPollBase.prototype, 'backend');
    }
  }

  /** What poll(2) shows now, unsigned, with the aliases that the backend brings (RDNORM beside IN on a socketpair). */
  get events(): number {
    try {
      return this.#look('vpoll_events');
    } catch (error) {
      throw calledFrom(error, VPollBase.prototype, 'events');
    }
  }

  /**
   * Asserts events beside those that are. Wakes every waiter interested in one of them, even when it was asserted before: an
   * edge-triggered waiter sees one edge for each call.
   *
   * @param events - names, as `'IN|PRI'`, or bits of {@link VPOLL_EVENTS}
   */
  add(events: Events): void {
    try {
      this.#ctl(VPOLL_CTL_ADDEVENTS, settable(events, 'events', 'vpoll_ctl'));
    } catch (error) {
      throw calledFrom(error, VPollBase.prototype, 'add');
    }
  }

  /**
   * Takes events away; wakes nobody. Bits that are not asserted are ignored.
   *
   * @param events - names, or any bits
   */
  delete(events: Events): void {
    try {
      this.#ctl(VPOLL_CTL_DELEVENTS, toEvents(events, 'vpoll_ctl'));
    } catch (error) {
      throw calledFrom(error, VPollBase.prototype, 'delete');
    }
  }

  /**
   * Asserts exactly these events; wakes like {@link VPoll.add}. On a socketpair this takes several system calls. Bits of the old and
   * of the new mask may be missing for a moment, and no other is ever seen.
   *
   * @param events - names, or bits of {@link VPOLL_EVENTS}
   */
  set(events: Events): void {
    try {
      this.#ctl(VPOLL_CTL_SETEVENTS, settable(events, 'events', 'vpoll_ctl'));
    } catch (error) {
      throw calledFrom(error, VPollBase.prototype, 'set');
    }
  }

  /**
   * Whether `set(mask)` would show exactly this mask from the present state. Aliases of its bits may come with it.
   *
   * @param mask - names, or any bits; with a bit outside {@link VPOLL_EVENTS} the answer is false
   */
  supports(mask: Events): boolean {
    try {
      const bits = toEvents(mask, 'vpoll_supports');
      const fd = this.#open('vpoll_supports');
      const core = this.#ground.core();
      return this.#check(core, core.supports(fd, this.#generation, bits), 'vpoll_supports') === 1;
    } catch (error) {
      throw calledFrom(error, VPollBase.prototype, 'supports');
    }
  }

  /** Closes the descriptor. A second call does nothing. EBADF where the number was closed or reused by others in the meantime. */
  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    const core = this.#ground.core();
    this.#fd = -1;
    this.#ground.closed(this);
    const status = core.close(fd, this.#generation);
    this.#ground.followers.tellClosed(fd);
    if (status < 0) throw calledFrom(this.#failure(core, status, 'vpoll_close', fd, 0, 0), VPollBase.prototype, 'close');
  }

  /** {@link VPoll.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log shows. Never throws. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { fd, backend, events, state } = this.toJSON();
    if (fd < 0) return `VPoll { ${state!} }`;
    return `VPoll { fd: ${fd}, ${state ?? `${backend!}, events: ${events!}`} }`;
  }

  /** What JSON.stringify writes: `{"fd":21,"backend":"fuse","events":"IN|PRI"}`. Never throws. */
  toJSON(): VPollJson {
    const fd = this.#fd;
    if (fd < 0) return { fd, state: 'closed' };
    const seen = this.#ground.look(fd, this.#generation);
    if (typeof seen === 'string') return { fd, state: seen };
    return { fd, backend: seen.backend, events: formatEvents(seen.events) };
  }

  /**
   * The descriptor, once the kernel has said that it is still this vpoll.
   *
   * @internal
   */
  protected verified(syscall: string): number {
    this.#look(syscall);
    return this.#fd;
  }

  #open(syscall: string): number {
    if (this.#fd < 0) throw new VPollError('EBADF', syscall, 'this VPoll is closed');
    return this.#fd;
  }

  #look(syscall: string): number {
    const fd = this.#open(syscall);
    const core = this.#ground.core();
    return this.#check(core, core.events(fd, this.#generation), syscall);
  }

  #check(core: CoreCalls, status: number, syscall: string): number {
    if (status < 0) throw this.#failure(core, status, syscall, this.#fd, 0, 0);
    return status;
  }

  #ctl(op: number, events: number): void {
    const fd = this.#open('vpoll_ctl');
    const core = this.#ground.core();
    const status = core.ctl(fd, this.#generation, op, events);
    if (status < 0) throw this.#failure(core, status, 'vpoll_ctl', fd, op, events);
    this.#ground.followers.tellChanged(fd, op, events);
  }

  #failure(core: CoreCalls, status: number, syscall: string, fd: number, op: number, events: number): VPollError {
    const { around } = this.#ground;
    return failure(core, status, syscall, (code) => explainCtl({ core, around }, code, fd, op, events));
  }
}
