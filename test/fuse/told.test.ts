// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// What errors of create say once a helper is there, and once a search by needs has passed backends over.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLMSG, VPoll } from '../../src/index.js';
import { settle } from '../real/support/libc.js';
import { helper, withFuse } from './support/helper.js';

test.before(settle);

withFuse()(
  'an error says of a helper that is there that it can do what the seed cannot, and of tcp what it is that it cannot',
  async () => {
    await helper();
    const text = (make: () => VPoll): string => {
      try {
        make().close();
      } catch (error) {
        return (error as Error).message;
      }
      return 'made';
    };
    assert.match(
      text(() => VPoll.create({ order: 'seed', events: EPOLLMSG })),
      /no backend of the seed's order here can do MSG:\n  eventfd: [^]*\nbackend '(eventfd|device|fuse)' can here/,
    );
    // A search by needs comes by tcp and finds nothing wrong with it.
    VPoll.create({ needs: EPOLLMSG }).close();
    assert.match(
      text(() => VPoll.create({ backend: 'tcp', events: EPOLLMSG })),
      "backend 'tcp' can't do MSG",
    );
  },
);

test.run();
