// SPDX-License-Identifier: LGPL-2.1-or-later

// What a simulation takes and gives.

import type { Kernel } from '../kernel/types.js';

export type { Kernel } from '../kernel/types.js';

/**
 * A task. It may wait for what its kernel gives, for any promise that a task settles, and for timers: within a task setTimeout and its like, Date,
 * performance.now, Math.random and the random functions of crypto are the simulation's (docs/simulation.md). It may not wait for files, sockets, processes.
 *
 * In a browser, which has no AsyncLocalStorage, it may wait for nothing but what its kernel gives, and for promises made of that.
 */
export type Task = (kernel: Kernel) => Promise<void> | void;

/** Tasks by name. All are threads of one process. */
export type Tasks = Readonly<Record<string, Task>>;

/** `[1, 20]`: once in twenty times. Integers, and less than always. */
export type Ratio = readonly [times: number, of: number];

/** What may go wrong, and how often. docs/simulation.md says what each does. Anything else in the object is an error (EINVAL). */
export interface Faults {
  /** A signal comes when a call has gone to sleep. */
  EINTR?: Ratio | undefined;
  /** A write that may not wait finds the buffer full. */
  EAGAIN?: Ratio | undefined;
  /** The kernel has no memory for what a call would make. */
  ENOMEM?: Ratio | undefined;
  /** The process has no descriptor left for what a call would make. */
  EMFILE?: Ratio | undefined;
  /** epoll_wait(2) reports one event, as if the others had come a moment later; they are reported next. */
  short?: Ratio | undefined;
  /** A task that sleeps is woken for nothing, looks, and sleeps again. */
  spurious?: Ratio | undefined;
  /** A task that was woken waits for a processor. Time goes on meanwhile. */
  delay?:
    | {
        /** How often. */
        readonly ratio: Ratio;
        /** The longest delay, 1 to 60,000 virtual microseconds. */
        readonly maxUs: number;
      }
    | undefined;
  /** A task that dies at one of its waits. What it has made is closed. */
  dies?:
    | {
        /** How often. */
        readonly ratio: Ratio;
        /** The name of the task that may die. */
        readonly task: string;
      }
    | undefined;
}

/** Who goes on next: any task that can, each in its turn, by priorities that change a few times, or each in every order. */
export type Strategy =
  | 'random'
  | 'round-robin'
  | {
      /** How many orderings it takes to find a bug: 3, say. */
      readonly pct: number;
    }
  | {
      /** Of how many choices all are tried. */
      readonly exhaustive: number;
    };

/** What {@link simulate} takes. Anything else in the object is an error (EINVAL). */
export interface SimulateOptions {
  /** What runs. */
  tasks: Tasks;
  /** 0 to 2**53 - 1. Default 0. */
  seed?: number | undefined;
  /** Default `'random'`. Of an exhaustive walk, {@link simulate} runs the first. */
  strategy?: Strategy | undefined;
  /** Default: nothing goes wrong. */
  faults?: Faults | undefined;
  /** Virtual milliseconds after which it is over. Default: when all tasks are at their end. */
  untilMs?: number | undefined;
  /** Calls after which it is taken for endless. Default 100,000. */
  maxCalls?: number | undefined;
  /**
   * The `replay` of an earlier result: the same run again. The seed and `time` are not used then. One of a run that failed, which passes now, is a
   * failure (`'gone'`); one of another version of vpoll may be refused (EINVAL).
   */
  replay?: string | undefined;
  /** What the kernel has. Default: both. */
  kernel?:
    | {
        /** Whether eventfd(2) takes EFD_VPOLL. Default true. */
        readonly eventfd?: boolean | undefined;
        /** Whether there is a /dev/vpoll. Default true. */
        readonly device?: boolean | undefined;
      }
    | undefined;
  /**
   * `'exact'`: time passes only while all wait. `'busy'`: as on a busy machine, each step takes 1 to 50 virtual microseconds, and one task in 8
   * goes on up to 5 ms late; the seed says how long (docs/simulation.md has more). Default: `'exact'` of {@link simulate}; `'busy'` of {@link explore}, but
   * for an exhaustive walk, which takes `'exact'` alone.
   */
  time?: 'exact' | 'busy' | undefined;
  /**
   * Tells this simulation from all others of the process, so that VPOLL_SIM_REPLAY can mean it. Any text; a name that another call has is an error
   * (EINVAL), but for a call with a {@link SimulateOptions.replay}. Default: the title of the test that runs, where its runner tells it (vitest,
   * jest, and node:test since Node 26), else `'simulation'`; then with `-2`, `-3`, ... behind it.
   */
  name?: string | undefined;
  /** Whether a task that ends well may leave nothing behind: see {@link SimulationResult.leftovers}. Default false. */
  mustBeClean?: boolean | undefined;
  /** Gets a failure, and the command that replays it, as text. Default: console.error. */
  report?: ((text: string) => void) | undefined;
}

/** What a task has left behind at the end of its run. */
export interface Leftover {
  /** The name of the task. */
  readonly task: string;
  /** `'open'`: a VPoll or a Poller that isn't closed; `'pending'`: a wait that hasn't come to its end, or a timer. */
  readonly kind: 'open' | 'pending';
  /** For example `VPoll fd 3`, `sleep(10)`, `setTimeout of 5 ms`. */
  readonly what: string;
  /** Since when, in virtual milliseconds. */
  readonly sinceMs: number;
}

/** Why a simulation came to a bad end. */
export interface Failure {
  /**
   * `'threw'`: a task did, or a promise of it was rejected and nobody awaited that; `'foreign'`: a task waits for something that isn't the simulator's,
   * went on by it, or asked for it; `'stuck'`: tasks wait, for their kernel or for one another, and nobody will wake them; `'endless'`: it made too many
   * calls; `'unclean'`: it was told to be clean and left something behind; `'nondeterministic'`: the same choices made two different runs (of
   * {@link explore} alone); `'gone'`: a replay of a run that failed passes.
   */
  readonly kind: 'threw' | 'foreign' | 'stuck' | 'endless' | 'unclean' | 'nondeterministic' | 'gone';
  /** Whose fault it is; of several that are stuck, the first. `'check'`: that of the check; `'replay'`: nobody's, the failure is gone. */
  readonly task: string;
  /** When, in virtual milliseconds: of a wait for something foreign, since when. */
  readonly atMs: number;
  /** What happened, in words. */
  readonly message: string;
  /** What the task threw. */
  readonly error?: unknown;
}

/** What {@link simulate} gives. */
export interface SimulationResult {
  /** What happened, a line an event (docs/simulation.md). */
  readonly trace: string;
  /** Of the trace: 16 hexadecimal digits. */
  readonly hash: string;
  /** Undefined where all went well. */
  readonly failure?: Failure | undefined;
  /** All that was chosen, as text: given to {@link SimulateOptions.replay}, it makes the same run. */
  readonly replay: string;
  /** When it was over, in virtual milliseconds. */
  readonly nowMs: number;
  /** What is open and what is waited for at the end, in the order of tasks. What a task that died had is closed. */
  readonly leftovers: readonly Leftover[];
}

/** What {@link explore} takes. */
export interface ExploreOptions extends Omit<SimulateOptions, 'tasks' | 'seed'> {
  /** Makes the tasks, and all that they share, anew for each run. */
  tasks: () => Tasks;
  /**
   * Looks at what a run that went well came to, its trace included. What it throws is the run's failure, whose task is `'check'`. It is called
   * again where a run is made again.
   */
  check?: ((result: SimulationResult) => void) | undefined;
  /** How many runs. Default 1000. Of an exhaustive walk: at most so many. */
  runs?: number | undefined;
  /** The first seed; the others follow it. Default 0. */
  seed?: number | undefined;
  /** Default: one run `'random'`, the next one `{ pct: 3 }`. */
  strategy?: Strategy | undefined;
}

/** What {@link explore} gives: the first failure, made as small as it could be. */
export interface Exploration {
  /** How many runs there were, without those that were made again and those that made a failure smaller. */
  readonly runs: number;
  /** The seed of the run that failed first. */
  readonly seed?: number | undefined;
  /** How many choices were made in it that are not the plain ones, and how many are left. */
  readonly choices?:
    | {
        /** In the run that failed first. */
        readonly found: number;
        /** In the smallest run that fails in the same way. */
        readonly left: number;
      }
    | undefined;
  /** The run that is left. */
  readonly result?: SimulationResult | undefined;
  /** What is wrong with it. Undefined where no run failed. */
  readonly failure?: Failure | undefined;
  /** Given to {@link SimulateOptions.replay} or {@link ExploreOptions.replay}, it makes that run again. */
  readonly replay?: string | undefined;
}
