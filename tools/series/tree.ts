// SPDX-License-Identifier: LGPL-2.1-or-later

// A kernel's source, asked what git calls the files that patches leave there.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPatch } from 'diff';
import { fileOf, type Line } from '../series.js';
import { isCover, type Patch, partsOf } from './mail.js';
import { blobName, type Names } from './sums.js';

export interface Tree {
  path: string;
  /** As tools/series.ts has it: 6.1. */
  release: string;
}

export function treeAt(path: string): Tree {
  const file = join(path, 'Makefile');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [version, level] = ['VERSION', 'PATCHLEVEL'].map((name) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(text)?.[1]);
  if (version === undefined || level === undefined)
    throw new Error(`ENOENT: ${path} is no kernel's source: no Makefile there says its version`);
  return { path, release: `${version}.${level}` };
}

/** What the files of a tree become. */
class Contents {
  private readonly texts = new Map<string, string>();

  constructor(private readonly path: string) {}

  /** '' for a file that isn't there. */
  of(file: string): string {
    const path = join(this.path, file);
    return this.texts.get(file) ?? (existsSync(path) ? readFileSync(path, 'utf8') : '');
  }

  apply(patch: string): void {
    for (const { file, text } of partsOf(patch)) {
      const result = applyPatch(this.of(file), text);
      if (result === false) throw new Error(`EINVAL: ${this.path}: ${file} is not as the patch expects it`);
      this.texts.set(file, result);
    }
  }
}

/** What git calls the files that a line's patches change, in a tree of its release: after each of them, by what it was called before. */
export function namesAfter(mails: Patch[], line: Line, { path }: Tree): Names {
  const names: Names = new Map();
  const contents = new Contents(path);
  const { reconstruction, known = /^/ } = line;
  if (reconstruction !== undefined) contents.apply(readFileSync(fileOf(reconstruction), 'utf8'));
  for (const { text } of mails.filter((mail) => !isCover(mail))) {
    for (const part of partsOf(text).filter(({ file }) => known.test(file))) {
      const before = /^index (\w+)\.\./m.exec(part.text)?.[1];
      const found = blobName(contents.of(part.file));
      const isNew = part.text.includes('\nnew file mode ');
      if (before !== undefined && !isNew && !found.startsWith(before))
        throw new Error(
          `EINVAL: ${line.name} is for another ${part.file} than that of ${path}: git calls it ${found}, not ${before}`,
        );
      contents.apply(part.text);
      if (before !== undefined && !isNew) names.set(before, blobName(contents.of(part.file)).slice(0, before.length));
    }
  }
  return names;
}
