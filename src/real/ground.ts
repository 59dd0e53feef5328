// SPDX-License-Identifier: LGPL-2.1-or-later

// What the files of realKernel() stand on: libc.

import { KernelFiles } from '../../host/linux/kernel-files.js';
import { PIECE_MAX, type FileGround } from '../kernel/ground.js';
import { openLibc } from '../runtime.js';

let calls: KernelFiles | undefined;

let hasWarned = false;
/** Collecting the object closes nothing: its number may live on where nobody here sees it. Forgetting it is still worth a word. */
const forgotten = new FinalizationRegistry((fd: number) => {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(`A file of realKernel() (fd ${fd}) was garbage collected without close(); its descriptor stays open`, {
    code: 'VPOLL_NOT_CLOSED',
    detail: 'Call close() or declare it with `using`. This is said once for each process.',
  });
});

export const FILES: FileGround = {
  calls: () => (calls ??= new KernelFiles(openLibc('real_kernel'), PIECE_MAX)),
  opened: (file, fd) => {
    forgotten.register(file, fd, file);
  },
  closed: (file) => {
    forgotten.unregister(file);
  },
};
