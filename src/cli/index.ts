#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
import { createRequire } from 'node:module';
import { defineCommand, runMain, type ArgsDef } from 'citty';
import { VPollError } from '../errors.js';
import { demo } from './demo.js';
import { doctor } from './doctor.js';
import { run } from './run.js';
import { serve } from './serve.js';
import { sim } from './sim.js';
import { findUnknown } from './strict.js';

// By its own name: this file's place differs between the sources and the build.
const { version } = createRequire(import.meta.url)('vpoll/package.json') as { version: string };

// What stands behind `--` is another program's: citty would take a --help in it for ours.
const argv = process.argv.slice(2);
const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;

const subCommands = { demo, doctor, run, serve, sim };
const at = own.findIndex((word) => !word.startsWith('-'));
const name = at < 0 ? '' : own[at]!;
const args = (subCommands as Record<string, { args?: unknown }>)[name]?.args as ArgsDef | undefined;
// Without a command that there is, citty says what is wrong.
const unknown = args && (findUnknown(own.slice(0, at), {}) ?? findUnknown(own.slice(at + 1), args));

/** The status of a command line that is wrong, where it isn't 1. */
const MISUSE: Record<string, number> = { run: 125, sim: 2 };

// A reader that has seen enough ends nothing; what can't be written is lost, and told.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  console.error(`vpoll ${name}: standard output: ${error.message}`);
  process.exitCode = 1;
});

if (unknown === undefined) {
  void runMain(
    defineCommand({
      meta: { name: 'vpoll', version, description: 'File descriptors whose poll and epoll events your program decides' },
      subCommands,
    }),
    { rawArgs: own },
  );
} else {
  console.error(`vpoll ${name}: ${new VPollError('EINVAL', `vpoll_${name}`, unknown).message}`);
  process.exitCode = MISUSE[name] ?? 1;
}
