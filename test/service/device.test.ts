// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300

// What programs can do where /dev/vpoll is served: in a mount namespace that has no /dev/fuse, as another user, who can gain no privilege.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPOLL_EVENTS } from '../../src/constants.js';
import { compile } from '../c/support/library.js';
import { endAll, serve, stop, withFolder } from '../c/support/served.js';
import { until } from '../fuse/support/process.js';
import { USER } from '../support/fuse.js';
import { needs } from '../support/needs.js';
import { command } from '../support/runtime.js';

const PRI_ERR = 0xa;
const withService = needs(test, 'cmake', 'gcc', 'setpriv', 'unshare', 'nsenter', '/usr/bin/python3', {
  name: 'root and /dev/fuse',
  has: process.geteuid!() === 0 && existsSync('/dev/fuse'),
});

/** A /dev that has what any program needs, and $1 as vpoll; then the rest of the line. */
const INSIDE = `
file=$1
shift
mount -t tmpfs -o mode=755 none /mnt
for name in null zero full random urandom; do : >/mnt/$name; mount --bind /dev/$name /mnt/$name; done
ln -s /proc/self/fd /mnt/fd
: >/mnt/vpoll
mount --bind "$file" /mnt/vpoll
mount --rbind /mnt /dev
exec "$@"`;
const SANDBOX = [...USER, '--no-new-privs', '--bounding-set', '-all'];

const NAMESPACE = ['unshare', '-m', '--propagation', 'slave', 'sh', '-ec', INSIDE, 'sh'];
/** Runs a command line there. */
const inside = (file: string, line: readonly string[]): string[] => [...NAMESPACE, file, ...SANDBOX, ...line];

/** A client that runs there. */
class Client {
  readonly #child;
  #said = '';

  constructor(file: string) {
    const [first, ...rest] = inside(file, command(fileURLToPath(new URL('programs/client.ts', import.meta.url))));
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VPOLL_')));
    this.#child = spawn(first!, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: clean });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Has it do something: what it says. */
  async do(name: string, argument?: string): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify([name, argument])}\n`);
    await until(`${name} is done`, () => this.#said.includes('\n') || this.#child.exitCode !== null);
    const line = this.#said.split('\n', 1)[0]!;
    this.#said = this.#said.slice(line.length + 1);
    return JSON.parse(line) as unknown;
  }

  end(): void {
    this.#child.stdin.end();
  }
}

/** Gives a path that others may reach, and a way to start clients of what is served there, which end with the test. */
async function withServed(use: (path: string, program: string, start: () => Client) => Promise<void>): Promise<void> {
  const clients: Client[] = [];
  await withFolder(async (folder, program) => {
    chmodSync(folder, 0o755);
    const path = join(folder, 'vpoll');
    const start = (): Client => {
      clients.push(new Client(path));
      return clients.at(-1)!;
    };
    // What is mounted there comes to their namespaces as well, as it does where a machine's mounts are shared.
    execFileSync('mount', ['--bind', folder, folder]);
    execFileSync('mount', ['--make-shared', folder]);
    try {
      await use(path, program, start);
    } finally {
      for (const client of clients) client.end();
      await endAll();
      execFileSync('umount', ['-l', folder]);
    }
  });
}

/** Sends descriptor 3 to a process of its own by each of the ways there are, which adds a bit each: what 3 shows at last. */
const BY_ALL_WAYS = `
import array, ctypes, fcntl, os, select, socket
add = lambda fd, events: fcntl.ioctl(fd, 0x5e01, events)
if os.fork() == 0: add(3, 1); os._exit(0)
os.wait()
a, b = socket.socketpair()
if os.fork() == 0:
    _, ancillary, _, _ = b.recvmsg(1, 64)
    add(array.array('i', ancillary[0][2])[0], 2)
    os._exit(0)
socket.send_fds(a, [b'.'], [3])
os.wait()
r, w = os.pipe()
child = os.fork()
if child == 0: os.read(r, 1); os._exit(0)
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall(438, os.pidfd_open(child), 3, 0)
if fd < 0: print('pidfd_getfd', ctypes.get_errno())
add(fd, 4)
os.write(w, b'.')
os.wait()
p = select.poll()
p.register(3, ${VPOLL_EVENTS})
print(p.poll(0)[0][1])
`;

withService('a program takes the device with all its masks, and shares it by all ways', async () => {
  await withServed(async (path, program, start) => {
    const service = await serve(program, path);
    const client = start();
    assert.is(await client.do('create'), 'device');
    assert.is(await client.do('masks'), 2048);
    assert.is(await client.do('set', `${PRI_ERR}`), PRI_ERR);
    assert.is(await client.do('set', '0'), 0);
    assert.is(await client.do('child', BY_ALL_WAYS), '7');
    assert.is(await client.do('show'), 7);
    assert.is(await client.do('needs', `${PRI_ERR}`), 'device');
    await stop(service, path);
  });
});

withService('a program in C takes it too', async () => {
  await withServed(async (path, program) => {
    const service = await serve(program, path);
    const [first, ...rest] = inside(path, [compile('additions.c'), 'device']);
    const { status, stderr } = spawnSync(first!, rest, { encoding: 'utf8', env: { PATH: process.env.PATH }, cwd: '/' });
    assert.is(status, 0, stderr);
    await stop(service, path);
  });
});

withService('a server that dies takes no descriptor along; creates go on without it, and with the next', async () => {
  await withServed(async (path, program, start) => {
    let service = await serve(program, path);
    const client = start();
    assert.is(await client.do('create'), 'device');
    const fds = await client.do('fds');
    assert.is(await client.do('create'), 'device');
    process.kill(service.server(), 'SIGKILL');
    await service.ended;
    assert.is(await client.do('show'), 8);
    assert.match(String(await client.do('set', '1')), /^ENOTCONN/);
    assert.match(String(await client.do('create', 'device')), /EOPNOTSUPP.*has died \(start it: systemctl restart vpoll-fuse\)/);
    assert.is.not(await client.do('create'), 'device');
    assert.is(await client.do('close'), 'closed');
    assert.is(await client.do('close'), 'closed');
    assert.is(await client.do('fds'), fds);
    service = await serve(program, path);
    const rebind = ['-m', '-t', `${client.pid}`, 'sh', '-ec', 'umount -l /dev/vpoll && mount --bind "$1" /dev/vpoll', 'sh', path];
    assert.is(spawnSync('nsenter', rebind, { stdio: 'inherit' }).status, 0);
    assert.is(await client.do('create'), 'device');
    assert.is(await client.do('set', `${PRI_ERR}`), PRI_ERR);
    assert.is(await client.do('close'), 'closed');
    assert.match(String(await client.do('set', '1')), /^ENOTCONN/);
    assert.is(await client.do('close'), 'closed');
    await stop(service, path);
  });
});

withService('a user who has as many as the service gives gets the next carrier', async () => {
  await withServed(async (path, program, start) => {
    const service = await serve(program, path, ['--max-per-uid', '2']);
    const client = start();
    for (const backend of ['device', 'device']) assert.is(await client.do('create'), backend);
    assert.match(String(await client.do('create', 'device')), /EOPNOTSUPP.*this user has as many vpolls as \/dev\/vpoll gives/);
    assert.is.not(await client.do('create'), 'device');
    assert.is(await client.do('close'), 'closed');
    assert.is(await client.do('close'), 'closed');
    assert.is(await client.do('create'), 'device');
    await stop(service, path);
  });
});

test.run();
