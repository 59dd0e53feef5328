#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
import { createRequire } from 'node:module';
import { defineCommand, runMain } from 'citty';
import { demo } from './demo.js';
import { doctor } from './doctor.js';
import { run } from './run.js';
import { serve } from './serve.js';
import { sim } from './sim.js';

// By its own name: this file's place differs between the sources and the build.
const { version } = createRequire(import.meta.url)('vpoll/package.json') as { version: string };

// What stands behind `--` is another program's: citty would take a --help in it for ours.
const argv = process.argv.slice(2);
const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;

void runMain(
  defineCommand({
    meta: { name: 'vpoll', version, description: 'File descriptors whose poll and epoll events your program decides' },
    subCommands: { demo, doctor, run, serve, sim },
  }),
  { rawArgs: own },
);
