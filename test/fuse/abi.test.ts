// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper, vm emulators/fuse

// The numbers and structs of the FUSE protocol stand in assembly/fuse/protocol.ts. A compiler compares them with the system's headers, for x86-64 and
// arm64.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';

const HEADERS = `
#define _GNU_SOURCE
#include <stddef.h>
#include <linux/fuse.h>
#include <sys/stat.h>
`;

const protocol = readFileSync(join(root, 'assembly/fuse/protocol.ts'), 'utf8');

/** The constants of the protocol, by what the header calls them where that is another name. */
function constants(): [name: string, value: number][] {
  return [...protocol.matchAll(/^export const (\w+): [iu]\w+ = (\w+);$/gm)].map(([, name, value]) => [name!, Number(value)]);
}

const NAMES: Record<string, string> = {
  MAJOR: 'FUSE_KERNEL_VERSION',
  DIRECT_IO: 'FOPEN_DIRECT_IO',
  NONSEEKABLE: 'FOPEN_NONSEEKABLE',
  STREAM: 'FOPEN_STREAM',
  SCHEDULE_NOTIFY: 'FUSE_POLL_SCHEDULE_NOTIFY',
  ATTR_OWNERSHIP: '(FATTR_MODE | FATTR_UID | FATTR_GID)',
  INIT_OUT_SIZE: 'sizeof(struct fuse_init_out)',
  STATFS_OUT_SIZE: 'sizeof(struct fuse_statfs_out)',
};
/** What is no name of the header, or of none that is as old as Linux 5.4: bits 5 and 6 of an open file, and which minor is spoken. */
const UNNAMED = { NOFLUSH: 0x20, PARALLEL_DIRECT_WRITES: 0x40, MINOR: 31 } as Record<string, number>;

interface Struct {
  readonly name: string;
  readonly fields: readonly [name: string, offset: number][];
  readonly size: number;
}

/** The structs, laid out as asc does, and C: each field at a multiple of its own size, and the whole of the largest. */
function structs(): Struct[] {
  return [...protocol.matchAll(/^export class (\w+) \{\n(.*?)^\}/gms)].map(([, name, body]) => {
    const fields: [string, number][] = [];
    let [end, largest] = [0, 1];
    for (const [, field, bits] of body!.matchAll(/^ {2}(\w+): [iu](\d+);$/gm)) {
      const bytes = Number(bits) / 8;
      const offset = Math.ceil(end / bytes) * bytes;
      fields.push([field!, offset]);
      [end, largest] = [offset + bytes, Math.max(largest, bytes)];
    }
    return { name: name!.replace(/(?<=.)[A-Z]/g, '_$&').toLowerCase(), fields, size: Math.ceil(end / largest) * largest };
  });
}

/** What a struct's size isn't: what came after 7.31 is left out (init), or it stands within another struct (attr). */
const WITHOUT_SIZE = ['init_in', 'init_out', 'attr_out'];
/** Fields that the header calls otherwise in some version: they are 0, and nobody reads them. */
const UNREAD = /^(padding|unused\d|dummy|total_extlen|open_flags|flags)$/;

/** What stands in assembly/fuse/protocol.ts, of the header. */
function protocolClaims(): string[] {
  const numbers = constants().flatMap(([name, value]) => {
    if (name in UNNAMED) return UNNAMED[name] === value ? [] : [`0 /* ${name} */`];
    return [`${NAMES[name] ?? `FUSE_${name}`} == ${value}`];
  });
  const layouts = structs().flatMap(({ name, fields, size }) => [
    ...fields.flatMap(([field, at]) => (UNREAD.test(field) ? [] : [`offsetof(struct fuse_${name}, ${field}) == ${at}`])),
    ...(WITHOUT_SIZE.includes(name) ? [] : [`sizeof(struct fuse_${name}) == ${size}`]),
  ]);
  // Flags that are read or written in structs of which no other field of that name is.
  const flags = ['open_in, flags) == 0', 'open_out, open_flags) == 8', 'poll_in, flags) == 16', 'attr_out, attr) == 16'];
  return [...numbers, ...layouts, ...flags.map((claim) => `offsetof(struct fuse_${claim}`)];
}

function claims(): string[] {
  return [...protocolClaims(), 'S_IFREG == 0x8000'];
}

function objections(compiler: string, all: readonly string[]): string {
  const program = HEADERS + all.map((claim) => `_Static_assert(${claim}, ${JSON.stringify(claim)});\n`).join('');
  const options = { input: program, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stderr, error } = spawnSync(compiler, ['-fsyntax-only', '-x', 'c', '-'], options);
  if (error) throw error;
  return status === 0 ? '' : stderr;
}

const native = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc', [process.arch]: 'gcc' };

for (const [arch, compiler] of Object.entries(native)) {
  needs(test, compiler)(`every number and offset is the system's on ${arch}`, () => {
    assert.is(objections(compiler, claims()), '');
    // None was overlooked.
    assert.is(structs().length, protocol.split('@unmanaged\n').length - 1);
    assert.is(constants().length, protocol.split('\nexport const ').length - 1);
    // A claim that is false is noticed.
    assert.match(objections(compiler, [...claims(), 'FUSE_POLL == 41']), 'FUSE_POLL == 41');
  });
}

test.run();
