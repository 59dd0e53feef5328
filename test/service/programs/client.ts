// SPDX-License-Identifier: LGPL-2.1-or-later

// A program that says nothing about backends: does what each line of its standard input says, and prints a line.

import { readdirSync, readSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { VPOLL_EVENTS } from '../../../src/constants.js';
import { VPoll } from '../../../src/index.js';
import { pollNow } from '../../real/support/libc.js';

const vpolls: VPoll[] = [];
const last = (): VPoll => vpolls.at(-1)!;
const code = (error: unknown): string => (error as { code?: string }).code ?? String(error);

/** Every mask, by what poll(2) shows of it: how many are exact. */
function countExact(): number {
  let exact = 0;
  for (let mask = 0; mask <= VPOLL_EVENTS; mask++) {
    if ((mask & ~VPOLL_EVENTS) !== 0) continue;
    last().set(mask);
    if (pollNow(last().fd) === mask && last().events === mask) exact++;
  }
  return exact;
}

/** What a child in Python that has the descriptor does to it, by its own number 3. */
function child(program: string): string {
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', program], {
    stdio: ['ignore', 'pipe', 'pipe', last().fd],
    encoding: 'utf8',
  });
  return `${stdout.trim()}${stderr}`;
}

const COMMANDS: Record<string, (argument: string) => unknown> = {
  create: (backend) => {
    vpolls.push(VPoll.create({ policy: 'closest', ...(backend ? { backend: backend as 'device' } : {}) }));
    return last().backend;
  },
  needs: (mask) => {
    vpolls.push(VPoll.create({ needs: Number(mask) }));
    return last().backend;
  },
  masks: countExact,
  set: (mask) => {
    last().set(Number(mask));
    return pollNow(last().fd);
  },
  show: () => pollNow(last().fd),
  child,
  close: () => {
    vpolls.pop()!.close();
    return 'closed';
  },
  fds: () => readdirSync('/proc/self/fd').length,
};

/** Reads a line; a byte a call, since the runtime may do other things with what it has read ahead. */
function readLine(): string {
  const byte = new Uint8Array(1);
  let text = '';
  while (readSync(0, byte, 0, 1, null) === 1 && byte[0] !== 10) text += String.fromCharCode(byte[0]!);
  return text;
}

for (let line = readLine(); line !== ''; line = readLine()) {
  const [name, ...rest] = JSON.parse(line) as [string, string?];
  let said: unknown;
  try {
    said = COMMANDS[name]!(rest[0] ?? '');
  } catch (error) {
    said = `${code(error)} ${(error as Error).message}`;
  }
  console.log(JSON.stringify(said));
}
