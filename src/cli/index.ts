#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
import { createRequire } from 'node:module';
import { defineCommand, runMain } from 'citty';
import { demo } from './demo.js';
import { run } from './run.js';
import { serve } from './serve.js';

// By its own name: this file's place differs between the sources and the build.
const { version } = createRequire(import.meta.url)('vpoll/package.json') as { version: string };

void runMain(
  defineCommand({
    meta: { name: 'vpoll', version, description: 'File descriptors whose poll and epoll events your program decides' },
    subCommands: { demo, run, serve },
  }),
);
