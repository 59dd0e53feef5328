// SPDX-License-Identifier: LGPL-2.1-or-later

// Debian's Chromium, driven by playwright-core.

import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium, type Browser } from 'playwright-core';
import { root } from './run.js';

export const CHROMIUM = '/usr/bin/chromium';

/** Starts the browser, without a window and without a network. The caller closes it. */
export function startBrowser(): Promise<Browser> {
  // Root may run it only without its sandbox; what it shows is ours.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'], timeout: 120_000 });
}

/** The program of a page, by its path from the root of the checkout, as one script. */
export async function bundlePage(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}
