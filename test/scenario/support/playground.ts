// SPDX-License-Identifier: LGPL-2.1-or-later

// The playground's page in a browser, and what a person does with it.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { root } from '../../support/run.js';
import { startBrowser } from '../../support/browser.js';

export const playgroundPage = pathToFileURL(join(root, 'build/playground/index.html')).href;

/** Opens a page; what it throws, complains of or asks a network for fails the test. */
export async function withPage(
  body: (page: Page) => Promise<void>,
  address = playgroundPage,
  options: BrowserContextOptions = { viewport: { width: 1280, height: 900 } },
): Promise<void> {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage(options);
    const wrong: string[] = [];
    const { origin, protocol } = new URL(address);
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text());
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      const isOwn = protocol === 'file:' ? url.protocol === 'file:' : url.origin === origin;
      if (!isOwn && !['blob:', 'data:'].includes(url.protocol)) wrong.push(request.url());
    });
    await page.goto(address);
    await ran(page);
    await body(page);
    assert.equal(wrong, []);
  } finally {
    await browser.close();
  }
}

/** Waits until nothing runs. */
export async function ran(page: Page): Promise<void> {
  await page.locator('#stop:disabled').waitFor();
}

export function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name });
}

/** Types a scenario in place of what is there. */
export async function typeIn(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  const lines = text.split('\n');
  await page.keyboard.insertText(
    lines
      .slice(0, -1)
      .map((line) => `${line}\n`)
      .join(''),
  );
  // The last word letter by letter, so that it is completed.
  await page.keyboard.type(lines.at(-1)!);
}

export function now(page: Page): Promise<string> {
  return page.locator('#now').innerText();
}

export async function printed(page: Page): Promise<string> {
  return (await page.locator('#printed').textContent()) ?? '';
}

export async function hashOf(page: Page): Promise<string> {
  return (await page.locator('#hash').textContent()) ?? '';
}
