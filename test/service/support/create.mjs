// SPDX-License-Identifier: LGPL-2.1-or-later

// What create() takes without a word from anybody, and whether its vpoll can be closed.

import { EPOLLERR, EPOLLPRI, VPoll } from '../../../build/index.js';

const vp = VPoll.create({ policy: 'closest' });
vp.add(EPOLLPRI | EPOLLERR);
console.log(vp.backend, vp.events === (EPOLLPRI | EPOLLERR) ? 'exact' : vp.events);
vp.close();
