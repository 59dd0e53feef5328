// SPDX-License-Identifier: LGPL-2.1-or-later

// Descriptors of every kind, made by another process that knows nothing of vpoll, and watched here: the masks are exact, urgent data, errors and
// hangups among them. What epoll(7) should say was looked up, and poll(2) must agree at the same moment.

import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  EPOLLRDNORM,
  EPOLLWRNORM,
  formatEvents,
} from '../../src/index.js';
import { closeFd, openFile, pollNow, targetOf } from '../real/support/libc.js';
import { Peer } from '../real/support/with-peer.js';
import { needs } from '../support/needs.js';
import { runtime } from '../support/runtime.js';
import { Maker } from './support/maker.js';
import { blockSignal, consumeSignal, signalThisThread } from './support/signals.js';
import { collect, scenario, type Stage } from './support/scenario.js';

const IN = EPOLLIN;
const ALL = IN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP;
const withPython = needs(test, 'python3');

/** Waits until what is reported of the only target is `events`: what happens in another process may come in pieces. */
async function expectEvents({ poller, wait }: Stage, fd: number, events: number, interest: number): Promise<void> {
  let got = -1;
  for (let i = 0; got !== events; i++) {
    if (i > 1000) throw new Error(`${formatEvents(got)}, and not ${formatEvents(events)}`);
    const [event] = await wait({ timeoutMs: i === 0 ? 30_000 : 20 });
    collect();
    got = event?.events ?? 0;
  }
  assert.is(pollNow(fd, interest), events, 'poll(2) says the same');
  poller.modify(fd, interest);
}

function source(name: string, body: (stage: Stage, maker: Maker) => Promise<void>, register = withPython): void {
  scenario(register, name, (stage) => Maker.with((maker) => body(stage, maker)));
}

source('a TCP socket: data, urgent data, the end of the stream', async (stage, maker) => {
  const fd = await maker.take('tcp');
  stage.poller.add(fd, ALL);
  await expectEvents(stage, fd, EPOLLOUT, ALL);
  await maker.act('send', 'tcp', { text: 'x' });
  await expectEvents(stage, fd, IN | EPOLLOUT, ALL);
  await maker.act('receive', 'tcp');
  await maker.act('send', 'tcp', { text: '!', urgent: true });
  await expectEvents(stage, fd, EPOLLPRI | EPOLLOUT, ALL);
  await maker.act('shut', 'tcp');
  await expectEvents(stage, fd, IN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP, ALL);
});

source('a TCP socket: urgent data alone can be waited for, and a reset is ERR and HUP', async (stage, maker) => {
  const fd = await maker.take('tcp');
  stage.poller.add(fd, EPOLLPRI);
  assert.equal(await stage.wait({ timeoutMs: 5 }), []);
  await maker.act('send', 'tcp', { text: '!', urgent: true });
  await expectEvents(stage, fd, EPOLLPRI, EPOLLPRI);
  await maker.act('reset', 'tcp');
  stage.poller.modify(fd, EPOLLRDHUP | EPOLLRDNORM | EPOLLWRNORM);
  const all = EPOLLERR | EPOLLHUP | EPOLLRDHUP | EPOLLRDNORM | EPOLLWRNORM;
  await expectEvents(stage, fd, all, EPOLLRDHUP | EPOLLRDNORM | EPOLLWRNORM);
});

source('a pipe: both ends', async (stage, maker) => {
  const read = await maker.take('pipe', { end: 'read' }, 'r');
  stage.poller.add(read, ALL);
  await maker.act('write', 'r', { text: 'x' });
  await expectEvents(stage, read, IN, ALL);
  await maker.act('close', 'r', { index: 1 });
  await expectEvents(stage, read, IN | EPOLLHUP, ALL);
  stage.poller.delete(read);
  const write = await maker.take('pipe', { end: 'write' }, 'w');
  stage.poller.add(write, ALL);
  await expectEvents(stage, write, EPOLLOUT, ALL);
  await maker.act('close', 'w', { index: 0 });
  await expectEvents(stage, write, EPOLLOUT | EPOLLERR, ALL);
});

source('a pty: data, and the hangup of its other end', async (stage, maker) => {
  const fd = await maker.take('pty', { end: 'master' });
  stage.poller.add(fd, IN | EPOLLPRI);
  assert.equal(await stage.wait({ timeoutMs: 5 }), []);
  await maker.act('write', 'pty', { text: 'x' });
  await expectEvents(stage, fd, IN, IN | EPOLLPRI);
  await maker.act('read', 'pty');
  assert.equal(await stage.wait({ timeoutMs: 0 }), []);
  await maker.act('close', 'pty', { index: 1 });
  await expectEvents(stage, fd, EPOLLHUP, IN | EPOLLPRI);
});

source('a timerfd: when it expires, and an edge once', async (stage, maker) => {
  const fd = await maker.take('timerfd', { delay_ns: 20_000_000 });
  stage.poller.add(fd, ALL, { edge: true });
  const [event] = await stage.wait();
  assert.is(event?.events, IN);
  assert.is(pollNow(fd, ALL), IN);
  assert.equal(await stage.wait({ timeoutMs: 5 }), []);
});

source('an inotify fd', async (stage, maker) => {
  const fd = await maker.take('inotify');
  stage.poller.add(fd, ALL);
  assert.equal(await stage.wait({ timeoutMs: 5 }), []);
  await maker.act('touch', 'inotify');
  await expectEvents(stage, fd, IN, ALL);
});

// A signalfd shows what is pending for the thread that polls it, or for the whole process (signalfd(2)). That is the main thread in Node, and a
// thread of the Poller's in Bun and Deno. But only a Deno can be started with a signal blocked in all threads, and so have it pending.
const SIGUSR2 = 12;

if (runtime === 'node') {
  source('a signalfd of a signal that the main thread blocks', async (stage, maker) => {
    const fd = await maker.take('signalfd', { signal: SIGUSR2 });
    stage.own(blockSignal(SIGUSR2));
    stage.poller.add(fd, ALL);
    assert.equal(await stage.wait({ timeoutMs: 5 }), []);
    const pending = stage.wait({ timeoutMs: 30_000 });
    signalThisThread(SIGUSR2);
    assert.is((await pending)[0]?.events, IN);
    assert.is(pollNow(fd, ALL), IN);
    consumeSignal(fd);
    assert.equal(await stage.wait({ timeoutMs: 5 }), []);
  });
}

if (runtime === 'deno') {
  source('a signalfd of a signal that the whole process blocks', async (_stage, maker) => {
    const fd = await maker.take('signalfd', { signal: SIGUSR2 });
    await Peer.with({ before: ['env', '--block-signal=USR2'], fds: [fd] }, async (peer) => {
      const seen = await peer.run(async ({ vpoll, libc }) => {
        const poller = vpoll.Poller.create();
        poller.add(3, vpoll.EPOLLIN | vpoll.EPOLLPRI);
        const masks = [(await poller.wait({ timeoutMs: 5 })).length];
        const pending = poller.wait({ timeoutMs: 30_000 });
        process.kill(process.pid, 'SIGUSR2');
        masks.push((await pending)[0]?.events ?? -1, libc.pollNow(3, vpoll.EPOLLIN | vpoll.EPOLLPRI));
        poller.close();
        return masks;
      });
      assert.equal(seen, [0, IN, IN]);
    });
  });
}

scenario(test, 'a file of procfs that fs opened', async ({ poller, own, wait }) => {
  const fd = openFile('/proc/self/mounts');
  own(() => {
    closeFd(fd);
  });
  poller.add(fd, IN | EPOLLPRI);
  assert.is((await wait())[0]?.events, IN);
  assert.is(pollNow(fd, IN | EPOLLPRI), IN);
});

/** The descriptor of a connection over 127.0.0.1, by what /proc says of its ports: Deno's sockets don't tell. */
function fdOf({ localPort, remotePort }: Socket): number {
  const port = (text: string): number => parseInt(text.split(':')[1]!, 16);
  const rows = readFileSync('/proc/self/net/tcp', 'utf8').split('\n').slice(1);
  const fields = rows.map((row) => row.trim().split(/\s+/));
  const inode = fields.find((row) => row.length > 9 && port(row[1]!) === localPort && port(row[2]!) === remotePort)?.[9];
  return Number(readdirSync('/proc/self/fd').find((fd) => targetOf(fd) === `socket:[${inode}]`));
}

scenario(test, "a socket of node:net, beside the runtime's own use of it", async (stage) => {
  const server = createServer((peer) => peer.pipe(peer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  const fd = fdOf(client);
  assert.ok(fd > 2);
  stage.poller.add(fd, IN | EPOLLOUT);
  assert.is((await stage.wait())[0]?.events, EPOLLOUT);
  client.write('echo');
  assert.is(String(((await once(client, 'data')) as [Buffer])[0]), 'echo');
  assert.is((await stage.wait())[0]?.events, EPOLLOUT);
  stage.poller.delete(fd);
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test.run();
