// SPDX-License-Identifier: LGPL-2.1-or-later

// The names of a scenario as variables: who uses each says where it stands.

import type { Operand } from '../steps.js';
import { Identifiers } from './identifiers.js';
import type { Node } from './tree.js';

/** How wide it is: a name of the scenario has 64 bits, and nearly always holds a descriptor. */
export type Type = 'int' | 'unsigned' | 'long long';

/** Names that the last call of a task sets: they are the task's own. */
export const OWN_TYPES = { result: 'int', events: 'unsigned', fd: 'int', value: 'long long' } as const satisfies Record<
  string,
  Type
>;
export type Own = keyof typeof OWN_TYPES;

export function isOwn(name: string): name is Own {
  return Object.hasOwn(OWN_TYPES, name);
}

/** A name that somebody reads. */
export interface Variable {
  readonly identifier: string;
  readonly type: Type;
  /** `local`: of one task. `settled`: all see it, and nobody changes it once there are tasks. `atomic`: all see it. */
  readonly place: 'local' | 'settled' | 'atomic';
  /** Whose local it is: the task's name, or ''. */
  readonly task: string;
}

interface Uses {
  readonly readers: Set<string>;
  readonly writers: Set<string>;
  /** A task that may run several times at once uses it. */
  isRepeated: boolean;
  /** Somebody sets it when there are tasks already. */
  isSetLate: boolean;
  isWide: boolean;
  /** The names whose values it gets. */
  readonly from: Set<string>;
}

/** Where a node is: in which task, whether in a loop of it or of one around it, and whether there may be other tasks by then. */
interface Place {
  readonly task: string;
  readonly isRepeated: boolean;
  isLate: boolean;
}

const INT_MAX = 2n ** 31n - 1n;

export function isInt(value: bigint): boolean {
  return value <= INT_MAX && value >= -INT_MAX - 1n;
}

export function hasTask(nodes: readonly Node[]): boolean {
  return nodes.some(
    (node) =>
      node.step.kind === 'task' ||
      node.step.kind === 'fork' ||
      ('body' in node && hasTask(node.body)) ||
      ('otherwise' in node && hasTask(node.otherwise ?? [])),
  );
}

class Survey {
  readonly uses = new Map<string, Uses>();

  #of(name: string): Uses {
    let uses = this.uses.get(name);
    if (!uses) {
      uses = { readers: new Set(), writers: new Set(), isRepeated: false, isSetLate: false, isWide: false, from: new Set() };
      this.uses.set(name, uses);
    }
    return uses;
  }

  #read(name: string, { task, isRepeated }: Place): void {
    const uses = this.#of(name);
    uses.readers.add(task);
    uses.isRepeated ||= isRepeated;
  }

  #write(name: string, { task, isRepeated, isLate }: Place): Uses {
    const uses = this.#of(name);
    uses.writers.add(task);
    uses.isRepeated ||= isRepeated;
    uses.isSetLate ||= isLate;
    return uses;
  }

  #readAll(operands: readonly Operand[], place: Place): void {
    for (const operand of operands) if ('name' in operand) this.#read(operand.name, place);
  }

  #assign(to: string, what: Operand, place: Place): void {
    const uses = this.#write(to, place);
    if ('value' in what) uses.isWide ||= !isInt(BigInt(what.value));
    else if ('name' in what) {
      uses.isWide ||= isOwn(what.name) && OWN_TYPES[what.name] !== 'int';
      uses.from.add(what.name);
    }
  }

  walk(nodes: readonly Node[], place: Place, isInLoop: boolean): void {
    for (const node of nodes) {
      const { step } = node;
      if (hasTask([node])) place.isLate = true;
      if ('operands' in step) this.#readAll(step.operands, place);
      if (step.kind === 'call') for (const name of step.to) this.#write(name, place);
      else if (step.kind === 'assign') this.#assign(step.to[0]!, step.operands[0]!, place);
      else if (step.kind === 'print') for (const part of step.parts) if ('name' in part) this.#read(part.name, place);
      if (step.kind === 'task' || step.kind === 'fork') {
        this.#write(step.name, place);
        const isRepeated = place.isRepeated || isInLoop;
        if ('body' in node) this.walk(node.body, { task: step.name, isRepeated, isLate: true }, false);
      } else if ('body' in node) {
        this.walk(node.body, place, isInLoop || step.kind === 'loop');
        if ('otherwise' in node) this.walk(node.otherwise ?? [], place, isInLoop);
      }
    }
  }

  /** What is given a wide value is wide as well. */
  widen(): void {
    for (let isOver = false; !isOver;) {
      isOver = true;
      for (const uses of this.uses.values()) {
        if (uses.isWide || ![...uses.from].some((name) => this.uses.get(name)?.isWide)) continue;
        uses.isWide = true;
        isOver = false;
      }
    }
  }
}

/** The variables of a scenario by name: of those that are read. */
export function toVariables(nodes: readonly Node[], identifiers: Identifiers): Map<string, Variable> {
  const survey = new Survey();
  survey.walk(nodes, { task: '', isRepeated: false, isLate: false }, false);
  survey.widen();
  const variables = new Map<string, Variable>();
  for (const [name, uses] of survey.uses) {
    if (isOwn(name) || uses.readers.size === 0) continue;
    const users = new Set([...uses.readers, ...uses.writers]);
    const isLocal = users.size === 1 && !uses.isRepeated;
    variables.set(name, {
      identifier: identifiers.make(name),
      type: uses.isWide ? 'long long' : 'int',
      place: isLocal ? 'local' : uses.isSetLate ? 'atomic' : 'settled',
      task: isLocal ? [...users][0]! : '',
    });
  }
  return variables;
}
