// SPDX-License-Identifier: LGPL-2.1-or-later

// The editor: a scenario's lines, with numbers, what is wrong with one, and the one that is running.

import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  type DecorationSet,
} from '@codemirror/view';
import { scenario } from './language.js';

const setRunning = StateEffect.define<number>();
const running = Decoration.line({ class: 'running' });

/** The line that is running. It goes with the first change: the text is another one then. */
const runningLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(setRunning)) continue;
      const { doc } = transaction.state;
      if (effect.value < 1 || effect.value > doc.lines) return Decoration.none;
      return Decoration.set([running.range(doc.line(effect.value).from)]);
    }
    return transaction.docChanged ? Decoration.none : before;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** What the editor tells. */
export interface EditorListeners {
  readonly onRun: () => void;
  readonly onChange: () => void;
}

/** The editor of a scenario. */
export class Editor {
  readonly #view: EditorView;

  constructor(parent: HTMLElement, { onRun, onChange }: EditorListeners) {
    const run = (): boolean => {
      onRun();
      return true;
    };
    const extensions = [
      lineNumbers(),
      highlightActiveLineGutter(),
      history(),
      drawSelection(),
      closeBrackets(),
      autocompletion(),
      lintGutter(),
      runningLine,
      scenario,
      // Tab leaves the editor, as it leaves every other control.
      keymap.of([{ key: 'Mod-Enter', run }, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
      EditorView.contentAttributes.of({
        'aria-label': "The scenario's lines",
        'aria-describedby': 'mistake',
        // It takes the keys anyway: those who look for what can be scrolled by them find it so.
        tabindex: '0',
      }),
      EditorView.updateListener.of(({ docChanged }) => {
        if (docChanged) onChange();
      }),
    ];
    this.#view = new EditorView({ parent, state: EditorState.create({ extensions }) });
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  set text(text: string) {
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
  }

  /** Shows what is wrong with a line; '' takes that away. */
  showMistake(message: string): void {
    const [, number, what] = /^line (\d+): (.*)$/s.exec(message) ?? [];
    const { doc } = this.#view.state;
    const at = Number(number);
    const line = at >= 1 && at <= doc.lines ? doc.line(at) : undefined;
    const wrong = line ? [{ from: line.from, to: line.to, severity: 'error' as const, message: what! }] : [];
    this.#view.dispatch(setDiagnostics(this.#view.state, wrong));
  }

  /** Marks the line that is running, and brings it into view; 0: none. */
  showRunning(line: number): void {
    const { doc } = this.#view.state;
    const place = line >= 1 && line <= doc.lines ? doc.line(line).from : undefined;
    this.#view.dispatch({ effects: setRunning.of(line) });
    if (place === undefined) return;
    // Within the editor alone: the page must not move by a step.
    const box = this.#view.scrollDOM;
    const { top, bottom } = this.#view.lineBlockAt(place);
    if (top < box.scrollTop || bottom > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 2;
  }
}
