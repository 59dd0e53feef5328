// SPDX-License-Identifier: LGPL-2.1-or-later

// The program of another process that uses vpoll: runs the functions that with-peer.ts sends it as text.

import { createInterface } from 'node:readline';
import { compileFunction } from 'node:vm';
import { helperPid } from '../../../src/fuse/helper.js';
import * as vpoll from '../../../src/index.js';
import { collectGarbage } from '../../support/runtime.js';
import * as libc from './libc.js';
import * as rights from './rights.js';

/** What a function that is sent to a peer gets; it sees nothing else of its file. */
export interface Here {
  vpoll: typeof vpoll;
  libc: typeof libc;
  rights: typeof rights;
  /** The process that serves its vpolls on the fuse backend. */
  helperPid: typeof helperPid;
  /** Whatever is to live until the next call. */
  kept: Map<string, vpoll.VPoll>;
}

Object.assign(globalThis, { gc: collectGarbage });

// Bun and Deno make themselves a copy of their standard output at the first use: let them do so before a test counts descriptors.
process.stdout.write('\n');

const here: Here = { vpoll, libc, rights, helperPid, kept: new Map() };

function said(error: unknown): object {
  if (!(error instanceof vpoll.VPollError)) return { failure: error instanceof Error ? error.stack : String(error) };
  return { error: { code: error.code, errno: error.errno, syscall: error.syscall, message: error.message } };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { code, argument } = JSON.parse(line) as { code: string; argument: unknown };
  let answer: object;
  try {
    const make = compileFunction(`return (${code})`) as () => (here: Here, argument: unknown) => unknown;
    answer = { value: await make()(here, argument) };
  } catch (error) {
    answer = said(error);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
