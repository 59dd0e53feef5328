// SPDX-License-Identifier: LGPL-2.1-or-later

// Ten places where a program may run, by name: what create() takes in each, what that shows, and the one thing to do where that isn't every mask.
// docs/environments.md has its table of this, and environments.test.ts runs a program in each that is there.

/** Which /dev/fuse a place has: as Debian's udev makes it, as the kernel alone does, or none. */
export type FuseFile = 0o666 | 0o600 | undefined;

/** How a place is made here, of a machine that gives root. */
export interface Arrangement {
  readonly fuse: FuseFile;
  /** Words of test/support/under.c, one after the other. */
  readonly under: readonly string[];
  /** The file system of the program is mounted read-only. */
  readonly isReadOnly?: true;
}

export interface Environment {
  readonly name: string;
  /** How it is made here, in words; or why it was not tried. */
  readonly how: string;
  readonly arrangement?: Arrangement;
  readonly takes: 'fuse' | 'tcp' | 'not tried';
  /** What to do where that isn't every mask, or to have it without a process of one's own. */
  readonly remedy: string;
}

const SERVICE = 'sudo npx vpoll serve /dev/vpoll';

export const ENVIRONMENTS: readonly Environment[] = [
  {
    name: "a user of Debian's",
    how: 'uid 65534, /dev/fuse with mode 666',
    arrangement: { fuse: 0o666, under: ['nobody'] },
    takes: 'fuse',
    remedy: 'none is needed',
  },
  {
    name: 'user namespaces closed',
    how: 'uid 65534 where max_user_namespaces is 0; fusermount3 is installed',
    arrangement: { fuse: 0o666, under: ['closed', 'nobody'] },
    takes: 'fuse',
    remedy: 'none is needed',
  },
  {
    name: '/dev/fuse for root alone',
    how: 'uid 65534, /dev/fuse with mode 600',
    arrangement: { fuse: 0o600, under: ['nobody'] },
    takes: 'tcp',
    remedy: `\`${SERVICE}\``,
  },
  {
    name: 'no /dev/fuse',
    how: 'root in a mount namespace without it, as in a container',
    arrangement: { fuse: undefined, under: [] },
    takes: 'tcp',
    remedy: `\`${SERVICE}\` on the host, and the container gets \`-v /dev/vpoll:/dev/vpoll\``,
  },
  {
    name: "Docker's default seccomp profile",
    how: 'by hand: a filter that refuses what the profile does of processes, namespaces and mounts; root, with /dev/fuse',
    arrangement: { fuse: 0o666, under: ['docker'] },
    takes: 'tcp',
    remedy: `\`${SERVICE}\` on the host, and the container gets \`-v /dev/vpoll:/dev/vpoll\``,
  },
  {
    name: 'no_new_privs',
    how: 'uid 65534 with PR_SET_NO_NEW_PRIVS',
    arrangement: { fuse: 0o666, under: ['nobody', 'nnp'] },
    takes: 'fuse',
    remedy: 'none is needed',
  },
  {
    name: 'a read-only root',
    how: 'uid 65534, / mounted read-only, /tmp with it',
    arrangement: { fuse: 0o666, under: ['nobody'], isReadOnly: true },
    takes: 'fuse',
    remedy: 'none is needed',
  },
  {
    name: 'process 1 of a container',
    how: 'root, the first process of a pid namespace',
    arrangement: { fuse: 0o666, under: ['init'] },
    takes: 'tcp',
    remedy: '`docker run --init`; or the host serves /dev/vpoll as above',
  },
  {
    name: '`DynamicUser` with `SystemCallFilter=@system-service`',
    how: 'by hand: uid 65534 under a filter that kills for mount(2)',
    arrangement: { fuse: 0o666, under: ['nobody', 'kill:mount'] },
    takes: 'tcp',
    remedy: `\`${SERVICE}\``,
  },
  {
    name: 'a virtual machine as GitHub runs jobs in',
    how: 'not tried: Ubuntu, whose AppArmor restricts user namespaces, was not to be had',
    takes: 'not tried',
    remedy: 'sudo is there: `npx vpoll serve /dev/vpoll` as root',
  },
];

/** The rows of docs/environments.md: what stands between its two marks. */
export function table(): string[] {
  const shows = { fuse: 'every mask', tcp: 'IN, PRI, OUT and ERR freely', 'not tried': 'not tried' };
  return ENVIRONMENTS.map(({ name, how, takes, remedy }) => {
    const served = takes === 'not tried' ? 'not tried' : 'device: every mask';
    return `| ${name} | ${how} | ${takes} | ${shows[takes]} | ${remedy} | ${served} |`;
  });
}
