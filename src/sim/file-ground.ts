// SPDX-License-Identifier: LGPL-2.1-or-later

// What the files of a simulated kernel stand on: its calls, made by the task that runs. None of them sleeps, since all files are non-blocking.

import { AF_UNIX, CLOCK_MONOTONIC, MSG_DONTWAIT, MSG_NOSIGNAL, O_CLOEXEC, O_NONBLOCK, SOCK_STREAM } from '../../host/abi.js';
import { PIECE_MAX, type FileCalls, type FileGround } from '../kernel/ground.js';
import { N } from './numbers.js';
import type { Simulation } from './simulation.js';
import type { SimTask } from './task.js';

const FLAGS = O_NONBLOCK | O_CLOEXEC;

class SimFiles implements FileCalls {
  readonly #simulation: Simulation;
  readonly #at: number;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#at = simulation.machine.room(PIECE_MAX);
    if (this.#at === 0) throw new Error("the simulated kernel's memory is used up");
  }

  pipe(): readonly [number, number] | number {
    return this.#pair(this.#simulation.call(N.PIPE, this.#at, FLAGS));
  }

  socketpair(): readonly [number, number] | number {
    return this.#pair(this.#simulation.call(N.SOCKETPAIR, AF_UNIX, SOCK_STREAM | FLAGS, 0, this.#at));
  }

  eventfd(count: number, flags: number): number {
    return this.#simulation.call(N.EVENTFD, count, flags | FLAGS);
  }

  timerfd(): number {
    return this.#simulation.call(N.TIMERFD, CLOCK_MONOTONIC, FLAGS);
  }

  read(fd: number, size: number): Uint8Array | number {
    return this.#taken(this.#simulation.call(N.READ, fd, this.#at, size));
  }

  recv(fd: number, size: number): Uint8Array | number {
    return this.#taken(this.#simulation.call(N.RECV, fd, this.#at, size, MSG_DONTWAIT));
  }

  write(fd: number, data: Uint8Array): number {
    return this.#simulation.call(N.WRITE, fd, this.#given(data), data.length);
  }

  send(fd: number, data: Uint8Array): number {
    return this.#simulation.call(N.SEND, fd, this.#given(data), data.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  shutdown(fd: number, how: number): number {
    return this.#simulation.call(N.SHUTDOWN, fd, how);
  }

  setTime(fd: number, value_ns: bigint, interval_ns: bigint): number {
    this.#view.setBigUint64(0, interval_ns, true);
    this.#view.setBigUint64(8, value_ns, true);
    return this.#simulation.call(N.TIMERFD_SETTIME, fd, 0, this.#at);
  }

  getTime(fd: number): { value_ns: bigint; interval_ns: bigint } | number {
    const status = this.#simulation.call(N.TIMERFD_GETTIME, fd, 0, this.#at);
    if (status < 0) return status;
    return { value_ns: this.#view.getBigUint64(8, true), interval_ns: this.#view.getBigUint64(0, true) };
  }

  close(fd: number): number {
    return this.#simulation.call(N.CLOSE, fd);
  }

  /** Made at each use: the memory may have grown. */
  get #view(): DataView {
    return new DataView(this.#simulation.machine.memory.buffer, this.#at, PIECE_MAX);
  }

  #given(data: Uint8Array): number {
    new Uint8Array(this.#simulation.machine.memory.buffer, this.#at, PIECE_MAX).set(data);
    return this.#at;
  }

  #pair(status: number): readonly [number, number] | number {
    return status < 0 ? status : [this.#view.getInt32(0, true), this.#view.getInt32(4, true)];
  }

  #taken(got: number): Uint8Array | number {
    return got < 0 ? got : new Uint8Array(this.#simulation.machine.memory.buffer, this.#at, got).slice();
  }
}

/** Throws where none of its tasks runs: then nothing may be changed. */
function runningTask({ current }: Simulation): SimTask {
  return current;
}

/** The ground of all files of a simulation. Its room in the simulated memory is taken when the first is made. */
export function createFileGround(simulation: Simulation): FileGround {
  let calls: SimFiles | undefined;
  return {
    calls: () => {
      runningTask(simulation);
      return (calls ??= new SimFiles(simulation));
    },
    opened: (file, fd) => {
      simulation.made(file, `${file.constructor.name} fd ${fd}`);
    },
    closed: (file) => {
      simulation.unmade(file);
    },
  };
}
