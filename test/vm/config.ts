// SPDX-License-Identifier: LGPL-2.1-or-later

/** The lines of the fragments that olddefconfig did not take: a name that this kernel doesn't know, or whose needs aren't met. */
export function missingFrom(config: string, fragments: string[]): string[] {
  const has = new Set(config.split('\n'));
  const set = new Set(config.match(/^CONFIG_\w+(?==)/gm));
  // The last fragment to speak of a name wins, as in merge_config.sh.
  const wanted = new Map<string, string>();
  for (const line of fragments.join('\n').split('\n')) {
    const name = /^(?:# )?(CONFIG_\w+)(?:=| is not set$)/.exec(line)?.[1];
    if (name !== undefined) wanted.set(name, line);
  }
  return [...wanted]
    .filter(([name, line]) => !has.has(line) && !(line.startsWith('#') && !set.has(name)))
    .map(([, line]) => line);
}
