// SPDX-License-Identifier: LGPL-2.1-or-later
import { BACKENDS, type BackendName } from './backends.js';
import { failure } from './core-calls.js';
import { getCore } from './core.js';
import { calledFrom, errnoName, VPollError } from './errors.js';
import { describe, invalid } from './events.js';
import { explainAttach } from './explain.js';
import { prepareHelper } from './fuse/helper.js';
import { GROUND } from './ground.js';
import type { VPollOptions } from './options.js';
import { environment, here } from './runtime.js';
import { readShare, writeToken, type VPollShare } from './share.js';
import { outsideOfTasks } from './tasks.js';
import { MAKING, openVPoll, VPollBase } from './vpoll-base.js';

/** The descriptor of a vpoll that was shared with this process. Throws what attach throws. */
function takeUp(from: string | number | undefined, fds: readonly number[] | undefined): number {
  const whence = from === undefined ? 'VPOLL_SHARE in the environment: ' : '';
  from ??= environment('VPOLL_SHARE');
  const hidden = from === undefined ? here.whyHidden('VPOLL_SHARE') : undefined;
  if (hidden !== undefined) throw new VPollError('EACCES', 'vpoll_attach', hidden);
  let status = 0;
  let tried = 0;
  for (const { fd, peer, ino, peerIno, options, isCopy } of readShare(from, fds, whence)) {
    tried = fd;
    status = getCore().attach(fd, peer, ino, peerIno, options, isCopy);
    if (status >= 0) return status;
    if (errnoName(-status) !== 'EBADF') break;
  }
  throw failure(getCore(), status, 'vpoll_attach', (code) => {
    const why = explainAttach(code, tried, typeof from === 'number');
    return why && `${whence}${why}`;
  });
}

/**
 * A file descriptor whose readiness the program decides. A poller of {@link VPoll.fd} sees the events that are asserted here, beside those of real
 * files: by poll, select, epoll or io_uring, in this process, in a child, in a native library.
 *
 * ```ts
 * const vp = VPoll.create();
 * vp.add('IN'); // every waiter interested in EPOLLIN wakes
 * vp.delete('IN');
 * vp.close();
 * ```
 *
 * Every method throws {@link VPollError}: EBADF after {@link VPoll.close} or when the number belongs to another file by now (as far as the
 * kernel had to be asked: what is remembered costs no call); EINVAL for bits outside {@link VPOLL_EVENTS}; EOPNOTSUPP under the strict policy for a
 * mask that the backend can't show; and what the system calls give. After an error nothing has changed, except after ENOTRECOVERABLE, which says that it has. A file that has taken the
 * number is left alone, unless the program races its own close(2): on tcp and socketpair, and by close() everywhere, it is looked at by one call and used by the next.
 */
export class VPoll extends VPollBase {
  private constructor(key: symbol, fd: number) {
    super(key, GROUND, fd);
  }

  /**
   * A new vpoll.
   *
   * @throws {@link VPollError} EINVAL for a wrong option; EOPNOTSUPP where no backend here can do what is asked (the message names
   * each, and how to get it); EMFILE or ENFILE (no descriptors left); ENOMEM; ENOSYS where this isn't Linux
   */
  static create(options?: VPollOptions): VPoll {
    try {
      outsideOfTasks('VPoll.create()', 'VPoll');
      return new VPoll(MAKING, openVPoll(GROUND, options));
    } catch (error) {
      throw calledFrom(error, VPoll, 'create');
    }
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
   * @throws {@link VPollError} EINVAL for no token or a broken one; EACCES where Deno keeps the environment from the program; EBADF
   * where the descriptors aren't those of the token; EEXIST where numbers that were named are a vpoll here already; EMFILE
   */
  static attach(from?: string | number, fds?: readonly number[]): VPoll {
    try {
      outsideOfTasks('VPoll.attach()', 'VPoll');
      return new VPoll(MAKING, takeUp(from, fds));
    } catch (error) {
      throw calledFrom(error, VPoll, 'attach');
    }
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
    try {
      const core = getCore();
      const fd = this.verified('vpoll_share');
      const [peer, ino, peerIno, options] = [core.peer(fd), core.ino(fd), core.peerIno(fd), core.options(fd)];
      return writeToken({ firstFd, fd, peer, ino, peerIno, options });
    } catch (error) {
      throw calledFrom(error, VPoll.prototype, 'share');
    }
  }
}
