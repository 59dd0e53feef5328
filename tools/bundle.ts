// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { type OutputOptions, type Plugin, type RollupOptions, rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import ts from 'typescript';

const license = '// SPDX-License-Identifier: LGPL-2.1-or-later';

/** Bundles src/ into `out`: index.js and cli.js with what they share, and index.d.ts. */
export async function buildBundles(root: string, out: string): Promise<void> {
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { dependencies: object };
  const external = [...Object.keys(dependencies), ...builtinModules, /^node:/, /^bun:/];
  const code: RollupOptions = {
    input: { index: join(root, 'src/index.ts'), cli: join(root, 'src/cli/index.ts') },
    external,
    plugins: [typescript()],
  };
  await write(code, { dir: out, entryFileNames: '[name].js', chunkFileNames: 'vpoll.js', banner: license });
  const types: RollupOptions = {
    input: join(root, 'src/index.ts'),
    external,
    plugins: [dts({ tsconfig: join(root, 'tsconfig.json') })],
  };
  // Symbol.dispose is no part of the library that a consumer compiles against by default.
  const lib = '/// <reference lib="esnext.disposable" preserve="true" />';
  await write(types, { file: join(out, 'index.d.ts'), banner: `${license}\n${lib}` });
}

async function write(options: RollupOptions, output: OutputOptions): Promise<void> {
  const bundle = await rollup({
    ...options,
    // A warning is a defect of what is shipped: an import that leads nowhere, a cycle, an empty chunk.
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  await bundle.write({ format: 'es', hoistTransitiveImports: false, ...output });
  await bundle.close();
}

/** Strips types, a file at a time (`isolatedModules` makes that safe), and resolves `./x.js` to the `./x.ts` that it stands for. */
function typescript(): Plugin {
  return {
    name: 'typescript',
    async resolveId(source, importer) {
      if (!importer || !/^\..*\.js$/.test(source)) return null;
      const asSource = await this.resolve(source.replace(/\.js$/, '.ts'), importer, { skipSelf: true });
      return asSource ?? null;
    },
    transform(code, id) {
      // One licence line on top of a bundle is enough.
      const source = code.replace(/^\/\/ SPDX-License-Identifier:.*\n/m, '');
      if (!id.endsWith('.ts')) return { code: source, map: null };
      const { outputText } = ts.transpileModule(source, {
        fileName: id,
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
      });
      return { code: outputText, map: null };
    },
  };
}
