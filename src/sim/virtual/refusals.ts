// SPDX-License-Identifier: LGPL-2.1-or-later

// What no simulation gives: files, sockets, processes, threads. A task that asks for one has failed, by its name, before anything is waited for.
//
// What is done at once, readFileSync() for one, is let be: nobody waits for it.

import { builtin, syncBuiltins } from '../../../host/builtin.js';
import type { Inside } from './inside.js';
import { replace, type Instead } from './replace.js';

/** What is global. */
const GLOBALS = [
  ...['fetch', 'WebSocket', 'WebSocketStream', 'EventSource', 'XMLHttpRequest', 'WebTransport'],
  ...['Worker', 'SharedWorker', 'MessageChannel', 'BroadcastChannel'],
];

/** Of modules, by name. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  'node:fs': ['watch', 'watchFile', 'createReadStream', 'createWriteStream', 'openAsBlob'],
  'node:child_process': ['exec', 'execFile', 'fork', 'spawn'],
  'node:dgram': ['createSocket'],
  'node:dns': ['lookup', 'lookupService', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveSrv', 'resolveTxt', 'reverse'],
  'node:worker_threads': ['Worker', 'MessageChannel', 'BroadcastChannel'],
};

/** Modules of which whatever has a twin that is done at once, `stat` and `statSync`, is waited for. */
const TWINS = ['node:fs', 'node:zlib', 'node:crypto'];
/** Modules of which everything is waited for. */
const ALL = ['node:fs/promises', 'node:dns/promises'];
/** These come from the run's seed (random.ts). */
const GIVEN = ['randomFill'];

function refusal(what: string): Instead {
  const refuse = (task: Inside): never => {
    throw task.refuse(what);
  };
  return { call: refuse, construct: refuse };
}

function names(module: object, isMeant: (name: string) => boolean): string[] {
  return Object.keys(module).filter((name) => /^[a-z]/.test(name) && !GIVEN.includes(name) && isMeant(name));
}

function refuseOf(name: string, module: object | undefined, members: readonly string[]): void {
  for (const member of members) replace(module, member, refusal(`${name.replace('node:', '')}.${member}()`));
}

let isDone = false;

/**
 * Begins to refuse: before the first run and not at import, since to load these modules takes 30 to 100 ms. Who has copied a function out of one by then
 * isn't refused, and waits for what is foreign.
 */
export function replaceForeign(): void {
  if (isDone) return;
  isDone = true;
  for (const name of GLOBALS) replace(globalThis, name, refusal(name));
  for (const name of TWINS) {
    const module = builtin(name);
    if (module)
      refuseOf(
        name,
        module,
        names(module, (each) => `${each}Sync` in module),
      );
  }
  for (const [name, members] of Object.entries(NAMED)) refuseOf(name, builtin(name), members);
  for (const name of ALL) {
    const module = builtin(name);
    if (module)
      refuseOf(
        name,
        module,
        names(module, () => true),
      );
  }
  const net = builtin('node:net') as { Socket: { prototype: object }; Server: { prototype: object } } | undefined;
  refuseOf('net.Socket', net?.Socket.prototype, ['connect']);
  refuseOf('net.Server', net?.Server.prototype, ['listen']);
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  const methods = subtle ? Object.getOwnPropertyNames(Object.getPrototypeOf(subtle) as object) : [];
  refuseOf('crypto.subtle', subtle, methods.filter((each) => each !== 'constructor')); // prettier-ignore
  refuseOf('Atomics', Atomics, ['waitAsync']);
  syncBuiltins();
}
