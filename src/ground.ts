// SPDX-License-Identifier: LGPL-2.1-or-later

// What a VPoll stands on here: the core of this process, over this kernel.

import { BACKENDS, type BackendName } from './backends.js';
import { getCore } from './core.js';
import { createFd } from './create.js';
import { FOLLOWERS } from './followers.js';
import { HERE } from './here.js';
import { environment } from './runtime.js';
import type { VPollGround } from './vpoll-base.js';

let warned = false;
/** Collecting the object closes nothing: the number may live on in C code or in a child. Forgetting it is still worth a word. */
const forgotten = new FinalizationRegistry(({ fd, generation }: { fd: number; generation: number }) => {
  if (warned || getCore().backend(fd, generation) === 0) return;
  warned = true;
  process.emitWarning(`A VPoll (fd ${fd}) was garbage collected without close(); its descriptor stays open`, {
    code: 'VPOLL_NOT_CLOSED',
    detail: 'Call close() or declare it with `using`. This is said once for each process.',
  });
});

export const GROUND: VPollGround = {
  core: getCore,
  environment,
  create: createFd,
  around: HERE,
  followers: FOLLOWERS,
  opened: (vp, fd, generation) => {
    forgotten.register(vp, { fd, generation }, vp);
  },
  closed: (vp) => {
    forgotten.unregister(vp);
  },
  cloning: Symbol('VPoll: post its share().token, and VPoll.attach(token) there'),
  look: (fd, generation) => {
    const core = getCore();
    const events = core.events(fd, generation);
    if (events < 0) return 'closed behind its back';
    return { backend: BACKENDS[core.backend(fd, generation)] as BackendName, events };
  },
};
