// SPDX-License-Identifier: LGPL-2.1-or-later

// The playground: a page that needs no server. The kernel is the one of `vpoll sim`, in the same WebAssembly.

import { toTraceEvents } from '../scenario/trace-events.js';
import type { WatchedResult } from '../scenario/watched.js';
import { fromHash, toHash } from './address.js';
import { find, save } from './dom.js';
import { Editor } from './editor.js';
import { Kernel } from './kernel.js';
import type { Explored } from './messages.js';
import { toStory } from './story.js';
import { Walk } from './walk.js';

interface Example {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly seed: string;
}

/** Put in by tools/playground.ts, out of examples/scenarios. */
declare const EXAMPLES: readonly Example[];

const SEED_MAX = 1n << 64n;
const FIRST_EXAMPLE = 'eventfd';
const EXPLORED_RUNS = 1000;
/** After the last key, until the scenario is looked at. */
const CHECK_MS = 350;

const seed = find<HTMLInputElement>('seed');
const example = find<HTMLSelectElement>('example');
const kernel = new Kernel();
let ran: WatchedResult | undefined;
/** What the scenario is called: an example's name, or that of the file that was opened. */
let name = FIRST_EXAMPLE;
let checking: ReturnType<typeof setTimeout> | undefined;
/** The text comes from the page, not from the person who types. */
let isFilling = false;

function say(mistake: string): void {
  find('mistake').textContent = mistake;
}

function showBusy(what: string): void {
  find('status').textContent = what;
  find<HTMLButtonElement>('stop').disabled = what === '';
}

const editor = new Editor(find('source'), { onRun: run, onChange: checkLater });
const walk = new Walk((beat) => {
  editor.showRunning(beat?.line ?? 0);
});

/** Looks at what is typed once nobody types: a mistake shows at its line, and nothing is run. */
function checkLater(): void {
  clearTimeout(checking);
  if (isFilling) return;
  showCommand();
  checking = setTimeout(() => {
    if (kernel.isBusy) return;
    kernel.check(editor.text, (wrong) => {
      editor.showMistake(wrong);
      say(wrong);
    });
  }, CHECK_MS);
}

/** The command that makes the same run. */
function showCommand(): void {
  const isExample = EXAMPLES.some((each) => each.name === name && each.text === editor.text);
  const file = `${name}.vpoll`;
  find('command').textContent = `npx vpoll sim --seed ${seed.value.trim()} ${file}`;
  find('real-command').textContent = `npx vpoll sim --real ${file}`;
  find('command-note').textContent = isExample ? `${file} is this scenario: Save makes it.` : `Save makes ${file} first.`;
}

/** The seed, or undefined where it is none. */
function givenSeed(): string | undefined {
  const text = seed.value.trim();
  const isSeed = /^\d{1,20}$/.test(text) && BigInt(text) < SEED_MAX;
  if (!isSeed) say('The seed must be a number of at most 64 bits.');
  return isSeed ? text : undefined;
}

function showRun(result: WatchedResult): void {
  ran = result;
  showBusy('');
  const wrong = result.stderr.trimEnd() || (result.cut && `The run was ${result.cut}: no end is in sight.`);
  say(wrong);
  editor.showMistake(result.stderr.trimEnd());
  find('printed').textContent = result.stdout;
  find('hash').textContent = result.trace === '' ? '' : result.hash;
  find<HTMLButtonElement>('perfetto').disabled = result.trace === '';
  walk.begin(toStory(editor.text, result.trace, result.marks), result.trace);
}

function run(): void {
  clearTimeout(checking);
  say('');
  const wanted = givenSeed();
  if (wanted === undefined) return;
  showCommand();
  const printed = find('printed');
  printed.textContent = '';
  showBusy('Running…');
  const onPrinted = (text: string): void => {
    printed.append(text);
  };
  kernel.run(editor.text, wanted, onPrinted, showRun);
}

function inWords({ runs, different, failed, cut, smallest }: Explored): string {
  const count = runs.toLocaleString('en');
  const each = different === 1 ? 'all the same run' : `${different.toLocaleString('en')} different runs`;
  const ended = cut === 0 ? '' : `, ${cut} broken off`;
  if (smallest === undefined) return `${count} seeds, ${each}${ended}: none fails.`;
  return `${count} seeds, ${each}${ended}: ${failed} fail. The smallest is seed ${smallest.seed}: ${smallest.why}`;
}

function explore(): void {
  clearTimeout(checking);
  say('');
  const found = find('explored');
  showBusy('Exploring…');
  kernel.explore(
    editor.text,
    EXPLORED_RUNS,
    (explored) => {
      found.textContent = inWords(explored);
    },
    (explored) => {
      found.textContent = inWords(explored);
      showBusy('');
      if (explored.smallest === undefined) return;
      seed.value = explored.smallest.seed;
      run();
    },
  );
}

function stop(): void {
  kernel.stop();
  showBusy('');
  say('Stopped.');
}

function saveC(): void {
  clearTimeout(checking);
  // What runs is ended by it: the kernel answers one question at a time.
  showBusy('');
  kernel.toC(name, editor.text, (made, wrong) => {
    say(wrong);
    editor.showMistake(wrong);
    if (wrong === '') save(`${name}.c`, 'text/x-c', made);
  });
}

/** Another scenario takes the place of this one. */
function fillIn(text: string, itsName: string, itsSeed: string): void {
  kernel.stop();
  showBusy('');
  isFilling = true;
  editor.text = text;
  isFilling = false;
  name = itsName;
  seed.value = itsSeed;
  find('explored').textContent = '';
  find('shared').textContent = '';
  example.value = EXAMPLES.some((each) => each.name === name) ? name : '';
  showCommand();
}

/** What the address of this page asks for. */
function fromAddress(): void {
  const asked = fromHash(location.hash);
  const its = EXAMPLES.find((each) => each.name === (asked?.example ?? FIRST_EXAMPLE)) ?? EXAMPLES[0]!;
  const text = asked?.text ?? its.text;
  fillIn(text, EXAMPLES.find((each) => each.text === text)?.name ?? 'scenario', asked?.seed ?? its.seed);
  if (asked) run();
  else say('The address of this page holds no scenario that can be read.');
}

async function share(): Promise<void> {
  history.replaceState(null, '', toHash(editor.text, seed.value.trim()));
  const said = find('shared');
  try {
    await navigator.clipboard.writeText(location.href);
    said.textContent = 'The address is copied.';
  } catch {
    // A page from a file may not write to the clipboard.
    said.textContent = 'Copy the address of this page.';
  }
}

async function open(): Promise<void> {
  const [file] = find<HTMLInputElement>('file').files ?? [];
  if (!file) return;
  fillIn(await file.text(), file.name.replace(/\.[^.]*$/, '') || 'scenario', '0');
  find<HTMLInputElement>('file').value = '';
  run();
}

/** Keys that go through the run, wherever no control has its own use for them. */
function onKey(event: KeyboardEvent): void {
  const { target, key } = event;
  const isOwn = target instanceof Element && target.closest('input, select, button, summary, a, .cm-editor') !== null;
  const isInPlay = target instanceof Element && (target === document.body || target.closest('#run-part') !== null);
  if (isOwn || !isInPlay || event.ctrlKey || event.metaKey || event.altKey) return;
  const isVertical = target.closest('ol') !== null;
  const actions: Record<string, () => void> = {
    ArrowRight: () => {
      walk.move(1);
    },
    ArrowLeft: () => {
      walk.move(-1);
    },
    Home: () => {
      walk.toFirst();
    },
    End: () => {
      walk.toLast();
    },
    ' ': () => {
      walk.togglePlay();
    },
    ...(isVertical && {
      ArrowDown: () => {
        walk.move(1);
      },
      ArrowUp: () => {
        walk.move(-1);
      },
    }),
  };
  const action = actions[key];
  if (!action) return;
  event.preventDefault();
  action();
}

function listen(): void {
  for (const { name: value, title } of EXAMPLES) example.add(new Option(title, value));
  example.addEventListener('change', () => {
    const its = EXAMPLES.find((each) => each.name === example.value);
    if (!its) return;
    fillIn(its.text, its.name, its.seed);
    run();
  });
  const clicks: Record<string, () => unknown> = {
    run,
    stop,
    explore,
    share,
    first: () => {
      walk.toFirst();
    },
    back: () => {
      walk.move(-1);
    },
    forward: () => {
      walk.move(1);
    },
    last: () => {
      walk.toLast();
    },
    open: () => {
      find('file').click();
    },
    save: () => {
      save(`${name}.vpoll`, 'text/plain', editor.text);
    },
    c: saveC,
    perfetto: () => {
      if (ran) save(`${name}.json`, 'application/json', JSON.stringify(toTraceEvents(ran.trace)));
    },
  };
  for (const [id, action] of Object.entries(clicks)) find(id).addEventListener('click', () => void action());
  find('file').addEventListener('change', () => void open());
  seed.addEventListener('change', run);
  document.addEventListener('keydown', onKey);
  // An address that is pasted into this page, open as it is.
  addEventListener('hashchange', fromAddress);
}

listen();
fromAddress();
