// SPDX-License-Identifier: LGPL-2.1-or-later

// A trace (docs/simulation.md) as what happened: a moment for each line.

/** Who woke whom. */
export interface Wake {
  readonly task: string;
  /** The file, by its number in the trace; undefined where it was something else. */
  readonly file: number | undefined;
  /** The events that the wake-up was about, 0 where it names none. */
  readonly events: number;
  /** Where it was no file: time, signal, spurious. */
  readonly why: string;
  /** By how many microseconds the task goes on late. */
  readonly lateUs: number;
}

/** A descriptor, and the task whose process got it: undefined where the trace names none. */
export interface Descriptor {
  readonly fd: number;
  readonly task: string | undefined;
}

/** A file (an open file description) as it is at a moment. */
export interface FileState {
  readonly file: number;
  readonly kind: string;
  readonly events: number;
  readonly fds: readonly Descriptor[];
}

/** A line of the trace, and what is the case behind it. */
export interface Moment {
  readonly atNs: number;
  readonly line: string;
  /** The task that it is about, or undefined. */
  readonly task: string | undefined;
  /** What happens: a call and its arguments, `says TEXT`, `clock`. */
  readonly what: string;
  readonly result: string | undefined;
  readonly wakes: readonly Wake[];
  readonly files: readonly FileState[];
  /** By task: the call that it sleeps in, or ''. */
  readonly sleeping: Readonly<Record<string, string>>;
}

function toWake(note: string): Wake | undefined {
  const parts = /^wake (t\d+) (?:#(\d+) (0x[\da-f]+)|(\w+))(?: late (\d+))?$/.exec(note);
  if (!parts) return undefined;
  const [, task, from, events, why = '', late] = parts;
  const file = from === undefined ? undefined : Number(from);
  return { task: task!, file, events: Number(events ?? 0), why, lateUs: Number(late ?? 0) };
}

/** A file's descriptors in words. */
export function inWords(fds: readonly Descriptor[]): string {
  return fds.map(({ fd, task = '?' }) => `${fd} of ${task}`).join(', ');
}

/** What a note says of files. */
function apply(files: Map<number, FileState>, note: string, task: string | undefined): void {
  const made = /^#(\d+) ([a-z]+) (0x[\da-f]+)$/.exec(note);
  const changed = /^#(\d+) 0x[\da-f]+>(0x[\da-f]+)$/.exec(note);
  const fd = /^fd (\d+) #(\d+)$/.exec(note);
  const gone = /^#(\d+) gone$/.exec(note);
  if (made) files.set(Number(made[1]), { file: Number(made[1]), kind: made[2]!, events: Number(made[3]), fds: [] });
  const state = files.get(Number(changed?.[1] ?? fd?.[2]));
  if (changed && state) files.set(state.file, { ...state, events: Number(changed[2]) });
  if (fd && state) files.set(state.file, { ...state, fds: [...state.fds, { fd: Number(fd[1]), task }] });
  if (gone) files.delete(Number(gone[1]));
}

/** What a run was, line by line. */
export function toTimeline(trace: string): Moment[] {
  const files = new Map<number, FileState>();
  const sleeping: Record<string, string> = {};
  return trace
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [head = '', ...notes] = line.split(' | ');
      const [, time, who, rest = ''] = /^(\d+) (\S+) ?(.*)$/.exec(head)!;
      const task = /^t\d+$/.test(who!) ? who! : undefined;
      for (const note of notes) apply(files, note, task);
      const result = notes.find((note) => note.startsWith('= '))?.slice(2);
      if (task) sleeping[task] = notes.includes('sleeps') ? rest : '';
      if (task && /^(exit|dies)$/.test(rest)) Reflect.deleteProperty(sleeping, task);
      const wakes = notes.map(toWake).filter((wake) => wake !== undefined);
      const what = task ? rest : `${who!} ${rest}`.trim();
      return { atNs: Number(time), line, task, what, result, wakes, files: [...files.values()], sleeping: { ...sleeping } };
    });
}
