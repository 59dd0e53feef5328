// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// The package for Python, out of its wheel: its own tests over each backend that this machine has, its types, its examples, and each program of its pages.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DEBIANS } from '../c/support/library.js';
import { blocksOf, programsOf } from '../docs/support/blocks.js';
import { FIRST, HERE } from '../support/here.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { PYTHON, VENV, Venv } from './support/venv.js';

const withPython = needs(test, ...VENV);
const PAGES = ['docs/python.md', 'python/README.md'];
/** The blocks of the page that are files: reader.py and its tests. */
const FILES = /Here is `([\w.]+)`:|Its tests, `([\w.]+)`,/g;

let made: Venv | undefined;
const venv = (): Venv => (made ??= new Venv());

test.after(() => {
  made?.remove();
});

withPython('its own tests pass over each backend', () => {
  const old = DEBIANS === undefined ? {} : { VPOLL_TEST_OLD: DEBIANS };
  const said = venv().python(
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-W', 'error', join(root, 'python/tests')],
    { VPOLL_TEST_BACKENDS: HERE.join(','), ...old },
    root,
  );
  const [, passed] = /^(\d+) passed/m.exec(said) ?? [];
  assert.ok(Number(passed) >= 20 * HERE.length, said);
});

withPython('the wheel is what is used, with its own helper', () => {
  const program =
    'import vpoll, vpoll._library as it; print(vpoll.__file__, it._paths()[0]); print(vpoll.VPoll.create().backend)';
  const said = venv().python(['-W', 'ignore::ResourceWarning', '-c', program]);
  const site = '/venv/lib/python3[.][0-9]+/site-packages/vpoll/';
  assert.match(said, new RegExp(`${site}__init__[.]py .*${site}libvpoll[.]so[.]0\n${FIRST}\n`));
});

needs(
  test,
  ...VENV,
  'mypy',
)('mypy --strict finds nothing', () => {
  const cache = venv().path('mypy');
  const folders = ['vpoll', 'tests', 'examples'].map((name) => join(root, 'python', name));
  for (const args of [folders, ['--python-version', '3.9', folders[0]!]])
    run('mypy', ['--strict', '--cache-dir', cache, ...args], join(root, 'python'));
});

const EXAMPLES = {
  'asyncio_wait.py': 'IN came\nPRI came\n',
  'selectors_wait.py': 'nothing yet: []\npipe can be read\nvpoll can be read\nvpoll can be written\n',
};
for (const [name, output] of Object.entries(EXAMPLES)) {
  withPython(`${name} prints what it promises`, () => {
    assert.is(venv().python([join(root, 'python/examples', name)]), output);
  });
}

for (const page of PAGES) {
  for (const [index, { code, output }] of programsOf(page, 'python').entries()) {
    withPython(`${page}: program ${index + 1} prints what stands below it`, () => {
      assert.is(venv().python(['-c', code]), output);
    });
  }
}

withPython('docs/python.md: the tests of the reader pass', () => {
  const page = blocksOf('docs/python.md');
  const names = [...run('cat', ['docs/python.md']).matchAll(FILES)].map(([, first, second]) => (first ?? second)!);
  const programs = programsOf('docs/python.md', 'python').map(({ code }) => code);
  const files = page.filter(({ kind, code }) => kind === 'python' && !programs.includes(code));
  assert.equal(names, ['reader.py', 'test_reader.py']);
  assert.is(files.length, names.length);
  const folder = venv().path('page');
  mkdirSync(folder);
  for (const [index, { code }] of files.entries()) writeFileSync(join(folder, names[index]!), code);
  const command = page.findIndex(({ code }) => code === 'python3 -m pytest -q\n');
  const said = venv().python(['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], {}, folder);
  const tidy = said.replace(/ +\[100%\]$/m, '').replace(/ in [\d.]+s$/m, '');
  assert.is(tidy, page[command + 1]!.code);
});

needs(test, PYTHON)('without a library the import works, and create() says what helps', () => {
  const program =
    "import sys; sys.path.insert(0, 'python'); import vpoll\ntry: vpoll.VPoll.create()\nexcept OSError as error: print(error)";
  const said = run('env', ['VPOLL_LIBRARY=/nowhere', 'PYTHONDONTWRITEBYTECODE=1', PYTHON, '-c', program]);
  assert.match(said, /^\[Errno 79\] \/nowhere: .*install the wheel or the package libvpoll0, or set VPOLL_LIBRARY/);
});

test.run();
