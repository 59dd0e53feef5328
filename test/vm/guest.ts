// SPDX-License-Identifier: LGPL-2.1-or-later

import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../support/run.js';
import { boot, type Boot, type BootOptions } from './boot.js';
import { prepare } from './build.js';
import { kernelNamed, type Prepared } from './kernels.js';
import { type Report, verdict } from './report.js';
import { run } from './shell.js';
import { scriptOf, type Step, timeoutOf, verdictsOf } from './steps.js';

export type Backend = 'eventfd' | 'device';

/** What the suites of one run share. */
export class Run {
  private readonly made = new Map<string, Promise<string>>();

  constructor(
    /** The run's own folder, where guests leave what they said. */
    readonly folder: string,
    readonly report: Report,
  ) {}

  /** Makes something once. */
  once(name: string, make: () => Promise<string>): Promise<string> {
    const found = this.made.get(name) ?? make();
    this.made.set(name, found);
    return found;
  }

  /** The folder of the compiled scenarios of test/vm/guest, a program each. */
  programs(): Promise<string> {
    return this.once('programs', async () => {
      const sources = join(root, 'test/vm/guest');
      const folder = join(this.folder, 'programs');
      await mkdir(folder, { recursive: true });
      for (const name of (await readdir(sources)).filter((each) => each.endsWith('.c'))) {
        const program = join(folder, basename(name, '.c'));
        const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'];
        await run('gcc', [...flags, '-o', program, join(sources, name)]);
      }
      return folder;
    });
  }
}

interface GuestOptions extends Partial<BootOptions> {
  /** The kernel is meant to complain: its log is not judged. */
  isLoud?: boolean;
}

/** A kernel that a suite runs programs in. */
export class Guest {
  private boots = 0;
  /** Whether the suite has said anything at all. */
  hasSpoken = false;

  constructor(
    readonly run: Run,
    readonly kernel: Prepared,
    /** The suite's name. */
    readonly suite: string,
  ) {}

  /** Where the suite's files in this kernel go, on the host and in the guest. A guest can't write there. */
  get folder(): string {
    return join(this.run.folder, this.name, this.suite);
  }

  get name(): string {
    return this.kernel.kernel.name;
  }

  /** The backends that this kernel has, the device with vpoll.ko loaded. */
  get backends(): Backend[] {
    const { kernel } = this.kernel;
    return 'series' in kernel ? ['eventfd', 'device'] : ['device'];
  }

  /** Says what a part of the suite came to. */
  add(what: string, result: { passed: number; failed: number; details?: string }): void {
    this.hasSpoken = true;
    this.run.report.add(`${this.name} ${this.suite}: ${what}`, result);
  }

  /** Says why the suite can't be run here. */
  skip(reason: string): void {
    this.hasSpoken = true;
    this.run.report.skip(`${this.name} ${this.suite}`, reason);
  }

  /** The same suite's guest of another kernel, to compare with. */
  async other(name: string): Promise<Guest> {
    return new Guest(this.run, await prepare(kernelNamed(name)), this.suite);
  }

  /** The path of vpoll.ko, built against this kernel from linux_module/, or from another folder that is like it. */
  module(from = join(root, 'linux_module')): Promise<string> {
    return this.run.once(`module ${this.name} ${from}`, async () => {
      const folder = join(this.run.folder, this.name, from === join(root, 'linux_module') ? 'module' : basename(from));
      await rm(folder, { recursive: true, force: true });
      await cp(from, folder, { recursive: true });
      const { tree, makeArguments } = this.kernel;
      if (tree === '') throw new Error(`no module can be built for ${this.name}`);
      await run('make', ['-s', '-C', folder, `KDIR=${tree}`, ...makeArguments], { log: join(folder, 'log') });
      return join(folder, 'vpoll.ko');
    });
  }

  /** Boots, runs a command, and says what is wrong with the kernel's log or the guest's end. */
  async boot(options: GuestOptions & { command: string; timeout_s: number }): Promise<Boot> {
    if (this.kernel.image === '') throw new Error(`the suite ${this.suite} says that it boots nothing`);
    const out = options.out ?? join(this.folder, `boot-${++this.boots}`);
    const result = await boot(this.kernel, { ...options, out });
    if (result.died !== undefined) this.add('the guest lives', verdict(false, `${result.died}\n${result.output}`));
    if (options.isLoud) return result;
    const { faults } = result;
    this.add('a quiet kernel log', verdict(faults.length === 0, `${faults.join('\n')}\nall of it: ${join(out, 'dmesg')}`));
    return result;
  }

  /** Runs steps one after the other in one guest, and says what each came to. */
  async steps(steps: Step[], options: GuestOptions = {}): Promise<Boot> {
    const command = scriptOf(steps, this.kernel.kernel.slowness);
    const result = await this.boot({ timeout_s: timeoutOf(steps), ...options, command });
    for (const [index, each] of verdictsOf(steps, result.output).entries()) this.add(steps[index]!.name, each);
    return result;
  }
}
