// SPDX-License-Identifier: LGPL-2.1-or-later

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { rollup } from 'rollup';
import { fail, typescript } from './bundle.js';

async function examplesOf(root: string): Promise<[name: string, text: string][]> {
  const folder = join(root, 'examples/scenarios');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.vpoll')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      return [basename(name, '.vpoll'), text.replace(/^# SPDX.*\n/, '')];
    }),
  );
}

/** Bundles src/playground/ into one page that needs no server and no other file. Returns its size in bytes. */
export async function buildPlayground(root: string, out: string): Promise<number> {
  const bundle = await rollup({ input: join(root, 'src/playground/main.ts'), plugins: [typescript()], onwarn: fail });
  const examples = JSON.stringify(await examplesOf(root));
  const { output } = await bundle.generate({ format: 'iife', intro: `const EXAMPLES = ${examples};` });
  await bundle.close();
  // What ends a script ends it in a string as well.
  const script = output[0].code.replaceAll('</', '<\\/');
  const [page, style] = await Promise.all(
    ['page.html', 'page.css'].map((name) => readFile(join(root, 'src/playground', name), 'utf8')),
  );
  const text = page!.replace('/* STYLE */', () => style!).replace('/* SCRIPT */', () => script);
  await mkdir(join(out, 'playground'), { recursive: true });
  await writeFile(join(out, 'playground/index.html'), text);
  return text.length;
}
