// SPDX-License-Identifier: LGPL-2.1-or-later

// The timers of a task by the names that the runtime has for them: those of every runtime, of node:timers, of node:timers/promises, and
// AbortSignal.timeout().

import { builtin } from '../../../host/builtin.js';
import { inside, type Inside } from './inside.js';
import { replace, replaceAlways, type Instead } from './replace.js';
import { VirtualTimer } from './timers.js';

type Callback = (...args: unknown[]) => void;
interface Options {
  readonly signal?: AbortSignal;
}

/** As Node's: an Error with a code, whose cause is the reason. */
function abortError({ reason }: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

function later(what: 'setTimeout' | 'setInterval'): Instead {
  return {
    call: (task, [callback, delay, ...args], original) => {
      // It says what is wrong with it.
      if (typeof callback !== 'function') return original();
      return task.timers.set(what, delay, what === 'setInterval', () => {
        (callback as Callback)(...args);
      });
    },
  };
}

const immediate: Instead = {
  call: (task, [callback, ...args], original) => {
    if (typeof callback !== 'function') return original();
    return task.timers.setImmediate(() => {
      (callback as Callback)(...args);
    });
  },
};

/** A promise that `begin` has a timer resolve, and that a signal rejects. */
function promised<T>(options: unknown, begin: (resolve: (value: T) => void) => VirtualTimer): Promise<T> {
  const { signal } = (options ?? {}) as Options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortError(signal));
      return;
    }
    const timer = begin((value) => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    });
    const onAbort = (): void => {
      timer.close();
      reject(abortError(signal!));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function wait(task: Inside, delay: unknown, value: unknown, options: unknown): Promise<unknown> {
  return promised(options, (resolve) =>
    task.timers.set('setTimeout', delay, false, () => {
      resolve(value);
    }),
  );
}

function next(task: Inside, value: unknown, options: unknown): Promise<unknown> {
  return promised(options, (resolve) =>
    task.timers.setImmediate(() => {
      resolve(value);
    }),
  );
}

/** Steps that come while nobody asks are counted, and given at once. */
async function* steps(task: Inside, delay: unknown, value: unknown, options: unknown): AsyncGenerator<unknown, void> {
  const { signal } = (options ?? {}) as Options;
  if (signal?.aborted) throw abortError(signal);
  let count = 0;
  let wake = (): void => undefined;
  const timer = task.timers.set('setInterval', delay, true, () => {
    count++;
    wake();
  });
  const onAbort = (): void => {
    timer.close();
    wake();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      while (count === 0 && signal?.aborted !== true) await new Promise<void>((resolve) => (wake = resolve));
      for (; count > 0; count--) yield value;
      if (signal?.aborted) throw abortError(signal);
    }
  } finally {
    timer.close();
    signal?.removeEventListener('abort', onAbort);
  }
}

function timeoutSignal(task: Inside, ms: unknown): AbortSignal {
  const abort = new AbortController();
  task.timers.set('AbortSignal.timeout', ms, false, () => {
    abort.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  });
  return abort.signal;
}

export function replaceTimers(): void {
  const promises = builtin('node:timers/promises') as { scheduler?: object } | undefined;
  for (const object of [globalThis, builtin('node:timers')]) {
    for (const name of ['setTimeout', 'setInterval'] as const) replace(object, name, later(name));
    replace(object, 'setImmediate', immediate);
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) replaceAlways(object, name, clear);
  }
  replace(promises, 'setTimeout', { call: (task, [delay, value, options]) => wait(task, delay, value, options) });
  replace(promises, 'setImmediate', { call: (task, [value, options]) => next(task, value, options) });
  replace(promises, 'setInterval', { call: (task, [delay, value, options]) => steps(task, delay, value, options) });
  replace(promises?.scheduler, 'wait', { call: (task, [delay, options]) => wait(task, delay, undefined, options) });
  replace(promises?.scheduler, 'yield', { call: (task) => next(task, undefined, undefined) });
  replace(AbortSignal, 'timeout', { call: (task, [ms]) => timeoutSignal(task, ms) });
}

/** Clears a timer of a task, also when another task does it or code after the run. */
function clear([what]: unknown[], original: () => unknown): unknown {
  const timer = what instanceof VirtualTimer ? what : inside()?.timers.find(what);
  return timer ? void timer.close() : original();
}
