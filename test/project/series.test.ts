// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { AUTHOR, exampleOf, fileOf, fixes, type Line, lines, MAN_PAGES, mailsOf } from '../../tools/series.js';
import { isCover, partsOf } from '../../tools/series/mail.js';

const folder = join(root, 'linux_patch');
/** What programs include. */
const HEADER = 'include/uapi/linux/eventfd_vpoll.h';

/** What a patch adds to a file of the kernel. */
function addedTo(file: string, text: string): string[] {
  return partsOf(text)
    .filter((part) => part.file === file)
    .flatMap((part) => part.text.split('\n'))
    .filter((line) => line.startsWith('+') && !line.startsWith('+++'))
    .map((line) => line.slice(1));
}

for (const line of lines) {
  const mails = mailsOf(line);

  test(`${line.name}: a cover letter, then its patches in order`, () => {
    const last = mails.length - 1;
    assert.ok(last > 0);
    for (const [index, { name, text }] of mails.entries()) {
      assert.ok(name.startsWith(`000${index}-`), name);
      assert.match(text, new RegExp(`^Subject: \\[PATCH v4 ${index}/${last}\\] `, 'm'), name);
    }
  });

  test(`${line.name}: by the vpoll authors, and nobody else`, () => {
    for (const [index, { name, text }] of mails.entries()) {
      const people = text.match(/^(From: |Signed-off-by: |[A-Z][\w-]*-by: |C[cC]: ).*/gm) ?? [];
      assert.equal(people, [`From: ${AUTHOR}`, ...(index > 0 ? [`Signed-off-by: ${AUTHOR}`] : [])], name);
    }
  });

  test(`${line.name}: the interface is the one of every line`, () => {
    const constants = mails.flatMap(({ text }) => addedTo(HEADER, text)).filter((each) => each.startsWith('#define EFD_VPOLL'));
    assert.equal(constants, [
      '#define EFD_VPOLL (1 << 1)',
      '#define EFD_VPOLL_ADDEVENTS (1ULL << 32)',
      '#define EFD_VPOLL_DELEVENTS (2ULL << 32)',
      '#define EFD_VPOLL_MODEVENTS (3ULL << 32)',
      "#define EFD_VPOLL_IOC_ADDEVENTS _IO('^', 1)",
      "#define EFD_VPOLL_IOC_DELEVENTS _IO('^', 2)",
      "#define EFD_VPOLL_IOC_MODEVENTS _IO('^', 3)",
    ]);
  });

  test(`${line.name}: it brings a test, and says what it does in the documentation`, () => {
    const files = mails.flatMap(({ text }) => partsOf(text).map(({ file }) => file));
    assert.ok(files.includes('tools/testing/selftests/filesystems/eventfd/eventfd_vpoll_test.c'));
    assert.ok(files.some((file) => file.startsWith('Documentation/filesystems/proc.')));
    assert.ok(files.some((file) => file.includes('/ioctl/ioctl-number.')));
  });

  test(`${line.name}: each new file is told to MAINTAINERS, by a patch of its own`, () => {
    const parts = mails.map(({ text }) => partsOf(text));
    const made = parts.flat().filter(({ text }) => text.includes('\nnew file mode '));
    const patterns = mails.flatMap(({ text }) => addedTo('MAINTAINERS', text)).map((each) => each.replace(/^F:\t/, ''));
    assert.ok(made.length >= 2);
    for (const { file } of made)
      assert.ok(
        patterns.some((each) => file === each || (each.endsWith('/') && file.startsWith(each))),
        file,
      );
    for (const each of parts.filter((some) => some.some(({ file }) => file === 'MAINTAINERS'))) assert.is(each.length, 1);
  });

  needs(test, 'gcc')(`${line.name}: the example of the cover letter compiles`, () => {
    const include = headersOf(line);
    try {
      const program = join(include, 'example.c');
      writeFileSync(program, exampleOf(line));
      run('gcc', ['-Wall', '-Werror', '-fsyntax-only', '-I', include, program]);
    } finally {
      rmSync(include, { recursive: true });
    }
  });
}

for (const fix of fixes) {
  test(`${fix.name}: one patch, by nobody yet, for a commit that its sender names`, () => {
    const mails = mailsOf(fix);
    assert.is(mails.length, 1);
    const { text } = mails[0]!;
    assert.match(text, /^Subject: \[PATCH\] io_uring\/poll: /m);
    assert.match(text, /^Fixes: <commit> \("io_uring: only wake when the correct events are set"\)$/m);
    const people = text.match(/^(From: |Signed-off-by: |[A-Z][\w-]*-by: |C[cC]: ).*/gm);
    assert.equal(people, [`From: ${AUTHOR}`, 'Cc: <stable@vger.kernel.org>', `Signed-off-by: ${AUTHOR}`]);
    assert.equal(
      partsOf(text).map(({ file }) => file),
      ['io_uring/poll.c'],
    );
  });
}

for (const line of [...lines, ...fixes]) {
  needs(test, 'git')(`${line.name}: git understands each patch`, () => {
    // Outside of any repository: inside one, git leaves out what is not below the current folder.
    for (const { name, text } of mailsOf(line).filter((mail) => !isCover(mail))) {
      const { stdout, stderr } = spawnSync('git', ['apply', '--numstat'], { cwd: tmpdir(), input: text, encoding: 'utf8' });
      assert.ok(stdout.trim(), `${name}: ${stderr}`);
    }
  });
}

/** A folder that has the header of EFD_VPOLL where programs look for it. The caller removes it. */
function headersOf(line: Line): string {
  const include = mkdtempSync(join(tmpdir(), 'vpoll-headers-'));
  mkdirSync(join(include, 'linux'));
  const patch = mailsOf(line).find((mail) => !isCover(mail))!;
  writeFileSync(join(include, 'linux/eventfd_vpoll.h'), `${addedTo(HEADER, patch.text).join('\n')}\n`);
  return include;
}

/** Every order of the names. */
function orders(names: readonly string[]): string[][] {
  if (names.length === 0) return [[]];
  return names.flatMap((name) => orders(names.filter((each) => each !== name)).map((rest) => [name, ...rest]));
}

needs(test, 'gcc')('a program may include the header of EFD_VPOLL in any order with those that go with it', () => {
  const headers = ['linux/eventfd_vpoll.h', 'vpoll.h', 'sys/eventfd.h', 'fcntl.h', 'sys/ioctl.h'];
  const use =
    'int fd(void) { return ioctl(eventfd(0, EFD_VPOLL | EFD_CLOEXEC), EFD_VPOLL_IOC_ADDEVENTS, VPOLL_OP_ADDEVENTS | O_RDWR); }\n';
  const include = headersOf(lines[0]!);
  try {
    const programs = orders(headers).map((order, i) => {
      const program = join(include, `${i}.c`);
      writeFileSync(program, order.map((name) => `#include <${name}>\n`).join('') + use);
      return program;
    });
    run('gcc', ['-Wall', '-Werror', '-fsyntax-only', '-I', include, '-I', join(root, 'linux_module'), ...programs]);
  } finally {
    rmSync(include, { recursive: true });
  }
});

test('what makes 5.2 of 5.10 is a diff of two files, with the full names of the results', () => {
  const line = lines.find(({ name }) => name === 'v5.2')!;
  const parts = partsOf(readFileSync(fileOf(line.reconstruction!), 'utf8'));
  assert.equal(
    parts.map(({ file }) => file),
    ['fs/eventfd.c', 'include/linux/eventfd.h'],
  );
  for (const { file, text } of parts) {
    const result = /^index \w{40}\.\.(\w{40}) /m.exec(text)?.[1] ?? '';
    // The name that the series gives the file that it changes.
    const named = mailsOf(line)
      .flatMap((mail) => partsOf(mail.text))
      .find((part) => part.file === file)!;
    assert.ok(result.startsWith(/^index (\w+)\.\./m.exec(named.text)?.[1] ?? 'none'), file);
  }
});

/** What the patch for eventfd(2) adds to the page. */
const page = addedTo(
  'man/man2/eventfd.2',
  readFileSync(join(folder, MAN_PAGES, readdirSync(join(folder, MAN_PAGES))[0]!), 'utf8'),
);

needs(test, 'groff')('what eventfd(2) gets is without a warning', () => {
  const input = ['.TH eventfd 2 2026-12-01 "Linux man-pages"', '.SH SYNOPSIS', ...page].join('\n');
  assert.is(run('sh', ['-c', 'printf "%s\\n" "$0" | groff -ww -man -Tutf8 2>&1 >/dev/null', input]), '');
});

needs(test, 'gcc')('the program in eventfd(2) compiles', () => {
  const text = page.join('\n');
  const source = text.slice(text.indexOf('SRC BEGIN'), text.indexOf('SRC END')).split('\n').slice(2, -2);
  // groff_man(7), as the man-pages write it.
  const program = source.map((line) => line.replace(/^\\&/, '').replaceAll('\\-', '-').replaceAll('\\[rs]', '\\')).join('\n');
  const include = headersOf(lines[0]!);
  try {
    writeFileSync(join(include, 'example.c'), `${program}\n`);
    run('gcc', ['-Wall', '-Werror', '-fsyntax-only', '-I', include, join(include, 'example.c')]);
  } finally {
    rmSync(include, { recursive: true });
  }
});

test.run();
