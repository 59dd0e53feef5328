// SPDX-License-Identifier: LGPL-2.1-or-later

// The seed's libvpoll program as two processes: one waits with epoll_wait(2), the other has inherited the descriptors and
// makes the events. Nothing here knows what will come out: the lines are what epoll says.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { BACKENDS, type BackendName } from '../backends.js';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../constants.js';
import { formatEvents } from '../events.js';
import { Poller } from '../poller/poller.js';
import { VPoll } from '../vpoll.js';
import { print } from './end.js';
import { withExamples } from './examples.js';

const INTEREST = EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLOUT | EPOLLHUP | EPOLLPRI;
/** What the child adds, one after the other, as the seed's child does. */
const EVENTS = [EPOLLIN, EPOLLIN, EPOLLOUT, EPOLLHUP];
const WAIT_MS = 1000;
const PAUSE_MS = 3000;

type Line = { kind: 'timeout' } | { kind: 'event'; events: number };
type Show = (line: Line) => void;

function printText(line: Line): void {
  print(line.kind === 'timeout' ? 'timeout\n' : `GOT event ${line.events.toString(16)}\n`);
}

function printJson(startMs: number): Show {
  return (line) => {
    const names = line.kind === 'event' ? { names: formatEvents(line.events) } : {};
    print(`${JSON.stringify({ atMs: Math.round(performance.now() - startMs), ...line, ...names })}\n`);
  };
}

/** The child: waits for the parent's word, so that its clock starts when the parent waits, then makes the events. */
async function generate(speed: number): Promise<void> {
  const vp = VPoll.attach();
  process.send!('ready');
  await once(process, 'message');
  for (const events of EVENTS) {
    await sleep(PAUSE_MS / speed);
    vp.add(events);
  }
  vp.close();
  if (process.connected) process.disconnect();
}

function startChild(vp: VPoll, fast: boolean): ChildProcess {
  const { stdio, env } = vp.share();
  const args = [...process.execArgv, process.argv[1]!, 'demo', '--generate', ...(fast ? ['--fast'] : [])];
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'pipe', ...stdio, 'ipc'],
    env: { ...process.env, ...env },
  });
}

/** The error of a child that has ended before its time, with what it has said of that: a line of vpoll's, or a runtime's stack. */
async function tooEarly(child: ChildProcess, what: string): Promise<Error> {
  const lines = child.stderr ? (await text(child.stderr)).trim().split('\n') : [];
  const said = lines.find((line) => /error|^vpoll/i.test(line)) ?? lines[0];
  return new Error(`the process that makes the events ${what}${said && `: ${said}`}`);
}

/** Waits and disarms what it got, until a hangup. Once the child has died, what it has left behind is taken, and no more waited for. */
async function wait(vp: VPoll, poller: Poller, child: ChildProcess, timeoutMs: number, show: Show): Promise<void> {
  for (;;) {
    const isDead = child.exitCode !== null || child.signalCode !== null;
    const [ready] = await poller.wait({ timeoutMs: isDead ? 0 : timeoutMs });
    if (ready) {
      show({ kind: 'event', events: ready.events });
      vp.delete(ready.events);
      if (ready.events & EPOLLHUP) return;
    } else if (isDead) {
      throw await tooEarly(child, 'died before the hangup');
    } else {
      show({ kind: 'timeout' });
    }
  }
}

async function run(backend: BackendName | 'auto' | undefined, fast: boolean, json: boolean): Promise<void> {
  const speed = fast ? 10 : 1;
  // What any program gets that asks for nothing, and as the C library shows it.
  const vp = VPoll.create({ policy: 'closest', backend });
  const poller = Poller.create();
  poller.add(vp, INTEREST);
  const child = startChild(vp, fast);
  const ended = once(child, 'exit');
  try {
    const [first] = (await Promise.race([once(child, 'message'), ended])) as unknown[];
    if (first !== 'ready') throw await tooEarly(child, 'did not start');
    await promisify(child.send.bind(child) as (message: string, done: () => void) => void)('go');
    if (json) print(`${JSON.stringify({ kind: 'start', backend: vp.backend, fd: vp.fd, pid: process.pid, child: child.pid })}\n`);
    await wait(vp, poller, child, WAIT_MS / speed, json ? printJson(performance.now()) : printText);
    await ended;
  } finally {
    child.kill();
    poller.close();
    vp.close();
  }
}

/** What the words say. */
interface Options {
  readonly backend?: BackendName | 'auto';
  readonly fast?: boolean;
  readonly json?: boolean;
  readonly generate?: boolean;
}

/** `vpoll demo` */
const command = new Command('demo')
  .description('Wait on a real descriptor for events that another process makes')
  .option('--fast', 'Ten times as fast')
  .addOption(new Option('--backend <name>', 'Use this backend').choices(BACKENDS))
  .option('--json', 'A JSON object a line')
  // Be the process that makes the events.
  .addOption(new Option('--generate').hideHelp())
  .action(async ({ backend, fast = false, json = false, generate: isGenerator }: Options) => {
    if (isGenerator) await generate(fast ? 10 : 1);
    else await run(backend, fast, json);
  });

export const demo = withExamples(
  command,
  ['vpoll demo', 'A timeout, IN, IN, OUT and a hangup, within 12 seconds'],
  ['vpoll demo --fast --backend tcp', 'The same in a tenth of the time, over TCP'],
);
