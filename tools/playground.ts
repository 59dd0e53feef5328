// SPDX-License-Identifier: LGPL-2.1-or-later

// Makes the playground of src/playground/: one page that needs no server, and the parts of it for the site and for `vpoll play`.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { LICENSE } from './license.js';

/** Its parts, of which a page is put together. The kernel is not in them: it is VPOLL_SIM_WASM, base64 in a script before this one. */
export interface Playground {
  readonly style: string;
  readonly markup: string;
  readonly script: string;
}

async function read(root: string, name: string): Promise<string> {
  return readFile(join(root, name), 'utf8');
}

async function examplesOf(root: string): Promise<object[]> {
  const folder = join(root, 'examples/scenarios');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.vpoll')).sort();
  return Promise.all(
    names.map(async (file) => {
      const text = (await readFile(join(folder, file), 'utf8')).replace(/^# SPDX.*\n/, '');
      // A comment is its title up to the colon, and another may name the seed that shows most.
      const [, title] = /^# (.+?)[:.]/.exec(text) ?? [];
      const [, seed = '0'] = /^# Seed (\d+)/m.exec(text) ?? [];
      if (title === undefined) throw new Error(`examples/scenarios/${file} must begin with a comment that says what it shows`);
      return { name: basename(file, '.vpoll'), title, text, seed };
    }),
  );
}

/** The words of docs/scenarios.md: what its tables say of each. */
export function wordsOf(page: string): { name: string; signature: string; help: string }[] {
  const rows = [...page.matchAll(/^\| ((?:`[^`]+`(?: \.\.\. |, )?)+) *\| (.+?) *\|$/gm)];
  return rows.flatMap(([, first, help]) =>
    [...first!.matchAll(/`([^`]+)`/g)].flatMap(([, signature]) => {
      const [name] = /^[a-z_]+/.exec(signature!) ?? [];
      // A command line is none of them.
      return name === undefined || name === 'vpoll' ? [] : [{ name, signature: signature!, help: help!.replaceAll('`', '') }];
    }),
  );
}

/** The words that assembly/scenario/vocabulary.ts has for numbers, beside the events. */
function numberWordsOf(vocabulary: string): string[] {
  const [, list] = /const NAMES: StaticArray<string> = \[([^\]]+)\]/.exec(vocabulary) ?? [];
  return [...(list ?? '').matchAll(/'(\w+)'/g)].map(([, word]) => word!);
}

/** One licence line on top is enough. */
const oneLicence: Plugin = {
  name: 'one-licence',
  setup(made) {
    made.onLoad({ filter: /\/(src|host)\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(`${LICENSE}\n`, ''),
      loader: 'ts',
    }));
  },
};

/** The licences of the packages that are in a bundle: theirs say that they go with each copy. */
async function noticesOf(root: string, inputs: readonly string[]): Promise<string> {
  const packages = new Set(inputs.flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []));
  const texts = new Map<string, string[]>();
  for (const name of [...packages].sort()) {
    const text = (await read(root, `node_modules/${name}/LICENSE`)).trim();
    texts.set(text, [...(texts.get(text) ?? []), name]);
  }
  return [...texts]
    .map(([text, names]) => `${names.join(', ')}:\n\n${text}`)
    .join('\n\n')
    .replaceAll('*/', '* /');
}

async function bundle(root: string, entry: string, define: Record<string, unknown>): Promise<{ code: string; inputs: string[] }> {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    absWorkingDir: root,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    plugins: [oneLicence],
    define: Object.fromEntries(Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)])),
  });
  return { code: outputFiles[0]!.text.trimEnd(), inputs: Object.keys(metafile.inputs) };
}

/** Bundles src/playground/. */
export async function bundlePlayground(root: string): Promise<Playground> {
  const [examples, scenarios, vocabulary, style, markup] = await Promise.all([
    examplesOf(root),
    read(root, 'docs/scenarios.md'),
    read(root, 'assembly/scenario/vocabulary.ts'),
    Promise.all(['page', 'editor', 'picture'].map((name) => read(root, `src/playground/${name}.css`))),
    read(root, 'src/playground/parts.html'),
  ]);
  const worker = await bundle(root, 'src/playground/worker.ts', {});
  const page = await bundle(root, 'src/playground/main.ts', {
    EXAMPLES: examples,
    WORDS: wordsOf(scenarios),
    NUMBER_WORDS: numberWordsOf(vocabulary),
    WORKER: worker.code,
  });
  const notices = await noticesOf(root, page.inputs);
  return {
    style: style.join('\n'),
    markup,
    script: `/*! ${LICENSE.slice(3)}\n\nThis file holds parts of these packages as well.\n\n${notices} */\n${page.code}`,
  };
}

/** build/vpoll-sim.wasm in base64. */
export async function kernelOf(out: string): Promise<string> {
  return (await readFile(join(out, 'vpoll-sim.wasm'))).toString('base64');
}

/** Makes page.html, which `vpoll play` serves with the kernel put in, and index.html, which has it. Returns the size of the first in bytes. */
export async function buildPlayground(root: string, out: string): Promise<number> {
  const [{ style, markup, script }, page] = await Promise.all([bundlePlayground(root), read(root, 'src/playground/page.html')]);
  const text = page
    .replace('/* STYLE */', () => style)
    .replace('<!-- PARTS -->', () => markup)
    // What ends a script ends it in a string as well.
    .replace('/* SCRIPT */', () => script.replaceAll('</', '<\\/'));
  const file = join(out, 'playground/page.html');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  const kernel = await kernelOf(out);
  await writeFile(
    join(out, 'playground/index.html'),
    text.replace('/* WASM */', () => kernel),
  );
  return text.length;
}
