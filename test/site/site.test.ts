// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node

// The site as `npm run site` makes it: no dead link, small enough, readable without JavaScript, and nothing that axe finds.

import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HOME, PACKAGE_FIELDS } from '../../tools/address.js';
import { CHROMIUM, startBrowser } from '../support/browser.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';

const site = join(root, 'build/site');
const SIZE_MAX = 300_000;

test('it is made', () => {
  run(process.execPath, ['--import', 'tsx', 'tools/site.ts']);
});

const withBrowser = needs(test, CHROMIUM);

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What a page leads to. */
function linksOf(html: string): string[] {
  // What stands in a script is no link.
  const text = html.replace(/<script\b[^>]*>[^]*?<\/script>/g, (script) => /^<script[^>]*>/.exec(script)![0]);
  return [...text.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, link]) => link!.replaceAll('&amp;', '&'));
}

test('no link of any page is dead, and none leads to another place than ours', () => {
  const pages = filesIn(site).filter((name) => name.endsWith('.html'));
  assert.ok(pages.length > 30, `${pages.length} pages`);
  const ids = new Map<string, Set<string>>();
  const idsOf = (file: string): Set<string> => {
    const known =
      ids.get(file) ?? new Set([...readFileSync(file, 'utf8').matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => id!));
    ids.set(file, known);
    return known;
  };
  const dead: string[] = [];
  for (const page of pages) {
    for (const link of linksOf(readFileSync(page, 'utf8'))) {
      if (link.startsWith('data:') || link.startsWith(HOME)) continue;
      const at = `${relative(site, page)}: ${link}`;
      if (/^\w+:/.test(link)) {
        // Of the world outside the pages themselves name what they cite.
        if (!/^https:\/\/(www\.)?[a-z.-]+\/?/.test(link)) dead.push(at);
        continue;
      }
      const [path = '', hash = ''] = link.split('#');
      const file = path === '' ? page : join(dirname(page), decodeURIComponent(path));
      if (!existsSync(file) || statSync(file).isDirectory()) dead.push(at);
      else if (hash !== '' && file.endsWith('.html') && !idsOf(file).has(decodeURIComponent(hash))) dead.push(at);
    }
  }
  assert.equal(dead, []);
});

test('the landing page is below 300 KB, gzipped and without the kernel', () => {
  const html = readFileSync(join(site, 'index.html'), 'utf8');
  const own = linksOf(html).filter((link) => /\.(js|css|svg)$/.test(link) && link !== 'vpoll-sim.wasm.js');
  const size = ['index.html', ...new Set(own)].reduce((sum, name) => sum + gzipSync(readFileSync(join(site, name))).length, 0);
  assert.ok(size < SIZE_MAX, `${size} bytes`);
});

test('package.json says where the project lives, as the constant does', () => {
  const { homepage, repository, bugs } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as typeof PACKAGE_FIELDS;
  assert.equal({ homepage, repository, bugs }, PACKAGE_FIELDS);
});

/** Some pages of each kind. */
const PAGES = ['index.html', 'docs/index.html', 'docs/documents/API.html', 'docs/documents/Errors.html'];

const TYPES: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

/** Over HTTP, as a site is: Chromium complains of each icon that a page from a file takes from another file. */
async function serve(): Promise<[Server, string]> {
  const server = createServer(({ url }, response) => {
    const file = join(site, decodeURIComponent(new URL(url!, 'http://localhost').pathname));
    const isThere = existsSync(file) && statSync(file).isFile();
    response.writeHead(isThere ? 200 : 404, { 'content-type': TYPES[file.split('.').at(-1)!] ?? 'text/plain' });
    response.end(isThere ? readFileSync(file) : '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`];
}

async function withPages(options: object, body: (page: Page, name: string) => Promise<void>): Promise<void> {
  const [browser, [server, address]] = await Promise.all([startBrowser(), serve()]);
  try {
    for (const name of PAGES) {
      const page = await browser.newPage(options);
      const wrong: string[] = [];
      page.on('pageerror', (error) => wrong.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') wrong.push(message.text());
      });
      await page.goto(new URL(name, address).href);
      await body(page, name);
      assert.equal(wrong, [], name);
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
  }
}

for (const colorScheme of ['light', 'dark'] as const) {
  withBrowser(`axe finds nothing, ${colorScheme}; no page is wider than 360 pixels`, () =>
    withPages({ colorScheme, viewport: { width: 360, height: 800 } }, async (page, name) => {
      assert.is(await page.evaluate(() => document.documentElement.scrollWidth), 360, name);
      await page.evaluate(readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8'));
      const found = await page.evaluate(async () => {
        interface Found {
          readonly violations: { readonly id: string; readonly nodes: { readonly html: string }[] }[];
        }
        const { violations } = await (globalThis as unknown as { axe: { run(): Promise<Found> } }).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' ')}`);
      });
      assert.equal(found, [], name);
    }),
  );
}

withBrowser(
  'from a file, by a double click, a page has its icons and complains of nothing, with and without JavaScript',
  async () => {
    const browser = await startBrowser();
    try {
      for (const name of PAGES) {
        for (const javaScriptEnabled of [true, false]) {
          const page = await browser.newPage({ javaScriptEnabled });
          const wrong: string[] = [];
          page.on('pageerror', (error) => wrong.push(error.message));
          page.on('console', (message) => {
            if (message.type() === 'error') wrong.push(message.text());
          });
          await page.goto(pathToFileURL(join(site, name)).href);
          const icons = await page.locator('a.tsd-anchor-icon use').evaluateAll((all) =>
            all.map((icon) => {
              const { width } = (icon as unknown as { getBBox(): { width: number } }).getBBox();
              return width > 0;
            }),
          );
          assert.is(icons.length > 0, name.startsWith('docs/'), name);
          assert.not(icons.includes(false), name);
          assert.equal(wrong, [], name);
          await page.close();
        }
      }
    } finally {
      await browser.close();
    }
  },
);

withBrowser('without JavaScript all is there but the playground', () =>
  withPages({ javaScriptEnabled: false }, async (page, name) => {
    assert.ok((await page.locator('main, .container-main').first().innerText()).length > 200, name);
    if (name !== 'index.html') return;
    assert.ok(await page.getByText('npm install vpoll').isVisible());
    assert.ok((await page.locator('.guides a').count()) > 10);
  }),
);

withBrowser('the playground runs on the landing page, and the search finds the API and the guides', async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(site, 'index.html')).href);
    await page.locator('#printed', { hasText: 'GOT event 10' }).waitFor();
    await page.goto(pathToFileURL(join(site, 'docs/index.html')).href);
    await page.locator('#tsd-search-trigger').click();
    for (const [asked, found] of [
      ['formatEvents', 'formatEvents'],
      ['scenarios', 'Scenarios'],
    ] as const) {
      await page.locator('#tsd-search-input').fill(asked);
      await page.locator('#tsd-search-results li', { hasText: found }).first().waitFor();
    }
  } finally {
    await browser.close();
  }
});

test.run();
