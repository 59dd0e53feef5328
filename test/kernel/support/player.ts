// SPDX-License-Identifier: LGPL-2.1-or-later

// Plays a random program over a kernel, and says the outcome of each step in words that mean the same over any.

import {
  VPOLL_EVENTS,
  VPollError,
  type Kernel,
  type KernelEvent,
  type KernelEventfd,
  type KernelPoller,
  type KernelReader,
  type KernelSocket,
  type KernelTimerfd,
  type KernelVPoll,
  type KernelWriter,
} from '../../../src/index.js';
import { slowness } from '../../../tools/slowness.js';
import type { Act, Kind, Step } from './steps.js';

type AnyFile = KernelVPoll | KernelReader | KernelWriter | KernelSocket | KernelEventfd | KernelTimerfd;

/** How long nothing is waited for; and how long something is that came over the other kernel. */
const MOMENT_MS = 5;
const PATIENCE_MS = 20_000 * slowness;
const HOUR_MS = 3_600_000;
const ABORTED = 'aborted';

function bytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => index & 0xff);
}

function codeOf(error: unknown): string {
  if (error === ABORTED) return ABORTED;
  if (!(error instanceof VPollError)) throw error;
  return `${error.code} ${error.syscall}`;
}

/** A batch, in no order: epoll_wait(2) promises none. */
function batchOf(batch: readonly KernelEvent[]): string {
  const all = batch.map(({ data, events }) => `${String(data)}:0x${events.toString(16)}`);
  return `[${all.sort().join(' ')}]`;
}

/** One kernel, with what a program has made of it. */
export class Player {
  readonly #kernel: Kernel;
  readonly #files = new Map<string, AnyFile>();
  readonly #pollers = new Map<string, KernelPoller>();
  /** Sees everything that is open. */
  readonly #observer: KernelPoller;
  #abort = new AbortController();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#observer = kernel.Poller.create();
  }

  /**
   * The outcome of a step, and what all files show after it. `expected`: what came over the other kernel, so that it is waited
   * for.
   */
  async play(step: Step, expected?: string): Promise<string> {
    const came = await this.#play(step, expected === undefined || / \[\]|done/.test(` ${expected}`) ? MOMENT_MS : PATIENCE_MS);
    return `${came} | ${batchOf(await this.#observer.wait({ timeoutMs: 0 }))}`;
  }

  async end(): Promise<void> {
    for (const file of this.#files.values()) file.close();
    for (const poller of [this.#observer, ...this.#pollers.values()]) await poller[Symbol.asyncDispose]();
  }

  async #play(step: Step, patience_ms: number): Promise<string> {
    try {
      switch (step.do) {
        case 'make':
          this.#make(step.kind, step.of);
          return 'made';
        case 'make Poller':
          this.#pollers.set(step.in, this.#kernel.Poller.create());
          return 'made';
        case 'fire':
          this.#timer(step.of).settime(1, step.isPeriodic ? HOUR_MS : 0);
          await this.#kernel.sleep(3);
          return 'fired';
        case 'wait':
          return batchOf(await this.#poller(step.in).wait({ timeoutMs: 0, max: step.max }));
        case 'pend':
          return await this.#pend(step, patience_ms);
        case 'watch':
          return await this.#watch(step, patience_ms);
        case 'listen':
          return await this.#listen(step, patience_ms);
        case 'alarm':
          return await this.#alarm(step);
        default:
          return this.#act(step);
      }
    } catch (error) {
      return codeOf(error);
    }
  }

  #timer(name: string): KernelTimerfd {
    return this.#files.get(name) as KernelTimerfd;
  }

  #poller(name: string): KernelPoller {
    return this.#pollers.get(name)!;
  }

  /** A VPoll is watched as what it is, everything else by its number. */
  #target(name: string): number | KernelVPoll {
    const file = this.#files.get(name);
    if (!file) return -1;
    return 'backend' in file ? file : file.fd;
  }

  #keep(name: string, file: AnyFile): void {
    this.#files.set(name, file);
    this.#observer.add(this.#target(name), VPOLL_EVENTS, { data: name });
  }

  #make(kind: Kind, name: string): void {
    const { VPoll, pipe, socketpair, eventfd, timerfd } = this.#kernel;
    const makers = {
      pipe,
      socketpair,
      eventfd: () => eventfd(),
      semaphore: () => eventfd({ count: 3, semaphore: true }),
      timerfd,
      // What both kernels have, whatever else this machine can do.
      vpoll: () => VPoll.create({ backend: 'socketpair' }),
    };
    const made = makers[kind]();
    if (Array.isArray(made)) for (const [index, file] of made.entries()) this.#keep(`${name}.${index}`, file);
    else this.#keep(name, made);
  }

  #act(act: Act): string {
    try {
      return this.#carryOut(act) ?? 'done';
    } catch (error) {
      return codeOf(error);
    }
  }

  #carryOut(act: Act): string | undefined {
    switch (act.do) {
      case 'abort':
        this.#abort.abort(ABORTED);
        return undefined;
      case 'close Poller':
        this.#poller(act.in).close();
        return undefined;
      case 'add':
        this.#poller(act.in).add(this.#target(act.of), act.events, { ...act.options, data: act.of });
        return undefined;
      case 'modify':
        return this.#ofNumber(this.#target(act.of), (target) => {
          this.#poller(act.in).modify(target, act.events, act.options);
        });
      case 'delete':
        return this.#ofNumber(this.#target(act.of), (target) => {
          this.#poller(act.in).delete(target);
        });
      case 'close, then delete':
      case 'close, then modify': {
        const target = this.#target(act.of);
        this.#files.get(act.of)!.close();
        if (act.do === 'close, then delete') this.#poller(act.in).delete(target);
        else this.#poller(act.in).modify(target, VPOLL_EVENTS);
        return undefined;
      }
      case 'close':
        this.#files.get(act.of)!.close();
        return undefined;
      default:
        return this.#use(act, this.#files.get(act.of)!);
    }
  }

  /**
   * What was closed under a number is in a Poller until that has noticed. Then it is told which it was: closed (EBADF), or another file (ENOENT). What
   * takes which number differs from kernel to kernel, since a runtime has descriptors of its own.
   */
  #ofNumber(target: number | KernelVPoll, change: (target: number | KernelVPoll) => void): string | undefined {
    try {
      change(target);
      return undefined;
    } catch (error) {
      const said = codeOf(error);
      return typeof target === 'number' && /^(EBADF|ENOENT) /.test(said) ? 'not in it' : said;
    }
  }

  #use(act: Extract<Act, { of: string }>, file: AnyFile): string | undefined {
    switch (act.do) {
      case 'read': {
        const read = (file as KernelReader).read(act.size);
        return `${read.length} bytes from ${read[0]} to ${read.at(-1)}`;
      }
      case 'write':
        return `${(file as KernelWriter).write(bytes(act.size))} bytes`;
      case 'shutdown':
        (file as KernelSocket).shutdown(act.how);
        return undefined;
      case 'take':
        return String((file as KernelEventfd | KernelTimerfd).read());
      case 'count':
        (file as KernelEventfd).write(act.value);
        return undefined;
      case 'settle': {
        const { valueMs, intervalMs } = (file as KernelTimerfd).gettime();
        return `${valueMs > 0 ? 'armed' : 'not armed'}, every ${intervalMs} ms`;
      }
      case 'disarm':
        (file as KernelTimerfd).settime(0);
        return undefined;
      case 'far':
        (file as KernelTimerfd).settime(HOUR_MS);
        return undefined;
      case 'ADD':
        (file as KernelVPoll).add(act.events);
        return undefined;
      case 'DEL':
        (file as KernelVPoll).delete(act.events);
        return undefined;
      case 'SET':
        (file as KernelVPoll).set(act.events);
        return undefined;
      default:
        throw new Error(`no such act: ${act.do}`);
    }
  }

  async #pend({ in: name, max, acts }: Extract<Step, { do: 'pend' }>, timeoutMs: number): Promise<string> {
    this.#abort = new AbortController();
    const ending = this.#poller(name).wait({ signal: this.#abort.signal, timeoutMs, max }).then(batchOf, codeOf);
    const said = acts.map((act) => this.#act(act));
    return [...said, await ending].join(', ');
  }

  /** A step of watch(), which has no time of its own: it is left when it has no outcome. */
  async #watch({ in: name, of, events, edge, acts }: Extract<Step, { do: 'watch' }>, patience_ms: number): Promise<string> {
    this.#abort = new AbortController();
    const watch = this.#poller(name).watch(this.#target(of), events, { edge, signal: this.#abort.signal });
    let came: string | undefined;
    const ending = watch.next().then(
      ({ done, value }) => (came = done ? 'ended' : `0x${value.toString(16)}`),
      (error: unknown) => (came = codeOf(error)),
    );
    const said = acts.map((act) => this.#act(act));
    if (!(await this.#until(() => came !== undefined, patience_ms))) said.push('nothing []');
    this.#abort.abort(ABORTED);
    said.push(await ending);
    await watch.return!();
    return said.join(', ');
  }

  async #until(holds: () => boolean, patience_ms: number): Promise<boolean> {
    for (let waited_ms = 0; waited_ms < patience_ms && !holds(); waited_ms += 2) await this.#kernel.sleep(2);
    return holds();
  }

  async #listen({ in: name, of, events, acts }: Extract<Step, { do: 'listen' }>, patience_ms: number): Promise<string> {
    const target = this.#target(of);
    const came: string[] = [];
    const listener = ({ events: got }: KernelEvent): unknown => came.push(`0x${got.toString(16)}`);
    this.#poller(name).add(target, events, { oneshot: true, data: of, listener });
    const said = acts.map((act) => this.#act(act));
    if (!(await this.#until(() => came.length > 0, patience_ms))) said.push('nothing []');
    const gone = this.#act({ do: 'delete', in: name, of });
    return [...said, ...came, gone].join(', ');
  }

  async #alarm({ of, options }: Extract<Step, { do: 'alarm' }>): Promise<string> {
    const poller = this.#kernel.Poller.create();
    try {
      this.#timer(of).settime(0);
      poller.add(this.#target(of), 1, { ...options, data: of });
      const first = poller.wait();
      this.#timer(of).settime(2);
      const batches = [batchOf(await first), batchOf(await poller.wait({ timeoutMs: 0 }))];
      return batches.join(', then ');
    } finally {
      await poller[Symbol.asyncDispose]();
    }
  }
}
