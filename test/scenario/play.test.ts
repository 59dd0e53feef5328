// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll play` serves the playground on loopback, to this machine's browser alone, until it is interrupted.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { command } from '../support/runtime.js';
import { CHROMIUM } from '../support/browser.js';
import { button, now, withPage } from './support/playground.js';

const withBrowser = needs(test, CHROMIUM);

function start(...args: string[]): ChildProcessWithoutNullStreams {
  const [program, ...words] = command(join(root, 'src/cli/index.ts'));
  // A desktop is there, and nobody's terminal: nothing is to be opened.
  return spawn(program, [...words, 'play', ...args], { env: { ...process.env, DISPLAY: ':77' } });
}

/** Serves while `body` runs; gets the address that is printed. */
async function withServer(body: (address: string) => Promise<void>, ...args: string[]): Promise<void> {
  const server = start(...args);
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const [address] = /^http:\/\/127\.0\.0\.1:\d+\/$/m.exec(String(line)) ?? [];
    assert.ok(address, String(line));
    await body(address);
  } finally {
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    const [status, signal] = (await ended) as [number | null, string | null];
    assert.ok(signal === 'SIGINT' || status === 130, `${status} ${signal}`);
  }
}

/** Asks the server: the status, and what it answers. */
async function ask(address: string, path: string, method = 'GET', host?: string): Promise<[number, string]> {
  const asked = request(new URL(path, address), { method, agent: false, headers: host === undefined ? {} : { host } });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response) text += String(piece);
  return [response.statusCode!, text];
}

test('the page is there, with its kernel; nothing else is, for nobody else', () =>
  withServer(async (address) => {
    const [status, page] = await ask(address, '/');
    assert.is(status, 200);
    assert.match(page, /<h1>vpoll playground<\/h1>/);
    assert.match(page, /VPOLL_SIM_WASM = 'AGFzbQ/);
    assert.is((await ask(address, '/?a=b'))[0], 200);
    assert.equal(await ask(address, '/', 'HEAD'), [200, '']);
    assert.is((await ask(address, '/package.json'))[0], 404);
    assert.is((await ask(address, '/..%2fpackage.json'))[0], 404);
    assert.is((await ask(address, '/', 'POST'))[0], 405);
    assert.is((await ask(address, '/', 'GET', 'example.org'))[0], 403);
  }));

test('a port that is taken, or is none, is one line', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const taken = (other.address() as AddressInfo).port;
  // A check that fails leaves none behind.
  other.unref();
  for (const [port, status, wanted] of [
    [`${taken}`, 1, /^vpoll play: .*EADDRINUSE/],
    ['65536', 2, /^vpoll play: .*It must be a port/],
    ['http', 2, /^vpoll play: .*It must be a port/],
  ] as const) {
    const server = start('--port', port);
    let said = '';
    server.stderr.on('data', (piece: Buffer) => (said += String(piece)));
    const [ended] = (await once(server, 'close')) as [number];
    assert.is(ended, status);
    assert.match(said, wanted);
    assert.is(said.trim().split('\n').length, 1, said);
  }
  other.close();
  await once(other, 'close');
});

withBrowser('the page that is served runs under its policy', () =>
  withServer(async (address) => {
    await withPage(async (page) => {
      await button(page, 'Last moment').click();
      assert.match(await now(page), /is at its end/);
    }, address);
  }),
);

test.run();
