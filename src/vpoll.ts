// SPDX-License-Identifier: LGPL-2.1-or-later
import { BACKENDS, type BackendName } from './backends.js';
import { VPOLL_CTL_ADDEVENTS, VPOLL_CTL_DELEVENTS, VPOLL_CTL_SETEVENTS } from './constants.js';
import { failure, getCore } from './core.js';
import { createFd } from './create.js';
import { errnoName, VPollError } from './errors.js';
import { describe, formatEvents, invalid, toMask } from './events.js';
import { explainAttach, explainCreate, explainCtl } from './explain.js';
import { tellChanged, tellClosed } from './follow.js';
import { prepareHelper } from './fuse/helper.js';
import { checkOptions, settable, type VPollOptions } from './options.js';
import { environment, mayRead } from './runtime.js';
import { readShare, writeToken, type VPollShare } from './share.js';

const PRIVATE = Symbol('VPoll');
/** An enumerable property with a symbol for a value makes structuredClone and postMessage throw DataCloneError; V8 quotes the symbol. */
const CLONING = Symbol('VPoll: post its share().token, and VPoll.attach(token) there');

let warned = false;
/** Collecting the object closes nothing: the number may live on in C code or in a child. Forgetting it is still worth a word. */
const forgotten = new FinalizationRegistry(({ fd, generation }: { fd: number; generation: number }) => {
  if (warned || getCore().backend(fd, generation) === 0) return;
  warned = true;
  process.emitWarning(`A VPoll (fd ${fd}) was garbage collected without close(); its descriptor stays open`, {
    code: 'VPOLL_NOT_CLOSED',
    detail: 'Call close() or declare it with `using`. This is said once for each process.',
  });
});

/**
 * A file descriptor whose readiness the program decides: whoever polls {@link VPoll.fd} (poll, select, epoll, io_uring, in this
 * process, in a child, in a native library) sees the events that are asserted here, beside those of real files.
 *
 * ```ts
 * const vp = VPoll.create();
 * vp.add(EPOLLIN); // every waiter interested in EPOLLIN wakes
 * vp.delete(EPOLLIN);
 * vp.close();
 * ```
 *
 * Every method throws {@link VPollError}: EBADF after {@link VPoll.close} or when the number belongs to another file by now (as far as the
 * kernel had to be asked: what is remembered, and {@link VPoll.supports} where every mask can be shown, cost no call),
 * EINVAL for bits outside {@link VPOLL_EVENTS}, EOPNOTSUPP under the strict policy for a mask that the backend can't show, and
 * what the system calls give. After an error nothing has changed, except after ENOTRECOVERABLE, which says that it has. A file that has taken the
 * number is left alone, unless the program races its own close(2): on tcp and socketpair, and by close() everywhere, it is looked at by one call and used by the next.
 */
export class VPoll {
  #fd: number;
  readonly #generation: number;

  private constructor(key: symbol, fd: number) {
    if (key !== PRIVATE) throw new VPollError('EINVAL', 'vpoll_create', 'make one by VPoll.create()');
    this.#fd = fd;
    this.#generation = getCore().generation(fd);
    // Structured cloning would make an empty object of this one, without a word.
    Object.defineProperty(this, 'cloning', { enumerable: true, value: CLONING });
    forgotten.register(this, { fd, generation: this.#generation }, this);
  }

  /**
   * A new vpoll.
   *
   * @throws {@link VPollError} EINVAL for a wrong option, EOPNOTSUPP where no backend here can do what is asked (the message names
   * each, and how to get it), EMFILE or ENFILE (no descriptors left), ENOMEM, ENOSYS where this isn't Linux
   */
  static create(options?: VPollOptions): VPoll {
    const wanted = checkOptions(options, environment);
    const fd = createFd(wanted);
    if (fd < 0) throw failure(fd, 'vpoll_create', (code) => explainCreate(code, wanted));
    return new VPoll(PRIVATE, fd);
  }

  /**
   * Makes a backend ready, so that the first {@link VPoll.create} on it doesn't have to wait: `'fuse'` starts its helper, a process that serves the
   * vpolls of this one and of its children, and ends with the last of them. What is there already is left as it is.
   *
   * @param backend - one of {@link BackendName}; all but `'fuse'` are always ready
   * @throws {@link VPollError} (as a rejection) EINVAL for no such backend, EOPNOTSUPP where the helper can't be started, and why
   */
  static async prepare(backend: BackendName): Promise<void> {
    const isBackend = BACKENDS.includes(backend) && (backend as string) !== 'auto';
    if (!isBackend) throw invalid('vpoll_prepare', `there is no backend ${describe(backend)} (${BACKENDS.slice(1).join(', ')})`);
    if (backend === 'fuse') await prepareHelper();
  }

  /**
   * Takes up a vpoll that was shared with {@link VPoll.share}: in a child process, in a Worker, or wherever its descriptors were
   * sent. Several processes and Workers may control one vpoll, each by an object of its own that is closed by itself.
   *
   * Inherited descriptors become this object's, and close-on-exec. In a Worker, and in the process that shared it, the object gets
   * copies (dup(2)) under other numbers.
   *
   * @param from - the token that {@link VPoll.share} gave; default: VPOLL_SHARE in the environment. A bare descriptor of a vpoll on a
   * kernel backend does as well, and becomes this object's
   * @param fds - the numbers that `stdio` of {@link VPoll.share} has here, where they came by a unix socket (SCM_RIGHTS); they become
   * this object's
   * @throws {@link VPollError} EINVAL for no token or a broken one, EACCES where Deno keeps the environment from the program, EBADF
   * where the descriptors aren't those of the token, EEXIST where numbers that were named are a vpoll here already, EMFILE
   */
  static attach(from?: string | number, fds?: readonly number[]): VPoll {
    const whence = from === undefined ? 'VPOLL_SHARE in the environment: ' : '';
    from ??= environment('VPOLL_SHARE');
    if (from === undefined && !mayRead('VPOLL_SHARE')) {
      throw new VPollError(
        'EACCES',
        'vpoll_attach',
        'Deno keeps VPOLL_SHARE from this program: run it with --allow-env=VPOLL_SHARE',
      );
    }
    let status = 0;
    let tried = 0;
    for (const { fd, peer, ino, peerIno, options, isCopy } of readShare(from, fds, whence)) {
      tried = fd;
      status = getCore().attach(fd, peer, ino, peerIno, options, isCopy);
      if (status >= 0) return new VPoll(PRIVATE, status);
      if (errnoName(-status) !== 'EBADF') break;
    }
    throw failure(status, 'vpoll_attach', (code) => {
      const why = explainAttach(code, tried, typeof from === 'number');
      return why && `${whence}${why}`;
    });
  }

  /** The descriptor, for whoever polls it; -1 after close. */
  get fd(): number {
    return this.#fd;
  }

  /** How this vpoll is made. */
  get backend(): BackendName {
    const number = getCore().backend(this.#open('vpoll_backend'), this.#generation);
    if (number === 0) throw new VPollError('EBADF', 'vpoll_backend', `fd ${this.#fd} is no vpoll (any more)`);
    return BACKENDS[number] as BackendName;
  }

  /** What poll(2) shows now, unsigned, with the aliases that the backend brings (RDNORM beside IN on a socketpair). */
  get events(): number {
    return this.#check(getCore().events(this.#open('vpoll_events'), this.#generation), 'vpoll_events');
  }

  /**
   * Asserts events beside those that are. Wakes every waiter interested in one of them, even when it was asserted before: an
   * edge-triggered waiter sees one edge for each call.
   *
   * @param events - bits of {@link VPOLL_EVENTS}
   */
  add(events: number): void {
    this.#ctl(VPOLL_CTL_ADDEVENTS, settable(events, 'events', 'vpoll_ctl'));
  }

  /**
   * Takes events away; wakes nobody. Bits that are not asserted are ignored.
   *
   * @param events - any bits
   */
  delete(events: number): void {
    this.#ctl(VPOLL_CTL_DELEVENTS, toMask(events, 'vpoll_ctl'));
  }

  /**
   * Asserts exactly these events; wakes like {@link VPoll.add}. On a socketpair this takes several system calls: bits of the old and
   * of the new mask may be missing for a moment, and no other is ever seen.
   *
   * @param events - bits of {@link VPOLL_EVENTS}
   */
  set(events: number): void {
    this.#ctl(VPOLL_CTL_SETEVENTS, settable(events, 'events', 'vpoll_ctl'));
  }

  /**
   * Whether `set(mask)` would show exactly this mask, aliases aside, from the present state.
   *
   * @param mask - any bits; with a bit outside {@link VPOLL_EVENTS} the answer is false
   */
  supports(mask: number): boolean {
    const bits = toMask(mask, 'vpoll_supports');
    return this.#check(getCore().supports(this.#open('vpoll_supports'), this.#generation, bits), 'vpoll_supports') === 1;
  }

  /**
   * What a child process or a Worker needs to take this vpoll up with {@link VPoll.attach}. It can be posted; the VPoll itself can't.
   *
   * ```ts
   * const { stdio, env } = vp.share();
   * spawn('node', ['child.js'], { stdio: ['inherit', 'inherit', 'inherit', ...stdio], env: { ...process.env, ...env } });
   * worker.postMessage(vp.share().token); // keep vp open until the Worker has attached
   * ```
   *
   * @param firstFd - the number that the first of `stdio` has in the child
   * @throws {@link VPollError} EINVAL for an exclusive vpoll
   */
  share(firstFd = 3): VPollShare {
    const core = getCore();
    const fd = this.#open('vpoll_share');
    this.#check(core.events(fd, this.#generation), 'vpoll_share');
    return writeToken({
      firstFd,
      fd,
      peer: core.peer(fd),
      ino: core.ino(fd),
      peerIno: core.peerIno(fd),
      options: core.options(fd),
    });
  }

  /** Closes the descriptor. A second call does nothing. EBADF where the number was closed or reused by others in the meantime. */
  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    forgotten.unregister(this);
    const status = getCore().close(fd, this.#generation);
    tellClosed(fd);
    if (status < 0) throw failure(status, 'vpoll_close', (code) => explainCtl(code, fd, 0, 0));
  }

  /** {@link VPoll.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log shows. Never throws. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    if (this.#fd < 0) return 'VPoll { closed }';
    const core = getCore();
    const backend = BACKENDS[core.backend(this.#fd, this.#generation)];
    const events = core.events(this.#fd, this.#generation);
    const state = events < 0 ? 'closed behind its back' : `${backend}, events: ${formatEvents(events)}`;
    return `VPoll { fd: ${this.#fd}, ${state} }`;
  }

  #open(syscall: string): number {
    if (this.#fd < 0) throw new VPollError('EBADF', syscall, 'this VPoll is closed');
    return this.#fd;
  }

  #check(status: number, syscall: string): number {
    if (status < 0) throw failure(status, syscall, (code) => explainCtl(code, this.#fd, 0, 0));
    return status;
  }

  #ctl(op: number, events: number): void {
    const fd = this.#open('vpoll_ctl');
    const status = getCore().ctl(fd, this.#generation, op, events);
    if (status < 0) throw failure(status, 'vpoll_ctl', (code) => explainCtl(code, fd, op, events));
    tellChanged(fd, op, events);
  }
}
