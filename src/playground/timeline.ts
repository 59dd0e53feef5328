// SPDX-License-Identifier: LGPL-2.1-or-later

// The picture: a row for each file and each task, a column for each moment.

import { formatEvents } from '../events.js';
import type { FileState, Moment } from '../sim/timeline.js';

const COLUMN = 16;
const ROW = 30;
const LABEL = 118;
const NAMESPACE = 'http://www.w3.org/2000/svg';
/** More moments than this would make a picture that no browser draws well; the list and the tables have all of them. */
const COLUMNS_MAX = 2000;

function shape(name: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** A stretch of moments with the same text. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function stretches(moments: readonly Moment[], textOf: (moment: Moment) => string): Stretch[] {
  const found: Stretch[] = [];
  let from = 0;
  for (let i = 1; i <= moments.length; i++) {
    const text = textOf(moments[from]!);
    if (i < moments.length && textOf(moments[i]!) === text) continue;
    if (text !== '') found.push({ from, to: i, text });
    from = i;
  }
  return found;
}

function x(index: number): number {
  return LABEL + index * COLUMN;
}

function bar(row: number, { from, to, text }: Stretch, kind: string): SVGElement[] {
  const width = (to - from) * COLUMN;
  const fits = Math.floor((width - 6) / 7.4);
  const shown = text.length <= fits ? text : fits > 2 ? `${text.slice(0, fits - 1)}…` : '';
  const box = shape('rect', { class: kind, x: x(from), y: row * ROW + 4, width: width - 1, height: ROW - 8, rx: 3 });
  box.append(shape('title', {}, text));
  return [box, shape('text', { x: x(from) + 3, y: row * ROW + 19 }, shown)];
}

function label(row: number, text: string): SVGElement[] {
  return [shape('text', { x: 6, y: row * ROW + 19 }, text)];
}

/** What a file with a descriptor is called: by its first. */
function nameOf({ kind, fds }: FileState): string | undefined {
  return fds[0] && `fd ${fds[0].fd} ${kind}`;
}

/** A row of the picture, and what stands in it. */
interface Row {
  readonly name: string;
  readonly kind: string;
  readonly textOf: (moment: Moment) => string;
}

function rowsOf(moments: readonly Moment[]): Row[] {
  const files = new Map<number, FileState>();
  const tasks = new Set<string>();
  for (const { files: now, task } of moments) {
    for (const state of now) files.set(state.file, state);
    if (task) tasks.add(task);
  }
  const ofFile = (state: FileState): Row => ({
    name: nameOf(state) ?? `#${state.file} ${state.kind}`,
    kind: 'events',
    textOf: (moment) => {
      const events = moment.files.find(({ file }) => file === state.file)?.events ?? 0;
      return events === 0 ? '' : formatEvents(events);
    },
  });
  const ofTask = (name: string): Row => ({ name, kind: 'asleep', textOf: (moment) => moment.sleeping[name] ?? '' });
  // An epoll's own mask is never told, so its row would say nothing.
  return [...[...files.values()].filter(({ kind }) => kind !== 'epoll').map(ofFile), ...[...tasks].map(ofTask)];
}

function arrows(moments: readonly Moment[], rows: readonly Row[], fileNames: ReadonlyMap<number, string>): SVGElement[] {
  return moments.flatMap(({ wakes }, index) =>
    wakes.flatMap(({ task, file, events, why }) => {
      const to = rows.findIndex(({ name }) => name === task);
      const from = rows.findIndex(({ name }) => name === fileNames.get(file ?? -1));
      if (to < 0) return [];
      const middle = x(index) + COLUMN / 2;
      const start = from < 0 ? to * ROW - 2 : from * ROW + ROW / 2;
      const end = to * ROW + 5;
      const group = shape('g', { class: 'wake' });
      const what = file === undefined ? why : `${fileNames.get(file) ?? `#${file}`} (${formatEvents(events)})`;
      group.append(
        shape('title', {}, `${task} is woken by ${what}`),
        shape('line', { x1: middle, x2: middle, y1: start, y2: end }),
        shape('path', { d: `M${middle - 4},${end - 5}h8l-4,6z` }),
      );
      return [group];
    }),
  );
}

/** The picture of a run. `onPick` gets the moment that somebody points at. */
export class Picture {
  readonly element: SVGElement;
  readonly #names = shape('g', {});
  readonly #cursor = shape('line', { class: 'at', y1: 0 });

  constructor(all: readonly Moment[], onPick: (index: number) => void) {
    const moments = all.slice(0, COLUMNS_MAX);
    const rows = rowsOf(moments);
    const names = new Map(moments.flatMap(({ files }) => files.map((state) => [state.file, nameOf(state) ?? ''] as const)));
    const width = x(moments.length) + 8;
    const height = Math.max(rows.length, 1) * ROW + 4;
    this.element = shape('svg', {
      width,
      height,
      role: 'img',
      'aria-label': `${rows.length} rows, ${moments.length} moments; the tables below say the same`,
    });
    this.#cursor.setAttribute('y2', String(height));
    this.#names.append(shape('rect', { class: 'name', x: 0, y: 0, width: LABEL - 4, height }));
    rows.forEach(({ name, kind, textOf }, row) => {
      this.element.append(shape('line', { class: 'rule', x1: 0, x2: width, y1: (row + 1) * ROW, y2: (row + 1) * ROW }));
      this.#names.append(...label(row, name));
      for (const stretch of stretches(moments, textOf)) this.element.append(...bar(row, stretch, kind));
    });
    this.element.append(...arrows(moments, rows, names), this.#cursor, this.#names);
    this.element.addEventListener('click', (event) => {
      const index = Math.floor((event.clientX - this.element.getBoundingClientRect().left - LABEL) / COLUMN);
      if (index >= 0 && index < moments.length) onPick(index);
    });
  }

  /** Keeps the names of the rows in view. */
  follow(): void {
    this.#names.setAttribute('transform', `translate(${this.element.parentElement?.scrollLeft ?? 0})`);
  }

  /** Marks a moment, and brings it into view. */
  mark(index: number): void {
    const middle = x(Math.min(index, COLUMNS_MAX)) + COLUMN / 2;
    this.#cursor.setAttribute('x1', String(middle));
    this.#cursor.setAttribute('x2', String(middle));
    const box = this.element.parentElement;
    if (!box) return;
    if (middle < box.scrollLeft + LABEL || middle > box.scrollLeft + box.clientWidth - COLUMN * 2)
      box.scrollLeft = middle - box.clientWidth / 2;
  }
}
