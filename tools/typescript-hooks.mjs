// SPDX-License-Identifier: LGPL-2.1-or-later

// How a module of ours is found and loaded (typescript.mjs), as hooks of node:module. What esbuild has made of a file is kept below node_modules/.cache, by the file's path
// and content.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../node_modules/.cache/vpoll-typescript/', import.meta.url));
/** @type {import('esbuild').TransformOptions} */
const OPTIONS = { loader: 'ts', format: 'esm', target: 'node20', sourcemap: 'inline', sourcesContent: false };
/** What these errors say is that this user may not write there, or nobody. */
const NOT_OURS = ['EACCES', 'EPERM', 'EROFS'];

/**
 * Sources name each other as what they will be: `./x.js` stands for `./x.ts`.
 * @type {import('node:module').ResolveHook}
 */
export const resolve = (specifier, context, next) => {
  if (/^(?:\.{0,2}\/|file:).*\.js$/.test(specifier)) {
    const url = new URL(specifier.replace(/js$/, 'ts'), context.parentURL);
    if (existsSync(url)) return { url: url.href, format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
};

/**
 * Puts it there whole: another process may be about to do the same.
 * @type {(file: string, code: string) => void}
 */
function keep(file, code) {
  try {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  } catch (error) {
    if (!NOT_OURS.includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) throw error;
  }
}

/** @type {(path: string, source: string) => string} */
function compile(path, source) {
  /** @type {typeof import('esbuild')} */
  const esbuild = createRequire(import.meta.url)('esbuild');
  return esbuild.transformSync(source, { ...OPTIONS, sourcefile: path }).code;
}

/** @type {import('node:module').LoadHook} */
export const load = (url, context, next) => {
  if (!/^file:.*\.m?ts$/.test(url)) return next(url, context);
  const path = fileURLToPath(url);
  const source = readFileSync(path, 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify([OPTIONS, path, source]))
    .digest('hex');
  const file = `${FOLDER}${key}.js`;
  if (existsSync(file)) return { format: 'module', source: readFileSync(file, 'utf8'), shortCircuit: true };
  const code = compile(path, source);
  keep(file, code);
  return { format: 'module', source: code, shortCircuit: true };
};
