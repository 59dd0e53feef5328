// SPDX-License-Identifier: LGPL-2.1-or-later

// The steps of a scenario as statements of C, a function a task.

import type { CallStep, IfStep, PrintStep, TaskStep } from '../steps.js';
import { toCall } from './calls.js';
import type { Identifiers } from './identifiers.js';
import { toCondition } from './condition.js';
import { Scope, type Shared, type Value } from './scope.js';
import { toComment, toStringText } from './text.js';
import type { Node } from './tree.js';

/** How the program's parts fit together: what program.ts knows of the whole. */
export interface Style {
  /** The backend of a vpoll_create that names none; '' where none does. */
  readonly auto: string;
  /** Whether a task has a number. */
  readonly isNumbered: boolean;
  /** Whether it is told its number. */
  readonly isTold: boolean;
  /** What ends main. */
  readonly end: string;
}

const INDENT = '  ';
const WIDTH = 90;

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : INDENT + line));
}

/** A statement that is longer than a screen is wide. */
function broken(statement: string): string[] {
  const at = statement.indexOf(' &(struct ');
  if (statement.length <= WIDTH || at < 0) return [statement];
  return [statement.slice(0, at), INDENT + INDENT + statement.slice(at + 1)];
}

/** The scenario's own text, a line at a time: its comments go where they stand. */
class Source {
  readonly #lines: readonly string[];
  /** Lines up to this one are told. */
  #told = 0;

  constructor(text: string) {
    this.#lines = text.split('\n').map((line) => line.trim());
  }

  at(line: number): string {
    return this.#lines[line - 1] ?? '';
  }

  /** What stands between the last step and this one: comments, empty lines, what comes before the first step. */
  before(line: number): string[] {
    const between = this.#lines.slice(this.#told, Math.max(line - 1, this.#told));
    this.#told = Math.max(line, this.#told);
    return between.flatMap((text) => {
      if (text === '') return [''];
      // `else` and `end` have their braces.
      return text.startsWith('#') ? [toComment(text.replace(/^#+\s*/, ''))] : [];
    });
  }

  /** The lines before the first step, directives too. */
  head(line: number): string[] {
    const head = this.#lines.slice(0, line - 1);
    this.#told = line - 1;
    return head.flatMap((text) => {
      if (text === '') return [];
      return [/^strategy\b/.test(text) ? `${text}: here the scheduler decides` : text.replace(/^\ufeff?#+\s*/, '')];
    });
  }
}

export class Statements {
  /** The functions of tasks, in the order of the scenario. */
  readonly functions: string[] = [];
  readonly #shared: Shared;
  readonly #style: Style;
  readonly #source: Source;
  readonly #identifiers: Identifiers;

  constructor(shared: Shared, style: Style, text: string, identifiers: Identifiers) {
    this.#shared = shared;
    this.#style = style;
    this.#source = new Source(text);
    this.#identifiers = identifiers;
  }

  head(line: number): string[] {
    return this.#source.head(line);
  }

  /** The body of main: declarations, then statements. */
  main(nodes: readonly Node[]): string[] {
    const scope = new Scope(this.#shared, '', false, nodes);
    const body = this.#block(scope, nodes);
    return [...scope.declarations, ...(scope.declarations.length > 0 ? [''] : []), ...body];
  }

  #block(scope: Scope, nodes: readonly Node[]): string[] {
    const lines = nodes.flatMap((node) => {
      const before = this.#source.before(node.step.line);
      return [...before, ...this.#statement(scope, node)];
    });
    while (lines[0] === '') lines.shift();
    return lines.filter((line, i) => line !== '' || lines[i - 1] !== '');
  }

  #statement(scope: Scope, node: Node): string[] {
    const { step } = node;
    if (step.kind === 'call') return this.#call(scope, step);
    if (step.kind === 'print') return this.#print(scope, step);
    if (step.kind === 'break') return ['break;'];
    if (step.kind === 'end') return [scope.task === '' ? `return ${this.#style.end};` : 'return;'];
    if (step.kind === 'signal') {
      this.#shared.support.use('interrupt');
      return [this.#line(step.line), `interrupt(${scope.value(step.operands[0]!).text});`];
    }
    if (step.kind === 'assign') {
      const to = scope.variable(step.to[0]!);
      const text = this.#line(step.line);
      return to === undefined ? [text] : [`${to} = ${scope.value(step.operands[0]!).text};`];
    }
    if (!('body' in node)) return [];
    if (step.kind === 'loop') return ['for (;;) {', ...indent(this.#block(scope, node.body)), '}'];
    if (step.kind === 'if' && 'otherwise' in node) {
      const { body, otherwise } = node;
      return [
        `if (${this.#condition(scope, step)}) {`,
        ...indent(this.#block(scope, body)),
        ...(otherwise === undefined ? [] : ['} else {', ...indent(this.#block(scope, otherwise))]),
        '}',
      ];
    }
    return step.kind === 'task' || step.kind === 'fork' ? this.#task(scope, step, node.body) : [];
  }

  /** A line of the scenario, with its number. */
  #line(line: number): string {
    return toComment(`${line}: ${this.#source.at(line)}`);
  }

  #call(scope: Scope, step: CallStep): string[] {
    const { text, before = [], behind = [], isGot = false } = toCall(scope, step, this.#style.auto);
    const to = step.to.length === 1 ? scope.variable(step.to[0]!) : undefined;
    const targets = [to, scope.own.has('result') ? 'result' : isGot ? 'got' : undefined];
    const left = targets.flatMap((target) => (target === undefined ? [] : [`${target} = `])).join('');
    this.#shared.support.use(step.mayFail ? 'may' : 'must');
    const call = step.mayFail ? `may(${step.line}, ${text});` : `must(${step.line}, "${step.call}", ${text});`;
    return [this.#line(step.line), ...before, ...broken(left + call), ...behind];
  }

  #print(scope: Scope, step: PrintStep): string[] {
    this.#shared.support.include('stdio.h');
    const isText = step.parts.every((part) => 'text' in part && !part.text.includes('\0'));
    if (isText) {
      const text = step.parts.map((part) => ('text' in part ? part.text : '')).join('');
      return [`puts("${toStringText(text)}");`];
    }
    let format = '';
    const values: string[] = [];
    for (const part of step.parts) {
      if ('name' in part) {
        const { text, type } = scope.value(part);
        format += type === 'unsigned' ? '%x' : type === 'long long' ? '%lld' : '%d';
        values.push(text);
      } else {
        // A zero would end the format.
        const pieces = part.text.split('\0');
        format += pieces.map((piece) => toStringText(piece).replaceAll('%', '%%')).join('%c');
        values.push(...pieces.slice(1).map(() => '0'));
      }
    }
    return [`printf("${format}\\n", ${values.join(', ')});`];
  }

  #condition(scope: Scope, { operands, compares }: IfStep): string {
    const [a, b] = operands.map((operand) => scope.value(operand)) as [Value, Value];
    return toCondition(a, compares, b);
  }

  #task(scope: Scope, step: TaskStep, nodes: readonly Node[]): string[] {
    const { support } = this.#shared;
    const isFork = step.kind === 'fork';
    support.use(isFork ? 'start_fork' : 'start');
    const body = this.#identifiers.make(`${step.name}_${step.kind}`);
    const its = new Scope(this.#shared, step.name, scope.isForked || isFork, nodes);
    const comment = this.#line(step.line);
    const statements = this.#block(its, nodes);
    const { declarations } = its;
    const inner = [...declarations, ...(declarations.length > 0 && statements.length > 0 ? [''] : []), ...statements];
    this.functions.push([comment, `static void ${body}(void) {`, ...indent(inner), '}'].join('\n'));
    const to = scope.variable(step.name);
    const { isNumbered, isTold } = this.#style;
    const next = `next(${step.line})`;
    const call = `${isFork ? 'start_fork' : 'start'}(${step.line}, `;
    if (isTold) return [...(to === undefined ? [] : [`${to} = ${next};`]), `${call}${to ?? next}, ${body});`];
    return [...(isNumbered ? [`${to === undefined ? '' : `${to} = `}${next};`] : []), `${call}${body});`];
  }
}
