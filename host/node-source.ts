// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Looking at epoll sets in Node: those of a thread are in one more, the hub, and that is in the event loop's own by a uv_poll handle. No thread, and
 * nothing that has to end before the process can.
 *
 * An environment that ends turns its loop some more, and a call of JavaScript from there aborts the process. So libuv calls no JavaScript here but
 * a function of its own, uv_handle_set_data(handle, status), which leaves a mark in the handle. Whether one is there is looked for at the end of
 * each turn of the loop, by a setImmediate(): Node runs none in an environment that ends.
 *
 *     start          data = UNSEEN, uv_poll_start
 *     readable       data = status, by libuv; that is 0, or negative
 *     end of turn    data is not UNSEEN: data = UNSEEN, tell
 *
 * Why a hub: koffi makes the handle, since it also closes it, in C, when an environment ends. In a Worker that is being terminated, what koffi
 * does by more than a plain call of C aborts the process. So that is done once, when the first Poller of a thread waits.
 */
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN } from './abi.js';
import type { Epoll } from './linux/epoll.js';
import { openUv, type KoffiUv, type Pointer, type Uv } from './node-uv.js';
import { atTurnOutside } from './node-turn.js';
import { atTurn, soon } from './turn.js';
import type { Ready, Source, SourceFactory } from './waiter.js';

/** UV_READABLE is the same. */
const READABLE = EPOLLIN;
const UNSEEN = 1;
/** The most sources that are told in one turn. */
const BATCH = 64;

/** One a thread, for good. It holds the sources that look, which keeps the garbage collector from them. */
class Hub {
  readonly #epoll: Epoll;
  /** -1 once a Worker ends. */
  #epfd: number;
  readonly #uv: Uv;
  /** koffi would close the handle of one that is collected. */
  readonly owner: object;
  readonly #handle: Pointer;
  readonly #looking = new Map<number, NodeSource>();
  #refs = 0;
  #isTurning = false;

  private constructor(koffi: KoffiUv, epoll: Epoll, uv: Uv, epfd: number) {
    this.#epoll = epoll;
    this.#uv = uv;
    this.#epfd = epfd;
    // Of no events it is not active, and so never calls back.
    this.owner = koffi.node.poll(this.#epfd, {}, () => undefined);
    this.#handle = this.#uv.find(this.#epfd);
    this.#uv.unref(this.#handle);
    this.#uv.setData(this.#handle, UNSEEN);
    this.#uv.start(this.#handle, READABLE, this.#uv.addressOfSetData);
    // A process ends with its descriptors, and a Worker without.
    if (!process.getBuiltinModule('node:worker_threads').isMainThread) process.once('exit', this.#onExit);
  }

  /** A new one, or -errno. `epoll`: nobody else's, whose buffer it may be in. Throws where Node doesn't export libuv. */
  static create(koffi: KoffiUv, epoll: Epoll): Hub | number {
    const uv = openUv(koffi);
    const epfd = epoll.create();
    return epfd < 0 ? epfd : new Hub(koffi, epoll, uv, epfd);
  }

  /** libuv aborts the process when it finds a descriptor closed that it is still asked to watch. */
  readonly #onExit = (): void => {
    this.#uv.stop(this.#handle);
    this.#epoll.close(this.#epfd);
    this.#epfd = -1;
  };

  /** Has a source told when its set is readable: 0 or -errno. */
  add(epfd: number, source: NodeSource): number {
    const status = this.#epoll.control(this.#epfd, EPOLL_CTL_ADD, epfd, READABLE, 0);
    if (status < 0) return status;
    this.#looking.set(epfd, source);
    if (!this.#isTurning) atTurnOutside(this.#onTurn);
    this.#isTurning = true;
    return 0;
  }

  delete(epfd: number): void {
    if (this.#looking.delete(epfd)) this.#epoll.control(this.#epfd, EPOLL_CTL_DEL, epfd, 0, 0);
  }

  /** One more that keeps the process alive, or one less. */
  ref(change: 1 | -1): void {
    const before = this.#refs;
    this.#refs += change;
    if (before === 0) this.#uv.ref(this.#handle);
    else if (this.#refs === 0) this.#uv.unref(this.#handle);
  }

  readonly #onTurn = (): void => {
    this.#isTurning = this.#looking.size > 0;
    // Before a listener is told, which may enter an AsyncLocalStorage.
    if (this.#isTurning) atTurn(this.#onTurn);
    if (this.#uv.data(this.#handle) === UNSEEN) return;
    this.#uv.setData(this.#handle, UNSEEN);
    // One alone needs not be asked for.
    if (this.#looking.size === 1) for (const each of this.#looking.values()) each.tell();
    else this.#tell(this.#epoll.wait(this.#epfd, BATCH, 0));
  };

  #tell(count: number): void {
    for (let i = 0; i < count; i++) this.#looking.get(this.#epoll.fd(i))?.tell();
  }
}

class NodeSource implements Source {
  readonly #hub: Hub;
  readonly #epfd: number;
  readonly tell: Ready;
  #isLooking = false;
  #isReffed = false;

  constructor(hub: Hub, epfd: number, tell: Ready) {
    this.#hub = hub;
    this.#epfd = epfd;
    this.tell = tell;
    this.ref(true);
  }

  look(): void {
    if (this.#isLooking) return;
    const status = this.#hub.add(this.#epfd, this);
    if (status === 0) this.#isLooking = true;
    else
      soon(() => {
        this.tell(new Error(`epoll_ctl: errno ${-status}`));
      });
  }

  rest(): void {
    this.#isLooking = false;
    this.#hub.delete(this.#epfd);
  }

  ref(on: boolean): void {
    if (on !== this.#isReffed) this.#hub.ref(on ? 1 : -1);
    this.#isReffed = on;
  }

  /** Takes the descriptor out of the hub before it returns. */
  close(done: () => void): void {
    this.rest();
    this.ref(false);
    done();
  }
}

/** Sources by koffi. */
export function createNodeSources(koffi: KoffiUv, epoll: Epoll): SourceFactory {
  let hub: Hub | undefined;
  return (epfd, tell) => {
    const found = hub ?? Hub.create(koffi, epoll);
    if (typeof found === 'number') return found;
    hub = found;
    return new NodeSource(hub, epfd, tell);
  };
}
