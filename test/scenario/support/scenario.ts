// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/run.js';
import { playBoth, playCommand, type Played } from './play.js';

const module = new WebAssembly.Module(readFileSync(join(root, 'build/vpoll-sim.wasm')));

function encode(lines: string | Uint8Array | readonly string[]): Uint8Array {
  if (lines instanceof Uint8Array) return lines;
  return new TextEncoder().encode(typeof lines === 'string' ? lines : lines.join('\n'));
}

/** Runs the lines of a scenario, driven and as a command: both give the same. */
export function play(lines: string | Uint8Array | readonly string[], ...args: string[]): Promise<Played> {
  return playBoth(module, encode(lines), args);
}

/** Runs them as a command alone, which may refuse its arguments. */
export function command(lines: string, ...args: string[]): Promise<Played> {
  return playCommand(module, encode(lines), args);
}

/** The text of an example. */
export function example(name: string): string {
  return readFileSync(join(root, 'examples/scenarios', `${name}.vpoll`), 'utf8');
}

const KERNEL = ['timeout...', ...['1', '1', '3', '2', '4', '10'].flatMap((events) => ['timeout...', `GOT event ${events}`])];

/** What the seed's programs print; libvpoll on its emulator. */
export const PRINTED: Record<string, readonly string[]> = {
  eventfd: KERNEL,
  device: KERNEL,
  libvpoll: ['1', '1', '4', '2011'].flatMap((events) => ['timeout', 'timeout', `GOT event ${events}`]),
};

/** Tasks that contend for one event, with faults on the way: what happens depends on the seed. */
export const RACE = `
strategy random
fault spurious 1 8
fault delay 1 4 900us
fault short 1 3
counter = eventfd 0 semaphore|nonblock
ep = epoll_create
epoll_ctl ep ADD counter IN|ET
reader writer = pipe nonblock
epoll_ctl ep ADD reader IN
task first
  loop
    try epoll_wait ep 20ms 4
    if result == 0
      break
    end
    try read counter
    print first {events}
  end
end
task second
  loop
    try epoll_wait ep 20ms 4
    if result == 0
      break
    end
    try read reader
    print second {events}
  end
end
write counter 2
sleep 1ms
write writer 7
sleep 1ms
write counter 1
sleep 300us
write writer 8
`;
