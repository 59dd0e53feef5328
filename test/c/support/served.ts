// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll-fuse serve`, of a copy of the helper: tests that run beside these look for the helper by its path.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../fuse/support/process.js';
import { library } from './library.js';

/** A service that runs. */
export interface Service {
  readonly process: ChildProcess;
  /** What it has said on standard output, and on standard error. */
  readonly said: () => string;
  readonly complained: () => string;
  /** Its status or signal, when it has ended. */
  readonly ended: Promise<number | string>;
  /** The process that serves: its only child. */
  readonly server: () => number;
}

/** Those that have not ended yet. */
const running = new Set<Service>();

/** Ends all that have not ended. */
export async function endAll(): Promise<void> {
  for (const service of running) {
    service.process.kill('SIGTERM');
    await service.ended;
  }
}

/** A folder that is gone afterwards, with a copy of the program. What is still served by it ends then. */
export async function withFolder<T>(use: (folder: string, program: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-service-'));
  const program = join(folder, 'vpoll-fuse');
  copyFileSync(join(library(), 'vpoll-fuse'), program);
  try {
    return await use(folder, program);
  } finally {
    await endAll();
    rmSync(folder, { recursive: true });
  }
}

/** Starts a command line. */
export function begin(command: readonly string[], env: NodeJS.ProcessEnv = {}): Service {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let [said, complained] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  const ended = once(child, 'close').then(([status, signal]) => (status ?? signal) as number | string);
  const server = (): number => {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
    if (children.length !== 1 || !children[0]) throw new Error(`not one server: ${children.join(' ')}`);
    return Number(children[0]);
  };
  const service = { process: child, said: () => said, complained: () => complained, ended, server };
  running.add(service);
  void ended.then(() => running.delete(service));
  return service;
}

/** Starts a service of `path`, and waits until it serves. */
export async function serve(
  program: string,
  path: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Service> {
  const service = begin([program, 'serve', ...args, path], env);
  await until('it serves', () => service.said().includes('\n') || service.process.exitCode !== null);
  if (service.said() !== `serving ${path}\n`) throw new Error(`it says ${service.said()}${service.complained()}`);
  return service;
}

/** Ends a service, and looks that nothing is left at the path: its status. */
export async function stop(service: Service, path: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
  service.process.kill(signal);
  const status = await service.ended;
  if (existsSync(path) || mountsOf(path) > 0) throw new Error(`${path} is there`);
  return status;
}

/** How many mounts there are on a file. */
export function mountsOf(path: string): number {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.split(' ')[1] === path).length;
}
