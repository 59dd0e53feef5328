// SPDX-License-Identifier: LGPL-2.1-or-later

// Vpolls beside what the model says of them: each request is made of both, and the kernel's own poll(2) is asked after each.

import * as assert from 'uvu/assert';
import { VPoll, VPollError, vpoll_close, vpoll_ctl, vpoll_errno, type BackendName, type Policy } from '../../../src/index.js';
import { dupFrom } from './kernel.js';
import { closeFd, dup, dup2, pipe, pollNow } from './libc.js';
import { afterOnFile, afterOnSocket, afterOnTcp, isFinal, type After, type Op } from './model.js';

/** Where dups of a vpoll file go: one that took the number of a stale vpoll would be taken for it (reused-number.test.ts). */
const COPIES_FROM = 512;
const OPS: Record<Op, number> = { add: 1, delete: 2, set: 3 };

/** The code of the error that `run` throws, or ''. */
function codeOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    if (error instanceof VPollError) return error.code;
    throw error;
  }
}

interface Slot {
  vp: VPoll;
  /** The number that it got; what stands under it now may be another file. */
  number: number;
  state: 'open' | 'closed behind its back' | 'closed';
  /** Another vpoll has the number: the core has forgotten this one. */
  isForgotten: boolean;
  copies: number[];
  policy: Policy;
  isExclusive: boolean;
  shown: number;
}

/** What an exclusive vpoll remembers costs no call, so it doesn't notice at once that it was closed behind its back. */
function mayNotNotice({ isExclusive, isForgotten, state }: Slot): boolean {
  return isExclusive && !isForgotten && state === 'closed behind its back';
}

/** All vpolls of one sequence. */
export class Subject {
  readonly #slots: Slot[] = [];
  readonly #pipes: number[] = [];
  readonly #backend: BackendName;
  readonly #isFile: boolean;
  readonly #after: After;

  constructor(backend: BackendName) {
    this.#backend = backend;
    this.#isFile = backend !== 'socketpair' && backend !== 'tcp';
    this.#after = backend === 'tcp' ? afterOnTcp : this.#isFile ? afterOnFile : afterOnSocket;
  }

  #pick(index: number): Slot | undefined {
    return this.#slots[index % Math.max(1, this.#slots.length)];
  }

  /** A number was taken: what the core had under it is gone. */
  #taken(number: number): void {
    for (const slot of this.#slots) if (slot.number === number && slot.state !== 'open') slot.isForgotten = true;
  }

  create(events: number, policy: Policy, isExclusive: boolean): void {
    // Before any request OUT alone is shown, and every mask can be reached.
    const shown = this.#after(0, 'set', events, policy);
    let vp: VPoll | undefined;
    const code = codeOf(() => (vp = VPoll.create({ backend: this.#backend, events, policy, exclusive: isExclusive })));
    assert.is(code, shown === undefined ? 'EOPNOTSUPP' : '');
    if (!vp || shown === undefined) return;
    this.#taken(vp.fd);
    this.#slots.push({ vp, number: vp.fd, state: 'open', isForgotten: false, copies: [], policy, isExclusive, shown });
  }

  /** A request through the object. */
  request(index: number, op: Op, events: number): void {
    const slot = this.#pick(index);
    if (!slot) return;
    const code = codeOf(() => {
      slot.vp[op](events);
    });
    const shown = this.#after(slot.shown, op, events, slot.policy);
    if (slot.state !== 'open') {
      // An ADD of IN needs only the hidden end, which is there as long as a copy is (docs/decisions/002).
      const isStale = slot.state === 'closed behind its back' && !slot.isForgotten;
      const hasHidden = this.#backend === 'socketpair' && isStale && slot.copies.length > 0;
      const isAddIn = op === 'add' && (events & ~0x40) === 1;
      if (mayNotNotice(slot) && code !== 'EBADF') {
        // Nothing to do, or nothing that can be done: either costs no call, so the kernel wasn't asked.
        assert.is(code, shown === undefined ? 'EOPNOTSUPP' : '');
        assert.ok(shown === undefined || shown === slot.shown);
        return;
      }
      if (!hasHidden || !isAddIn || isFinal(slot.shown)) {
        assert.is(code, 'EBADF');
        slot.isForgotten ||= slot.isExclusive;
        return;
      }
    }
    assert.is(code, shown === undefined ? 'EOPNOTSUPP' : '');
    slot.shown = shown ?? slot.shown;
  }

  /** The same through a number: its own or a dup's. */
  requestByNumber(index: number, copy: number, op: Op, events: number): void {
    const slot = this.#pick(index);
    if (!slot || slot.isExclusive) return;
    const numbers = slot.state === 'open' ? [slot.number, ...slot.copies] : slot.copies;
    const number = numbers[copy % Math.max(1, numbers.length)];
    if (number === undefined) return;
    const shown = this.#after(slot.shown, op, events, slot.policy);
    assert.is(vpoll_ctl(number, OPS[op], events), shown === undefined ? -1 : 0);
    if (shown === undefined) assert.is(vpoll_errno(), 95);
    slot.shown = shown ?? slot.shown;
  }

  /** What it says itself: the mask, and whether another could be set. */
  ask(index: number, mask: number): void {
    const slot = this.#pick(index);
    if (!slot) return;
    if (slot.state !== 'open') {
      const code = codeOf(() => slot.vp.events);
      if (!mayNotNotice(slot)) assert.is(code, 'EBADF');
      return;
    }
    assert.is(slot.vp.events, slot.shown);
    assert.is(slot.vp.supports(mask), this.#after(slot.shown, 'set', mask, 'strict') !== undefined);
  }

  /** A dup, which vpoll is told of at once by a request that changes nothing. */
  copy(index: number): void {
    const slot = this.#pick(index);
    if (slot?.state !== 'open' || slot.isExclusive) return;
    const fd = this.#isFile ? dupFrom(slot.number, COPIES_FROM) : dup(slot.number);
    this.#taken(fd);
    slot.copies.push(fd);
    assert.is(vpoll_ctl(fd, OPS.delete, 0), 0);
  }

  closeCopy(index: number): void {
    const fd = this.#pick(index)?.copies.pop();
    if (fd !== undefined) assert.is(vpoll_close(fd), 0);
  }

  close(index: number): void {
    const slot = this.#pick(index);
    if (!slot) return;
    const code = codeOf(() => {
      slot.vp.close();
    });
    assert.is(code, slot.state === 'closed behind its back' ? 'EBADF' : '');
    assert.is(slot.vp.fd, -1);
    slot.state = 'closed';
  }

  /**
   * The number is closed, or becomes a pipe's. An exclusive one always becomes a pipe's: a dup of another vpoll under its number
   * is a case of its own (reused-number.test.ts).
   */
  closeBehind(index: number, isReused: boolean): void {
    const slot = this.#pick(index);
    if (slot?.state !== 'open') return;
    slot.state = 'closed behind its back';
    if (!isReused && !slot.isExclusive) {
      closeFd(slot.number);
      return;
    }
    const [reader, writer] = pipe();
    dup2(reader, slot.number);
    closeFd(reader);
    this.#pipes.push(slot.number, writer);
  }

  /** Asks the kernel about every number that is open. */
  check(): void {
    for (const { number, state, copies, shown } of this.#slots) {
      if (state === 'open') assert.is(pollNow(number), shown);
      for (const fd of copies) assert.is(pollNow(fd), shown);
    }
    for (let i = 0; i < this.#pipes.length; i += 2) assert.is(pollNow(this.#pipes[i]!), 0, 'nobody writes into a foreign pipe');
  }

  end(): void {
    for (const [index, slot] of this.#slots.entries()) {
      this.close(index);
      for (const fd of slot.copies) assert.is(vpoll_close(fd), 0);
    }
    for (const fd of this.#pipes) closeFd(fd);
  }
}
