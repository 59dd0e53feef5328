// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node

// The playground in Debian's Chromium: run, stop, step, explore, share, open and save, and what a keyboard and a screen reader get.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHROMIUM } from '../support/browser.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { button, hashOf, now, playgroundPage, printed, ran, typeIn, withPage } from './support/playground.js';
import { inC } from './support/in-c.js';
import { example, play, PRINTED } from './support/scenario.js';

const withBrowser = needs(test, CHROMIUM);

/** Without the line that a reader of the playground doesn't need. */
const shown = (name: string) => example(name).replace(/^# SPDX.*\n/, '');
const EXAMPLES = readdirSync(join(root, 'examples/scenarios')).map((name) => name.replace('.vpoll', ''));

withBrowser('each example prints what it prints elsewhere, and has the same hash', () =>
  withPage(async (page) => {
    for (const name of EXAMPLES) {
      await page.getByLabel('Example').selectOption(name);
      await ran(page);
      const seed = await page.getByLabel('Seed').inputValue();
      assert.is(await printed(page), (await play(shown(name), '--seed', seed)).stdout, name);
      assert.is(`${await hashOf(page)}\n`, (await play(shown(name), '--hash', '--seed', seed)).stdout, name);
    }
    assert.equal(PRINTED.eventfd, (await play(shown('eventfd'))).stdout.trim().split('\n'));
  }),
);

withBrowser("steps by buttons and keys, in the scenario's own words, and shows the line that runs", () =>
  withPage(async (page) => {
    const first = await now(page);
    await button(page, 'Next moment').click();
    assert.match(await now(page), /^0 s: main: efd = eventfd 0 vpoll; is fd 3\.$/);
    assert.is(await page.locator('.cm-line.running').innerText(), 'efd = eventfd 0 vpoll');
    await button(page, 'Moment before').click();
    assert.is(await now(page), first);
    await page.getByRole('slider', { name: 'Moment' }).press('ArrowRight');
    assert.match(await now(page), /efd = eventfd/);
    await page.locator('#timeline').focus();
    await page.keyboard.press('End');
    assert.is(await button(page, 'Next moment').isDisabled(), true);
    assert.match(await now(page), /is at its end/);
    await page.keyboard.press('Home');
    assert.is(await now(page), first);
    await page.keyboard.press('Space');
    await page.locator('#back:enabled').waitFor();
    await page.keyboard.press('Space');
    await page.locator('#play', { hasText: 'Play' }).waitFor();
    assert.is.not(await now(page), first);
    await page.locator('#steps li', { hasText: 'child: write efd ADD IN;' }).first().click();
    assert.is(await now(page), '3 s: child: write efd ADD IN; gives 8; efd shows IN.');
    assert.match(await page.getByRole('table', { name: 'Descriptors' }).innerText(), /efd\s+3\s+vpoll\s+IN/);
    assert.is(await page.locator('.cm-line.running').innerText(), '  write efd ADD IN');
  }),
);

withBrowser('the raw trace is one click away, and a line of it leads to its moment', () =>
  withPage(async (page) => {
    assert.is(await page.locator('#rows').isVisible(), false);
    await page.getByText('The raw trace').click();
    await page.locator('#rows li', { hasText: 'write 3 8 0x100000001' }).first().click();
    assert.match(await now(page), /^3 s: child: write efd ADD IN;/);
  }),
);

withBrowser('who is woken, and why, stands in the table, the sentence and the picture', () =>
  withPage(async (page) => {
    await typeIn(page, 'a = eventfd\ntask reader\n  read a\nend\nsleep 1ms\nwrite a 1\n');
    await page.locator('.cm-content').press('Control+Enter');
    await ran(page);
    await page.locator('#steps li', { hasText: 'woken by a' }).click();
    assert.match(await now(page), /main: write a 1; .*reader is woken by a \(IN/);
    assert.match(await page.getByRole('table', { name: 'Tasks' }).innerText(), /reader\s.*a \(IN/);
    assert.is(await page.locator('#timeline g.wake title', { hasText: 'reader is woken by a (IN' }).count(), 1);
    assert.equal(await page.locator('#timeline text.time').allTextContents(), ['0 s', '1 ms']);
  }),
);

withBrowser('a mistake is an alert, and shows at its line while it is typed; a wrong seed is an alert as well', () =>
  withPage(async (page) => {
    await typeIn(page, 'a = eventfd\nread a');
    await button(page, 'Run').click();
    await page
      .getByRole('alert')
      .filter({ hasText: /^line 2: all tasks sleep/ })
      .waitFor();
    await typeIn(page, 'print hello\n\nnothing\n');
    await page.getByRole('alert').filter({ hasText: "line 3: 'nothing' is no call" }).waitFor();
    assert.is(await page.locator('.cm-lintRange-error').innerText(), 'nothing');
    await page.getByLabel('Seed').fill('-1');
    await button(page, 'Run').click();
    assert.match(await page.getByRole('alert').innerText(), /^The seed must be/);
  }),
);

withBrowser('completes the words of a scenario and its own names, and says what a word does', () =>
  withPage(async (page) => {
    await typeIn(page, 'doorbell = eventfd 0 vpoll\nepoll_w');
    await page.locator('.cm-completionLabel', { hasText: 'epoll_wait' }).waitFor();
    await page.locator('.cm-completionInfo', { hasText: 'at most MAX' }).waitFor();
    await typeIn(page, 'doorbell = eventfd 0 vpoll\nwrite do');
    await page.locator('.cm-completionLabel', { hasText: 'doorbell' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.cm-content').getByText('eventfd').hover();
    await page.locator('.cm-tooltip .help', { hasText: 'eventfd(2)' }).waitFor();
  }),
);

withBrowser('a run without an end is broken off, output comes while it runs, and Stop ends what runs long', () =>
  withPage(async (page) => {
    await typeIn(page, 'loop\n  print more\n  sleep 1ms\nend\n');
    await button(page, 'Run').click();
    await page.getByRole('alert').filter({ hasText: 'stopped after 20000 moments' }).waitFor();
    assert.is(await page.locator('#steps li').count(), 1000);
    await button(page, 'Last moment').click();
    assert.is(await page.locator('#steps li[aria-current]').count(), 1);
    // Each seed takes all the steps that a run may have: a thousand of them take minutes.
    await typeIn(page, 'loop\nend\n');
    await button(page, 'Explore').click();
    assert.is(await page.locator('#status').innerText(), 'Exploring…');
    await button(page, 'Stop').click();
    assert.is(await page.getByRole('alert').innerText(), 'Stopped.');
    await typeIn(page, 'print alive\n');
    await button(page, 'Run').click();
    await page.locator('#printed', { hasText: 'alive' }).waitFor();
  }),
);

withBrowser('Explore finds the seed whose failure is the smallest, and steps through it', () =>
  withPage(async (page) => {
    await page.getByLabel('Example').selectOption('lost-wakeup');
    await button(page, 'Explore').click();
    await page
      .locator('#explored', { hasText: /^1,000 seeds, .* fail\. The smallest is seed \d+: line \d+: all tasks sleep/ })
      .waitFor({ timeout: 120_000 });
    await page.getByRole('alert').filter({ hasText: 'all tasks sleep' }).waitFor();
    const seed = await page.getByLabel('Seed').inputValue();
    assert.ok((await page.locator('#explored').innerText()).includes(`seed ${seed}:`));
    assert.is((await play(shown('lost-wakeup'), '--seed', seed)).status, 1);
    await button(page, 'Next moment').click();
    assert.match(await now(page), /main: efd = eventfd/);
  }),
);

withBrowser('the address that is shared opens the same run, in an open page as well; a broken one is an alert', async () => {
  let address = '';
  await withPage(async (page) => {
    await typeIn(page, 'print ŝi <b>&');
    await page.getByLabel('Seed').fill('7');
    await button(page, 'Share').click();
    await page.locator('#shared', { hasText: /address/ }).waitFor();
    address = page.url();
  });
  const check = async (page: Page): Promise<void> => {
    await page.locator('#printed', { hasText: 'ŝi <b>&' }).waitFor();
    assert.is(await page.locator('.cm-content').innerText(), 'print ŝi <b>&');
    assert.is(await page.getByLabel('Seed').inputValue(), '7');
  };
  await withPage(check, address);
  await withPage(async (page) => {
    // As a browser does by an address that is pasted into its bar: the page stays.
    await page.evaluate((hash) => {
      location.hash = hash;
    }, new URL(address).hash);
    await check(page);
  });
  await withPage(async (page) => {
    assert.match(await page.getByRole('alert').innerText(), /no scenario that can be read/);
  }, `${playgroundPage}#scenario=%21`);
});

withBrowser('opens a file, saves it, and exports what Perfetto reads', () =>
  withPage(async (page) => {
    const text = 'a = eventfd 0 vpoll\nwrite a ADD IN\n';
    await page.locator('#file').setInputFiles({ name: 'mine.vpoll', mimeType: 'text/plain', buffer: Buffer.from(text) });
    await page.locator('#command', { hasText: 'npx vpoll sim --seed 0 mine.vpoll' }).waitFor();
    await ran(page);
    for (const [control, name] of [
      ['Save', 'mine.vpoll'],
      ['Save as C', 'mine.c'],
      ['Export to Perfetto', 'mine.json'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: control, exact: true }).click(),
      ]);
      assert.is(download.suggestedFilename(), name);
      const got = readFileSync(await download.path(), 'utf8');
      if (control === 'Save') assert.is(got, text);
      else if (control === 'Save as C') assert.is(got, inC(text, 'mine'));
      else assert.ok((JSON.parse(got) as { traceEvents: { name: string }[] }).traceEvents.some((event) => event.name === 'IN'));
    }
  }),
);

withBrowser('the command for the real kernel, and why a scenario can be no program there', () =>
  withPage(async (page) => {
    await page.getByLabel('Example').selectOption('faults');
    await ran(page);
    assert.is(await page.locator('#real-command').innerText(), 'npx vpoll sim --real faults.vpoll');
    await button(page, 'Save as C').click();
    await page.locator('#mistake', { hasText: /^line \d+: fault: only the simulated kernel has faults to order$/ }).waitFor();
  }),
);

withBrowser('every control has a name, the tab key reaches all, and nothing is wider than a telephone', () =>
  withPage(async (page) => {
    const reached = new Set<string>();
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate(() => document.activeElement?.closest('[id]')?.id ?? ''));
    }
    for (const id of ['example', 'seed', 'source', 'run', 'share', 'printed', 'forward', 'last', 'at', 'timeline', 'steps'])
      assert.ok(reached.has(id), id);
    for (const width of [1440, 360]) {
      await page.setViewportSize({ width, height: 900 });
      assert.is(await page.evaluate(() => document.documentElement.scrollWidth), width);
    }
  }),
);

withBrowser('axe finds nothing, light or dark, wide or narrow', async () => {
  const axe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
  for (const colorScheme of ['light', 'dark'] as const) {
    await withPage(
      async (page) => {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(axe);
        for (const width of [1440, 390]) {
          await page.setViewportSize({ width, height: 900 });
          const found = await page.evaluate(async () => {
            const { violations } = await (
              globalThis as unknown as {
                axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
              }
            ).axe.run();
            return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`);
          });
          assert.equal(found, []);
        }
      },
      pathToFileURL(join(root, 'build/playground/index.html')).href,
    );
  }
});

test.run();
