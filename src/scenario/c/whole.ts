// SPDX-License-Identifier: LGPL-2.1-or-later

// How the parts of a scenario's program fit together: what it needs where it has processes, threads, signals or an end in time.

import type { CallStep, Step, Steps } from '../steps.js';
import type { Support } from './support.js';
import type { Node } from './tree.js';
import { hasTask, type Variable } from './variables.js';

export function isCall(step: Step): step is CallStep {
  return step.kind === 'call';
}

/** The tasks of a scenario, those in other tasks as well; in a loop, each counts as many. */
function countTasks(nodes: readonly Node[], times = 1): number {
  return nodes.reduce((count, node) => {
    const isTask = node.step.kind === 'task' || node.step.kind === 'fork';
    const inner = node.step.kind === 'loop' ? 64 : times;
    const body = 'body' in node ? countTasks(node.body, inner) : 0;
    const otherwise = 'otherwise' in node ? countTasks(node.otherwise ?? [], inner) : 0;
    return count + (isTask ? times : 0) + body + otherwise;
  }, 0);
}

/** What is put in where the parts of support.ts leave it open. */
export class Whole {
  readonly #steps: Steps;
  readonly #support: Support;
  readonly #variables: ReadonlyMap<string, Variable>;
  readonly hasFork: boolean;
  readonly hasThreads: boolean;
  readonly #hasSignal: boolean;
  readonly isNumbered: boolean;

  constructor(steps: Steps, nodes: readonly Node[], support: Support, variables: ReadonlyMap<string, Variable>) {
    this.#steps = steps;
    this.#support = support;
    this.#variables = variables;
    this.hasFork = steps.steps.some(({ kind }) => kind === 'fork');
    this.hasThreads = steps.steps.some(({ kind }) => kind === 'task');
    this.#hasSignal = steps.steps.some(({ kind }) => kind === 'signal');
    const isNamed = steps.steps.some((step) => (step.kind === 'task' || step.kind === 'fork') && variables.has(step.name));
    this.isNumbered = hasTask(nodes) && (this.#hasSignal || this.#isBounded || isNamed || countTasks(nodes) > 63);
    if (this.isNumbered) support.use('next');
    if (this.#isBounded) support.use('watch');
    if (this.hasTable && hasTask(nodes)) support.use('enter');
    if (this.hasTasks) support.use('finish');
  }

  get #isBounded(): boolean {
    return this.#steps.until_us > 0;
  }

  get hasTable(): boolean {
    return this.#hasSignal || this.#isBounded;
  }

  /** Whether others run beside main. */
  get hasTasks(): boolean {
    return this.hasFork || this.hasThreads;
  }

  get our(): string {
    return this.hasFork ? 'our->' : 'our.';
  }

  /** Whether a task is told its number. */
  get isTold(): boolean {
    return this.#support.has('enter');
  }

  /** The names that all tasks see. */
  get names(): string {
    const all = [...this.#variables.values()].filter(({ place }) => place !== 'local');
    const field = (place: Variable['place'], type: Variable['type'], words: string): string[] => {
      const its = all.filter((each) => each.place === place && each.type === type).map(({ identifier }) => identifier);
      return its.length === 0 ? [] : [`  ${words} ${its.join(', ')};`];
    };
    const fields = [
      ...field('settled', 'int', 'int'),
      ...field('settled', 'long long', 'long long'),
      ...field('atomic', 'int', 'atomic_int'),
      ...field('atomic', 'long long', '_Atomic long long'),
      ...(this.hasTasks || this.#isBounded ? ['  atomic_flag has_failed;'] : []),
      ...(this.isNumbered ? ['  atomic_int count; // Of the tasks that were begun.'] : []),
      ...(this.hasTable
        ? ['  struct {', ...(this.#hasSignal ? ['    _Atomic pid_t pid, tid;'] : []), '    atomic_int line;', '  } tasks[64];']
        : []),
    ];
    if (fields.length === 0) return '';
    if (fields.some((text) => text.includes('tomic'))) this.#support.include('stdatomic.h');
    if (this.hasTable) this.#support.include('sys/types.h');
    const comment = this.hasFork ? '// What all tasks see: memory that processes share.' : '// What all tasks see.';
    return `${comment}\nstatic struct {\n${fields.join('\n')}\n} ${this.hasFork ? '*our' : 'our'};`;
  }

  /** Fills a part in. */
  fill(text: string): string {
    const isShared = this.hasTasks || this.#isBounded;
    const quit = this.hasFork ? 'kill(first, SIGUSR2);\n  _exit(1);' : isShared ? '_exit(1);' : 'exit(1);';
    return text
      .replaceAll('  BEGIN_END\n', isShared ? '  begin_end();\n' : '')
      .replaceAll('QUIT();', quit)
      .replace(/ {2}OUR\.tasks\[me\]\.(pid|tid) = .*\n/g, (words) => (this.#hasSignal ? words : ''))
      .replaceAll('OUR.', this.our)
      .replace('  ENTER(its->number);\n', this.isTold ? '  enter(its->number);\n' : '')
      .replace(/int number, |  int number;\n|  its->number = number;\n/g, (words) => (this.isTold ? words : ''))
      .replace('  LEAVE();\n', () => `${this.hasFork ? '  wait_for_children();\n' : ''}${this.isTold ? '  leave();\n' : ''}`)
      .replace('  FORKED(number);\n', () =>
        [this.hasThreads ? '  thread_count = 0;\n' : '', this.isTold ? '  enter(number);\n' : ''].join(''),
      )
      .replace('  FINISH\n  return ferror(stdout) ? 1 : 0;', () => this.#finish())
      .replace('UNTIL', `US(${this.#steps.until_us})`);
  }

  #finish(): string {
    const lines = [
      ...(this.isTold ? ['leave();'] : []),
      ...(this.hasThreads ? ['join();'] : []),
      ...(this.hasFork
        ? [
            'for (int fd = 3; fd < 1024; fd++) close(fd); // As the end of a process does.',
            'int is_well = wait_for_children();',
            'return is_well && !ferror(stdout) ? 0 : 1;',
          ]
        : ['return ferror(stdout) ? 1 : 0;']),
    ];
    return lines.map((line) => `  ${line}`).join('\n');
  }

  /** What main begins with. */
  get beginning(): string[] {
    const hasPeers = this.#steps.steps.some((step) => isCall(step) && ['pipe', 'socketpair'].includes(step.call));
    if (hasPeers || this.#hasSignal || this.hasFork) this.#support.include('signal.h');
    if (this.#hasSignal) this.#support.use('interrupt');
    this.#support.include('stdio.h');
    if (hasPeers) this.#support.use('printed');
    return [
      'setvbuf(stdout, NULL, _IOLBF, BUFSIZ);',
      ...(hasPeers ? ['signal(SIGPIPE, SIG_IGN);'] : []),
      ...(this.#hasSignal ? ['sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_signal}, NULL);'] : []),
      ...(this.hasFork
        ? [
            'our = mmap(NULL, sizeof *our, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);',
            'if (our == MAP_FAILED) return 1;',
            'first = getpid();',
            'signal(SIGUSR2, quit);',
          ]
        : []),
      ...(this.isTold ? ['enter(0);'] : []),
      ...(this.#isBounded ? ['pthread_t watcher;', 'if (pthread_create(&watcher, NULL, watch, NULL) != 0) return 1;'] : []),
      '',
    ];
  }

  /** Parts that stand in place of others. */
  settle(): void {
    const { hasTasks } = this;
    const fails = (['fail', 'fail_call', 'within'] as const).some((name) => this.#support.has(name));
    if ((hasTasks || this.#isBounded) && fails) this.#support.use('begin_end');
    if (this.hasFork) this.#support.use('first');
    if (!hasTasks && !this.#isBounded) this.#support.include('stdlib.h');
    if (this.#isBounded && this.#support.has('must')) this.#support.use('mustAt');
    if (this.#isBounded && this.#support.has('may')) this.#support.use('mayAt');
  }
}
