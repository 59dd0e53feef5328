// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll doctor`: what each backend can do on this machine, found out by trying it, and how to get a better one.

import { styleText } from 'node:util';
import { Command } from 'commander';
import { getCore } from '../core.js';
import { createBench } from '../doctor/bench.js';
import { examineAll } from '../doctor/report.js';
import { examineCreate } from '../doctor/taken.js';
import { REPORT_VERSION, type Report } from '../doctor/types.js';
import { inWords, type Paint } from './doctor-text.js';
import { COMMANDS, print } from './end.js';
import { withExamples } from './examples.js';
import { endProgress, showProgress } from './progress.js';
import { unknownOf } from './variables.js';
import { columnsOf } from './wrap.js';

const inColour: Paint = (colour, text) => styleText(colour, text, { validateStream: false });
const plain: Paint = (_, text) => text;

/**
 * Whether colours are wanted: on a terminal that has them, or where FORCE_COLOR asks for them. Never where NO_COLOR is there and not empty, as
 * no-color.org has it. Not by the runtimes' hasColors(): Node's takes an empty one for a word.
 */
function hasColours(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR || FORCE_COLOR === '0') return false;
  return Boolean(FORCE_COLOR) || (process.stdout.isTTY && TERM !== 'dumb');
}

async function examine(): Promise<Report> {
  const core = getCore();
  try {
    showProgress('trying create()');
    const create = examineCreate();
    const found = await examineAll(core, createBench(core), (name) => {
      showProgress(`trying ${name}`);
    });
    return { version: REPORT_VERSION, create, unknown: unknownOf(Object.keys(process.env)), ...found };
  } finally {
    endProgress();
  }
}

const command = new Command('doctor')
  .description(
    'Try each backend, and say what it can do here and how to get a better one. The exit status is 1 where create() fails here',
  )
  .option('--json', 'One JSON object')
  .action(async ({ json }: { json?: boolean }) => {
    const report = await examine();
    const text = json
      ? JSON.stringify(report, null, 2)
      : inWords(report, columnsOf(process.stdout), hasColours() ? inColour : plain);
    print(json ? `${text}\n` : text);
    // For a script that asks whether a program would work here.
    if (report.create.backend === null) process.exitCode = COMMANDS.doctor.failed;
  });

export const doctor = withExamples(
  command,
  ['vpoll doctor', 'What create() takes on this machine, and how to get more'],
  ['vpoll doctor --json | jq .create', 'The same for a program'],
);
