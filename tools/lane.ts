// SPDX-License-Identifier: LGPL-2.1-or-later

// A lane of tools/test.ts: runs the test files that it is sent, one after the other. Each lane is a process of its own: what a file leaves
// behind is found among the descendants of the process that ran it (leftovers.ts). Files of other lanes must not be among them.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type FileResult, runFile } from './run-file.js';
import { builtOf, type RuntimeName } from './runtimes.js';

/** A test file, and what it is to run under. */
export interface Job {
  readonly file: string;
  readonly runtime: RuntimeName;
}

/** Starts a lane: what runs a file in it, and ends the lane when it is told nothing. */
export function openLane(): { run: (job: Job) => Promise<FileResult>; close: () => void } {
  const child = fork(builtOf(fileURLToPath(import.meta.url))!, { execArgv: [] });
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        const fail = (): void => {
          reject(new Error(`tools/lane.ts ended while it ran ${job.file}`));
        };
        child.once('exit', fail);
        child.once('message', (result) => {
          child.off('exit', fail);
          resolve(result as FileResult);
        });
        child.send(job);
      }),
    close: () => {
      child.disconnect();
    },
  };
}

if (process.send) {
  process.on('message', ({ file, runtime }: Job) => {
    void runFile(file, runtime).then((result) => process.send!(result));
  });
}
