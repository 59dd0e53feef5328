// SPDX-License-Identifier: LGPL-2.1-or-later

// The playground: a page that needs no server. The kernel is the one of `vpoll sim`, in the same WebAssembly.

import commandBase64 from '../../build/vpoll-sim.wasm.js';
import { decode, fromBase64 } from '../base64.js';
import { formatEvents } from '../events.js';
import { runScenario } from '../scenario/command.js';
import { inWords, toTimeline, type Moment } from '../sim/timeline.js';
import { Picture } from './timeline.js';

/** Put in by tools/playground.ts: name and text of each. */
declare const EXAMPLES: readonly (readonly [name: string, text: string])[];

const SEED_MAX = 1n << 64n;
const module = new WebAssembly.Module(fromBase64(commandBase64));

function find(id: string): HTMLElement {
  return document.getElementById(id)!;
}

const source = find('source') as HTMLTextAreaElement;
const seed = find('seed') as HTMLInputElement;
const example = find('example') as HTMLSelectElement;
const at = find('at') as HTMLInputElement;
const lines = find('lines') as HTMLOListElement;

let moments: readonly Moment[] = [];
let picture: Picture | undefined;
let index = 0;
/** How many lines of the trace are there at once: a browser takes long over tens of thousands. */
const LINES_MAX = 1000;
/** The number of the first of them. */
let shownFrom = -1;

function nameOf(moment: Moment, file: number): string {
  const first = moment.files.find((other) => other.file === file)?.fds[0];
  return first === undefined ? `file #${file}` : `fd ${first.fd}`;
}

function cause(moment: Moment, { file, events, why }: Moment['wakes'][number]): string {
  if (file === undefined) return why;
  return `${nameOf(moment, file)}${events === 0 ? '' : ` (${formatEvents(events)})`}`;
}

/** A moment as a sentence: what a screen reader says at each step. */
function sentence(moment: Moment): string {
  const { atNs, task, what, result, wakes, sleeping } = moment;
  const sleeps = task !== undefined && sleeping[task] ? ', and sleeps' : '';
  const parts = [
    `${atNs / 1e6} ms: ${task === undefined ? '' : `${task} `}${what}${result === undefined ? sleeps : ` gives ${result}`}`,
  ];
  for (const wake of wakes) parts.push(`${wake.task} is woken by ${cause(moment, wake)}`);
  return `${parts.join('; ')}.`;
}

function cell(kind: 'th' | 'td', text: string, className = ''): HTMLTableCellElement {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = className;
  return made;
}

function fill(id: string, head: readonly string[], rows: readonly HTMLTableCellElement[][]): void {
  const table = find(id) as HTMLTableElement;
  const toRow = (cells: readonly HTMLTableCellElement[]): HTMLTableRowElement => {
    const row = document.createElement('tr');
    row.append(...cells);
    return row;
  };
  table.tHead!.replaceChildren(toRow(head.map((name) => Object.assign(cell('th', name), { scope: 'col' }))));
  table.tBodies[0]!.replaceChildren(...rows.map(toRow));
}

function showTables(moment: Moment | undefined): void {
  const files = moment?.files ?? [];
  fill(
    'files',
    ['fd', 'kind', 'events'],
    files.map(({ file, kind, fds, events }) => [
      cell('td', inWords(fds) || `#${file}`),
      cell('td', kind),
      cell('td', kind === 'epoll' ? '(asked for)' : formatEvents(events)),
    ]),
  );
  const tasks = Object.entries(moment?.sleeping ?? {});
  fill(
    'tasks',
    ['task', 'is', 'woken by'],
    tasks.map(([task, call]) => {
      const wake = moment?.wakes.find((other) => other.task === task);
      return [
        cell('td', task),
        cell('td', call ? `asleep in ${call}` : 'awake'),
        cell('td', wake ? cause(moment!, wake) : '', 'woken'),
      ];
    }),
  );
}

/** Has the lines of the trace there that a moment is among. */
function showLinesAround(moment: number): void {
  const from = moment - (moment % LINES_MAX);
  if (from === shownFrom) return;
  shownFrom = from;
  lines.start = from + 1;
  lines.replaceChildren(...moments.slice(from, from + LINES_MAX).map((each, offset) => toLine(each, from + offset)));
}

/** Goes to a moment. */
function show(to: number): void {
  index = Math.max(0, Math.min(to, moments.length - 1));
  const moment = moments[index];
  at.value = String(index);
  at.setAttribute('aria-valuetext', `step ${index + 1} of ${moments.length}`);
  find('now').textContent = moment ? sentence(moment) : '';
  for (const id of ['first', 'back']) (find(id) as HTMLButtonElement).disabled = index === 0;
  for (const id of ['forward', 'last']) (find(id) as HTMLButtonElement).disabled = index >= moments.length - 1;
  showTables(moment);
  showLinesAround(index);
  lines.querySelector('[aria-current]')?.removeAttribute('aria-current');
  const line = lines.children[index - shownFrom] as HTMLElement | undefined;
  line?.setAttribute('aria-current', 'step');
  if (line) lines.scrollTop = line.offsetTop - lines.clientHeight / 2;
  picture?.mark(index);
}

function toLine(moment: Moment, number: number): HTMLLIElement {
  const made = document.createElement('li');
  made.textContent = moment.line;
  made.addEventListener('click', () => {
    show(number);
  });
  return made;
}

function run(): void {
  const mistakeAt = find('mistake');
  const isSeed = /^\d+$/.test(seed.value.trim()) && BigInt(seed.value.trim()) < SEED_MAX;
  mistakeAt.textContent = isSeed ? '' : 'The seed must be a number of at most 64 bits.';
  if (!isSeed) return;
  const ran = runScenario(module, new TextEncoder().encode(source.value), BigInt(seed.value.trim()), true);
  mistakeAt.textContent = ran.stderr.trimEnd();
  moments = toTimeline(ran.trace);
  find('printed').textContent = ran.stdout;
  find('hash').textContent = moments.length > 0 ? ran.hash : '';
  picture = new Picture(moments, show);
  find('timeline').replaceChildren(...(moments.length > 0 ? [picture.element] : []));
  shownFrom = -1;
  at.max = String(Math.max(moments.length - 1, 0));
  show(0);
}

/** Text as part of an address. */
function pack(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function unpack(text: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(decode(text.replaceAll('-', '+').replaceAll('_', '/')));
}

async function share(): Promise<void> {
  location.hash = `seed=${seed.value.trim()}&scenario=${pack(source.value)}`;
  const said = find('shared');
  try {
    await navigator.clipboard.writeText(location.href);
    said.textContent = 'The address is copied.';
  } catch {
    // A page from a file may not write to the clipboard.
    said.textContent = 'Copy the address of this page.';
  }
}

/** What the address of this page says to run. */
function fromAddress(): void {
  const given = new URLSearchParams(location.hash.slice(1));
  const packed = given.get('scenario');
  source.value = EXAMPLES[0]![1];
  seed.value = given.get('seed') ?? '0';
  if (packed !== null) {
    try {
      source.value = unpack(packed);
    } catch {
      find('mistake').textContent = 'The address of this page holds no scenario that can be read.';
      return;
    }
  }
  run();
}

function listen(): void {
  for (const [name] of EXAMPLES) example.add(new Option(name));
  example.addEventListener('change', () => {
    source.value = EXAMPLES[example.selectedIndex]![1];
    run();
  });
  const clicks: Record<string, () => void> = {
    run,
    share: () => void share(),
    first: () => {
      show(0);
    },
    back: () => {
      show(index - 1);
    },
    forward: () => {
      show(index + 1);
    },
    last: () => {
      show(moments.length - 1);
    },
  };
  for (const [id, action] of Object.entries(clicks)) find(id).addEventListener('click', action);
  // A row without its name says little: names stay while the rest is scrolled.
  find('timeline').addEventListener('scroll', () => picture?.follow());
  at.addEventListener('input', () => {
    show(Number(at.value));
  });
  source.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run();
  });
  for (const id of ['lines', 'timeline']) {
    find(id).addEventListener('keydown', (event) => {
      const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (move === undefined) return;
      event.preventDefault();
      show(index + move);
    });
  }
}

listen();
fromAddress();
