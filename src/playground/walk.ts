// SPDX-License-Identifier: LGPL-2.1-or-later

// Goes through a run, beat by beat: the sentence, the picture, the tables, and the trace behind them.

import { formatEvents } from '../events.js';
import { fill, find } from './dom.js';
import { Picture } from './picture.js';
import { sentence, type Beat } from './story.js';

/** How many lines of a list are there at once: a browser takes long over tens of thousands. */
const LINES_MAX = 1000;
/** Between two beats while it plays. */
const BEAT_MS = 450;

/** A long list of lines, of which those around one are there. */
class Lines {
  readonly #list: HTMLOListElement;
  readonly #onPick: (line: number) => void;
  #texts: readonly string[] = [];
  #from = -1;

  constructor(id: string, onPick: (line: number) => void) {
    this.#list = find<HTMLOListElement>(id);
    this.#onPick = onPick;
  }

  set texts(texts: readonly string[]) {
    this.#texts = texts;
    this.#from = -1;
    this.#list.replaceChildren();
  }

  /** Shows the lines around the one that is current, and marks those of a stretch. */
  show(first: number, behind: number): void {
    const from = first - (first % LINES_MAX);
    if (from !== this.#from) this.#fill(from);
    for (const line of this.#list.querySelectorAll('[aria-current]')) line.removeAttribute('aria-current');
    for (let line = first; line < behind; line++) this.#list.children[line - from]?.setAttribute('aria-current', 'step');
    const at = this.#list.children[first - from] as HTMLElement | undefined;
    if (at) this.#list.scrollTop = at.offsetTop - this.#list.clientHeight / 2;
  }

  #fill(from: number): void {
    this.#from = from;
    this.#list.start = from + 1;
    const items = this.#texts.slice(from, from + LINES_MAX).map((text, offset) => {
      const made = Object.assign(document.createElement('li'), { textContent: text });
      made.addEventListener('click', () => {
        this.#onPick(from + offset);
      });
      return made;
    });
    this.#list.replaceChildren(...items);
  }
}

/** A run that is gone through. */
export class Walk {
  readonly #at = find<HTMLInputElement>('at');
  readonly #onBeat: (beat: Beat | undefined) => void;
  readonly #steps = new Lines('steps', (index) => {
    this.show(index);
  });
  readonly #rows = new Lines('rows', (row) => {
    this.show(this.#beats.findIndex(({ to }) => row < to));
  });
  #beats: readonly Beat[] = [];
  #picture: Picture | undefined;
  #index = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(onBeat: (beat: Beat | undefined) => void) {
    this.#onBeat = onBeat;
    this.#at.addEventListener('input', () => {
      this.pause();
      this.show(Number(this.#at.value));
    });
    find('play').addEventListener('click', () => {
      this.togglePlay();
    });
    // A row without its name says little: names stay while the rest is scrolled.
    find('timeline').addEventListener('scroll', () => this.#picture?.follow());
  }

  /** Another run. */
  begin(beats: readonly Beat[], trace: string): void {
    this.pause();
    this.#beats = beats;
    this.#steps.texts = beats.map(sentence);
    this.#rows.texts = trace.split('\n').filter((line) => line !== '');
    this.#picture = new Picture(beats, (index) => {
      this.show(index);
    });
    find('timeline').replaceChildren(...(beats.length > 0 ? [this.#picture.element] : []));
    this.#at.max = String(Math.max(beats.length - 1, 0));
    this.show(0);
  }

  /** Goes to a beat. */
  show(to: number): void {
    this.#index = Math.max(0, Math.min(to, this.#beats.length - 1));
    const [index, count] = [this.#index, this.#beats.length];
    const beat = this.#beats[index];
    this.#at.value = String(index);
    this.#at.setAttribute('aria-valuetext', `moment ${index + 1} of ${count}`);
    find('where').textContent = count === 0 ? '' : `${index + 1} of ${count}`;
    find('now').textContent = beat ? sentence(beat) : '';
    for (const id of ['first', 'back']) find<HTMLButtonElement>(id).disabled = index === 0;
    for (const id of ['forward', 'last']) find<HTMLButtonElement>(id).disabled = index >= count - 1;
    find<HTMLButtonElement>('play').disabled = count < 2;
    this.#showTables(beat);
    this.#steps.show(index, index + 1);
    if (beat) this.#rows.show(beat.from, beat.to);
    this.#picture?.mark(index);
    this.#onBeat(beat);
  }

  move(by: number): void {
    this.pause();
    this.show(this.#index + by);
  }

  toFirst(): void {
    this.move(-this.#index);
  }

  toLast(): void {
    this.move(this.#beats.length);
  }

  togglePlay(): void {
    if (this.#timer !== undefined) {
      this.pause();
      return;
    }
    if (this.#index >= this.#beats.length - 1) this.show(0);
    find('play').textContent = 'Pause';
    this.#timer = setInterval(() => {
      this.show(this.#index + 1);
      if (this.#index >= this.#beats.length - 1) this.pause();
    }, BEAT_MS);
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    find('play').textContent = 'Play';
  }

  #showTables(beat: Beat | undefined): void {
    fill(
      'files',
      ['descriptor', 'fd', 'kind', 'shows'],
      (beat?.files ?? []).map(({ name, fds, kind, events }) => [
        name,
        fds,
        kind,
        kind === 'epoll' ? 'its set, when asked' : events === 0 ? 'nothing' : formatEvents(events),
      ]),
    );
    fill(
      'tasks',
      ['task', 'is', 'woken by'],
      Object.entries(beat?.asleep ?? {}).map(([task, words]) => [
        task,
        words === '' ? 'awake' : `asleep in ${words}`,
        [beat!.woken.find((woken) => woken.task === task)?.cause ?? '', 'woken'],
      ]),
    );
  }
}
