// SPDX-License-Identifier: LGPL-2.1-or-later

// The links of a page in Markdown: those in its text, and those that it names below.

/** A link's target, and whether it is that of a picture. */
export type Rewrite = (target: string, isPicture: boolean) => string;

/** The page with each target as `rewrite` has it. */
export function rewriteTargets(markdown: string, rewrite: Rewrite): string {
  return markdown
    .replace(
      /(!\[[^\]]*)?\]\(([^)\s]+)\)/g,
      (_, picture: string | undefined, target: string) => `${picture ?? ''}](${rewrite(target, picture !== undefined)})`,
    )
    .replace(/^(\[[^\]]+\]: )(\S+)$/gm, (_, head: string, target: string) => head + rewrite(target, false));
}

/** All targets. */
export function targetsOf(markdown: string): string[] {
  const targets: string[] = [];
  rewriteTargets(markdown, (target) => {
    targets.push(target);
    return target;
  });
  return targets;
}

/** Whether it leads to another file by a path from the page's own folder. */
export function isRelative(target: string): boolean {
  return !/^(?:\w+:|#)/.test(target);
}
