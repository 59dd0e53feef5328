// SPDX-License-Identifier: LGPL-2.1-or-later

// Whether a helper that nobody has asked for would be a good guest in this program: a pure function of what is found of it.

import { createFinder } from '../../host/linux/guest.js';
import { openLibc } from '../runtime.js';
import type { Why } from '../why.js';
import { CHILDREN, RULES } from './policy.js';

type RuleOfOurs = Exclude<(typeof RULES)[number], { isOfC: true }>;

const OURS = RULES.filter((rule): rule is RuleOfOurs => !('isOfC' in rule));

/** Of facts that are not looked at: each as it does no harm. */
const NOTHING = 0;

/** Why none may be started by itself; undefined: one may. `find` looks at one fact of {@link RULES}, and is asked for no more than it takes. */
export function whyHarmful(find: (fact: RuleOfOurs['fact']) => number): Why | undefined {
  const rule = OURS.find(({ fact, mayBe }) => (find(fact) & ~mayBe) !== 0);
  return rule && { reason: rule.reason, remedy: rule.remedy };
}

/** Why none may be started even where one is asked for; undefined: one may. */
function whyForbidden(find: (fact: RuleOfOurs['fact']) => number): Why | undefined {
  const rule = OURS.find((each) => 'forbids' in each && (find(each.fact) & each.forbids) !== 0);
  return rule && { reason: rule.reason, remedy: rule.remedy };
}

/** The same of this process, as it is now. */
export function whyNever(): Why | undefined {
  return whyForbidden(createFinder(openLibc(), CHILDREN));
}

/** What {@link whyHarmful} says of this process, as it is now. It makes a few calls, so it is for when one would be started, and not for each vpoll. */
export function whyNoStart(): Why | undefined {
  return whyHarmful(createFinder(openLibc(), CHILDREN));
}

/** Why the mere attempt to start one may kill this process, or what it has prepared, or undefined. */
export function whyDeadly(): Why | undefined {
  const find = createFinder(openLibc(), CHILDREN);
  return whyHarmful((fact) => (fact === 'seccomp' ? find(fact) : NOTHING)) ?? whyForbidden(find);
}
