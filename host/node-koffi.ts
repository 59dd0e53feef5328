// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Finds koffi, by which Node calls libc. Most of what `require('koffi')` takes is not its native part. It is the JavaScript that looks for that part and wraps
 * what nothing here uses: 14 of 16 ms, half of a program's first vpoll. So the native part is loaded by itself, where it is the one that koffi would take;
 * everywhere else koffi looks for it.
 */

/** This many bytes of a program have the name of its loader (PT_INTERP) in them, as every linker writes it. */
const HEAD = 4096;

/** The folder of koffi's native parts that are for this program's libc. Of a program that names no loader known here: undefined. */
function libcFolder(arch: string): string | undefined {
  const { closeSync, openSync, readSync } = process.getBuiltinModule('node:fs');
  const head = Buffer.alloc(HEAD);
  const fd = openSync(process.execPath, 'r');
  try {
    readSync(fd, head, 0, HEAD, 0);
  } finally {
    closeSync(fd);
  }
  if (head.includes('/ld-linux-')) return `linux_${arch}`;
  return head.includes('/ld-musl-') ? `musl_${arch}` : undefined;
}

/** Where the koffi lies that require() would find, by the folders that it would look in. To have it resolved takes 2 ms, most of them to compile what does that. */
function findHome(require: NodeJS.Require): string | undefined {
  const { existsSync } = process.getBuiltinModule('node:fs');
  const folders = require.resolve.paths('koffi') ?? [];
  return folders.map((folder) => `${folder}/koffi`).find((home) => existsSync(`${home}/package.json`));
}

/**
 * The native part that lies beside the koffi in `home`, loaded, and its file. Undefined where none does (packages nested or zipped), where it is of another version
 * than that koffi, and where it can't be loaded. koffi looks in more places, and says best what is wrong. `require` keeps what it loads by its file, so a program
 * that uses koffi too has the same one.
 */
function loadNative(require: NodeJS.Require, home: string): { koffi: unknown; file: string } | undefined {
  const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
  const path = process.getBuiltinModule('node:path');
  try {
    const folder = libcFolder(process.arch);
    const file = path.join(home, '../@koromix', `koffi-linux-${process.arch}`, folder ?? '', 'koffi.node');
    if (folder === undefined || !existsSync(file)) return undefined;
    const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as { version: string };
    const koffi = require(file) as { version: string };
    return koffi.version === version ? { koffi, file } : undefined;
  } catch {
    return undefined;
  }
}

/** koffi, and the file that a thread whose program is a text can require() it from. Throws what `require('koffi')` throws. */
export function findKoffi(require: NodeJS.Require): { koffi: unknown; file: string } {
  const home = findHome(require);
  const near = home === undefined ? undefined : loadNative(require, home);
  if (near) return near;
  // By a link (pnpm), or by what a program has put in the place of Node's own way to look: that says where it is.
  const file = require.resolve('koffi');
  return loadNative(require, process.getBuiltinModule('node:path').dirname(file)) ?? { koffi: require(file), file };
}
