// SPDX-License-Identifier: LGPL-2.1-or-later

// Why a file is no program that can run in a scenario, and what a trap was: in the same words under every engine.

const MODULE = 'wasi_snapshot_preview1';
/** Its calls (wasi_snapshot_preview1.witx), without the prefix that they share. */
const CALLS: Readonly<Record<string, string>> = {
  args: 'get sizes_get',
  environ: 'get sizes_get',
  clock: 'res_get time_get',
  fd:
    'advise allocate close datasync fdstat_get fdstat_set_flags fdstat_set_rights filestat_get filestat_set_size filestat_set_times pread ' +
    'prestat_get prestat_dir_name pwrite read readdir renumber seek sync tell write',
  path: 'create_directory filestat_get filestat_set_times link open readlink remove_directory rename symlink unlink_file',
  poll: 'oneoff',
  proc: 'exit raise',
  sched: 'yield',
  random: 'get',
  sock: 'accept recv send shutdown',
};
/** So many that it asks for in vain are named. */
const NAMED_MAX = 100;
const MAGIC = [0, 0x61, 0x73, 0x6d];
/** A component's version and layer, where a module has 1 and 0. */
const COMPONENT = [0x0d, 0, 1, 0];

function has(bytes: Uint8Array, at: number, wanted: readonly number[]): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}

/** Why bytes that the engine doesn't take are none for it. */
export function whyNoModule(bytes: Uint8Array): string {
  if (!has(bytes, 0, MAGIC)) return 'is no WebAssembly module';
  if (has(bytes, 4, COMPONENT)) return 'is a component, and a guest is a module for WASI (preview 1)';
  return 'is a WebAssembly module that is cut short or damaged, or needs what this runtime lacks';
}

function isCall(name: string): boolean {
  const at = name.indexOf('_');
  return (CALLS[name.slice(0, at)] ?? '').split(' ').includes(name.slice(at + 1));
}

/** Why a module can't be a guest, or undefined. */
export function whyNoGuest(module: WebAssembly.Module): string | undefined {
  const exported = WebAssembly.Module.exports(module);
  const exports = (name: string, kind: string): boolean => exported.some((one) => one.name === name && one.kind === kind);
  if (!exports('_start', 'function')) return 'has no _start: it is no WASI command';
  if (!exports('memory', 'memory')) return 'exports no memory: it is no WASI command';
  const foreign = WebAssembly.Module.imports(module).filter(
    ({ module: from, name, kind }) => from !== MODULE || kind !== 'function' || !isCall(name),
  );
  if (foreign.length === 0) return undefined;
  const named = [...new Set(foreign.map(({ module: from, name, kind }) => `${kind} ${name} of ${from}`))];
  const [shown, more] = [named.slice(0, NAMED_MAX), named.length - NAMED_MAX];
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  return `wants ${all.join(', ')}, which ${named.length === 1 ? 'is' : 'are'} not in WASI (preview 1)`;
}

/** By what V8 and JavaScriptCore call them. */
const TRAPS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/unreachable/i, 'unreachable code'],
  [/stack/i, 'its stack is full'],
  [/(divi|remainder).*zero/i, 'a division by zero'],
  [/overflow|unrepresentable|out of bounds trunc/i, 'a number that is too large'],
  [/table|indirect|signature|function/i, 'a call of what is no such function'],
  [/out[ -]of[ -]bounds/i, 'an access outside of its memory'],
];

/** What a trap was. */
export function trapName(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  return TRAPS.find(([pattern]) => pattern.test(message))?.[1] ?? 'a failure that has no name here';
}
