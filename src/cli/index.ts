#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
import { defineCommand, runMain } from 'citty';
import { demo } from './demo.js';

void runMain(
  defineCommand({
    meta: { name: 'vpoll', description: 'File descriptors whose poll and epoll events your program decides' },
    subCommands: { demo },
  }),
);
