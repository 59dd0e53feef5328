// SPDX-License-Identifier: LGPL-2.1-or-later

// Serves the playground to this machine's browser: one page over HTTP, on loopback alone.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { VPollError } from '../errors.js';
import { print } from './end.js';
import { valueOf } from './arguments.js';
import { withExamples } from './examples.js';

const HOST = '127.0.0.1';
/** What opens an address where there is a desktop, by its own path: a name could be another program of the caller's folder. */
const OPENER = '/usr/bin/xdg-open';

/** The page asks for nothing beside itself, and is told so. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** The page with the simulated kernel in it, which the package has once. */
async function readPage(): Promise<string> {
  const home = join(dirname(createRequire(import.meta.url).resolve('vpoll/package.json')), 'build');
  const [page, kernel] = await Promise.all([
    readFile(join(home, 'playground/page.html'), 'utf8'),
    readFile(join(home, 'vpoll-sim.wasm'), 'base64'),
  ]);
  return page.replace('/* WASM */', () => kernel);
}

/** A page of another name that resolves to this machine gets nothing (DNS rebinding). */
function isOurs({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '');
}

function answer(page: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, url } = request;
  const isRead = method === 'GET' || method === 'HEAD';
  const path = (url ?? '').replace(/\?.*/, '');
  const status = !isOurs(request) ? 403 : !isRead ? 405 : path === '/' ? 200 : 404;
  response.writeHead(status, status === 200 ? HEADERS : { 'content-type': 'text/plain' });
  response.end(method === 'HEAD' ? '' : status === 200 ? page : `${status}\n`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // Each runtime has a sentence of its own for it.
    server.once('error', ({ code }: Error & { code?: string }) => {
      reject(
        new VPollError(
          code === 'EACCES' ? code : 'EADDRINUSE',
          'vpoll_play',
          `port ${port} of ${HOST}; --port 0 takes a free one`,
        ),
      );
    });
    server.listen(port, HOST, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Shows the address to a person: in a browser where there is a desktop, and this is a person's terminal. */
function openWhereDesktop(address: string): void {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (!process.stdout.isTTY || !(DISPLAY || WAYLAND_DISPLAY) || !existsSync(OPENER)) return;
  const opener = spawn(OPENER, [address], { stdio: 'ignore', detached: true });
  // The address stands in the terminal as well.
  opener.on('error', () => undefined);
  opener.unref();
}

function toPort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) < 65536 ? Number(text) : undefined;
}

const command = new Command('play')
  .description('Serve the playground on this machine (127.0.0.1) until interrupted: scenarios in a browser, step by step')
  .addOption(
    new Option('--port <number>', 'The port; 0 takes one that is free').argParser(valueOf('a port', toPort)).default(0, '0'),
  )
  .action(async ({ port }: { port: number }) => {
    // Here alone: no other command is to load a server.
    const [{ createServer }, page] = await Promise.all([import('node:http'), readPage()]);
    const server = createServer((request, response) => {
      answer(page, request, response);
    });
    const address = `http://${HOST}:${await listen(server, port)}/`;
    print(`${address}\n`);
    openWhereDesktop(address);
  });

/** `vpoll play` */
export const play = withExamples(
  command,
  ['vpoll play', 'Print the address, and serve until Ctrl-C'],
  ['vpoll play --port 8000', 'At an address of your own'],
);
