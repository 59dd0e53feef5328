// SPDX-License-Identifier: LGPL-2.1-or-later

import { fileURLToPath } from 'node:url';
import { Child } from './child.js';

const program = fileURLToPath(new URL('observer.py', import.meta.url));

/** A python3 process that knows nothing of vpoll and has `fds` as 3, 4, ...: see observer.py for what it can be asked. */
export class Observer extends Child {
  constructor(...fds: number[]) {
    super('python3', [program], { fds });
  }

  /** Starts one, hands it to `use`, and ends it whatever happens. */
  static async with<T>(fds: readonly number[], use: (observer: Observer) => Promise<T>): Promise<T> {
    const observer = new Observer(...fds);
    try {
      return await use(observer);
    } finally {
      await observer.end();
    }
  }

  /** What poll(2) shows there. */
  async poll(fd = 3): Promise<number> {
    return (await this.ask({ do: 'poll', fd })).events as number;
  }

  /**
   * How often each mask of `interest` was seen on its descriptor 3 while `change` ran: once, and on a busy machine again until it is enough,
   * or twenty times. An observer that slept through it would prove nothing.
   */
  async watch(
    interest: number,
    change: () => void,
    isEnough: (seen: Map<number, number>) => boolean,
  ): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    for (let round = 0; round < 20 && !isEnough(counts); round++) {
      await this.ask({ do: 'watch', fd: 3, interest });
      change();
      const { seen } = await this.ask({ stop: true });
      for (const [mask, count] of Object.entries(seen as Record<string, number>)) {
        counts.set(Number(mask), (counts.get(Number(mask)) ?? 0) + count);
      }
    }
    return counts;
  }
}
