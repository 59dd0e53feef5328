// SPDX-License-Identifier: LGPL-2.1-or-later

// A run as a picture: a row for each file and each task, a column for each beat, time along the top.

import { formatEvents } from '../events.js';
import { withoutTargets } from './names.js';
import { inTime, type Beat } from './story.js';

const COLUMN = 18;
const ROW = 32;
/** The height of the time axis. */
const TOP = 24;
const LABEL = 116;
/** Characters of a row's name that fit. */
const LABEL_MAX = 14;
/** Between two times on the axis. */
const TICK_MIN = 64;
const NAMESPACE = 'http://www.w3.org/2000/svg';
/** More beats than this would make a picture that no browser draws well; the list and the tables have all of them. */
const COLUMNS_MAX = 2000;

function shape(name: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** A stretch of beats with the same text. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A row of the picture, and what stands in it. */
interface Row {
  readonly name: string;
  readonly kind: 'events' | 'asleep';
  /** The file; undefined for a task. */
  readonly file: number | undefined;
  readonly textOf: (beat: Beat) => string;
}

function stretches(beats: readonly Beat[], textOf: (beat: Beat) => string): Stretch[] {
  const found: Stretch[] = [];
  let from = 0;
  for (let i = 1; i <= beats.length; i++) {
    const text = textOf(beats[from]!);
    if (i < beats.length && textOf(beats[i]!) === text) continue;
    if (text !== '') found.push({ from, to: i, text });
    from = i;
  }
  return found;
}

function x(index: number): number {
  return LABEL + index * COLUMN;
}

function y(row: number): number {
  return TOP + row * ROW;
}

function cut(text: string, size: number): string {
  return text.length <= size ? text : size > 2 ? `${text.slice(0, size - 1)}…` : '';
}

function bar(row: number, { from, to, text }: Stretch, kind: string): SVGElement[] {
  const width = (to - from) * COLUMN;
  const box = shape('rect', { class: kind, x: x(from), y: y(row) + 5, width: width - 1, height: ROW - 10, rx: 4 });
  box.append(shape('title', {}, text));
  return [box, shape('text', { class: 'on', x: x(from) + 4, y: y(row) + 20 }, cut(text, Math.floor((width - 8) / 7.3)))];
}

function rowsOf(beats: readonly Beat[]): Row[] {
  const files = new Map<number, Row>();
  const tasks = new Map<string, Row>();
  for (const { files: now, asleep } of beats) {
    for (const { file, name, kind } of now) {
      // An epoll's own mask is never told, so its row would say nothing.
      if (kind === 'epoll' || files.has(file)) continue;
      const textOf = (beat: Beat): string => {
        const events = beat.files.find((other) => other.file === file)?.events ?? 0;
        return events === 0 ? '' : formatEvents(events);
      };
      files.set(file, { name, kind: 'events', file, textOf });
    }
    for (const name of Object.keys(asleep))
      tasks.set(name, { name, kind: 'asleep', file: undefined, textOf: (beat) => withoutTargets(beat.asleep[name] ?? '') });
  }
  return [...files.values(), ...tasks.values()];
}

function arrows(beats: readonly Beat[], rows: readonly Row[]): SVGElement[] {
  return beats.flatMap(({ woken }, index) =>
    woken.flatMap(({ task, file, cause }) => {
      const to = rows.findIndex(({ name, kind }) => kind === 'asleep' && name === task);
      const from = file === undefined ? -1 : rows.findIndex((row) => row.file === file);
      if (to < 0) return [];
      const middle = x(index) + COLUMN / 2;
      const end = y(to) + 6;
      const group = shape('g', { class: 'wake' });
      group.append(
        shape('title', {}, `${task} is woken by ${cause}`),
        shape('line', { x1: middle, x2: middle, y1: from < 0 ? y(to) - 5 : y(from) + ROW / 2, y2: end }),
        shape('path', { d: `M${middle - 5},${end - 5}h10l-5,8z` }),
      );
      return [group];
    }),
  );
}

/** When it is: a tick wherever time has passed, and the time where there is room. */
function axis(beats: readonly Beat[], height: number): SVGElement[] {
  const made: SVGElement[] = [];
  let labelled = -Infinity;
  beats.forEach(({ atNs }, index) => {
    if (index > 0 && beats[index - 1]!.atNs === atNs) return;
    made.push(shape('line', { class: 'tick', x1: x(index), x2: x(index), y1: TOP - 6, y2: height }));
    if (x(index) - labelled < TICK_MIN) return;
    labelled = x(index);
    made.push(shape('text', { class: 'time', x: x(index) + 3, y: 15 }, inTime(atNs)));
  });
  return made;
}

/** Where a task makes a step. */
function steps(beats: readonly Beat[], rows: readonly Row[]): SVGElement[] {
  return beats.flatMap(({ task, asleep }, index) => {
    // One that falls asleep has its bar there.
    if (asleep[task]) return [];
    const row = rows.findIndex(({ name, kind }) => kind === 'asleep' && name === task);
    return row < 0 ? [] : [shape('circle', { class: 'step', cx: x(index) + COLUMN / 2, cy: y(row) + ROW / 2, r: 3.5 })];
  });
}

/** The picture of a run. `onPick` gets the beat that somebody points at. */
export class Picture {
  readonly element: SVGElement;
  readonly #names = shape('g', {});
  readonly #cursor = shape('rect', { class: 'at', y: 0, width: COLUMN });

  constructor(all: readonly Beat[], onPick: (index: number) => void) {
    const beats = all.slice(0, COLUMNS_MAX);
    const rows = rowsOf(beats);
    const width = x(beats.length) + 8;
    const height = y(Math.max(rows.length, 1)) + 4;
    const label = `${rows.length} rows, ${beats.length} moments; the tables below say the same`;
    this.element = shape('svg', { width, height, role: 'img', 'aria-label': label });
    this.#cursor.setAttribute('height', String(height));
    this.#names.append(shape('rect', { class: 'name', x: 0, y: 0, width: LABEL - 4, height }));
    this.element.append(this.#cursor, ...axis(beats, height));
    rows.forEach(({ name, kind, textOf }, row) => {
      this.element.append(shape('line', { class: 'rule', x1: 0, x2: width, y1: y(row + 1), y2: y(row + 1) }));
      const text = shape('text', { class: kind === 'asleep' ? 'task' : '', x: 8, y: y(row) + 20 }, cut(name, LABEL_MAX));
      text.append(shape('title', {}, name));
      this.#names.append(text);
      for (const stretch of stretches(beats, textOf)) this.element.append(...bar(row, stretch, kind));
    });
    this.element.append(...steps(beats, rows), ...arrows(beats, rows), this.#names);
    this.element.addEventListener('click', (event) => {
      const index = Math.floor((event.clientX - this.element.getBoundingClientRect().left - LABEL) / COLUMN);
      if (index >= 0 && index < beats.length) onPick(index);
    });
  }

  /** Keeps the names of the rows in view. */
  follow(): void {
    this.#names.setAttribute('transform', `translate(${this.element.parentElement?.scrollLeft ?? 0})`);
  }

  /** Marks a beat, and brings it into view. */
  mark(index: number): void {
    const left = x(Math.min(index, COLUMNS_MAX));
    this.#cursor.setAttribute('x', String(left));
    const box = this.element.parentElement;
    if (!box) return;
    if (left < box.scrollLeft + LABEL || left > box.scrollLeft + box.clientWidth - COLUMN * 2)
      box.scrollLeft = left - box.clientWidth / 2;
  }
}
