// SPDX-License-Identifier: LGPL-2.1-or-later

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../support/run.js';
import { busybox } from './apt.js';
import { cache } from './cache.js';
import { faultsIn } from './dmesg.js';
import { initrd } from './initrd.js';
import type { Prepared } from './kernels.js';
import { run, track } from './shell.js';
import { tscKhz } from './clock.js';

export interface BootOptions {
  /** For /bin/sh, as root, in the repository. */
  command: string;
  /** A folder of the host for this boot alone: /mnt in the guest. Left there: output, dmesg, command. */
  out: string;
  /** How many seconds the guest may take on the quickest kernel. */
  timeout_s: number;
  cpus?: number;
  /** More words for the kernel's command line. */
  append?: string[];
}

export interface Boot {
  /** The command's exit status; undefined: the guest died before it could tell, or took too long. */
  status: number | undefined;
  /** Why there is no status. */
  died?: string;
  /** What the command said, and what the kernel did meanwhile on its console. */
  output: string;
  /** The kernel's whole log; of a guest that died, what is known of it: its console. */
  dmesg: string;
  /** Lines of the log that tell of a fault. */
  faults: string[];
  elapsed_s: number;
}

/** What a guest puts a mount on, so that files of the host below it would be out of sight. */
const COVERED = ['/dev', '/mnt', '/proc', '/sys'];

/** The folders that a guest is made of and that its own /tmp and /run would hide. */
function kept(out: string): string[] {
  const parts = [root.replace(/\/$/, ''), cache, out];
  for (const part of parts) {
    const cover = COVERED.find((folder) => part.startsWith(`${folder}/`));
    if (cover !== undefined) throw new Error(`${part} can't be seen in a guest, which has a ${cover} of its own`);
    if (part.startsWith('/run/')) throw new Error(`${part} can't be seen in a guest, which has a /run of its own`);
    if (/\s/.test(part)) throw new Error(`${part}: a guest takes no path with a space`);
  }
  return parts.filter((part) => part.startsWith('/tmp/'));
}

function umlArguments(prepared: Prepared, options: BootOptions, bb: string): string[] {
  return [
    prepared.image,
    ...['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${join(options.out, 'init')}`, 'mem=2G'],
    ...['con=null', 'con0=null,fd:1', 'ssl=null', 'quiet', 'loglevel=5', 'rng_core.default_quality=1000'],
    ...[`uml_dir=${options.out}`, `vpoll_out=${options.out}`, `vpoll_busybox=${bb}`, ...(options.append ?? [])],
  ];
}

/** The program, and its options for each kind of machine. */
const MACHINES = {
  microvm: [
    ...['qemu-system-x86_64', '-cpu', 'max', '-no-user-config'],
    ...['-M', 'microvm,acpi=off,pit=on,pic=on,rtc=on,isa-serial=on,auto-kernel-cmdline=on'],
  ],
  pc: ['qemu-system-x86_64', '-cpu', 'max', '-M', 'pc'],
  virt: ['qemu-system-aarch64', '-cpu', 'cortex-a57', '-M', 'virt'],
};

async function qemuArguments(
  prepared: Prepared,
  machine: keyof typeof MACHINES,
  options: BootOptions,
  bb: string,
): Promise<string[]> {
  const isMicrovm = machine === 'microvm';
  const device = isMicrovm ? 'virtio-9p-device' : 'virtio-9p-pci';
  // Without ACPI a kernel may find no clock that it trusts, and falls back to one of 4 ms.
  const clock = isMicrovm ? ['reboot=t', 'tsc=reliable', `tsc_early_khz=${await tscKhz(cache)}`] : [];
  const userland = prepared.userland === undefined ? [] : [`vpoll_userland=${prepared.userland.folder}`];
  const terminal = machine === 'virt' ? 'ttyAMA0' : 'ttyS0';
  const append = [
    `console=${terminal}`,
    'panic=-1',
    'quiet',
    'loglevel=5',
    'mitigations=off',
    // On a busy host the emulated timer may not tick while timer_irq_works() waits for it, and the kernel would panic.
    ...(machine === 'virt' ? [] : ['no_timer_check']),
    ...clock,
    ...userland,
    ...(options.append ?? []),
  ];
  return [
    ...MACHINES[machine],
    ...['-accel', 'tcg,thread=multi,tb-size=512', '-m', '2048'],
    ...['-smp', `${options.cpus ?? prepared.kernel.cpus}`, '-nodefaults', '-nographic', '-no-reboot', '-serial', 'stdio'],
    ...['-kernel', prepared.image, '-initrd', await initrd(prepared, options.out, bb)],
    ...['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', `${device},fsdev=host,mount_tag=host`],
    ...['-fsdev', `local,id=out,path=${options.out},security_model=none`, '-device', `${device},fsdev=out,mount_tag=out`],
    ...['-append', append.join(' ')],
  ];
}

/** What a terminal would act on, and what stands for the end of a line there. */
function plain(text: string): string {
  return text.replaceAll('\r', '').replaceAll(/\x1b(?:c|\[[?0-9;]*[a-zA-Z])/g, '');
}

/** Runs the machine to its end, and returns what its console showed, and why it ended where that was no end of its own. */
async function runMachine(args: string[], out: string, timeout_s: number): Promise<{ console: string; died: string }> {
  // timeout(1) leads a process group of its own: what the machine started ends with it, however this process ends.
  const child = spawn('timeout', ['--kill-after=10', `${timeout_s}`, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  track(child);
  const file = createWriteStream(join(out, 'output'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      file.write(plain(part));
    });
  }
  const end = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (status, signal) => {
      resolve(status ?? signal ?? 'unknown');
    });
  });
  await new Promise((resolve) => file.end(resolve));
  return { console: plain(text), died: end === 124 || end === 137 ? `took more than ${timeout_s} s` : `ended with ${end}` };
}

/**
 * Boots a kernel, runs a command in it, and waits for its end. The guest sees the host's files, read-only; /tmp and /run are its own,
 * and /mnt is `out`. VPOLL_GUEST is the kernel's name there.
 */
export async function boot(prepared: Prepared, options: BootOptions): Promise<Boot> {
  const { out } = options;
  const started = performance.now();
  await mkdir(out, { recursive: true });
  for (const name of ['started', 'status', 'dmesg']) await rm(join(out, name), { force: true });
  const { machine } = prepared.kernel;
  const bb = await busybox(machine === 'virt' ? 'arm64' : undefined);
  await copyFile(join(root, 'test/vm/init/guest.sh'), join(out, 'guest'));
  // A copy, since only what may be executed can be a first process, and a checkout need not have kept that.
  await copyFile(join(root, 'test/vm/init/uml.sh'), join(out, 'init'));
  await chmod(join(out, 'init'), 0o755);
  await writeFile(join(out, 'kept'), kept(out).join('\n'));
  const head = `cd '${root}' || exit 1\nexport VPOLL_GUEST=${prepared.kernel.name}\n`;
  await writeFile(join(out, 'command'), `${head}${options.command}\n`);
  const args = machine === 'uml' ? umlArguments(prepared, options, bb) : await qemuArguments(prepared, machine, options, bb);
  const { console: output, died } = await runMachine(args, out, options.timeout_s * prepared.kernel.slowness + 60);
  const read = (name: string): Promise<string | undefined> => readFile(join(out, name), 'utf8').catch(() => undefined);
  const status = await read('status');
  const dmesg = (await read('dmesg')) ?? output;
  await run('rm', ['-f', join(out, 'initrd.gz')]);
  const elapsed_s = (performance.now() - started) / 1000;
  const told = { output, dmesg, faults: faultsIn(dmesg), elapsed_s };
  if (status?.trim()) return { status: Number(status), ...told };
  const where = (await read('started')) === undefined ? 'before the command began' : 'while the command ran';
  return { status: undefined, died: `${died}, ${where}`, ...told };
}
