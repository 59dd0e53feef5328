// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Makes the site: build/site, a folder of files that needs no server. docs/decisions/023-the-site.md says why it is made so.
 *
 *     npm run site
 */

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import MarkdownIt from 'markdown-it';
import { Application, DocumentReflection, TSConfigReader } from 'typedoc';
import { buildIfStale, root } from './build.js';
import { bundlePlayground, kernelOf } from './playground.js';
import { type Guide, guidesOf, rewriteLinks, stage } from './site-pages.js';

const out = join(root, 'build/site');

/** Where typedoc has put each guide. */
type AddressOf = (guide: Guide) => string;

/** A page of typedoc's with what its theme lacks. `up` leads to the landing page's folder. */
function mend(html: string, up: string): string {
  return (
    html
      // typedoc takes these links as they stand, whichever folder the page is in.
      .replaceAll('href="home:', `href="${up}index.html`)
      .replace('<head>', '<head><link rel="icon" href="data:,"/>')
      .replace('<div class="col-content">', '<div class="col-content" role="main">')
      // Wide ones scroll by themselves (documents.css), by keys too.
      .replaceAll('<table>', '<table tabindex="0">')
      // A link within what opens and shuts a section: no key reaches both.
      .replace(/<summary\b[^]*?<\/summary>/g, (summary) => summary.replace(/<a\b[^]*?<\/a>/g, ''))
  );
}

/** Gives each page the icons that it shows: from a file, a browser takes none out of another file. */
async function bringIcons(folder: string): Promise<void> {
  const all = await readFile(join(folder, 'assets/icons.svg'), 'utf8');
  const symbols = new Map([...all.matchAll(/<symbol\b[^>]*\bid="([^"]+)"[^]*?<\/symbol>/g)].map(([text, id]) => [id!, text]));
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.html')) continue;
    const file = join(folder, name);
    const used = new Set<string>();
    const html = (await readFile(file, 'utf8')).replace(
      /(<use href=")[^"#]*icons\.svg#([^"]+)"/g,
      (_, head: string, id: string) => {
        used.add(id);
        return `${head}#${id}"`;
      },
    );
    const icons = [...used].map((id) => symbols.get(id)!).join('');
    await writeFile(
      file,
      html.replace('</body>', () => `<svg width="0" height="0" aria-hidden="true">${icons}</svg></body>`),
    );
  }
}

/** The API and the guides, by typedoc. */
async function buildDocuments(guides: readonly Guide[]): Promise<AddressOf> {
  const documents = await stage(root, join(root, 'build/site-documents'), guides);
  const application = await Application.bootstrapWithPlugins(
    {
      name: 'vpoll',
      entryPoints: [join(root, 'src/index.ts'), join(root, 'src/sim/index.ts')],
      projectDocuments: documents,
      readme: 'none',
      excludePrivate: true,
      excludeInternal: true,
      disableSources: true,
      hideGenerator: true,
      searchInDocuments: true,
      searchInComments: true,
      navigationLinks: { Home: 'home:', Playground: 'home:#playground' },
      markdownItOptions: { html: true, linkify: false },
      customCss: join(root, 'tools/site/documents.css'),
      router: 'kind',
      tsconfig: join(root, 'tsconfig.json'),
    },
    // typedoc.jsonc is for the check of what is public.
    [new TSConfigReader()],
  );
  const project = await application.convert();
  if (!project) throw new Error('typedoc could not read the sources');
  project.children?.forEach((module) => {
    module.name = module.name === 'sim' ? 'vpoll/sim' : 'vpoll';
  });
  const pages = new Map<string, string>();
  application.renderer.on('endPage', (page) => {
    const { model, url } = page;
    if (model instanceof DocumentReflection) pages.set(model.name, url);
    if (page.contents !== undefined) page.contents = mend(page.contents, '../'.repeat(url.split('/').length));
  });
  await application.generateDocs(project, join(out, 'docs'));
  if (application.logger.hasErrors()) throw new Error('typedoc has found errors');
  await bringIcons(join(out, 'docs'));
  return ({ title }) => `docs/${pages.get(title)!}`;
}

/** README up to what is for a checkout, as HTML: the landing page says what README says. */
async function introduction(guides: readonly Guide[], addressOf: AddressOf): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [beginning = ''] = readme.split('\n## Try it');
  const links = [...readme.matchAll(/^\[\w+\]: \S+$/gm)].map(([line]) => line).join('\n');
  const text = rewriteLinks(`${beginning}\n\n${links}`, 'README.md', guides, root, addressOf);
  const picture = 'docs/picture.svg';
  return new MarkdownIt()
    .render(text.replace(/\]\([^)]*picture\.svg\)/, `](${picture})`))
    .replaceAll('<table>', '<div class="wide" tabindex="0" role="region" aria-label="What each carrier shows"><table>')
    .replaceAll('</table>', '</table></div>')
    .replaceAll('<pre>', '<pre tabindex="0">');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

async function buildLanding(guides: readonly Guide[], addressOf: AddressOf): Promise<void> {
  const [page, style, playground, kernel, intro, picture] = await Promise.all([
    readFile(join(root, 'tools/site/index.html'), 'utf8'),
    readFile(join(root, 'tools/site/landing.css'), 'utf8'),
    bundlePlayground(root),
    kernelOf(join(root, 'build')),
    introduction(guides, addressOf),
    readFile(join(root, 'docs/picture.svg'), 'utf8'),
  ]);
  const list = guides
    .map((guide) => `<li><a href="${addressOf(guide)}">${escape(guide.title)}</a> ${escape(guide.says)}</li>`)
    .join('\n');
  const files = {
    'index.html': page
      .replace('<!-- INTRODUCTION -->', () => intro)
      .replace('<!-- PLAYGROUND -->', () => playground.markup)
      .replace('<!-- GUIDES -->', () => list),
    'style.css': `${playground.style}\n${style}`,
    'playground.js': playground.script,
    // By itself, since the size of the page is counted without it; and a script, since a page from a file may fetch nothing.
    'vpoll-sim.wasm.js': `var VPOLL_SIM_WASM = '${kernel}';\n`,
    'docs/picture.svg': picture,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(out, name), text);
}

/** Makes all of it. */
export async function buildSite(): Promise<void> {
  await buildIfStale();
  await rm(out, { recursive: true, force: true });
  await mkdir(join(out, 'docs'), { recursive: true });
  const guides = await guidesOf(root);
  await buildLanding(guides, await buildDocuments(guides));
}

await buildSite();
