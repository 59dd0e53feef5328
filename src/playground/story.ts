// SPDX-License-Identifier: LGPL-2.1-or-later

// A run in the scenario's own words: a beat for each step that a task makes, and for each time that passes.

import { formatEvents } from '../events.js';
import type { Mark } from '../scenario/watched.js';
import { toTimeline, type Moment, type Wake } from '../sim/timeline.js';
import { callOf, Names, withoutComment } from './names.js';

/** A task that was woken, and what by. */
export interface Woken {
  readonly task: string;
  /** The file, by its number; undefined where it was something else. */
  readonly file: number | undefined;
  readonly cause: string;
}

/** A file as it is at a beat. */
export interface FileView {
  readonly file: number;
  readonly name: string;
  readonly kind: string;
  readonly events: number;
  readonly fds: string;
}

export interface Beat {
  readonly atNs: number;
  /** The line of the scenario, or 0: the kernel itself. */
  readonly line: number;
  /** Who makes the step, or ''. */
  readonly task: string;
  readonly words: string;
  /** What came of it, piece by piece. */
  readonly outcome: readonly string[];
  readonly woken: readonly Woken[];
  readonly files: readonly FileView[];
  /** By task: the step that it sleeps in, or ''. One that is at its end is not there. */
  readonly asleep: Readonly<Record<string, string>>;
  /** The rows of the trace that it is, the first and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

/** `3 s`, `1.5 ms`. */
export function inTime(ns: number): string {
  if (ns === 0) return '0 s';
  const [unit, scale] = ns >= 1e9 ? (['s', 1e9] as const) : ns >= 1e6 ? (['ms', 1e6] as const) : (['µs', 1e3] as const);
  return `${Number((ns / scale).toFixed(3))} ${unit}`;
}

/** Rows of the trace that are one step. */
interface Group {
  readonly from: number;
  readonly to: number;
  readonly line: number;
}

/** A task's end is a beat of its own, whichever step stands before it. */
function isEnd({ what }: Moment): boolean {
  return /^(exit|dies)$/.test(what);
}

function toGroups(moments: readonly Moment[], marks: readonly Mark[]): Group[] {
  const starts = new Map(marks.map(({ row, line }) => [row, line]));
  const groups: Group[] = [];
  let [from, line] = [0, 0];
  for (let row = 1; row <= moments.length; row++) {
    const begun = starts.get(row);
    if (row < moments.length && begun === undefined && !isEnd(moments[row]!)) continue;
    const rows = moments.slice(from, row);
    // Who is picked shows in the step that comes next.
    if (line !== 0 || !rows.every(({ what }) => what.startsWith('run '))) groups.push({ from, to: row, line });
    else if (row === moments.length) groups.push({ from, to: row, line });
    if (groups.at(-1)?.to === row) from = row;
    line = begun ?? line;
  }
  return groups;
}

const MAKES = /^(eventfd|open|pipe|socketpair|timerfd_create|epoll_create|vpoll_create|dup)$/;

/** A trace, row by row, in words. */
class Teller {
  readonly #names = new Names();
  readonly #lines: readonly string[];
  /** By task: the step that it is in. */
  readonly #steps = new Map<string, string>();

  constructor(source: string) {
    this.#lines = source.split('\n').map(withoutComment);
  }

  #toWoken({ task, file, events, why, lateUs }: Wake): Woken {
    const late = lateUs === 0 ? '' : `, ${inTime(lateUs * 1000)} late`;
    const cause =
      file === undefined
        ? why === 'time'
          ? 'the clock'
          : why === 'signal'
            ? 'a signal'
            : `nothing (${why})`
        : file === 0
          ? 'what was ready already'
          : `${this.#names.file(file)}${events === 0 ? '' : ` (${formatEvents(events)})`}`;
    return { task: this.#names.task(task), file: file === 0 ? undefined : file, cause: cause + late };
  }

  /** The name of what a descriptor leads to. */
  #nameOfFd(moment: Moment, fd: number): string {
    const file = moment.files.findLast(({ fds }) => fds.some((its) => its.fd === fd));
    return file ? this.#names.file(file.file) : `fd ${fd}`;
  }

  #gives(moment: Moment, words: string): string[] {
    const { result } = moment;
    const call = callOf(words);
    const isWait = call === 'epoll_wait' || call === 'poll';
    if (result === undefined || (result === '0' && !isWait)) return [];
    if (/^E[A-Z]+$/.test(result)) return [`fails by ${result}`];
    const [count = '', ...more] = result.split(' ');
    if (call === 'epoll_wait' && more.length > 0) {
      const each = more.map((pair) => {
        const [events, data] = pair.split(':').map(Number);
        return `${formatEvents(events!)} of ${this.#nameOfFd(moment, data!)}`;
      });
      return [`gives ${count}: ${each.join(', ')}`];
    }
    if (call === 'poll' && more.length > 0)
      return [`gives ${count}: ${more.map((mask) => formatEvents(Number(mask))).join(', ')}`];
    if (!MAKES.test(call)) return [`gives ${result}`];
    return [more.length > 0 ? `are fd ${more.join(' and ')}` : `is fd ${result}`];
  }

  #changes(before: Moment | undefined, after: Moment): string[] {
    const old = new Map(before?.files.map(({ file, events }) => [file, events]));
    return after.files
      .filter(({ file, kind, events }) => kind !== 'epoll' && events !== (old.get(file) ?? 0))
      .map(({ file, events }) => `${this.#names.file(file)} shows ${events === 0 ? 'nothing' : formatEvents(events)}`);
  }

  #wordsOf(rows: readonly Moment[], line: number): string {
    const last = rows.at(-1)!;
    if (last.what.startsWith('says ')) return `prints “${last.what.slice('says '.length)}”`;
    if (isEnd(last)) return last.what === 'exit' ? 'is at its end' : 'dies';
    if (line !== 0) return this.#lines[line - 1] ?? '';
    const delay = /^fault delay (\d+)/.exec(rows.find(({ what }) => what.startsWith('fault '))?.what ?? '')?.[1];
    if (delay !== undefined) return `a fault: ${inTime(Number(delay) * 1000)} of delay`;
    if (rows.some(({ what }) => what.startsWith('clock'))) return 'time passes';
    return rows[0]!.what.startsWith('linux') ? 'the kernel boots' : 'goes on';
  }

  tell(moments: readonly Moment[], { from, to, line }: Group): Beat {
    const rows = moments.slice(from, to);
    const words = this.#wordsOf(rows, line);
    if (line !== 0) for (const row of rows) this.#names.learn(row, words);
    const last = rows.at(-1)!;
    const makes = rows.findLast(({ task }) => task !== undefined);
    const id = /^thread of (t\d+)/.exec(rows.find(({ what }) => what.startsWith('thread of'))?.what ?? '')?.[1] ?? makes?.task;
    const task = line === 0 && words !== 'goes on' && !isEnd(last) ? '' : id === undefined ? '' : this.#names.task(id);
    if (id !== undefined && line !== 0) this.#steps.set(id, words);
    const sleeping = Object.entries(last.sleeping);
    const faults = rows.flatMap((row) => [...row.line.matchAll(/ \| fault (\w+)/g)].map(([, name]) => `fault ${name}`));
    const isAsleep = id !== undefined && Boolean(last.sleeping[id]);
    const outcome = [
      ...(isAsleep ? ['sleeps'] : this.#gives(last, words)),
      ...faults,
      ...(line === 0 ? [] : this.#changes(moments[from - 1], last)),
    ];
    const wasAsleep = id !== undefined && Boolean(moments[from - 1]?.sleeping[id]);
    return {
      atNs: last.atNs,
      line,
      task,
      words,
      outcome: outcome.length === 0 && wasAsleep && line !== 0 ? ['goes on'] : outcome,
      woken: rows.flatMap(({ wakes }) => wakes.map((wake) => this.#toWoken(wake))),
      files: last.files.map(({ file, kind, events, fds }) => ({
        file,
        name: this.#names.file(file),
        kind,
        events,
        fds: fds.map(({ fd }) => fd).join(', '),
      })),
      asleep: Object.fromEntries(
        sleeping.map(([name, call]) => [this.#names.task(name), call ? (this.#steps.get(name) ?? call) : '']),
      ),
      from,
      to,
    };
  }
}

/** What a run was. `source` is the scenario. */
export function toStory(source: string, trace: string, marks: readonly Mark[]): Beat[] {
  const moments = toTimeline(trace);
  if (moments.length === 0) return [];
  const teller = new Teller(source);
  return toGroups(moments, marks).map((group) => teller.tell(moments, group));
}

/** A beat as a sentence: what a screen reader says at each step. */
export function sentence({ atNs, task, words, outcome, woken }: Beat): string {
  const parts = [`${inTime(atNs)}: ${task === '' ? '' : `${task}: `}${words}`, ...outcome];
  for (const { task: name, cause } of woken) parts.push(`${name} is woken by ${cause}`);
  return `${parts.join('; ')}.`;
}
