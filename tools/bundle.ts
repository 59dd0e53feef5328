// SPDX-License-Identifier: LGPL-2.1-or-later

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import type { OutputOptions, Plugin, RollupOptions } from 'rollup';
import { LICENSE } from './license.js';

// rollup and the compiler are imported where a bundle is made. What only asks whether one is to be made goes without: it runs in the guest for arm64 too, which has neither.

/** Programs that become a text, which a runtime gets when one is started. So a bundler that makes one file of vpoll and a program can't lose it. */
const TEXTS = [
  // An argument of a command is at most 128 KB long (MAX_ARG_STRLEN). What a helper doesn't use of a runtime must not be in it.
  { name: 'helper', input: 'src/helper/main.ts', bytesMax: 26_000 },
  { name: 'thread', input: 'src/thread.ts', bytesMax: 26_000 },
] as const;

/** Bundles each of {@link TEXTS} into a module that exports it. */
export async function buildTexts(root: string, out: string): Promise<void> {
  const { rollup } = await import('rollup');
  for (const { name, input, bytesMax } of TEXTS) {
    const bundle = await rollup({
      input: join(root, input),
      plugins: [typescript()],
      // Of the runtimes they use little, and what is evaluated for the rest would take Deno as long as all else.
      treeshake: { moduleSideEffects: false },
      onwarn: fail,
    });
    const { output } = await bundle.generate({ format: 'iife' });
    await bundle.close();
    const text = output[0].code;
    if (text.length > bytesMax) throw new Error(`${input} makes ${text.length} bytes; ${bytesMax} are allowed`);
    await writeFile(join(out, `${name}.text.js`), `${LICENSE}\nexport default ${JSON.stringify(text)};\n`);
    await writeFile(join(out, `${name}.text.d.ts`), `${LICENSE}\ndeclare const text: string;\nexport default text;\n`);
  }
}

/** A warning is a defect of what is shipped: an import that leads nowhere, a cycle, an empty chunk. */
export function fail(warning: { message: string }): never {
  throw new Error(warning.message);
}

/** What the library and the simulation share must run in a browser, so it has a file of its own. The commands are loaded by their first lines. */
function nameChunk({ moduleIds }: { moduleIds: readonly string[] }): string {
  if (moduleIds.some((id) => id.endsWith('/src/cli/main.ts'))) return 'commands.js';
  // Half as long as all other commands together, and for two options of one.
  if (moduleIds.some((id) => id.endsWith('/src/cli/sim-real.ts'))) return 'scenario-in-c.js';
  if (moduleIds.some((id) => id.endsWith('/src/kernel/files.ts'))) return 'kernel.js';
  // Of `vpoll/sim` and of the command that runs a guest.
  if (moduleIds.some((id) => id.endsWith('/src/sim/numbers.ts'))) return 'numbers.js';
  return moduleIds.some((id) => id.endsWith('/src/vpoll.ts')) ? 'vpoll.js' : 'common.js';
}

/** Removes the bundles of an earlier build: a chunk that has another name now would be shipped. */
async function removeBundles(out: string): Promise<void> {
  for (const name of await readdir(out)) if (/^[a-z0-9-]+(\.d)?\.[jt]s$/.test(name)) await rm(join(out, name));
}

/** Bundles src/ into `out`: index.js, sim.js and cli.js (with commands.js) with what they share, index.d.ts and sim.d.ts. */
export async function buildBundles(root: string, out: string): Promise<void> {
  await removeBundles(out);
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { dependencies: object };
  const external = [...Object.keys(dependencies), ...builtinModules, /^node:/, /^bun:/];
  const code: RollupOptions = {
    input: {
      index: join(root, 'src/index.ts'),
      sim: join(root, 'src/sim/index.ts'),
      cli: join(root, 'src/cli/index.ts'),
    },
    external,
    plugins: [typescript()],
  };
  await write(code, { dir: out, entryFileNames: '[name].js', chunkFileNames: nameChunk, banner: LICENSE });
  // Symbol.dispose is no part of the library that a consumer compiles against by default.
  const lib = '/// <reference lib="esnext.disposable" preserve="true" />';
  const { dts } = await import('rollup-plugin-dts');
  // In one go: a class that has private parts is the same type in both only where both have it from one file.
  const types: RollupOptions = {
    input: { index: join(root, 'src/index.ts'), sim: join(root, 'src/sim/index.ts') },
    external,
    // What is internal is of no use to a program that extends nothing: a constructor, and what a class of ours asks of its base.
    plugins: [dts({ tsconfig: join(root, 'tsconfig.json'), compilerOptions: { stripInternal: true } })],
  };
  const names = { entryFileNames: '[name].d.ts', chunkFileNames: 'common.d.ts' };
  await write(types, { dir: out, ...names, banner: `${LICENSE}\n${lib}` });
}

async function write(options: RollupOptions, output: OutputOptions): Promise<void> {
  const { rollup } = await import('rollup');
  const bundle = await rollup({
    ...options,
    onwarn: fail,
  });
  await bundle.write({ format: 'es', hoistTransitiveImports: false, ...output });
  await bundle.close();
}

/** Strips types, a file at a time (`isolatedModules` makes that safe), and resolves `./x.js` to the `./x.ts` that it stands for. */
export function typescript(): Plugin {
  return {
    name: 'typescript',
    async resolveId(source, importer) {
      if (!importer || !/^\..*\.js$/.test(source)) return null;
      const asSource = await this.resolve(source.replace(/\.js$/, '.ts'), importer, { skipSelf: true });
      return asSource ?? null;
    },
    async transform(code, id) {
      // One licence line on top of a bundle is enough.
      const source = code.replace(`${LICENSE}\n`, '');
      if (!id.endsWith('.ts')) return { code: source, map: null };
      const { default: ts } = await import('typescript');
      const { outputText } = ts.transpileModule(source, {
        fileName: id,
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
      });
      return { code: outputText, map: null };
    },
  };
}
