// SPDX-License-Identifier: LGPL-2.1-or-later

// The names of a scenario as identifiers of C, which has words and a library of its own.

const KEYWORDS = `
  auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short signed sizeof
  static struct switch typedef union unsigned void volatile while asm typeof true false bool nullptr constexpr alignas alignof static_assert
  thread_local typeof_unqual`;
/** Lower-case macros that headers define without arguments. */
const MACROS = 'errno stdin stdout stderr linux unix i386 environ signal_set complex sa_handler sa_sigaction si_value';
/** What a program of ours calls, or declares. */
const OURS = `
  at begin begin_end beginning children close count create_vpoll dup ends enter epoll_create1 epoll_ctl epoll_wait eventfd exit fail fail_call fcntl finish first fork
  getpid getppid got has_failed interrupt ioctl join kill leave main may me memcpy memset must must_call nanosleep nap next on_signal one open our pause
  pipe2 pid_t poll prctl printf pthread_t puts pthread_create pthread_join pthread_sigmask quit read ready recv room run sched_yield send set_timer setenv shutdown sigaction signal
  socketpair start start_fork syscall threads thread_count timerfd_create timerfd_settime tasks task uint32_t uint64_t vpoll_close vpoll_create
  vpoll_ctl wait wait_for_children waitpid watch watcher within write zeros result events fd value`;

const RESERVED = new Set([KEYWORDS, MACROS, OURS].flatMap((words) => words.trim().split(/\s+/)));

/** Gives each name an identifier of its own. */
export class Identifiers {
  readonly #taken = new Set<string>();

  make(name: string): string {
    let made = name.replaceAll('-', '_');
    // Where nothing is in lower case it may be a macro; what begins with _ is the compiler's.
    if (made.startsWith('_')) made = `n${made}`;
    if (!/[a-z]/.test(made)) made += '_';
    while (RESERVED.has(made) || this.#taken.has(made)) made += '_';
    this.#taken.add(made);
    return made;
  }
}
