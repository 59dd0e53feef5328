// SPDX-License-Identifier: LGPL-2.1-or-later

// A trace as Chrome and Perfetto read them: files and tasks are tracks, events and calls are slices, wake-ups are flows between them.
//
// Both bind a flow by the order of entries where times are equal, as they often are here: it begins in the slice that is open on its track, and
// ends in the next one that begins there. So entries stand in the order in which things happened, and each flow has a slice on both sides.

import { formatEvents } from '../events.js';
import { inWords, toTimeline, type Moment } from '../sim/timeline.js';

/** One entry of the Trace Event Format; `ts` and `dur` are microseconds. */
export interface TraceEvent {
  readonly ph: 'M' | 'X' | 's' | 'f' | 'i';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  dur?: number;
  readonly id?: number;
  readonly cat?: string;
  readonly s?: 't';
  readonly args?: Record<string, unknown>;
}

const FILES = 1;
const TASKS = 2;

function tidOf(task: string): number {
  return Number(task.slice(1));
}

/** Slices stand where they begin, and get their length where they end. */
class Tracks {
  readonly events: TraceEvent[] = [];
  readonly #open = new Map<string, TraceEvent & { ts: number }>();
  readonly #named = new Set<string>();
  #flows = 0;

  name(pid: number, tid: number, name: string): void {
    if (this.#named.has(`${pid} ${tid}`)) return;
    this.#named.add(`${pid} ${tid}`);
    this.events.push({ ph: 'M', name: 'thread_name', pid, tid, args: { name } });
  }

  end(pid: number, tid: number, ts: number): void {
    const key = `${pid} ${tid}`;
    const begun = this.#open.get(key);
    if (begun) begun.dur = ts - begun.ts;
    this.#open.delete(key);
  }

  begin(pid: number, tid: number, ts: number, name: string): void {
    this.end(pid, tid, ts);
    const slice = this.#slice(pid, tid, ts, name);
    this.#open.set(`${pid} ${tid}`, slice);
  }

  /** Something that takes no time. */
  moment(pid: number, tid: number, ts: number, name: string): void {
    this.end(pid, tid, ts);
    this.#slice(pid, tid, ts, name);
  }

  #slice(pid: number, tid: number, ts: number, name: string): TraceEvent & { ts: number } {
    const slice = { ph: 'X' as const, name, pid, tid, ts, dur: 0, cat: pid === FILES ? 'events' : 'call' };
    this.events.push(slice);
    return slice;
  }

  instant(pid: number, tid: number, ts: number, name: string): void {
    this.events.push({ ph: 'i', name, pid, tid, ts, s: 't' });
  }

  flow(file: number, task: string, ts: number, name: string): void {
    const id = ++this.#flows;
    // A file that shows nothing may wake, too.
    if (!this.#open.has(`${FILES} ${file}`)) this.moment(FILES, file, ts, name);
    this.events.push({ ph: 's', name, cat: 'wake', id, pid: FILES, tid: file, ts });
    this.events.push({ ph: 'f', name, cat: 'wake', id, pid: TASKS, tid: tidOf(task), ts });
  }

  endAll(ts: number): void {
    for (const { pid, tid } of [...this.#open.values()]) this.end(pid, tid, ts);
  }
}

function addFiles(tracks: Tracks, before: Moment | undefined, { files, atNs }: Moment): void {
  const ts = atNs / 1000;
  for (const { file, kind, events, fds } of files) {
    const old = before?.files.find((other) => other.file === file);
    if (fds.length > 0) tracks.name(FILES, file, `#${file} ${kind}, fd ${inWords(fds)}`);
    if (old?.events === events) continue;
    if (events === 0) tracks.end(FILES, file, ts);
    else tracks.begin(FILES, file, ts, formatEvents(events));
  }
  for (const { file } of before?.files ?? []) {
    if (!files.some((other) => other.file === file)) tracks.end(FILES, file, ts);
  }
}

function addTask(tracks: Tracks, { task, what, result, atNs, sleeping }: Moment): void {
  if (task === undefined) return;
  const ts = atNs / 1000;
  tracks.name(TASKS, tidOf(task), task);
  if (what.startsWith('says ')) tracks.instant(TASKS, tidOf(task), ts, what.slice('says '.length));
  else if (sleeping[task]) tracks.begin(TASKS, tidOf(task), ts, sleeping[task]);
  else if (result === undefined) tracks.end(TASKS, tidOf(task), ts);
  else tracks.moment(TASKS, tidOf(task), ts, `${what} = ${result}`);
}

/** The trace as a JSON object that chrome://tracing and ui.perfetto.dev open. */
export function toTraceEvents(trace: string): { traceEvents: TraceEvent[]; displayTimeUnit: 'ms' } {
  const tracks = new Tracks();
  tracks.events.push({ ph: 'M', name: 'process_name', pid: FILES, tid: 0, args: { name: 'files' } });
  tracks.events.push({ ph: 'M', name: 'process_name', pid: TASKS, tid: 0, args: { name: 'tasks' } });
  let before: Moment | undefined;
  for (const moment of toTimeline(trace)) {
    addFiles(tracks, before, moment);
    for (const { file, task, events } of moment.wakes) {
      if (file) tracks.flow(file, task, moment.atNs / 1000, `wake ${formatEvents(events)}`);
    }
    addTask(tracks, moment);
    before = moment;
  }
  tracks.endAll((before?.atNs ?? 0) / 1000);
  return { traceEvents: tracks.events, displayTimeUnit: 'ms' };
}
