// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// What the types of both entries accept and refuse, and that everything in them says what it is when an editor shows it.

import { join } from 'node:path';
import ts from 'typescript';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/run.js';

const ENTRIES: Readonly<Record<string, string>> = {
  vpoll: join(root, 'build/index.d.ts'),
  'vpoll/sim': join(root, 'build/sim.d.ts'),
};
const HEAD = `import { EPOLLIN, Poller, realKernel, VPoll, VPollError, type EventName, type Events } from 'vpoll';
import { simulate, type Kernel } from 'vpoll/sim';
declare const vp: VPoll;
declare const untyped: Poller;
declare const poller: Poller<string>;
declare const text: string;
`;

/** A statement each, and what the compiler says of it; '' where it takes it. */
const STATEMENTS: readonly (readonly [statement: string, said: string])[] = [
  // Events by their names.
  ["vp.add('IN')", ''],
  ["vp.set('IN|PRI'), vp.delete('RDNORM|RDBAND'), vp.supports('OUT|HUP')", ''],
  ["vp.add('IN|PRI|OUT|ERR|HUP|RDNORM|RDBAND|WRNORM|WRBAND|MSG|RDHUP')", ''],
  ["vp.add(EPOLLIN), vp.add(0), VPoll.create({ events: EPOLLIN, needs: 'PRI|ERR|HUP' })", ''],
  ["const events: Events = 'IN|PRI'; vp.add(events)", ''],
  ['declare const name: EventName, other: EventName; vp.add(`${name}|${other}`)', ''],
  ["vp.add('UP')", `'"UP"' is not assignable to parameter of type 'Events'`],
  ["vp.add('IN|UP')", 'not assignable'],
  ["vp.add('IN|UP|OUT')", 'not assignable'],
  ["vp.add('in'), vp.add('EPOLLIN')", 'not assignable'],
  ["vp.add('IN | PRI')", 'not assignable'],
  ["vp.add('')", 'not assignable'],
  ["vp.add('ET')", 'not assignable'],
  ['vp.add(text)', 'not assignable'],
  ["VPoll.create({ events: 'UP' })", 'not assignable'],
  ["VPoll.create({ needs: 'UP' })", 'not assignable'],
  ["untyped.add(vp, 'IN|PRI'), untyped.modify(vp, 'OUT'), untyped.watch(vp, 'IN')", ''],
  ["untyped.add(vp, 'UP')", 'not assignable'],
  ["untyped.watch(vp, 'UP')", 'not assignable'],
  // What a Poller hands back is what it was given.
  ["poller.add(vp, 'IN', { data: 'x' }), poller.modify(vp, 'IN'), poller.modify(vp, 'IN', { data: 'y' })", ''],
  ['const data: Promise<string[]> = poller.wait().then((all) => all.map((each) => each.data))', ''],
  ['async () => { for await (const [event] of poller) event?.data.length; }', ''],
  ["poller.add(vp, 'IN', { data: 'x', listener: ({ data }) => data.length })", ''],
  ["poller.add(vp, 'IN', { data: 5 })", 'not assignable'],
  ["poller.add(vp, 'IN')", 'Expected 3 arguments'],
  ["poller.add(vp, 'IN', { edge: true })", 'not assignable'],
  ["poller.add(vp, 'IN', { data: undefined })", 'not assignable'],
  ["poller.modify(vp, 'IN', { data: 5 })", 'not assignable'],
  ["poller.modify(vp, 'IN', { exclusive: true })", 'does not exist'],
  ["Poller.create<string | undefined>().add(vp, 'IN')", ''],
  ["untyped.add(vp, 'IN'), untyped.add(vp, 'IN', { data: 5, listener: ({ data }) => data.toFixed() })", ''],
  ['untyped.wait().then(([event]) => event!.data.length)', "'unknown'"],
  ['Poller.create<number>().wait().then(([event]) => event!.data.toFixed())', ''],
  ['(kernel: Kernel) => kernel.Poller.create<string>().wait().then(([event]) => event!.data.length)', ''],
  ["(kernel: Kernel) => kernel.Poller.create<string>().add(kernel.VPoll.create(), 'IN', { data: 5 })", 'not assignable'],
  ["simulate({ tasks: { main: ({ VPoll }) => VPoll.create({ events: 'IN' }).add('UP') } })", 'not assignable'],
  ['const kernel: Kernel = realKernel()', ''],
  ['const own: Kernel = { ...realKernel(), VPoll, Poller }', ''],
  // A signal is one as it is at run time.
  ['poller.wait({ signal: new AbortController().signal }), poller.watch(vp, EPOLLIN, { signal: AbortSignal.timeout(5) })', ''],
  ['poller.wait({ signal: { aborted: false } })', 'missing the following properties'],
  ["poller.wait({ signal: 'x' })", 'not assignable'],
  ['poller.watch(vp, EPOLLIN, { signal: { aborted: false } })', 'missing the following properties'],
  // What JSON.stringify writes.
  ['const fd: number = vp.toJSON().fd, count: number = poller.toJSON().watched.length', ''],
  ["const { message }: { message: string } = new VPollError('EINVAL', 'x').toJSON()", ''],
];

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/** The files of the statements, each a module of its own, in one program. */
function compile(files: ReadonlyMap<string, string>): ts.Program {
  const host = ts.createCompilerHost(options);
  const [read, exists] = [host.getSourceFile.bind(host), host.fileExists.bind(host)];
  host.fileExists = (name) => files.has(name) || exists(name);
  host.getSourceFile = (name, ...rest) => {
    const text = files.get(name);
    return text === undefined ? read(name, ...rest) : ts.createSourceFile(name, text, ts.ScriptTarget.ES2022);
  };
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => {
      const entry = ENTRIES[text];
      if (entry === undefined) return ts.resolveModuleName(text, from, options, host);
      return { resolvedModule: { resolvedFileName: entry, extension: ts.Extension.Dts } };
    });
  return ts.createProgram([...files.keys()], options, host);
}

const files = new Map(
  STATEMENTS.map(([statement], i) => [join(root, `test/package/statement-${i}.ts`), `${HEAD}${statement};\n`]),
);
const program = compile(files);

for (const [i, [statement, said]] of STATEMENTS.entries()) {
  test(`${statement}: ${said || 'accepted'}`, () => {
    const file = program.getSourceFile([...files.keys()][i]!)!;
    const all = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    const messages = all.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    if (said === '') assert.equal(messages, []);
    else assert.match(messages.join('\n'), said);
  });
}

/** What an editor shows of a symbol beyond its type: the comment at one of its declarations. */
function isDescribed(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() !== '';
}

/** Symbols of a declaration that stands in our types: its members, and those of an object type in it. */
function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  const own = [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])];
  const nested: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeLiteralNode(node)) for (const member of node.members) nested.push(...symbolOf(member));
    ts.forEachChild(node, visit);
  };
  for (const declaration of symbol.declarations ?? []) visit(declaration);
  return [...new Set([...own, ...nested])];
}

function symbolOf(node: ts.Node): ts.Symbol[] {
  const { symbol } = node as ts.Node & { symbol?: ts.Symbol };
  return symbol ? [symbol] : [];
}

/** What says itself: type parameters, constructors, signatures without a name, and what a class keeps to itself. */
function isShown(symbol: ts.Symbol): boolean {
  const isPrivate = (each: ts.Declaration): boolean =>
    (ts.getCombinedModifierFlags(each) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;
  const name = symbol.escapedName as string;
  if (symbol.flags & ts.SymbolFlags.TypeParameter || /^__(?!@)|^prototype$|#/.test(name)) return false;
  return !(symbol.declarations ?? []).some(isPrivate);
}

for (const [entry, path] of Object.entries(ENTRIES)) {
  test(`${entry}: everything says what it is when an editor shows it`, () => {
    const checker = program.getTypeChecker();
    const all = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(path)!)!);
    assert.ok(all.length > 40, `${all.length} exports`);
    let count = 0;
    const silent: string[] = [];
    const seen = new Set<ts.Symbol>();
    const look = (symbol: ts.Symbol, name: string): void => {
      if (seen.has(symbol)) return;
      seen.add(symbol);
      count++;
      if (!isDescribed(symbol, checker)) silent.push(name);
      for (const member of membersOf(symbol)) if (isShown(member)) look(member, `${name}.${member.name}`);
    };
    for (const each of all) {
      const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
      look(symbol, each.name);
    }
    assert.ok(count > 150, `${count} symbols`);
    assert.equal(silent, []);
  });
}

test.run();
