// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import type { Guest } from '../guest.js';
import { insmod } from '../module.js';
import { type Verdict, verdict } from '../report.js';
import { compileSeed, eventsIn, seedPrograms, type SeedProgram } from '../seed-programs.js';
import { quote } from '../shell.js';
import type { Suite } from '../suites.js';

/** Runs all side by side, since each sleeps for some fifteen seconds, and leaves what each said and how it ended in /tmp. */
function sideBySide(files: Map<SeedProgram, string>): string {
  const each = [...files].map(
    ([{ name }, file]) => `(${quote(file)} >/tmp/${name}.out 2>/tmp/${name}.err; echo $? >/tmp/${name}.status) &`,
  );
  const print = [...files.keys()].flatMap(({ name }) =>
    ['out', 'err', 'status'].map((part) => `echo "== ${name} ${part}"; cat /tmp/${name}.${part}`),
  );
  return [...each, 'wait', ...print].join('\n');
}

function part(output: string, name: string, which: string): string {
  const [, after = ''] = output.split(`== ${name} ${which}\n`);
  return after.split('== ', 1)[0]!;
}

/** What a program came to. */
function judge(program: SeedProgram, output: string): Verdict {
  const said = part(output, program.name, 'out');
  const isAsWritten =
    eventsIn(said).join(' ') === program.events.join(' ') &&
    part(output, program.name, 'err') === program.errors &&
    Number(part(output, program.name, 'status') || NaN) === program.status;
  return verdict(isAsWritten, output);
}

async function runPrograms(guest: Guest, programs: SeedProgram[]): Promise<void> {
  const files = new Map<SeedProgram, string>();
  for (const program of programs) files.set(program, await compileSeed(program, join(guest.folder, 'programs')));
  let output = '';
  await guest.steps([
    insmod(await guest.module()),
    {
      name: 'all of them end',
      command: ['sh', '-c', sideBySide(files)],
      timeout_s: 120,
      judge: (said, status) => {
        output = said;
        return verdict(status === 0, said);
      },
    },
  ]);
  for (const program of programs) guest.add(`the program for ${program.name}`, judge(program, output));
}

export const suite: Suite = {
  name: 'seed',
  about:
    "the three programs of the seed's text as they stand, the third with Debian's libvpoll: over eventfd and over the device",
  kernels: { quick: ['uml-6.1'], ci: ['stock-6.1'], all: ['stock-5.10', 'stock-6.12', 'microvm-6.1', 'uml-6.12', 'uml-7.3'] },
  async run(guest) {
    const programs = await seedPrograms();
    if (!programs) {
      guest.skip("the seed's text is not here");
      return;
    }
    // libvpoll prefers an eventfd; on a kernel without the patch it takes the device.
    const hasEventfd = guest.backends.includes('eventfd');
    await runPrograms(
      guest,
      programs.filter(({ name }) => name !== 'eventfd' || hasEventfd),
    );
  },
};
