// SPDX-License-Identifier: LGPL-2.1-or-later

// Where the project lives: the one constant that a release fills in. Until then it is a name that leads nowhere (RFC 2606).

/** The repository's address, as a browser opens it. */
export const HOME = 'https://example.org/vpoll';

/** What package.json says of it; test/site/site.test.ts holds the two together. */
export const PACKAGE_FIELDS = {
  homepage: `${HOME}#readme`,
  repository: { type: 'git', url: `git+${HOME}.git` },
  bugs: { url: `${HOME}/issues` },
} as const;

/** Where a file or folder of the repository can be read. */
export function addressOf(path: string): string {
  return `${HOME}/blob/main/${path}`;
}

/** The same as a version has it: a picture as it is, not within a page. */
export function atTag(version: string, path: string, isPicture: boolean): string {
  return `${HOME}/${isPicture ? 'raw' : 'blob'}/v${version}/${path}`;
}

/** The file or folder whose address this is, by {@link atTag}. */
export function pathAtTag(address: string): string | undefined {
  if (!address.startsWith(`${HOME}/`)) return undefined;
  return /^(?:raw|blob)\/v[^/]+\/(.+)$/.exec(address.slice(HOME.length + 1))?.[1];
}
