// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node

// The playground in Debian's Chromium: run, step, share, and what a keyboard and a screen reader get.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHROMIUM, startBrowser } from '../support/browser.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { example, play, PRINTED } from './support/scenario.js';

const page = pathToFileURL(join(root, 'build/playground/index.html')).href;
const withBrowser = needs(test, CHROMIUM);

/** Opens the page; what it throws or asks a network for fails the test. */
async function withPage(body: (page: Page) => Promise<void>, address = page): Promise<void> {
  const browser = await startBrowser();
  try {
    const opened = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const wrong: string[] = [];
    opened.on('pageerror', (error) => wrong.push(error.message));
    opened.on('request', (request) => {
      if (!request.url().startsWith('file:')) wrong.push(request.url());
    });
    await opened.goto(address);
    await body(opened);
    assert.equal(wrong, []);
  } finally {
    await browser.close();
  }
}

withBrowser('each example prints what it prints elsewhere, and has the same hash', () =>
  withPage(async (opened) => {
    for (const [name, lines] of Object.entries(PRINTED)) {
      await opened.getByLabel('Example').selectOption(name);
      assert.equal((await opened.locator('#printed').innerText()).trim().split('\n'), lines);
      assert.is(`${await opened.locator('#hash').innerText()}\n`, (await play(example(name), '--hash')).stdout);
    }
  }),
);

withBrowser('steps forwards and backwards, by buttons and by keys, and says what happens', () =>
  withPage(async (opened) => {
    await opened.getByLabel('Example').selectOption('eventfd');
    const now = opened.locator('#now');
    const first = await now.innerText();
    await opened.getByRole('button', { name: 'Step forward' }).click();
    const second = await now.innerText();
    assert.is.not(second, first);
    await opened.getByRole('button', { name: 'Step back' }).click();
    assert.is(await now.innerText(), first);
    await opened.getByRole('slider', { name: 'Step' }).press('ArrowRight');
    assert.is(await now.innerText(), second);
    await opened.getByRole('button', { name: 'Last step' }).click();
    assert.is(await opened.getByRole('button', { name: 'Step forward' }).isDisabled(), true);
    await opened.locator('#lines li', { hasText: 'write 3 8 0x100000001' }).first().click();
    assert.match(await now.innerText(), /^3000 ms: t1 write 3 8 0x100000001 gives 8/);
    assert.match(await opened.getByRole('table', { name: 'Files' }).innerText(), /3 of t0\s+vpoll\s+IN/);
  }),
);

withBrowser('who is woken, and why, stands in the table and in the sentence', () =>
  withPage(async (opened) => {
    await opened.locator('#source').fill('a = eventfd\ntask reader\n  read a\nend\nsleep 1ms\nwrite a 1\n');
    await opened.locator('#source').press('Control+Enter');
    await opened.locator('#lines li', { hasText: 'wake t1 #1' }).click();
    assert.match(await opened.locator('#now').innerText(), /t1 is woken by fd 3 \(IN/);
    assert.match(await opened.getByRole('table', { name: 'Tasks' }).innerText(), /t1\s.*fd 3 \(IN/);
    assert.is(await opened.locator('#timeline svg g.wake title', { hasText: 't1 is woken by fd 3 eventfd (IN' }).count(), 1);
  }),
);

withBrowser('a mistake is an alert with its line; a wrong seed is one as well', () =>
  withPage(async (opened) => {
    await opened.locator('#source').fill('a = eventfd\nread a');
    await opened.getByRole('button', { name: 'Run' }).click();
    assert.match(await opened.getByRole('alert').innerText(), /^line 2: all tasks sleep/);
    await opened.locator('#source').fill('nothing');
    await opened.getByRole('button', { name: 'Run' }).click();
    assert.is(await opened.getByRole('alert').innerText(), "line 1: 'nothing' is no call");
    await opened.getByLabel('Seed').fill('-1');
    await opened.getByRole('button', { name: 'Run' }).click();
    assert.match(await opened.getByRole('alert').innerText(), /^The seed must be/);
  }),
);

withBrowser('a long run has its lines by the thousand, and each can be gone to', () =>
  withPage(async (opened) => {
    await opened.getByLabel("The scenario's lines").fill('until 5s\nloop\n  sleep 1ms\nend\n');
    await opened.getByRole('button', { name: 'Run' }).click();
    assert.is(await opened.locator('#lines li').count(), 1000);
    await opened.getByRole('button', { name: 'Last step' }).click();
    const last = opened.locator('#lines li').last();
    assert.is(await last.getAttribute('aria-current'), 'step');
    await opened.locator('#lines').press('ArrowLeft');
    assert.is(await opened.locator('#lines li[aria-current]').count(), 1);
  }),
);

withBrowser('the address that is shared opens the same run; a broken one is an alert', async () => {
  let address = '';
  await withPage(async (opened) => {
    await opened.locator('#source').fill('print ŝi <b>&\n');
    await opened.getByLabel('Seed').fill('7');
    await opened.getByRole('button', { name: 'Share' }).click();
    await opened.locator('#shared', { hasText: /address/ }).waitFor();
    address = opened.url();
  });
  await withPage(async (opened) => {
    assert.is(await opened.locator('#source').inputValue(), 'print ŝi <b>&\n');
    assert.is(await opened.getByLabel('Seed').inputValue(), '7');
    assert.is(await opened.locator('#printed').innerText(), 'ŝi <b>&\n');
  }, address);
  await withPage(async (opened) => {
    assert.match(await opened.getByRole('alert').innerText(), /no scenario that can be read/);
  }, `${page}#scenario=%21`);
});

withBrowser('structure: every control has a name, the tab key reaches all, nothing is wider than a telephone', () =>
  withPage(async (opened) => {
    for (const control of await opened.locator('button, select, input, textarea').all()) {
      const name = await control.evaluate((element) => {
        const { labels } = element as HTMLInputElement;
        return element.getAttribute('aria-label') ?? (labels?.[0]?.textContent || element.textContent);
      });
      assert.ok(name.trim(), await control.evaluate((element) => element.outerHTML));
    }
    const reached = new Set<string>();
    for (let i = 0; i < 20; i++) {
      await opened.keyboard.press('Tab');
      reached.add(await opened.evaluate(() => document.activeElement?.id ?? ''));
    }
    for (const id of ['example', 'seed', 'source', 'run', 'share', 'printed', 'forward', 'last', 'at', 'timeline', 'lines'])
      assert.ok(reached.has(id), id);
    for (const width of [1280, 390]) {
      await opened.setViewportSize({ width, height: 900 });
      assert.is(await opened.evaluate(() => document.documentElement.scrollWidth), width);
    }
  }),
);

test.run();
