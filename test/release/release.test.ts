// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// A release: what keeps a tree from it, the tag, and the checksums. The trees are small ones of git, with the files that a release looks at.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FILLED, git, problems } from '../../tools/release/checks.js';
import { signSums, SUMS, writeSbom, writeSums } from '../../tools/release/files.js';
import { VERSIONED, versionOf, writeVersion } from '../../tools/release/version.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'vpoll-release-'));
const withGit = needs(test, 'git');
const VERSION = versionOf(root);
const FILES = new Set([...VERSIONED, ...FILLED]);

test.after(() => {
  rmSync(folder, { recursive: true });
});

let count = 0;

/** A tree that can be released, but for what `change` does to its files before they are committed. */
function tree(change: (edit: (file: string, from: RegExp, to: string) => void) => void = () => undefined): string {
  const top = join(folder, `tree-${count++}`);
  const edit = (file: string, from: RegExp, to: string): void => {
    const text = readFileSync(join(top, file), 'utf8');
    assert.match(text, from);
    writeFileSync(join(top, file), text.replace(from, to));
  };
  for (const file of FILES) {
    mkdirSync(dirname(join(top, file)), { recursive: true });
    cpSync(join(root, file), join(top, file));
    // What a release fills in.
    writeFileSync(
      join(top, file),
      readFileSync(join(top, file), 'utf8').replaceAll(/\b(?:vpoll\.example|example\.org)\b/g, 'vpoll.test'),
    );
  }
  writeFileSync(
    join(top, 'CHANGELOG.md'),
    `# Changelog\n\n## ${VERSION} - 2026-12-01\n\n### Added\n\n- All of it.\n\n## 0.0.1\n\n- Nothing.\n`,
  );
  change(edit);
  git(top, 'init', '--quiet');
  for (const [key, value] of [
    ['user.name', 'a'],
    ['user.email', 'a@b'],
    ['commit.gpgsign', 'false'],
    ['tag.gpgsign', 'false'],
  ])
    git(top, 'config', key!, value!);
  git(top, 'add', '--all');
  git(top, 'commit', '--quiet', '--message', 'All');
  return top;
}

/** Runs the command on a tree. */
function release(top: string, ...args: string[]): { status: number | null; stdout: string } {
  const command = ['--import', 'tsx', 'tools/release.ts', ...args, '--root', top];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
  assert.is(stderr, '');
  return { status, stdout };
}

withGit('here the version is the same everywhere', () => {
  assert.equal(
    problems(root).filter((line) => / says /.test(line) && !/ still says /.test(line)),
    [],
  );
});

const OTHER = '9.9.9';
for (const file of VERSIONED.filter((name) => name !== 'package.json')) {
  withGit(`${file} with another version is named`, () => {
    // Where it stands more than once, the first is enough.
    const found = problems(
      tree((edit) => {
        edit(file, new RegExp(VERSION.replaceAll('.', '[.]')), OTHER);
      }),
    );
    assert.is(found.length, 1, found.join('\n'));
    assert.match(found[0]!, new RegExp(`^${file} says .*9[.]9[.]9.*, not ${VERSION}$`));
  });
}

withGit("package.json's version is written to wherever else it stands; a person writes the two lists of changes", () => {
  const top = tree((edit) => {
    edit('package.json', /^ {2}"version": ".*"/m, `  "version": "${OTHER}"`);
  });
  assert.is(problems(top).length, VERSIONED.length);
  const { status, stdout } = release(top, 'version');
  assert.is(status, 0);
  assert.equal(stdout.trim().split('\n').sort(), VERSIONED.filter((file) => !/^(?:package\.json|debian\/.*)$/.test(file)).sort());
  assert.equal(writeVersion(top), []);
  git(top, 'commit', '--all', '--quiet', '--message', 'Version');
  assert.equal(problems(top), [`debian/changelog says ${VERSION}, not ${OTHER}`, `CHANGELOG.md has no section ${OTHER}`]);
  assert.match(git(top, 'show', '--stat'), `${VERSIONED.length - 2} files changed`);
});

withGit('each manual is among what a version is written to', () => {
  const manuals = git(root, 'ls-files', '*.[1-8]').trim().split('\n');
  assert.ok(manuals.length > 5);
  assert.equal(
    manuals.filter((name) => !VERSIONED.includes(name)),
    [],
  );
});

test("Debian's list of symbols names releases: of libvpoll 0.1, and of ours", () => {
  const lines = readFileSync(join(root, 'debian/libvpoll0.symbols'), 'utf8').matchAll(/^ (\w+)@Base (\S+)$/gm);
  const releases = [...readFileSync(join(root, 'CHANGELOG.md'), 'utf8').matchAll(/^## \[?(\d[\d.]*\d)/gm)].map(
    ([, number]) => number!,
  );
  const symbols = [...lines].map(([, name, since]) => [name!, since!] as const);
  assert.ok(symbols.length > 7);
  assert.equal(
    symbols.filter(([name, since]) => (/^vpoll_(?:create|ctl|close)$/.test(name) ? since !== '0.1' : !releases.includes(since))),
    [],
  );
});

test('CHANGELOG has the form of Keep a Changelog: a head for what comes, then versions with their days, and six kinds of change', () => {
  const heads = [...readFileSync(join(root, 'CHANGELOG.md'), 'utf8').matchAll(/^(##|###) (.+)$/gm)];
  const [first, ...versions] = heads.filter(([, mark]) => mark === '##').map(([, , name]) => name!);
  assert.is(first, 'Unreleased');
  assert.ok(
    versions.length > 0 && versions.every((name) => /^\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}$/.test(name)),
    versions.join(', '),
  );
  const kinds = new Set(heads.filter(([, mark]) => mark === '###').map(([, , name]) => name!));
  assert.equal(
    [...kinds].filter((name) => !['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'].includes(name)),
    [],
  );
});

withGit('a change that is not in git, no section of CHANGELOG, a placeholder and an old tag are named', () => {
  const top = tree((edit) => {
    edit('CHANGELOG.md', new RegExp(`## ${VERSION}`), '## Unreleased');
    edit('SECURITY.md', /maintainers@[\w.]*\w/, 'maintainers@vpoll.example');
  });
  writeFileSync(join(top, 'more'), '');
  git(top, 'tag', `v${VERSION}`);
  assert.equal(problems(top), [
    `CHANGELOG.md has no section ${VERSION}`,
    'the tree is not as it is in git: 1 files, ?? more first',
    `the tag v${VERSION} is there already`,
    'SECURITY.md still says maintainers@vpoll.example',
  ]);
  const { status, stdout } = release(top, 'tag');
  assert.is(status, 1);
  assert.match(stdout, '4 to settle');
});

withGit('--dry-run says what the tag would be, and makes none; then it is annotated, with the section', () => {
  const top = tree();
  assert.equal(problems(top), []);
  const dry = release(top, 'tag', '--dry-run');
  assert.is(dry.status, 0);
  assert.match(dry.stdout, `v${VERSION}`);
  assert.is(git(top, 'tag', '--list'), '');
  assert.equal(release(top, 'tag'), { status: 0, stdout: '' });
  assert.is(git(top, 'cat-file', '-t', `v${VERSION}`), 'tag\n');
  assert.is(git(top, 'tag', '--list', '--format=%(contents)'), `vpoll ${VERSION}\n\n### Added\n\n- All of it.\n\n`);
});

test('one address stands wherever somebody is to write to', () => {
  const said = ['SECURITY.md', 'debian/control', 'debian/changelog'].map(
    (file) => /\bmaintainers@[\w.-]*\w/.exec(readFileSync(join(root, file), 'utf8'))?.[0],
  );
  assert.is(new Set(said).size, 1, said.join(' '));
  assert.ok(said[0]);
});

test('the SBOM is of what the package has its users install', () => {
  const file = join(folder, 'sbom.json');
  writeSbom(root, file);
  const sbom = JSON.parse(readFileSync(file, 'utf8')) as {
    bomFormat: string;
    metadata: { component: { name: string; version: string } };
    components: { name: string; version: string }[];
  };
  assert.is(sbom.bomFormat, 'CycloneDX');
  assert.equal([sbom.metadata.component.name, sbom.metadata.component.version], ['vpoll', VERSION]);
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const listed = sbom.components.filter(({ name }) => !name.startsWith('@koromix/koffi-'));
  assert.equal(Object.fromEntries(listed.map(({ name, version }) => [name, version])), dependencies);
});

needs(
  test,
  'gpg',
  'sha256sum',
)('checksums are signed by a key of the person, and refused without one', () => {
  const [out, keys] = [join(folder, 'files'), join(folder, 'keys')];
  mkdirSync(out);
  mkdirSync(keys, { mode: 0o700 });
  writeFileSync(join(out, 'vpoll.tgz'), 'content');
  writeSums(out);
  run('sha256sum', ['--check', '--strict', SUMS], out);
  const before = process.env.GNUPGHOME;
  process.env.GNUPGHOME = keys;
  try {
    assert.throws(() => {
      signSums(out, undefined);
    }, /gpg has no secret key: a release is signed by a person/);
    assert.not.ok(existsSync(join(out, `${SUMS}.asc`)));
    run('gpg', ['--batch', '--quiet', '--passphrase', '', '--quick-generate-key', 'someone@vpoll.test', 'ed25519', 'sign', '1d']);
    assert.throws(() => {
      signSums(out, 'another@vpoll.test');
    }, /no secret key another@vpoll[.]test/);
    signSums(out, 'someone@vpoll.test');
    run('gpg', ['--verify', `${SUMS}.asc`, SUMS], out);
    writeFileSync(join(out, 'vpoll.tgz'), 'another content');
    assert.throws(() => run('sha256sum', ['--check', SUMS], out), /vpoll[.]tgz: FAILED/);
  } finally {
    run('gpgconf', ['--kill', 'all']);
    if (before === undefined) delete process.env.GNUPGHOME;
    else process.env.GNUPGHOME = before;
  }
});

test.run();
