// SPDX-License-Identifier: LGPL-2.1-or-later

// The file of the native helper (host/c/helper), some 32 KB beside this library. It is executed only if its SHA-256 is the one that was built in. What is executed is the
// descriptor that was read: no other file can take its place in between.

import sha256Base64 from '../../build/sha256.wasm.js';
import { files, url } from '../../build/native.files.js';
import { ENOENT } from '../../host/errno.js';
import type { Calls } from '../../host/linux/calls.js';
import { fromBase64 } from '../base64.js';
import { sayErrno } from '../errors.js';
import { sentence, type Why } from '../why.js';

/** The module's exports, of assembly/sha256/index.ts. */
interface Sha256 {
  readonly memory: WebAssembly.Memory;
  readonly text: WebAssembly.Global<'i32'>;
  readonly digest: WebAssembly.Global<'i32'>;
  readonly sha256: (size: number) => number;
}

const DIGEST_BYTES = 32;
/** More than any that was built (tools/native.ts). */
const BYTES_MAX = 65537;
const EXECUTABLE = 1;
const REMEDY = 'VPOLL_FUSE=memfd copies it into memory';

/** A helper to execute. */
export interface Program {
  /** The caller closes it. */
  readonly fd: number;
  /** The file that it is, or was copied from. */
  readonly path: string;
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The SHA-256 of some bytes, in hex. */
export function digestOf(bytes: Uint8Array): string {
  const module = new WebAssembly.Module(fromBase64(sha256Base64));
  const { memory, text, digest, sha256 } = new WebAssembly.Instance(module).exports as unknown as Sha256;
  new Uint8Array(memory.buffer).set(bytes, text.value);
  sha256(bytes.length);
  const words = new DataView(memory.buffer, digest.value, DIGEST_BYTES);
  return Array.from({ length: DIGEST_BYTES / 4 }, (_, i) =>
    words
      .getUint32(4 * i, true)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}

/**
 * Whether this is the SHA-256 of some bytes, in hex. `atHand`: what the runtime has for it, which takes 2 to 6 ms less. It is believed when it says yes: whatever else it may
 * be, it has not come upon these 32 bytes by chance.
 */
export function isDigest(sha256: string, bytes: Uint8Array, atHand: (bytes: Uint8Array) => Uint8Array | undefined): boolean {
  const own = atHand(bytes);
  return (own !== undefined && toHex(own) === sha256) || digestOf(bytes) === sha256;
}

/** Where the helper of this architecture should lie, or why there is none. */
function find(): { path: string; sha256: string } | Why {
  const file = files[process.arch];
  if (!file?.sha256) return { reason: `vpoll was built without one for ${process.arch}`, remedy: 'build it where there is a cc' };
  // A CommonJS bundle has no import.meta.url; what was compiled into one program has one of no file.
  const here = url || (typeof __filename === 'string' ? `file://${__filename}` : '');
  if (!here.startsWith('file:')) return { reason: 'this program was bundled, and has no file beside it' };
  return { path: decodeURIComponent(new URL(file.name, here).pathname), sha256: file.sha256 };
}

/** A file that only the runtime can read: in an archive, of which libc knows nothing. */
function readByRuntime(path: string): Uint8Array | undefined {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(path).subarray(0, BYTES_MAX);
  } catch {
    return undefined;
  }
}

/** Why an open file can't be executed, as far as can be told without trying, or undefined. */
export function whyNotExecutable(calls: Calls, { fd, path }: Program): Why | undefined {
  if (fd < 0) return { reason: `${path} lies in an archive`, remedy: REMEDY };
  if (calls.isOnNoexec(fd) === 1) return { reason: `${path} lies on a mount with noexec`, remedy: REMEDY };
  if (calls.access(`/proc/self/fd/${fd}`, EXECUTABLE) === 0) return undefined;
  return { reason: `${path} may not be executed`, remedy: `chmod +x it; or ${REMEDY}` };
}

function inMemory(calls: Calls, path: string, bytes: Uint8Array): Program | Why {
  const fd = calls.holdInMemory(bytes);
  return fd < 0 ? { reason: `memfd_create: ${sayErrno(-fd)}` } : { fd, path };
}

/** Looks at what is open, or at what only the runtime can read where `fd` is -errno: the same, a copy of it, or why neither. */
function look(calls: Calls, { fd, path }: Program, sha256: string, mayCopy: boolean): Program | Why {
  if (fd >= 0 && calls.isRegular(fd) === 0) return { reason: `${path} is no regular file`, remedy: 'install vpoll again' };
  const bytes = fd < 0 ? (readByRuntime(path) ?? fd) : calls.readImage(fd, BYTES_MAX);
  if (bytes === -ENOENT) return { reason: `there is no ${path}`, remedy: 'a bundle needs it beside it: copy it there' };
  if (typeof bytes === 'number') return { reason: `${path} can't be read: ${sayErrno(-bytes)}` };
  if (!isDigest(sha256, bytes, (all) => calls.sha256(all)))
    return { reason: `${path} is not the file that this vpoll was built with`, remedy: 'install vpoll again' };
  // Where it is only to be executed, the attempt says it as well.
  const why = fd < 0 || mayCopy ? whyNotExecutable(calls, { fd, path }) : undefined;
  if (why && mayCopy) return inMemory(calls, path, bytes);
  return why ?? { fd, path };
}

/** Opens it, and looks whether it is the one that was built. `mayCopy`: where it can't be executed where it lies, a copy in memory is. */
export function openProgram(calls: Calls, mayCopy = false): Program | Why {
  const found = find();
  if ('reason' in found) return found;
  const { path, sha256 } = found;
  const fd = calls.openImage(path);
  const program = look(calls, { fd, path }, sha256, mayCopy);
  if (fd >= 0 && !('fd' in program && program.fd === fd)) calls.close(fd);
  return program;
}

/** Why it can't be executed here, or undefined. Starts nothing. */
export function whyNoNative(calls: Calls, mayCopy = false): Why | undefined {
  const program = openProgram(calls, mayCopy);
  if ('reason' in program) return program;
  // A copy is asked for only where the file is none to execute.
  const why = mayCopy ? undefined : whyNotExecutable(calls, program);
  calls.close(program.fd);
  return why;
}

/** Why there is neither helper. */
export function neither(noNative: Why, noRuntime: Why): Why {
  return { reason: `${noRuntime.reason}; and there is no native helper: ${sentence(noNative)}`, remedy: noRuntime.remedy };
}
