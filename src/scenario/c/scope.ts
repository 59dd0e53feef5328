// SPDX-License-Identifier: LGPL-2.1-or-later

// A task of a scenario as a function of C: what it declares, and how its operands read.

import type { Atom, CallStep, Operand } from '../steps.js';
import { Refusal } from './refusal.js';
import type { Support } from './support.js';
import { toNumber } from './text.js';
import type { Node } from './tree.js';
import { isInt, isOwn, OWN_TYPES, type Own, type Type, type Variable } from './variables.js';
import { toConstant, type Constant, type Place } from './words.js';

/** All that the functions of a program share. */
export interface Shared {
  readonly support: Support;
  readonly variables: ReadonlyMap<string, Variable>;
  /** How what all tasks see is reached: `our.` or `our->`. */
  readonly our: string;
}

/** A value in C. */
export interface Value {
  readonly text: string;
  readonly type: Type;
  readonly constant?: bigint;
}

const U32_MAX = 2n ** 32n - 1n;

function valueOf(atoms: readonly Atom[]): bigint {
  return atoms.reduce((all, { value }) => all | BigInt(value), 0n);
}

/** The names of a task's own that it reads. */
function ownOf(nodes: readonly Node[]): Set<Own> {
  const own = new Set<Own>();
  const read = (name: string): void => {
    if (isOwn(name)) own.add(name);
  };
  const walk = (some: readonly Node[]): void => {
    for (const node of some) {
      const { step } = node;
      if (step.kind === 'task' || step.kind === 'fork') continue;
      if (step.kind === 'print') for (const part of step.parts) if ('name' in part) read(part.name);
      if ('operands' in step) for (const operand of step.operands) if ('name' in operand) read(operand.name);
      if ('body' in node) walk(node.body);
      if ('otherwise' in node) walk(node.otherwise ?? []);
    }
  };
  walk(nodes);
  return own;
}

export class Scope {
  readonly shared: Shared;
  /** Its name, or '' of main. */
  readonly task: string;
  readonly isForked: boolean;
  readonly own: ReadonlySet<Own>;
  /** What the lines behind a call look at: what that gave. */
  got(): string {
    if (this.own.has('result')) return 'result';
    this.declared.add('int got;');
    return 'got';
  }

  /** What stands at its beginning beside its names. */
  readonly declared = new Set<string>();

  constructor(shared: Shared, task: string, isForked: boolean, nodes: readonly Node[]) {
    this.shared = shared;
    this.task = task;
    this.isForked = isForked;
    this.own = ownOf(nodes);
  }

  /** The lines of its declarations. */
  get declarations(): string[] {
    const locals = [...this.shared.variables.values()].filter(({ place, task }) => place === 'local' && task === this.task);
    const named = (['int', 'long long'] as const).flatMap((type) => {
      const its = locals.filter((each) => each.type === type).map(({ identifier }) => `${identifier} = 0`);
      return its.length === 0 ? [] : [`${type} ${its.join(', ')};`];
    });
    const own = [...this.own].map((name) => `${OWN_TYPES[name]} ${name} = ${name === 'fd' ? -1 : 0};`);
    return [...named, ...own, ...this.declared];
  }

  /** A name that can be set, or undefined where nobody reads it. */
  variable(name: string): string | undefined {
    const variable = this.shared.variables.get(name);
    if (variable === undefined) return undefined;
    return variable.place === 'local' ? variable.identifier : `${this.shared.our}${variable.identifier}`;
  }

  #constant(atoms: readonly Atom[], place: Place): Constant {
    const constant = toConstant(atoms, place);
    const { support } = this.shared;
    if (constant.text.includes('EPOLL')) support.include('sys/epoll.h');
    if (/\bPOLL/.test(constant.text)) support.include('poll.h');
    if (constant.text.includes('-E')) support.include('errno.h');
    return constant;
  }

  value(operand: Operand, place: Place = 'number'): Value {
    if ('name' in operand) {
      if (isOwn(operand.name)) return { text: operand.name, type: OWN_TYPES[operand.name] };
      // One that was never set: a task's name that is none yet, say.
      const variable = this.shared.variables.get(operand.name);
      return variable === undefined
        ? { text: '0', type: 'int', constant: 0n }
        : { text: this.variable(operand.name)!, type: variable.type };
    }
    if ('us' in operand) throw new TypeError('a time is no value');
    const { text, isUnsigned, isSum } = this.#constant(operand.atoms, place);
    const value = valueOf(operand.atoms);
    const whole = isSum ? `(${text})` : text;
    if (isUnsigned) return { text: whole, type: 'unsigned', constant: value };
    return { text: whole, type: isInt(value) ? 'int' : 'long long', constant: value };
  }

  /** An operand that a call takes, from `min` to `max`: what is beyond is another call than the simulation's. */
  #bounded(step: CallStep, operand: Operand, place: Place, min: bigint, max: bigint): string {
    if ('us' in operand) throw new TypeError('a time is no value');
    if ('value' in operand) {
      const value = BigInt(operand.value);
      if (value < min || value > max) throw new Refusal(step.line, `${step.call}: ${value} is out of bounds`);
      return this.#constant(operand.atoms, place).text;
    }
    const { text, type, constant } = this.value(operand);
    const isNarrow = constant !== undefined || (type !== 'long long' && min <= -(2n ** 31n) && max === U32_MAX);
    if (isNarrow) return text;
    this.shared.support.use('within');
    return `within(${step.line}, "${step.call}", ${text}, ${toNumber(min)}, ${toNumber(max)})`;
  }

  /** An operand of 32 bits, or `otherwise` where it was left out. */
  word(step: CallStep, index: number, place: Place = 'number', otherwise = '0'): string {
    const operand = step.operands[index];
    if (operand === undefined) return otherwise;
    const text = this.#bounded(step, operand, place, -(2n ** 31n), U32_MAX);
    return text.startsWith('within(') ? `(int)${text}` : text;
  }

  /** An operand within bounds of its own. */
  bounded(step: CallStep, index: number, place: Place, min: bigint, max: bigint): string {
    return this.#bounded(step, step.operands[index]!, place, min, max);
  }
}
