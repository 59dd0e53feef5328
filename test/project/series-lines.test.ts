// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// The patches of every kernel line are made of those of the newest: by the tool, by patch(1), and after a change.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fileOf, fixes, lines, MAN_PAGES, mailsOf, NEWEST, ONE_FILE, placeOf, stored } from '../../tools/series.js';
import type { Files } from '../../tools/series/backport.js';
import { isCover, type Patch } from '../../tools/series/mail.js';
import { renewed, taken, wholeOf } from '../../tools/series/renew.js';
import { blobName, namesIn, settled } from '../../tools/series/sums.js';
import { namesAfter, treeAt } from '../../tools/series/tree.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { treeFor } from './support/tree.js';

const all = [...lines, ...fixes];
const older = all.filter(({ name }) => placeOf(name).kernel !== NEWEST);
const FIRST = 'series/0001-eventfd-add-EFD_VPOLL-an-eventfd-whose-events-a-prog.patch';

function series(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--import', 'tsx', 'tools/series-lines.ts', ...words], { cwd: root, encoding: 'utf8' });
}

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-series-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The files with another text in the place of one that is there once. */
function edited(files: Files, path: string, from: string, to: string): Files {
  const parts = files.get(path)!.split(from);
  assert.is(parts.length, 2, `${path}: ${from}`);
  return new Map([...files, [path, parts.join(to)]]);
}

/** Whose text is another in `after`. */
function changed(before: Files, after: Files): string[] {
  return [...before.keys()].filter((path) => before.get(path) !== after.get(path));
}

test('every folder and every backport is of a line that is checked, and every line has its own', () => {
  const folders = readdirSync(fileOf('.'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const used = [...all.map(({ name }) => placeOf(name).folder), ...all.flatMap(({ reconstruction }) => reconstruction ?? [])];
  const first = used.map((path) => path.replace(/\/.*/, ''));
  assert.equal(folders.map(({ name }) => name).sort(), [...new Set([...first, 'backport', MAN_PAGES])].sort());
  const backports = readdirSync(fileOf('backport')).filter((name) => name.endsWith('.diff'));
  assert.equal(backports.sort(), [...new Set(older.map(({ name }) => `${placeOf(name).kernel}.diff`))].sort());
});

test('nothing is left to be renewed: numbers, backports, the one file (npm run series -- --renew)', () => {
  const files = stored();
  assert.equal(changed(files, renewed(files)), []);
});

test('the one file of the README is what the tool makes for 5.2', () => {
  assert.is(readFileSync(fileOf(ONE_FILE.path), 'utf8'), wholeOf(ONE_FILE.line));
  assert.is(ONE_FILE.path, 'linux_patch_v5.2-rc6');
});

needs(test, 'patch')('patch(1) alone makes the patches of every line', () => {
  for (const { name } of older) {
    const { folder, kernel } = placeOf(name);
    inFolder((copy) => {
      cpSync(fileOf('.'), copy, { recursive: true });
      run('patch', ['-s', '-d', copy, '-p1', '--fuzz=0', '-i', fileOf(`backport/${kernel}.diff`)]);
      for (const mail of mailsOf({ name })) assert.is(readFileSync(join(copy, folder, mail.name), 'utf8'), mail.text, name);
    });
  }
});

test('the tool prints the patches of a line, and writes them with the cover letter into an empty folder', () => {
  const mails = mailsOf({ name: 'v6.1' });
  const patches = mails.filter((mail) => !isCover(mail)).map(({ text }) => text);
  assert.is(series('v6.1').stdout, patches.join(''));
  assert.is(series('v6.1', '--cover').stdout, mails.map(({ text }) => text).join(''));
  inFolder((folder) => {
    const out = join(folder, 'out');
    assert.is(series('v6.1', '--out', out).status, 0);
    for (const { name, text } of mails) assert.is(readFileSync(join(out, name), 'utf8'), text);
    assert.is(readdirSync(out).length, mails.length);
    const again = series('io_uring/v6.1', '--out', out);
    assert.is(again.status, 1);
    assert.match(again.stderr, /ENOTEMPTY: --out /);
    assert.is(readdirSync(out).length, mails.length);
  });
});

test('the tool refuses a line that is none, and says which there are', () => {
  for (const name of ['v9.9', 'v6.11', 'backport/v6.1', '../v6.1']) {
    const { status, stdout, stderr } = series(name);
    assert.is(status, 1);
    assert.is(stdout, '');
    assert.is(stderr, `series: EINVAL: no line ${name}; there are ${all.map((line) => line.name).join(', ')}\n`);
  }
  assert.throws(() => mailsOf({ name: 'v6.11' }), /^EINVAL: v6\.11: there is no linux_patch\/backport\/v6\.11\.diff$/);
  assert.match(series('v6.1', '--renew').stderr, /EINVAL: --renew is for all lines/);
  assert.match(series('--renew', '--tree', '/dev').stderr, /ENOENT: \/dev is no kernel's source/);
});

/** Where a rule of eventfd_vpoll_request() begins, the same in every line. */
const RULE = '+\tspin_lock_irq(&ctx->lock);\n';

/** How many lines a line's first patch adds to fs/eventfd.c, by its list of files and by its hunks. */
function addedBy(mails: Patch[]): number[] {
  const { text } = mails.find((mail) => !isCover(mail))!;
  const [, part = ''] = /^(diff --git a\/fs\/eventfd\.c [\s\S]*?)^diff --git /m.exec(text) ?? [];
  const sums = [...part.matchAll(/^@@ -\d+,(\d+) \+\d+,(\d+) @@/gm)].map(([, before, after]) => Number(after) - Number(before));
  const listed = /^ fs\/eventfd\.c +\| (\d+) /m.exec(text)?.[1];
  return [Number(listed), sums.reduce((sum, each) => sum + each, 0)];
}

test('a change of fs/eventfd.c at one place comes into every line, with its numbers', () => {
  const files = stored();
  // By hand: no number of the patch is right any more.
  const byHand = edited(files, FIRST, RULE, `+\tif (op == 7)\n+\t\treturn -EINVAL;\n\n${RULE}`.replace('\n\n', '\n+\n'));
  for (const { name } of lines)
    assert.throws(() => mailsOf({ name }, byHand), /counts its lines wrong: `npm run series -- --renew`$/);
  const after = renewed(byHand);
  for (const { name } of lines) {
    const mails = mailsOf({ name }, after);
    assert.match(mails[1]!.text, '+\tif (op == 7)\n+\t\treturn -EINVAL;\n+\n+\tspin_lock_irq(&ctx->lock);\n', name);
    const added = addedBy(mailsOf({ name })).map((count) => count + 3);
    assert.equal(addedBy(mails), added, name);
    assert.equal(mails, settled(mails));
  }
  assert.is(after.get(ONE_FILE.path), wholeOf(ONE_FILE.line, after));
  assert.equal(changed(after, renewed(after)), []);
  for (const { name } of fixes) assert.equal(mailsOf({ name }, after), mailsOf({ name }), name);
});

test('a change of what a line has otherwise names its backport, and changes nothing', () => {
  const files = stored();
  const rule = 'iov_iter_count(from) != sizeof(ucnt)';
  const byHand = edited(files, FIRST, rule, `${rule} + 1`);
  let said = '';
  try {
    renewed(byHand);
  } catch (error) {
    said = (error as Error).message;
  }
  const named = [...said.matchAll(/^EINVAL: (\S+) no longer fits (\S+): it expects about line \d+:$/gm)];
  const from = (name: string): string => `backport/${name}.diff`;
  assert.equal(
    named.map(([, backport, path]) => [backport, path]),
    ['v5.2', 'v5.10', 'v6.1'].map((name) => [from(name), FIRST]),
  );
  assert.match(said, `    +\tif (${rule})\n`);
  assert.throws(() => mailsOf({ name: 'v6.1' }, byHand), /^EINVAL: backport\/v6\.1\.diff no longer fits/);
  assert.is(mailsOf({ name: 'v6.12' }, byHand).length, 5);
});

/** The cover letter of the newest line, and what stands there before a paragraph that each line has in words of its own. */
const COVER = 'series/0000-cover-letter.patch';
const BEFORE = 'W=1, sparse and checkpatch --strict find nothing new after any of the patches.\n';

test('a change beside what a line has otherwise comes into every line as well', () => {
  const files = stored();
  const after = renewed(edited(files, COVER, BEFORE, `${BEFORE}And so on.\n`));
  for (const { name } of lines) {
    const [cover, ...patches] = mailsOf({ name }, after);
    const [coverBefore, ...patchesBefore] = mailsOf({ name });
    assert.is(cover!.text, coverBefore!.text.replace(BEFORE, `${BEFORE}And so on.\n`), name);
    assert.equal(patches, patchesBefore);
  }
});

test('a change that leaves two places for what a line has otherwise is no guess', () => {
  const files = stored();
  const [, paragraph] = /\n(A write takes exactly .*\n)/.exec(files.get(COVER)!)!;
  // Once more, and neither with the lines around it that the backport knows.
  const twice = edited(files, COVER, `\n${paragraph}\n`, `\nOne.\n\n${paragraph}\nTwo.\n\n${paragraph}\nThree.\n\n`);
  assert.throws(
    () => renewed(twice),
    /EINVAL: backport\/v6\.1\.diff no longer fits series\/0000-cover-letter\.patch: it expects about line \d+:/,
  );
});

test('a backport that was mended by hand need not count its lines', () => {
  const files = stored();
  const path = 'backport/v6.12.diff';
  const by = edited(files, path, '+This line: based on v6.12.118', '+It was tried.\n+\n+This line: based on v6.12.118');
  assert.throws(
    () => mailsOf({ name: 'v6.12' }, by),
    /^EINVAL: backport\/v6\.12\.diff is no diff: .*: `npm run series -- --renew`$/,
  );
  const after = renewed(by);
  assert.match(mailsOf({ name: 'v6.12' }, after)[0]!.text, '\n\nIt was tried.\n\nThis line: based on v6.12.118');
  assert.equal(changed(files, after), [path]);
});

test('where the newest line gives a result another name, that of an older line is not known', () => {
  const files = stored();
  const [, before, after] = /^index (\w+)\.\.(\w+) 100644$/m.exec(files.get(FIRST)!)!;
  const made = renewed(edited(files, FIRST, `index ${before}..${after} 100644`, `index ${before}..1234567 100644`));
  for (const { name } of lines.filter((line) => placeOf(line.name).kernel !== NEWEST)) {
    const known = (of: Files): string[] => [...namesIn(mailsOf({ name }, of)).values()].filter((each) => !/^0+$/.test(each));
    assert.is(known(made).length, known(files).length - 1, name);
  }
});

test('patches that someone has made take the place of those of a line', () => {
  const files = stored();
  const mails = mailsOf({ name: 'v6.1' }).map((mail) => ({ ...mail, text: mail.text.replace(RULE, `+\t/* 6.1 */\n${RULE}`) }));
  const after = taken(files, 'v6.1', mails);
  assert.equal(mailsOf({ name: 'v6.1' }, after), settled(mails));
  assert.equal(changed(files, after), ['backport/v6.1.diff']);
  assert.match(after.get('backport/v6.1.diff')!, '\n++\t/* 6.1 */\n');
  assert.throws(() => taken(files, 'v6.1', mails.slice(1)), /^EINVAL: v6\.1 is 0000-cover-letter\.patch, 0001-/);
  const newest = mailsOf({ name: NEWEST }).map((mail) => ({ ...mail, text: mail.text.replace(RULE, `+\t/* all */\n${RULE}`) }));
  const all = taken(files, NEWEST, newest);
  for (const { name } of lines) assert.match(mailsOf({ name }, all)[1]!.text, `+\t/* all */\n${RULE}`);
});

needs(test, 'git')('a source says what git calls the results', () => {
  const line = lines.find(({ name }) => name === NEWEST)!;
  inFolder((tree) => {
    const mails = mailsOf(line);
    for (const { text } of mails) treeFor(tree, text);
    writeFileSync(join(tree, 'Makefile'), 'VERSION = 7\nPATCHLEVEL = 3\n');
    // The files are not the kernel's, and so have other names than the patches say.
    assert.throws(() => namesAfter(mails, line, treeAt(tree)), /^EINVAL: v7\.3 is for another fs\/eventfd\.c than that of /);
    const before = new Map<string, string>();
    const own = mails.map(({ name, text }) => {
      const named = text.replace(/^diff --git a\/(\S+) .*\nindex (\w+)/gm, (all, file: string, base: string) => {
        before.set(file, blobName(readFileSync(join(tree, file), 'utf8')).slice(0, base.length));
        return all.replace(base, before.get(file)!);
      });
      return { name, text: named };
    });
    const names = namesAfter(own, line, treeAt(tree));
    for (const { text } of own.filter((mail) => !isCover(mail)))
      assert.is(
        spawnSync('git', ['apply'], { cwd: tree, input: text, env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() } })
          .status,
        0,
      );
    assert.ok(before.size >= 6);
    for (const [file, base] of before)
      assert.ok(run('git', ['hash-object', join(tree, file)]).startsWith(names.get(base)!), file);
  });
});

test.run();
