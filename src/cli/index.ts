#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later

// Begins with what can't fail, so that all else ends by a line: with few descriptors left, even to load the commands is too much.

import { end } from './end.js';

process.on('uncaughtException', end);
process.on('unhandledRejection', end);

import('./main.js').then(({ main }) => main()).catch(end);
