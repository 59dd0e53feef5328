// SPDX-License-Identifier: LGPL-2.1-or-later

// The blocks of a scenario: its steps have places to go to, and C has braces.

import type { CallStep, IfStep, PlainStep, PrintStep, Step, TaskStep, ValueStep } from '../steps.js';

export type Node =
  | { readonly step: CallStep | PrintStep | ValueStep }
  | { readonly step: PlainStep & { kind: 'end' | 'break' } }
  | { readonly step: PlainStep & { kind: 'loop' }; readonly body: readonly Node[] }
  | { readonly step: TaskStep; readonly body: readonly Node[] }
  | { readonly step: IfStep; readonly body: readonly Node[]; readonly otherwise: readonly Node[] | undefined };

/** The steps from `from` to `to`. */
export function toTree(steps: readonly Step[], from = 0, to = steps.length): Node[] {
  const nodes: Node[] = [];
  for (let at = from; at < to;) {
    const step = steps[at]!;
    const { target } = step;
    if (step.kind === 'if') {
      const { otherwise } = step;
      const middle = otherwise === 0 ? target : otherwise;
      const end = otherwise === 0 ? target : steps[otherwise]!.target;
      nodes.push({
        step,
        body: toTree(steps, at + 1, middle),
        otherwise: otherwise === 0 ? undefined : toTree(steps, otherwise + 1, end),
      });
      at = end;
    } else if (step.kind === 'task' || step.kind === 'fork') {
      // Its last step is the end of the task.
      nodes.push({ step, body: toTree(steps, at + 1, target - 1) });
      at = target;
    } else if (step.kind === 'loop') {
      nodes.push({ step: { ...step, kind: 'loop' }, body: toTree(steps, at + 1, target - 1) });
      at = target;
    } else {
      const { kind } = step;
      if (kind === 'end' || kind === 'break') nodes.push({ step: { ...step, kind } });
      else if (kind === 'call' || kind === 'print' || kind === 'signal' || kind === 'assign') nodes.push({ step });
      at++;
    }
  }
  return nodes;
}
