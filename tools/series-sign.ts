// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Makes the patches of a kernel line ready to be sent by a person, and says to whom. A person must sign them: a tool can't agree to the Developer's Certificate of Origin
 * (Documentation/process/submitting-patches.rst, coding-assistants.rst). So what is in git names nobody, and can't be sent.
 *
 *     npm run series:sign -- --name NAME --email ADDRESS --tree DIR --out DIR [--suggested-by 'NAME <ADDRESS>'] LINE
 *
 * LINE is v7.3, io_uring/v7.3 (or an older one of `npm run series`), or man-pages. DIR of --tree holds the kernel's source (or the man-pages'), best as git clone: its
 * scripts/get_maintainer.pl is asked, its commit becomes the base-commit, and a commit that is named by its subject alone gets its name.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { AUTHOR, COMMIT, lineNamed, lines, MAN_PAGES, mailsOf } from './series.js';
import { isCover, type Patch } from './series/mail.js';

/** The patches were made with coding tools, which the kernel wants to be said (coding-assistants.rst). */
const ASSISTED = 'LLM sparse';

/** Who is told of a change of what programs see (Documentation/process/submit-checklist.rst), and who of one of the man-pages (CONTRIBUTING.d/mail there). */
const API_LIST = 'linux-api@vger.kernel.org';
const MAN_LIST = 'linux-man@vger.kernel.org';

const SCRIPT = 'scripts/get_maintainer.pl';

/** Something that the person who sends has to mend. */
class Refusal extends Error {}

interface Sender {
  /** NAME <ADDRESS> */
  person: string;
  /** Whom the idea is from; for the series of EFD_VPOLL. */
  suggestedBy?: string;
  /** The name of the commit that has this subject; throws where there is none. */
  commitOf(subject: string): string;
  /** The commit that the patches are for. */
  base?: string;
}

/** NAME <ADDRESS>, or a refusal: `what` names the option. */
function personOf(name: string | undefined, email: string | undefined, what: string): string {
  if (!name?.trim() || !email?.trim()) throw new Refusal(`${what}: a person must be named; nothing was written`);
  if (/[<>@"\n]/.test(name)) throw new Refusal(`${what}: ${JSON.stringify(name)} is no name`);
  const isAddress = /^[^\s<>@,]+@[^\s<>@,]+\.[^\s<>@,.]+$/.test(email) && !/\.(invalid|example|test|localhost)$/i.test(email);
  if (!isAddress) throw new Refusal(`${what}: ${JSON.stringify(email)} is no address that mail can go to`);
  return `${name.trim()} <${email.trim()}>`;
}

function withTags(text: string, { person, suggestedBy }: Sender, isFirst: boolean): string {
  const tags = [...(suggestedBy !== undefined && isFirst ? [`Suggested-by: ${suggestedBy}`] : []), `Assisted-by: ${ASSISTED}`];
  const signature = `Signed-off-by: ${AUTHOR}\n`;
  if (!text.includes(signature)) throw new Error('a patch without the line that is to be signed');
  return text.replace(signature, `${tags.map((tag) => `${tag}\n`).join('')}Signed-off-by: ${person}\n`);
}

/** The mails as that person would send them. */
function signed(mails: Patch[], sender: Sender): Patch[] {
  const first = mails.find((mail) => !isCover(mail));
  const authorOnly = AUTHOR.replace(/ <.*/, '');
  return mails.map((mail, index) => {
    let { text } = mail;
    text = text.replace(`From: ${AUTHOR}\n`, `From: ${sender.person}\n`);
    // The cover letter's list of patches by author.
    if (isCover(mail)) text = text.replace(new RegExp(`^${authorOnly} \\(`, 'm'), `${sender.person.replace(/ <.*/, '')} (`);
    else text = withTags(text, sender, mail === first);
    text = text.replace(/^(Fixes: )<commit>( \("(.*)"\))$/m, (_, key: string, rest: string, subject: string) => {
      return `${key}${sender.commitOf(subject)}${rest}`;
    });
    if (index === 0 && sender.base !== undefined) text = `${text.trimEnd()}\n\nbase-commit: ${sender.base}\n`;
    for (const left of [AUTHOR, authorOnly, COMMIT, 'example.invalid'])
      if (text.includes(left)) throw new Error(`${mail.name} still says ${left}`);
    return { name: mail.name, text };
  });
}

/** A program's output; throws with what it said. */
function run(cwd: string, [program, ...words]: [string, ...string[]], input = ''): string {
  const env = { ...process.env, LC_ALL: 'C', GIT_CEILING_DIRECTORIES: dirname(cwd) };
  const { status, stdout, stderr, error } = spawnSync(program, words, { cwd, env, input, encoding: 'utf8' });
  if (error) throw new Refusal(`${program}: ${error.message}`);
  if (status !== 0) throw new Refusal(`${program} ${words.join(' ')}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** A kernel's source. */
class Tree {
  readonly isClone: boolean;

  constructor(
    readonly path: string,
    private readonly isManPages: boolean,
  ) {
    const needed = isManPages ? 'man/man2/eventfd.2' : SCRIPT;
    if (!existsSync(join(path, needed))) throw new Refusal(`--tree ${path}: no ${needed} is there`);
    this.path = realpathSync(path);
    this.isClone = existsSync(join(this.path, '.git'));
  }

  /** The commit that it stands at. */
  base(): string | undefined {
    return this.isClone ? run(this.path, ['git', 'rev-parse', 'HEAD']).trim() : undefined;
  }

  commitOf(subject: string): string {
    if (!this.isClone) throw new Refusal(`--tree ${this.path}: not a git clone, so the name of "${subject}" can't be asked for`);
    const format = ['--format=%h %s', '--abbrev=12', '--fixed-strings', `--grep=${subject}`];
    const found = run(this.path, ['git', 'log', ...format]).split('\n');
    const line = found.find((each) => each.replace(/^\w+ /, '') === subject);
    if (line === undefined) throw new Refusal(`--tree ${this.path}: its history has no commit "${subject}"`);
    return line.replace(/ .*/, '');
  }

  check(mails: Patch[]): void {
    const input = mails.filter((mail) => !isCover(mail)).map(({ text }) => text);
    run(this.path, ['git', 'apply', '--check'], input.join(''));
  }

  /** Whom the patches go to: maintainers, and all others. */
  recipients(files: string[]): { to: string[]; cc: string[] } {
    if (this.isManPages) return { to: [MAN_LIST], cc: [API_LIST] };
    const words = ['--no-git', '--no-git-fallback', ...files];
    const said = run(this.path, ['perl', SCRIPT, ...words])
      .split('\n')
      .filter(Boolean);
    const of = (isTo: boolean): string[] =>
      said
        .filter((each) => /\((maintainer|supporter):/.test(each) === isTo)
        // Behind the address stands why, in parentheses.
        .map((each) => /^(.*<[^<>]*>|\S+)/.exec(each)?.[0] ?? each);
    return { to: of(true), cc: of(false) };
  }
}

/** `NAME <ADDRESS>` of a command line. */
function named(text: string | undefined, what: string): string {
  const [, name, email] = /^\s*(.*?)\s*<([^<>]*)>\s*$/.exec(text ?? '') ?? [];
  return personOf(name, email, what);
}

interface Options {
  readonly name?: string;
  readonly email?: string;
  readonly suggestedBy?: string;
  readonly tree?: string;
  readonly out?: string;
}

function sign(name: string, options: Options): void {
  const person = personOf(options.name, options.email, '--name, --email');
  const line = name === MAN_PAGES ? { name } : lineNamed(name);
  const isSeries = lines.some((each) => each.name === name);
  if (!options.tree || !options.out) throw new Refusal('--tree and --out: where the kernel is, and where the mails go');
  // The idea and the first three versions are another's.
  const suggestedBy = isSeries
    ? named(options.suggestedBy, "--suggested-by 'NAME <ADDRESS>' of the postings of 2019")
    : undefined;
  const tree = new Tree(options.tree, name === MAN_PAGES);
  const { out } = options;
  if (existsSync(out) && readdirSync(out).length > 0) throw new Refusal(`--out ${out}: not empty`);
  const base = tree.base();
  const mails = signed(mailsOf(line), {
    person,
    ...(suggestedBy === undefined ? {} : { suggestedBy }),
    ...(base === undefined ? {} : { base }),
    commitOf: (subject) => tree.commitOf(subject),
  });
  tree.check(mails);
  mkdirSync(out, { recursive: true });
  for (const mail of mails) writeFileSync(join(out, mail.name), mail.text);
  const files = mails.map((mail) => join(realpathSync(out), mail.name));
  const { to, cc } = tree.recipients(files.filter((_, index) => !isCover(mails[index]!)));
  const others = [...cc, ...(isSeries ? [API_LIST] : []), ...(suggestedBy === undefined ? [] : [suggestedBy])];
  const all = [...to.map((each) => `--to=${quoted(each)}`), ...others.map((each) => `--cc=${quoted(each)}`)];
  if (base === undefined) console.log(`no base-commit: ${tree.path} is no git clone`);
  console.log(`read them once more, then:\n\ngit send-email ${[...all, ...files.map(quoted)].join(' \\\n  ')}`);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  new Command('series:sign')
    .description('Makes the patches of a kernel line ready to be sent by a person, and says to whom')
    .argument('<line>', 'v7.3, io_uring/v7.3 (or an older one of `npm run series`), man-pages')
    .option('--name <name>', 'who signs and sends')
    .option('--email <address>', "the sender's address")
    .option('--suggested-by <person>', 'whom the idea is from: NAME <ADDRESS>, as the postings of 2019 have it')
    .option('--tree <dir>', "the kernel's source that they apply to, best a git clone")
    .option('--out <dir>', 'where the mails go: an empty folder')
    .action((name: string, options: Options) => {
      try {
        sign(name, options);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        console.error(`series:sign: ${error.message}`);
        process.exitCode = 1;
      }
    })
    .parse();
}
