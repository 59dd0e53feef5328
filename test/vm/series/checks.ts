// SPDX-License-Identifier: LGPL-2.1-or-later

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { Objects } from './build.js';
import { AUTHOR, COMMIT, fileOf, type Line, mailsOf, patchesOf } from '../../../tools/series.js';
import { isCover, type Patch, partsOf } from '../../../tools/series/mail.js';
import { must, said } from './said.js';

/** Applies a patch to `tree`; a fault for each hunk that needs fuzz or lies elsewhere than it says. */
async function apply(tree: string, { name, text }: Patch): Promise<string[]> {
  const { status, text: output } = await said(tree, ['patch', '-p1', '--fuzz=0', '--batch'], { input: text });
  const faults = output.split('\n').filter((line) => line && !line.startsWith('patching file '));
  if (status !== 0) faults.push(`patch ends with ${status}`);
  return faults.map((fault) => `${name}: ${fault}`);
}

/** Makes the files of `tree` those of a line whose source is not to be had; faults when git calls the results other names than the diff says. */
export async function reconstruct(line: Line, tree: string): Promise<string[]> {
  if (line.reconstruction === undefined) return [];
  const text = readFileSync(fileOf(line.reconstruction), 'utf8');
  const faults = await apply(tree, { name: line.reconstruction, text });
  for (const part of partsOf(text)) {
    const named = /^index \w+\.\.(\w{40}) /m.exec(part.text)?.[1];
    const hash = (await must(tree, ['git', 'hash-object', '--no-filters', part.file])).trim();
    if (hash !== named) faults.push(`${line.reconstruction}: ${part.file} is ${hash}, not ${named}`);
  }
  return faults;
}

/** What `after` has more than `before`. */
function added(before: string[], after: string[]): string[] {
  const left = [...before];
  return after.filter((each) => {
    const index = left.indexOf(each);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/**
 * Applies a series to `tree`, and after each patch that changes code compiles and checks it. The first goes in with the cover letter
 * before it, as `cat *.patch | patch -p1` has it.
 */
export async function applyAndBuild(line: Line, tree: string, objects: string): Promise<string[]> {
  const build = await Objects.configured(line, tree, objects);
  const before = await build.warnings();
  const cover = mailsOf(line).find(isCover)?.text ?? '';
  const faults: string[] = [];
  for (const [index, patch] of patchesOf(line).entries()) {
    faults.push(...(await apply(tree, { ...patch, text: index === 0 ? cover + patch.text : patch.text })));
    if (!partsOf(patch.text).some(({ file }) => /^(fs|include|io_uring)\//.test(file))) continue;
    const warnings = added(before, await build.warnings());
    faults.push(...warnings.map((warning) => `${patch.name}: ${warning}`));
  }
  return faults;
}

/**
 * Runs the tree's own checkpatch on each patch, as strict as it can be. New files are told to MAINTAINERS by a patch of its own: test/project/series.test.ts holds that
 * each is. The name of a commit is for the sender of the patch to fill in (tools/series-sign.ts).
 */
export async function checkStyle(line: Line, tree: string): Promise<string[]> {
  const faults: string[] = [];
  for (const { name, text: mail } of mailsOf(line).filter((each) => !isCover(each))) {
    const ignored = ['FILE_PATH_CHANGES', ...(mail.includes(COMMIT) ? ['MISSING_FIXES_TAG', 'BAD_FIXES_TAG'] : [])];
    const words = ['--no-tree', '--strict', '--show-types', '--ignore', ignored.join(','), '-'];
    const { status, text } = await said(tree, ['perl', 'scripts/checkpatch.pl', ...words], { input: mail });
    const found = text.match(/^(ERROR|WARNING|CHECK):.*/gm) ?? [];
    faults.push(...found.map((each) => `${name}: checkpatch: ${each}`));
    const isClean = /^total: 0 errors, 0 warnings, 0 checks, [1-9]\d* lines checked$/m.test(text);
    if (found.length === 0 && (status !== 0 || !isClean)) faults.push(`${name}: checkpatch ends with ${status}: ${text.trim()}`);
  }
  return faults;
}

/** Whether git calls the files of a patched `tree` what the last of the patches that change them says. */
export async function checkNames(line: Line, tree: string): Promise<string[]> {
  const parts = patchesOf(line).flatMap(({ text }) => partsOf(text));
  const named = new Map(parts.map(({ file, text }) => [file, /^index \w+\.\.(\w+)/m.exec(text)?.[1]]));
  const faults: string[] = [];
  for (const [file, name] of named) {
    const hash = (await must(tree, ['git', 'hash-object', '--no-filters', file])).trim();
    if (name === undefined || !hash.startsWith(name))
      faults.push(`${file} is ${hash}, not ${name}: npm run series -- --renew --tree FOLDER, the source of ${line.release}`);
  }
  return faults;
}

/** Applies a series with git am to a repository of the files that it changes, and compares the result with the `patched` tree. */
export async function checkMails(line: Line, source: string, patched: string, folder: string): Promise<string[]> {
  const patches = patchesOf(line);
  const files = [...new Set(patches.flatMap(({ text }) => partsOf(text).map(({ file }) => file)))];
  for (const file of files.filter((each) => existsSync(join(source, each)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), readFileSync(join(source, file)));
  }
  const faults = await reconstruct(line, folder);
  const identity = { NAME: 'vpoll', EMAIL: 'vpoll@example.invalid' };
  const env = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CEILING_DIRECTORIES: dirname(folder),
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) => Object.entries(identity).map(([key, value]) => [`GIT_${role}_${key}`, value])),
    ),
  };
  await must(folder, ['git', 'init', '-q'], { env });
  await must(folder, ['git', 'add', '-A', '-f', '.'], { env });
  await must(folder, ['git', 'commit', '-q', '-m', 'the tree'], { env });
  const input = patches.map(({ text }) => text).join('');
  const { status, text } = await said(folder, ['git', 'am', '-q', '--whitespace=error'], { env, input });
  if (status !== 0) return [...faults, `git am ends with ${status}: ${text.trim()}`];
  const authors = await must(folder, ['git', 'log', '--format=%an <%ae>', `-${patches.length}`], { env });
  for (const author of authors.trim().split('\n')) if (author !== AUTHOR) faults.push(`git am: a patch is by ${author}`);
  for (const file of files) {
    if (!readFileSync(join(folder, file)).equals(readFileSync(join(patched, file)))) faults.push(`git am: another ${file}`);
  }
  return faults;
}

/** Builds the series' own test in a patched `tree` by the tree's Makefile, against the headers that the tree exports. */
export async function checkSelftest(tree: string, headers: string, out: string): Promise<string[]> {
  const names: Record<string, string> = { x64: 'x86_64', arm64: 'arm64' };
  const machine = names[arch()];
  if (machine === undefined) throw new Error(`no name of the kernel's for ${arch()}`);
  await must(tree, ['make', '-s', `ARCH=${machine}`, `O=${headers}`, 'headers']);
  // Where the older lines look: no KHDR_INCLUDES there.
  await must(tree, ['cp', '-rT', join(headers, 'usr/include'), 'usr/include']);
  const folder = join(tree, 'tools/testing/selftests/filesystems/eventfd');
  const program = join(out, 'eventfd_vpoll_test');
  const words = [`OUTPUT=${out}`, `KHDR_INCLUDES=-isystem ${headers}/usr/include`, `ARCH=${machine}`];
  // In the environment: on the command line it would be all that make knows, whatever the Makefile adds.
  const { status, text } = await said(folder, ['make', ...words, program], { env: { CFLAGS: '-Wall' } });
  const faults = text.split('\n').filter((line) => /\b(warning|error):/i.test(line));
  if (status !== 0 || !existsSync(program)) faults.push(`make ends with ${status}`);
  return faults.map((fault) => `eventfd_vpoll_test: ${fault}`);
}
