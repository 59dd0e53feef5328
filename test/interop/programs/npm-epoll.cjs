// SPDX-License-Identifier: LGPL-2.1-or-later

// See turns.h: the same by npm's `epoll`, whose path is the argument.

const { createInterface } = require('node:readline');

const { Epoll } = /** @type {import('../../../tools/npm-epoll.js').NpmEpoll} */ (require(String(process.argv[2])));

const INTEREST = 0x40000007; // IN, PRI, OUT, ONESHOT
const HUP = 0x10;
const epoll = new Epoll((error, _fd, events) => {
  if (error) throw error;
  console.log(events.toString(16));
  if (events & HUP) process.exit(0);
});
epoll.add(3, INTEREST);
createInterface({ input: process.stdin }).on('line', () => epoll.modify(3, INTEREST));
console.log('waits');
