// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// What makes the patches ready to be sent: it takes a person, and leaves nothing that stands for one.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fixes, lines, MAN_PAGES, mailsOf } from '../../tools/series.js';
import { isCover } from '../../tools/series/mail.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { treeFor } from './support/tree.js';

const SUBJECT = 'io_uring: only wake when the correct events are set';
const SENDER = ['--name', 'A Person', '--email', 'person@some.org'];
const IDEA = ['--suggested-by', 'The Other <other@some.org>'];

/** Says two addresses as scripts/get_maintainer.pl does. */
const SCRIPT = `print "Some One <one\\@some.org> (maintainer:THAT (and (more)))\\nlist\\@some.org (open list:THAT)\\n";\n`;

/** A source that the patches of a folder apply to; as a git clone, with a history of one commit. The caller removes what is around it. */
function sourceFor(name: string, isClone: boolean): { around: string; tree: string; out: string } {
  const around = mkdtempSync(join(tmpdir(), 'vpoll-sign-'));
  const tree = join(around, 'linux');
  mkdirSync(join(tree, 'scripts'), { recursive: true });
  writeFileSync(join(tree, 'scripts/get_maintainer.pl'), SCRIPT);
  for (const mail of mailsOf({ name })) if (!isCover(mail)) treeFor(tree, mail.text);
  if (isClone) {
    const as = ['-c', 'user.name=x', '-c', 'user.email=x@x', '-c', 'commit.gpgsign=false'];
    run('git', ['init', '-q'], tree);
    run('git', ['add', '-A', '-f', '.'], tree);
    run('git', [...as, 'commit', '-q', '-m', SUBJECT], tree);
  }
  return { around, tree, out: join(around, 'out') };
}

function sign(name: string, words: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = ['--import', 'tsx', 'tools/series-sign.ts', name, ...words];
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
}

const REFUSED: [what: string, words: string[], why: RegExp][] = [
  ['nobody', [], /--name, --email: a person must be named/],
  ['a name alone', ['--name', 'A Person'], /--name, --email: a person must be named/],
  ['an address that stands for one', ['--name', 'A Person', '--email', 'vpoll@example.invalid', ...IDEA], /is no address/],
  ['no address', ['--name', 'A Person', '--email', 'person', ...IDEA], /is no address/],
  ['a name with an address in it', ['--name', 'A <a@b.org>', '--email', 'a@b.org', ...IDEA], /is no name/],
  ['nobody whom the idea is from', SENDER, /--suggested-by .* a person must be named/],
];

const withGit = needs(test, 'git');

for (const [what, words, why] of REFUSED) {
  withGit(`refused: ${what}`, () => {
    const { around, tree, out } = sourceFor('v7.3', false);
    try {
      const { status, stderr } = sign('v7.3', [...words, '--tree', tree, '--out', out]);
      assert.is(status, 1);
      assert.match(stderr, why);
      assert.not(existsSync(out));
    } finally {
      rmSync(around, { recursive: true });
    }
  });
}

for (const { name } of [...lines, ...fixes, { name: MAN_PAGES }]) {
  const isSeries = lines.some((line) => line.name === name);
  withGit(`${name}: signed by a person, for a commit, to those that the tree names`, () => {
    const { around, tree, out } = sourceFor(name, true);
    try {
      const { status, stdout, stderr } = sign(name, [...SENDER, ...(isSeries ? IDEA : []), '--tree', tree, '--out', out]);
      assert.is(status, 0, stderr);
      const head = run('git', ['rev-parse', 'HEAD'], tree).trim();
      const mails = readdirSync(out).sort();
      assert.equal(
        mails,
        mailsOf({ name }).map((mail) => mail.name),
      );
      for (const [index, mail] of mails.entries()) {
        const text = readFileSync(join(out, mail), 'utf8');
        assert.not.match(text, /example\.invalid|vpoll authors|<commit>/, mail);
        assert.match(text, /^From: A Person <person@some\.org>$/m);
        assert.is(text.includes(`\nbase-commit: ${head}\n`), index === 0, mail);
        if (mail.startsWith('0000-')) assert.match(text, /^A Person \(\d\):$/m);
        else assert.match(text, /^Assisted-by: LLM sparse\nSigned-off-by: A Person <person@some\.org>\n---$/m, mail);
        assert.is(text.includes('Suggested-by: The Other <other@some.org>'), isSeries && index === 1, mail);
        assert.ok(stdout.includes(join(out, mail)));
      }
      if (fixes.some((fix) => fix.name === name))
        assert.match(
          readFileSync(join(out, mails[0]!), 'utf8'),
          new RegExp(`^Fixes: ${head.slice(0, 12)} \\("${SUBJECT}"\\)$`, 'm'),
        );
      if (name !== MAN_PAGES) {
        assert.ok(stdout.includes("--to='Some One <one@some.org>'"), stdout);
        assert.ok(stdout.includes("--cc='list@some.org'"), stdout);
      }
      assert.is(stdout.includes('other@some.org'), isSeries);
      // Once is enough: what is there may have been read and mended.
      assert.match(sign(name, [...SENDER, ...IDEA, '--tree', tree, '--out', out]).stderr, /not empty/);
    } finally {
      rmSync(around, { recursive: true });
    }
  });
}

withGit('refused: a commit whose name nobody can say', () => {
  const { around, tree, out } = sourceFor('io_uring/v7.3', false);
  try {
    assert.match(sign('io_uring/v7.3', [...SENDER, '--tree', tree, '--out', out]).stderr, /not a git clone, so the name of/);
    assert.not(existsSync(out));
  } finally {
    rmSync(around, { recursive: true });
  }
});

withGit('refused: a tree that the patches are not for', () => {
  const { around, tree, out } = sourceFor('v7.3', true);
  try {
    writeFileSync(join(tree, 'fs/eventfd.c'), 'another\n');
    assert.match(sign('v7.3', [...SENDER, ...IDEA, '--tree', tree, '--out', out]).stderr, /git apply --check: status 1/);
    assert.not(existsSync(out));
  } finally {
    rmSync(around, { recursive: true });
  }
});

test.run();
