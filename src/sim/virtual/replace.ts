// SPDX-License-Identifier: LGPL-2.1-or-later

// Puts something in the place of a runtime's function for those who run in a task. For all others it is the original behind a Proxy, which does
// the same and has the same name, members and prototype.

import { inside, type Inside } from './inside.js';

type Callable = (...args: never[]) => unknown;

/** What is done in a task: in place of a call, or the call with other arguments; and in place of `new`, for which it gives the arguments. */
export interface Instead {
  readonly call?: (task: Inside, args: unknown[], original: () => unknown) => unknown;
  readonly callWith?: (task: Inside, args: unknown[]) => unknown[];
  readonly construct?: (task: Inside, args: unknown[]) => unknown[];
}

/** What stands for an original, wherever that is found: `timers.setTimeout === setTimeout` stays true. */
const stands = new Map<Callable, Callable>();

/** `found` is what stands in the place already, where a name is met twice. */
export function standInFor(original: Callable, { call, callWith, construct }: Instead): Callable {
  const found = stands.get(original);
  if (found) return found;
  const handler: ProxyHandler<Callable> = {};
  if (call || callWith) {
    handler.apply = (target, self, args: unknown[]) => {
      const task = inside();
      const plain = (): unknown => Reflect.apply(target, self, task && callWith ? callWith(task, args) : args);
      return task && call ? call(task, args, plain) : plain();
    };
  }
  if (construct) {
    handler.construct = (target, args: unknown[], newTarget) => {
      const task = inside();
      return Reflect.construct(target, task ? construct(task, args) : args, newTarget) as object;
    };
  }
  const made = new Proxy(original, handler);
  stands.set(original, made);
  stands.set(made, made);
  return made;
}

/** What is done with the arguments, in a task or outside of all. */
export type Always = (args: unknown[], original: () => unknown) => unknown;

/** Replaces a function for all. */
export function replaceAlways(object: object | undefined, name: string, always: Always): void {
  put(object, name, (original) => {
    const found = stands.get(original);
    if (found) return found;
    const made = new Proxy(original, {
      apply: (target, self, args: unknown[]) => always(args, () => Reflect.apply(target, self, args) as unknown),
    });
    stands.set(original, made);
    stands.set(made, made);
    return made;
  });
}

/** Where a member is defined: on the object itself or on what it inherits from. */
function holderOf(object: object | undefined, name: string): object | undefined {
  let holder: object | null | undefined = object;
  while (holder && !Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder) as object | null;
  return holder ?? undefined;
}

/** Puts what `make` makes of it in the place of a function. One that can't be written stays: who uses it waits for what is foreign. */
function put(object: object | undefined, name: string, make: (original: Callable) => Callable): void {
  const holder = holderOf(object, name);
  const before = holder && Object.getOwnPropertyDescriptor(holder, name);
  if (!before) return;
  const { get, value } = before as { get?: () => unknown; value?: unknown };
  const stand = (found: unknown): unknown => (typeof found === 'function' ? make(found as Callable) : found);
  const after: PropertyDescriptor = { ...before };
  if (get) {
    // What it gives is made when it is asked for: to ask at import would take long.
    after.get = function (this: unknown): unknown {
      const found = Reflect.apply(get, this, []);
      // Node's are lazy: the first one who asks puts the original in their place.
      if (Object.getOwnPropertyDescriptor(holder, name)?.get !== after.get) put(holder, name, make);
      return stand(found);
    };
  } else after.value = stand(value);
  try {
    Object.defineProperty(holder, name, after);
  } catch {
    // Frozen, or not configurable.
  }
}

/** Replaces what a member gives that is read through a getter: `found` is what that gave. */
export function replaceRead(object: object | undefined, name: string, give: (self: object, found: unknown) => unknown): void {
  const holder = holderOf(object, name);
  const before = holder && Object.getOwnPropertyDescriptor(holder, name);
  const { get, configurable } = (before ?? {}) as { get?: () => unknown; configurable?: boolean };
  if (!get || !configurable) return;
  const after = {
    get(this: object): unknown {
      return give(this, Reflect.apply(get, this, []));
    },
  };
  Object.defineProperty(holder, name, { ...before, ...after });
}

/** Replaces a function for those who run in a task. */
export function replace(object: object | undefined, name: string, instead: Instead): void {
  put(object, name, (original) => standInFor(original, instead));
}
