// SPDX-License-Identifier: LGPL-2.1-or-later

// What no simulation gives: files, sockets, processes, threads. A task that asks for one has failed, by its name, before anything is waited for.
//
// What is done at once, readFileSync() for one, is let be: nobody waits for it.

import { builtin, syncBuiltins } from '../../../host/builtin.js';
import { refuseInTasks } from '../../tasks.js';
import { inside, insides, type Inside } from './inside.js';
import { replace, type Instead } from './replace.js';

/** What is global. */
const GLOBALS = [
  ...['fetch', 'WebSocket', 'WebSocketStream', 'EventSource', 'XMLHttpRequest', 'WebTransport'],
  ...['Worker', 'SharedWorker', 'MessageChannel', 'BroadcastChannel', 'CompressionStream', 'DecompressionStream'],
];

/** Of the runtime's modules, by name. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  fs: ['watch', 'watchFile', 'createReadStream', 'createWriteStream', 'openAsBlob'],
  child_process: ['exec', 'execFile', 'fork', 'spawn'],
  dgram: ['createSocket'],
  dns: ['lookup', 'lookupService', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveSrv', 'resolveTxt', 'reverse'],
  worker_threads: ['Worker', 'MessageChannel', 'BroadcastChannel'],
};

/** Modules of which whatever has a twin that is done at once, `stat` and `statSync`, is waited for. */
const TWINS = ['fs', 'zlib', 'crypto'];
/** Modules of which everything is waited for. */
const ALL = ['fs/promises', 'dns/promises'];
/** These come from the run's seed (random.ts). */
const GIVEN = ['randomFill'];

function refusal(what: string): Instead {
  const refuse = (task: Inside): never => {
    throw task.refuse(what);
  };
  return { call: refuse, construct: refuse };
}

/** One of a module that is global as well has its global name: whichever of them is met first stands for both. */
function refuseOf(name: string, module: object | undefined, members: readonly string[]): void {
  for (const member of members) replace(module, member, refusal(GLOBALS.includes(member) ? member : `${name}.${member}()`));
}

/** Those functions of a module that are meant. */
function refuseWhere(name: string, isMeant: (member: string, module: object) => boolean): void {
  const module = builtin(name) ?? {};
  const found = Object.keys(module).filter((member) => /^[a-z]/.test(member) && !GIVEN.includes(member));
  refuseOf(name, module, found.filter((member) => isMeant(member, module))); // prettier-ignore
}

/** What makes the streams of zlib, which compress in a thread: `createGzip`, and `Gzip`, for all of them. */
function refuseCompressors(): void {
  const module = builtin('node:zlib');
  const makers = Object.keys(module ?? {}).filter((member) => /^create[A-Z]/.test(member));
  refuseOf('zlib', module, makers.flatMap((maker) => [maker, maker.slice('create'.length)])); // prettier-ignore
}

let isDone = false;

/**
 * Begins to refuse: before the first run and not at import, since to load these modules takes 30 to 100 ms. Who has copied a function out of one by then
 * isn't refused, and waits for what is foreign.
 */
export function replaceForeign(): void {
  if (isDone || !insides) return;
  isDone = true;
  for (const name of GLOBALS) replace(globalThis, name, refusal(name));
  for (const name of TWINS) refuseWhere(name, (member, module) => `${member}Sync` in module);
  refuseCompressors();
  for (const name of ALL) refuseWhere(name, () => true);
  for (const [name, members] of Object.entries(NAMED)) refuseOf(name, builtin(name), members);
  const net = builtin('node:net') as { Socket: { prototype: object }; Server: { prototype: object } } | undefined;
  refuseOf('net.Socket', net?.Socket.prototype, ['connect']);
  refuseOf('net.Server', net?.Server.prototype, ['listen']);
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  const methods = subtle ? Object.getOwnPropertyNames(Object.getPrototypeOf(subtle) as object) : [];
  refuseOf('crypto.subtle', subtle, methods.filter((each) => each !== 'constructor')); // prettier-ignore
  refuseOf('Atomics', Atomics, ['waitAsync']);
  const { navigator } = globalThis as { navigator?: { locks?: object } };
  refuseOf('navigator.locks', navigator?.locks, ['request', 'query']);
  refuseInTasks((what) => {
    const task = inside();
    if (task) throw task.refuse(what);
  });
  syncBuiltins();
}
