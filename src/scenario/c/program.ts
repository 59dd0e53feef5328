// SPDX-License-Identifier: LGPL-2.1-or-later

// A scenario as one program in C, for the real kernel: docs/decisions/025-a-scenario-as-c.md says why it looks as it does.

import { BACKENDS, SIMULATED } from '../../backend-table.js';
import type { Mistake } from '../machine.js';
import type { CallStep, Steps } from '../steps.js';
import { readSteps } from '../steps.js';
import { EFD_VPOLL } from '../../../host/abi.js';
import { Identifiers } from './identifiers.js';
import { Refusal } from './refusal.js';
import type { Shared } from './scope.js';
import { Statements, type Style } from './statements.js';
import { Support } from './support.js';
import { toComment } from './text.js';
import { toTree } from './tree.js';
import { toVariables } from './variables.js';
import { isCall, Whole } from './whole.js';

/** By the name of the backend that it is for. */
export type Feature = 'eventfd' | 'device';

/** A program, and what it needs of the machine that runs it. */
export interface Program {
  readonly text: string;
  /** What the kernel has to have, or `vpoll run` in its place: EFD_VPOLL, /dev/vpoll. */
  readonly needs: readonly Feature[];
  /** Whether it is for a kernel that has neither. */
  readonly isPlain: boolean;
  /** libvpoll. */
  readonly needsLibrary: boolean;
}

/** Whether a call makes an eventfd with EFD_VPOLL. */
function isVpoll({ call, operands }: CallStep): boolean {
  const flags = operands[1];
  return call === 'eventfd' && flags !== undefined && (!('value' in flags) || (BigInt(flags.value) & BigInt(EFD_VPOLL)) !== 0n);
}

interface Needs {
  readonly features: readonly Feature[];
  readonly isPlain: boolean;
  readonly library: boolean;
  readonly auto: string;
}

/** What a scenario needs; refuses what no real kernel is. */
function needsOf({ steps, faultLine, hasEfdVpoll, hasDevice }: Steps): Needs {
  if (faultLine > 0) throw new Refusal(faultLine, 'fault: only the simulated kernel has faults to order');
  const calls = steps.filter(isCall);
  const isPlain = !hasEfdVpoll && !hasDevice;
  const [vpoll, device] = [calls.find(isVpoll), calls.find(({ call }) => call === 'open')];
  if (!isPlain && vpoll && !hasEfdVpoll)
    throw new Refusal(
      vpoll.line,
      'eventfd: kernel device is a kernel without EFD_VPOLL, and a real one with /dev/vpoll may have both',
    );
  if (!isPlain && device && !hasDevice)
    throw new Refusal(
      device.line,
      'open: kernel vpoll is a kernel without /dev/vpoll, and a real one with EFD_VPOLL may have both',
    );
  const made = calls.filter(({ call }) => call === 'vpoll_create');
  const isNamed = made.some(({ operands: [backend] }) => backend && !('value' in backend && backend.value === '0'));
  // What a simulated kernel without one of them would take.
  const auto = hasEfdVpoll ? (hasDevice ? 'auto' : SIMULATED[0]!) : hasDevice ? SIMULATED[1]! : SIMULATED[2]!;
  const isMade = (by: Feature): boolean =>
    made.some(({ operands: [backend] }) => (backend && 'value' in backend ? BACKENDS[Number(backend.value)] : auto) === by);
  const features = (['eventfd', 'device'] as const).filter(
    (name) => isMade(name) || (name === 'eventfd' ? vpoll : device) !== undefined,
  );
  return {
    features: isPlain ? [] : features,
    isPlain,
    library: calls.some(({ call }) => call.startsWith('vpoll_')),
    auto: auto === 'auto' && !isNamed ? '' : auto,
  };
}

/** How it is compiled and run. */
function usage(name: string, needs: Needs, hasThreads: boolean): string[] {
  const flags = `${hasThreads ? ' -pthread' : ''} -o ${name} ${name}.c${needs.library ? ' -lvpoll' : ''}`;
  const compiled = [
    `    cc${flags}`,
    `    ./${name}`,
    ...(needs.features.length > 0 ? [`    npx vpoll run -- ./${name}    # where the kernel has no vpoll`] : []),
  ];
  return ['', ...compiled, '', '-DSPEED=10 divides all times by 10. A comment with a number is a line of the scenario.'];
}

function toProgram(name: string, text: string, steps: Steps): Program {
  const needs = needsOf(steps);
  const nodes = toTree(steps.steps);
  const identifiers = new Identifiers();
  const support = new Support();
  const variables = toVariables(nodes, identifiers);
  const whole = new Whole(steps, nodes, support, variables);
  const shared: Shared = { support, variables, our: whole.our };
  const end = whole.hasTasks ? 'finish()' : 'ferror(stdout) ? 1 : 0';
  const { isNumbered, isTold } = whole;
  const style: Style = { auto: needs.auto, isNumbered, isTold, end };
  const statements = new Statements(shared, style, text, identifiers);
  const head = statements.head(steps.steps[0]?.line ?? text.split('\n').length + 1);
  const body = statements.main(nodes);
  whole.settle();
  const lines = [...whole.beginning, ...body, `return ${end};`];
  const { names } = whole;
  const hasThreads = support.has('start') || support.has('watch') || support.has('create_vpoll');
  const safe = /^[\w.-]+$/.test(name) && !name.startsWith('-') ? name : 'scenario';
  const parts = [
    [...head, `The scenario ${name} as a program, by vpoll sim --c:`, ...usage(safe, needs, hasThreads)]
      .map(toComment)
      .join('\n'),
    `#define _GNU_SOURCE\n${support.includes}`,
    ...support.texts(true),
    names,
    ...support.texts(false).map((part) => whole.fill(part)),
    ...statements.functions,
    `int main(void) {\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n}\n`,
  ];
  return {
    text: parts.filter((part) => part !== '').join('\n\n'),
    needs: needs.features,
    isPlain: needs.isPlain,
    needsLibrary: needs.library,
  };
}

/** A scenario, in UTF-8, as a program that is called `name`, or why it can't be one. `module` is build/vpoll-sim.wasm. */
export function toC(module: WebAssembly.Module, name: string, text: Uint8Array): Program | Mistake {
  const steps = readSteps(module, text);
  if ('status' in steps) return steps;
  try {
    return toProgram(name, new TextDecoder().decode(text), steps);
  } catch (error) {
    if (error instanceof Refusal) return error.mistake;
    throw error;
  }
}
