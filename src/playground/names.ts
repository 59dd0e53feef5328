// SPDX-License-Identifier: LGPL-2.1-or-later

// The names that a scenario gives to its tasks and descriptors, found where its trace tells of their beginning.

import type { Moment } from '../sim/timeline.js';

/** The line of a scenario without its comment. */
export function withoutComment(line: string): string {
  return line.replace(/#.*/, '').trim();
}

/** The call of a line: `epoll_wait` of `n = try epoll_wait ep 1s`. */
export function callOf(words: string): string {
  return /^\w+/.exec(withoutTargets(words))?.[0] ?? '';
}

/** The call and what it is given: `epoll_wait ep 1s` of `n = try epoll_wait ep 1s`. */
export function withoutTargets(words: string): string {
  return words.replace(/^\w+(?: \w+)? = /, '').replace(/^try /, '');
}

/** The names before the `=` of a line. */
function targetsOf(words: string): string[] {
  return /^(\w+(?: +\w+)?) *= /.exec(words)?.[1]?.split(/ +/) ?? [];
}

/** Names by the numbers that a trace knows: `t1` and `#2`. */
export class Names {
  readonly #tasks = new Map<string, string>([['t0', 'main']]);
  readonly #files = new Map<number, string>();
  readonly #used = new Map<string, number>();

  /** A name that a loop gives twice is told apart by a number. */
  #once(name: string): string {
    const count = (this.#used.get(name) ?? 0) + 1;
    this.#used.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  }

  /** Takes the names up that a row of the trace, of this line, gives. */
  learn(moment: Moment, words: string): void {
    const task = /^(?:task|fork) +(\w+)/.exec(words)?.[1];
    if (moment.what.startsWith('thread of') && task !== undefined && moment.task !== undefined)
      this.#tasks.set(moment.task, this.#once(task));
    const made = [...moment.line.matchAll(/ \| fd \d+ #(\d+)/g)].map(([, file]) => Number(file));
    const targets = targetsOf(words);
    made.forEach((file, index) => {
      if (this.#files.has(file)) return;
      const name = targets[index] ?? (targets[0] === undefined ? undefined : `hidden end of ${targets[0]}`);
      if (name !== undefined) this.#files.set(file, this.#once(name));
    });
  }

  task(id: string): string {
    return this.#tasks.get(id) ?? id;
  }

  file(id: number): string {
    return this.#files.get(id) ?? `file #${id}`;
  }
}
