// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 400
// runs: node

// A scenario as a program in C does on this kernel what it does in the simulation. It compiles with all warnings as errors.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { example } from './support/scenario.js';
import { compile, inC, playC, withFolder } from './support/in-c.js';
import { play } from './support/scenario.js';

const inReal = needs(test, 'gcc');

/** Both print the same, and end alike. */
async function same(lines: string | readonly string[], edit?: (text: string) => string): Promise<void> {
  const text = typeof lines === 'string' ? lines : lines.join('\n');
  const [simulated, real] = await Promise.all([play(text), playC(text, edit)]);
  // A character a byte, as the program's output is read.
  const bytes = Buffer.from(simulated.stdout).toString('latin1');
  assert.equal([real.status, real.stderr, real.stdout], [simulated.status, simulated.stderr, bytes]);
}

const EVERY_FILE = [
  ...['strategy round-robin', 'r w = pipe', 'write w 77', 'read r', 'print pipe {value}', 'a b = socketpair nonblock'],
  ...['shutdown a WR', 'poll b IN|RDHUP 0ms', 'print poll {events} {fd}', 'try send a 5', 'print {result}'],
  ...['n = send b 5', 'n = recv a 3 0x40', 'print {n}', 'try recv a 8 0x40', 'print {result}', 'try recv a 8 0x40'],
  ...['if result == EAGAIN', 'print again', 'end', 't = timerfd_create', 'timerfd_settime t 5ms 10s', 'read t'],
  ...['print timer {value}', 'copy = dup t', 'close t', 'timerfd_settime copy 0us', 'poll copy IN 1ms', 'print {events} {fd}'],
  ...['e = eventfd 3 semaphore nonblock', 'read e', 'print {value}', 'read e 8', 'ep = epoll_create'],
  ...['epoll_ctl ep ADD e IN|ET|OUT', 'epoll_wait ep 10ms 4', 'print {events} {fd}', 'epoll_ctl ep MOD e OUT|ONESHOT'],
  ...['epoll_wait ep 0ms', 'print {events}', 'op = 2', 'epoll_ctl ep op e', 'yield', 'try close 77', 'print {result}'],
  ...['size = 2', 'write w 0x1122334455667788', 'try read r size', 'print {value} {result}', 'x y = try pipe 0x7fffffff'],
  ...['print {x} {y}', 'max = 3', 'epoll_wait ep 0ms max', 'mask = IN', 'poll e mask 0ms', 'print {events}'],
];

inReal('every call, and what a task sees of it', () => same(EVERY_FILE));

test('these are all calls but those of a vpoll, which the examples have', () => {
  const vocabulary = readFileSync(join(root, 'assembly/scenario/vocabulary.ts'), 'utf8');
  const [, list] = /CALLS: StaticArray<string> = \[([^\]]+)\]/.exec(vocabulary)!;
  const calls = [...list!.matchAll(/'([^']*)',\s+'[^']*',/g)].map(([, name]) => name!);
  assert.ok(calls.length > 20);
  const words = new Set(
    [...EVERY_FILE, 'sleep', 'open', 'ioctl', 'vpoll_create', 'vpoll_ctl', 'vpoll_close'].flatMap((line) => line.split(' ')),
  );
  assert.equal(
    calls.filter((call) => !words.has(call)),
    [],
  );
});

/** The words that stand for numbers, as the parser has them. */
function numberWords(): string[] {
  return ['vocabulary.ts', 'events.ts'].flatMap((file) => {
    const text = readFileSync(join(root, 'assembly/scenario', file), 'utf8');
    const [, list] = /(?:EVENT_)?NAMES: StaticArray<string> = \[([^\]]+)\]/.exec(text)!;
    return [...list!.matchAll(/'(\w+)'/g)].map(([, word]) => word!);
  });
}

/** What may stand in each place of a call, with a word in that place. */
const PLACES = [
  ...['eventfd 0 W', 'eventfd W', 'timerfd_create W', 'epoll_create W', 'shutdown e W', 'epoll_ctl ep W e IN'],
  ...['epoll_ctl ep ADD e W', 'poll e W 0ms', 'write e W W', 'write e W', 'ioctl e W W', 'pipe W', 'socketpair W'],
  ...['send e 1 W', 'recv e 1 W', 'read e W', 'epoll_wait ep 0ms W'],
];

/** Takes away what the simulation has no answer for, until it has one for all. */
async function answered(lines: string[]): Promise<string[]> {
  for (;;) {
    const { status, stderr } = await play(lines);
    if (status === 0) return lines;
    const line = Number(/^line (\d+): (?:\w+: .* is not simulated|'\w+' is no value)/.exec(stderr)?.[1]);
    assert.ok(line > 0, stderr);
    lines[line - 1] = '';
  }
}

/** The same for what C refuses. */
async function accepted(lines: string[]): Promise<string[]> {
  for (;;) {
    await answered(lines);
    const line = Number(/^status 2: line (\d+): \w+: .* is out of bounds/.exec(inC(lines.join('\n')))?.[1]);
    if (!(line > 0)) return lines;
    lines[line - 1] = '';
  }
}

inReal('every word in every place: an errno or a descriptor, as in the simulation', async () => {
  const words = numberWords();
  assert.ok(words.length > 30);
  const head = ['kernel plain', 'e = eventfd 1 nonblock', 'ep = epoll_create', 'epoll_ctl ep ADD e IN'];
  for (let from = 0; from < words.length; from += 8) {
    const lines = words.slice(from, from + 8).flatMap((word) => [
      `given = ${word}`,
      `print ${word} {given}`,
      ...PLACES.flatMap((place) => {
        const call = place.replaceAll('W', word);
        const isPair = /^(pipe|socketpair)/.test(place);
        const close = ['if result > -1', 'close x', ...(isPair ? ['close y'] : []), 'end'];
        const isMade = isPair || /^(eventfd|timerfd|epoll_create)/.test(place);
        return [`${isPair ? 'x y' : 'x'} = try ${call}`, `print ${call}: {result}`, ...(isMade ? close : [])];
      }),
    ]);
    await same(await accepted([...head, ...lines]));
  }
});

inReal('numbers of 64 bits, and how they compare', () =>
  same([
    ...['big = 0x7fffffffffffffff', 'small = -9223372036854775808', 'all = 0xffffffffffffffff', 'u = 0xffffffff', 'zero = 010'],
    ...['print {big} {small} {all} {u} {zero}', 'e = eventfd 1', 'poll e IN|OUT 0ms', 'copy = events', 'print {copy}'],
    ...['signed = -5', 'wanted = IN|OUT', 'again = big'],
    ...['big', 'small', 'all', 'u', 'signed', 'events', 'result', 'fd', 'IN', '-1', '0', 'IN|OUT', 'wanted', 'again'].flatMap(
      (a, _, names) =>
        names.flatMap((b) => ['==', '!=', '<', '>', '&'].flatMap((by) => [`if ${a} ${by} ${b}`, `print ${a} ${by} ${b}`, 'end'])),
    ),
  ]),
);

inReal('names that C has a meaning for, and ones that fall together there', () =>
  same([
    ...[
      'read',
      'int',
      'errno',
      'main',
      'linux',
      'unix',
      'EOF_',
      'NULL',
      'BUFSIZ',
      '_x',
      '__FILE__',
      'a-b',
      'a_b',
      'must',
      'our',
      'n',
    ].map((name, i) => `${name} = ${i}`),
    ...['stdin', 'stdout', 'assert', 'signal', 'index', 'printf', 'write', 'room', 'uint64_t', 'struct', 'true', 'line'].map(
      (name, i) => (name === 'signal' ? '' : `${name} = ${i}`),
    ),
    'task int_',
    'n = index',
    'end',
    'sleep 50ms',
    'print {read} {int} {errno} {main} {linux} {unix} {EOF_} {NULL} {BUFSIZ} {_x} {__FILE__} {a-b} {a_b} {must} {our} {n}',
    'print {stdin} {stdout} {assert} {index} {printf} {write} {room} {uint64_t} {struct} {true} {line}',
    'w = eventfd 0',
    'write w 1',
  ]),
);

inReal('texts that C reads otherwise, and comments that would go on', () =>
  same([
    ...[
      'print',
      'print {',
      'print }{}{{a}}',
      'print ?? ??= ??/ ??\' ???? \\n \\ "',
      'print %d %s %% {a} %d',
      'print tab\tx é 漢字 \u202e bidi',
    ],
    ...[
      '# comment that ends in a backslash \\',
      '# one that ends in ??/',
      '# */ /* //',
      'a = 1 # trailing \\',
      'print {a} # none',
    ],
    ...['loop # for ever', 'break', 'end', 'print cr\r', '# \u202e', 'print nul \0 {a} \0', 'print nul \0'],
  ]),
);

inReal('bytes that are no UTF-8 are printed as they stand', async () => {
  const { stdout } = await playC(
    Uint8Array.of(...new TextEncoder().encode('# '), 0xff, 10, ...new TextEncoder().encode('print '), 0xc3, 0xff, 0x31, 10),
  );
  assert.is(stdout, '\u00c3\u00ff1\n');
});

inReal('blocks: else without anything in it, loops in loops, exit in each', () =>
  same([
    ...['i = 0', 'if 1 == 1', 'if 2 == 2', 'print in', 'else', 'end', 'end', 'if 1 == 2', 'else', 'print else', 'end'],
    ...['loop', 'loop', 'if i > 0', 'break', 'end', 'i = 1', 'end', 'if i == 1', 'break', 'else', 'print never', 'end', 'end'],
    ...['if i == 1', 'loop', 'break', 'end', 'end', 'print {i}', 'loop', 'exit', 'end', 'print never'],
  ]),
);

const EXAMPLES = [
  'level-and-edge',
  'nested-sets',
  'number-reuse',
  'one-shot',
  'slow-consumer',
  'tcp-companions',
  'eventfd',
  'device',
];

inReal('every example but the one with faults compiles', async () => {
  for (const name of [...EXAMPLES, 'exclusive-herd', 'hup-emulated', 'libvpoll', 'lost-wakeup'])
    await withFolder((folder) => compile(folder, inC(example(name))));
});

inReal('what a program is made otherwise is seen: the comparison of these tests can fail', async () => {
  for (const [from, to] of [
    [/EPOLL_CTL_MOD/, 'EPOLL_CTL_ADD'],
    [/"pipe %lld/, '"pipe %llx'],
    [/EFD_SEMAPHORE \| /, ''],
    [/SHUT_WR/, 'SHUT_RD'],
  ] as const) {
    assert.match(inC(EVERY_FILE.join('\n')), from);
    const differs = await same(EVERY_FILE, (text) => text.replace(from, to)).then(
      () => false,
      () => true,
    );
    assert.ok(differs, String(from));
  }
});

/** What can't be done for real, and what is said of it. */
const REFUSED: [string[], string][] = [
  [['fault EINTR 1 2', 'yield'], 'line 1: fault: only the simulated kernel has faults to order'],
  [['a = eventfd', '', 'guest a'], 'line 3: guest needs a program (vpoll sim --guest PROGRAM)'],
  [
    ['kernel device', 'a = eventfd 0 vpoll'],
    'line 2: eventfd: kernel device is a kernel without EFD_VPOLL, and a real one with /dev/vpoll may have both',
  ],
  [
    ['kernel vpoll', 'a = open'],
    'line 2: open: kernel vpoll is a kernel without /dev/vpoll, and a real one with EFD_VPOLL may have both',
  ],
  [
    ['a = vpoll_create', 'fork b', 'vpoll_ctl a ADD IN', 'end'],
    'line 3: vpoll_ctl in a fork, whose descriptors the library knows nothing of: begin this one with task',
  ],
  [['close 0x100000000'], 'line 1: close: 4294967296 is out of bounds'],
  [['a = eventfd', 'read a 4097'], 'line 2: read: 4097 is out of bounds'],
  [['a = 1', 'b = vpoll_create a'], 'line 2: vpoll_create: its backend must be a word'],
  [['clos 1'], "line 1: 'clos' is no call"],
];

test('what only the simulation can do is refused by its name and line', () => {
  for (const [lines, said] of REFUSED) assert.is(inC(lines.join('\n')), `status 2: ${said}`);
});

test.run();
