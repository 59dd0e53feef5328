// SPDX-License-Identifier: LGPL-2.1-or-later

import { explore } from './explore.js';
import type { Exploration, ExploreOptions } from './types.js';

/**
 * {@link explore} for a test: it rejects where a run fails, so that the test fails, in whatever runner. The error's message is the report, with the command that
 * shows the run again; its `cause` is what the task threw, where one did.
 *
 * @throws (by rejection) Error where a run fails; VPollError EINVAL for a wrong option
 */
export async function mustPass(options: ExploreOptions): Promise<Exploration> {
  const said: string[] = [];
  const exploration = await explore({ report: (text) => void said.push(text), ...options });
  const { failure, replay } = exploration;
  if (!failure) return exploration;
  const { kind, task, message, error } = failure;
  throw new Error(
    said.join('\n') || `${task} ${kind}: ${message}\nreplay: ${replay}`,
    error === undefined ? {} : { cause: error },
  );
}
