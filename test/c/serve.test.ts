// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// `vpoll-fuse serve PATH`: a file for every user, from the first open to what is left when one of its two processes is killed.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLIN, EPOLLPRI, VPoll } from '../../src/index.js';
import { openFile } from '../fuse/support/cli.js';
import { isAlive, until } from '../fuse/support/process.js';
import { pollNow } from '../real/support/libc.js';
import { USER } from '../support/fuse.js';
import { needs, type Need, type Register } from '../support/needs.js';
import { begin, mountsOf, serve, stop, withFolder } from './support/served.js';

function asRoot(...more: Need[]): Register {
  const root = { name: 'root and /dev/fuse', has: process.geteuid!() === 0 && existsSync('/dev/fuse') };
  return needs(test, 'cmake', 'gcc', root, ...more);
}

asRoot()('a file that anybody may open, gone after each of the signals that end it; what is open stays a vpoll', async () => {
  await withFolder(async (folder, program) => {
    const path = join(folder, 'vpoll');
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      const service = await serve(program, path);
      assert.is(statSync(path).mode & 0o7777, 0o666);
      assert.match(
        readFileSync('/proc/self/mounts', 'utf8'),
        `${path} fuse rw,nosuid,nodev,noexec,relatime,user_id=0,group_id=0,allow_other 0 0`,
      );
      const vp = VPoll.attach(openFile(path));
      vp.add(EPOLLPRI | EPOLLERR);
      const server = service.server();
      assert.is(await stop(service, path, signal), 0);
      vp.add(EPOLLIN);
      assert.is(pollNow(vp.fd), EPOLLIN | EPOLLPRI | EPOLLERR);
      assert.ok(isAlive(server));
      vp.close();
      await until('the server ends', () => !isAlive(server));
    }
  });
});

asRoot()('the server has no mount, no capability, no file but its own, and no call but a few', async () => {
  await withFolder(async (folder, program) => {
    const path = join(folder, 'vpoll');
    const service = await serve(program, path);
    const of = (name: string): string => readFileSync(`/proc/${service.server()}/${name}`, 'utf8');
    for (const line of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.match(of('status'), `${line}:\t0000000000000000\n`);
    assert.match(of('status'), /NoNewPrivs:\t1\nSeccomp:\t2\n/);
    assert.match(of('mountinfo'), /^\d+ \d+ \S+ \/ \/ ro?w?,nosuid,nodev,noexec\S* - tmpfs vpoll \S+\n$/);
    const files = readdirSync(`/proc/${service.server()}/fd`).map((fd) => readlinkSync(`/proc/${service.server()}/fd/${fd}`));
    assert.is(files.length, 2);
    assert.is(files[0], '/dev/fuse');
    assert.match(files[1]!, /^socket:/);
    assert.is(await stop(service, path), 0);
  });
});

asRoot('setpriv', '/usr/bin/python3')('a user has no more vpolls than the limit, and takes none from another', async () => {
  await withFolder(async (folder, program) => {
    chmodSync(folder, 0o755);
    const path = join(folder, 'vpoll');
    const service = await serve(program, path, ['--max-per-uid', '3']);
    const fds = [1, 2, 3].map(() => openSync(path, 'r+'));
    assert.throws(() => openSync(path, 'r+'), /EMFILE/);
    const opens = `
import errno, os
fds = []
try:
    while True: fds.append(os.open('${path}', os.O_RDWR))
except OSError as e: print(len(fds), errno.errorcode[e.errno])
`;
    assert.is(execFileSync('setpriv', [...USER.slice(1), '/usr/bin/python3', '-c', opens], { encoding: 'utf8' }), '3 EMFILE\n');
    for (const fd of fds) closeSync(fd);
    await stop(service, path);
  });
});

asRoot('socat')('a service manager is told when it serves, and when it ends', async () => {
  await withFolder(async (folder, program) => {
    const path = join(folder, 'vpoll');
    for (const name of [join(folder, 'notify'), '@vpoll-notify']) {
      const [kind, address] = name.startsWith('@') ? ['ABSTRACT-RECV', name.slice(1)] : ['UNIX-RECV', name];
      const manager = spawn('socat', ['-u', `${kind}:${address}`, 'STDOUT'], { stdio: ['ignore', 'pipe', 'inherit'] });
      let heard = '';
      manager.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
      await until('it listens', () => readFileSync('/proc/net/unix', 'utf8').includes(name));
      const service = await serve(program, path, [], { NOTIFY_SOCKET: name });
      await until('it is told', () => heard === 'READY=1');
      await stop(service, path);
      await until('it is told', () => heard === 'READY=1STOPPING=1');
      manager.kill();
      await once(manager, 'close');
    }
    // Nobody listens there any more.
    await stop(await serve(program, path, [], { NOTIFY_SOCKET: join(folder, 'notify') }), path);
  });
});

asRoot()('a server that is killed is said; its waiters see ERR, and nothing is left', async () => {
  await withFolder(async (folder, program) => {
    const path = join(folder, 'vpoll');
    const service = await serve(program, path);
    const vp = VPoll.attach(openFile(path));
    process.kill(service.server(), 'SIGKILL');
    assert.is(await service.ended, 1);
    assert.is(service.complained(), `vpoll-fuse serve: EIO: the server of ${path} has died\n`);
    assert.equal([existsSync(path), mountsOf(path)], [false, 0]);
    assert.is(pollNow(vp.fd), EPOLLERR);
    assert.throws(() => {
      vp.add(EPOLLIN);
    }, /ENOTCONN/);
    vp.close();
  });
});

asRoot()('what a SIGKILL has left, dead or alive, is taken away by the next, and keeps serving what is open', async () => {
  await withFolder(async (folder, program) => {
    const path = join(folder, 'vpoll');
    for (const isDead of [false, true]) {
      const first = await serve(program, path);
      const vp = VPoll.attach(openFile(path));
      const server = first.server();
      first.process.kill('SIGKILL');
      if (isDead) process.kill(server, 'SIGKILL');
      await first.ended;
      await until('it is dead', () => isAlive(server) !== isDead);
      assert.is(mountsOf(path), 1);
      const next = await serve(program, path);
      assert.is(mountsOf(path), 1);
      const other = VPoll.attach(openFile(path));
      other.add(EPOLLIN);
      assert.equal([pollNow(other.fd), pollNow(vp.fd)], [EPOLLIN, isDead ? EPOLLERR : 0]);
      other.close();
      vp.close();
      assert.is(await stop(next, path), 0);
      await until('the first server ends', () => !isAlive(server));
    }
  });
});

asRoot()('one that is served is EEXIST, and stays served, also while its server is stopped', async () => {
  await withFolder(async (folder, program) => {
    const path = join(folder, 'vpoll');
    const service = await serve(program, path);
    for (const signal of ['SIGCONT', 'SIGSTOP'] as const) {
      process.kill(service.server(), signal);
      const second = begin([program, 'serve', path]);
      assert.is(await second.ended, 1);
      assert.is(second.complained(), `vpoll-fuse serve: EEXIST: ${path} is served already\n`);
    }
    process.kill(service.server(), 'SIGCONT');
    const vp = VPoll.attach(openFile(path));
    vp.add(EPOLLIN);
    vp.close();
    assert.is(await stop(service, path), 0);
  });
});

asRoot()('of several that begin together one serves', async () => {
  await withFolder(async (folder, program) => {
    const path = join(folder, 'vpoll');
    for (let round = 0; round < 5; round++) {
      const all = [1, 2, 3, 4].map(() => begin([program, 'serve', path]));
      await until('all have decided', () => all.every(({ said, process: { exitCode } }) => said() !== '' || exitCode !== null));
      const serving = all.filter(({ said }) => said() !== '');
      assert.is(serving.length, 1);
      for (const one of all.filter((each) => each !== serving[0])) {
        assert.is(await one.ended, 1);
        assert.ok(/EEXIST: .* is served already/.test(one.complained()), one.complained());
      }
      assert.is(mountsOf(path), 1);
      assert.is(await stop(serving[0]!, path), 0);
    }
  });
});

asRoot('setpriv')('what can not be served is refused, and stays as it is', async () => {
  await withFolder(async (folder, program) => {
    chmodSync(folder, 0o755);
    const at = (name: string): string => join(folder, name);
    mkdirSync(at('directory'));
    symlinkSync('/dev/null', at('link'));
    writeFileSync(at('full'), 'mine');
    execFileSync('mkfifo', [at('fifo')]);
    const cases: [string[], number, string][] = [
      [[at('directory')], 1, `EISDIR: ${at('directory')} is a directory`],
      [[at('link')], 1, `EEXIST: ${at('link')} is a symbolic link`],
      [[at('fifo')], 1, `EEXIST: ${at('fifo')} is no regular file`],
      [[at('full')], 1, `EEXIST: ${at('full')} has something in it`],
      [[at('missing/file')], 1, `ENOENT: ${at('missing/file')}`],
      [[at('full/file')], 1, `ENOTDIR: ${at('full/file')}`],
      [['/'], 1, 'EISDIR: /'],
      [[''], 1, 'ENOENT: '],
      [[], 2, 'no path'],
      [[at('a'), at('b')], 2, 'too many arguments'],
      [['--max', '3', at('a')], 2, 'unknown option'],
      [['--max-per-uid', '0', at('a')], 2, 'takes a positive number'],
      [['--max-per-uid', '2147483648', at('a')], 2, 'takes a positive number'],
      [[at('a'), '--max-per-uid'], 2, 'takes a positive number'],
    ];
    for (const [args, status, said] of cases) {
      const refused = begin([program, 'serve', ...args]);
      assert.is(await refused.ended, status, said);
      assert.ok(refused.complained().includes(said), refused.complained());
    }
    for (const [what, command, said] of [
      ['nothing', 'mount -t tmpfs none /dev && exec "$@"', 'ENOENT: there is no /dev/fuse'],
      ['a plain file', 'mount --bind "$3" /dev/fuse && exec "$@"', 'ENODEV: what is at /dev/fuse is not the device of FUSE'],
      [
        'no right to mount',
        'exec setpriv --bounding-set -sys_admin --inh-caps -sys_admin -- "$@"',
        'EPERM: to mount for all users takes root',
      ],
    ] as const) {
      writeFileSync(at('empty'), '');
      const refused = begin(['unshare', '-m', 'sh', '-c', command, 'sh', program, 'serve', at('empty')]);
      assert.is(await refused.ended, 1, what);
      assert.ok(refused.complained().includes(said), refused.complained());
    }
    assert.equal(readdirSync(folder).sort(), ['directory', 'empty', 'fifo', 'full', 'link', 'vpoll-fuse']);
    assert.equal([readFileSync(at('full'), 'utf8'), mountsOf(at('empty'))], ['mine', 0]);
  });
});

test.run();
