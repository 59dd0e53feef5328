// SPDX-License-Identifier: LGPL-2.1-or-later

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { root } from '../../tools/build.js';
import { run } from './shell.js';

/** One of the three programs that the seed's text shows, as it stands there. */
export interface SeedProgram {
  name: 'eventfd' | 'device' | 'library';
  source: string;
  /** The library that it is linked with. */
  library?: string;
  /** What it prints after GOT event, in their order. */
  events: string[];
  /** How it ends. The first two go on from their default: branch into case -1: and report an error that there was not. */
  status: number;
  errors: string;
}

const FALLS_THROUGH = { events: ['1', '1', '3', '2', '4', '10'], status: 1, errors: 'fork: Success\n' };

/** What tells each program, and how it behaves on a kernel that can show every event. */
const KNOWN: (Omit<SeedProgram, 'source'> & { mark: RegExp })[] = [
  { name: 'eventfd', mark: /eventfd\(0, EFD_VPOLL/, ...FALLS_THROUGH },
  { name: 'device', mark: /open\("\/dev\/vpoll"/, ...FALLS_THROUGH },
  {
    name: 'library',
    mark: /vpoll_create\(0, FD_CLOEXEC\)/,
    library: 'vpoll',
    events: ['1', '1', '4', '10'],
    status: 0,
    errors: '',
  },
];

/** The C programs of a text: each from its first line, a # directive, to the brace that ends main. */
function programsIn(text: string): string[] {
  const lines = text.split('\n');
  const programs: string[] = [];
  for (let start = 0; start < lines.length; start++) {
    if (!/^#(?:define _GNU_SOURCE|include <)/.test(lines[start]!)) continue;
    const main = lines.findIndex((line, index) => index > start && /^(?:int )?main\(/.test(line));
    const end = lines.findIndex((line, index) => index > main && line === '}');
    if (main < 0 || end < 0) throw new Error(`the program of line ${start + 1} has no end`);
    programs.push(`${lines.slice(start, end + 1).join('\n')}\n`);
    start = end;
  }
  return programs;
}

/** The seed's folder lies beside the repository; where this is a second work tree, beside the first. */
async function seedFolder(): Promise<string | undefined> {
  const common = (await run('git', ['rev-parse', '--git-common-dir'], { cwd: root }).catch(() => '.git')).trim();
  const beside = [root, dirname(resolve(root, common))].map((repository) => join(repository, '../shared/seed'));
  return beside.find((folder) => existsSync(folder));
}

/** The seed's programs, or undefined where its text isn't here. */
export async function seedPrograms(): Promise<SeedProgram[] | undefined> {
  const folder = await seedFolder();
  if (folder === undefined) return undefined;
  const files = (await readdir(folder)).filter((name) => name.endsWith('.txt'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const sources = texts.flatMap(programsIn);
  return KNOWN.map(({ mark, ...program }) => {
    const [source, ...more] = sources.filter((each) => mark.test(each));
    if (source === undefined || more.length > 0)
      throw new Error(`the seed has ${more.length} more programs with ${mark}, not one`);
    return { ...program, source };
  });
}

/** Compiles a program as it stands, without a flag but for what it is linked with: its path, in a folder that is made where it isn't there. */
export async function compileSeed({ name, source, library }: SeedProgram, folder: string, compiler = 'gcc'): Promise<string> {
  const file = join(folder, name);
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.c`, source);
  await run(compiler, ['-o', file, `${file}.c`, ...(library === undefined ? [] : [`-l${library}`])]);
  return file;
}

/** The events that a program of the seed, or `vpoll demo`, said it got. How often it timed out in between is the machine's affair. */
export function eventsIn(output: string): string[] {
  return [...output.matchAll(/^GOT event (\w+)$/gm)].map(([, event]) => event!);
}
