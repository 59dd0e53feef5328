// SPDX-License-Identifier: LGPL-2.1-or-later

/** What the kernel's source or image is made of: packages of one or more suites of Debian. */
interface From {
  /** Its package: linux-source-X.Y, or the package that depends on the newest image of a suite. */
  package: string;
  suites: string[];
}

interface Common {
  name: string;
  from: From;
  /** Processors that a guest has unless it asks for fewer or more. */
  cpus: number;
  /** How much slower than the quickest kernel here it runs, as a factor for the time that a guest may take. */
  slowness: number;
}

/** A kernel that we build: tinyconfig, then these fragments of configs/. */
export interface Built extends Common {
  machine: 'uml' | 'microvm';
  /** A line of linux_patch/, by its name in tools/series.ts. Left out: as Debian has it. */
  series?: string;
  /** Lines of linux_patch/ whose patches come after it. */
  further?: string[];
  configs: string[];
  /** Patches of configs/ that this release needs to boot here, series or not. */
  fixes?: string[];
  /** Lines of the fragments that this release has no option for: what they ask for is always there, or under another name. */
  gone?: string[];
  /** What boots, in the folder of the objects. */
  image: string;
}

/** A kernel as Debian ships it, with the headers that modules are built against. */
export interface Stock extends Common {
  machine: 'pc';
  headers: string;
  /** The compiler, where the headers ask for one that another release of Debian has. */
  cc?: string;
}

/** A kernel of another architecture as Debian ships it. */
export interface Foreign extends Common {
  machine: 'virt';
}

export type Kernel = Built | Stock | Foreign;

/** A kernel that can be booted, and built against. */
export interface Prepared<K extends Kernel = Kernel> {
  kernel: K;
  /** Debian's version of what it is made of. */
  version: string;
  /** What boots: a program (uml), or what qemu's -kernel takes. '' where there is the source alone. */
  image: string;
  /** The folder that a module's make -C goes to, and what else that make needs to be told. '' where none is built. */
  tree: string;
  makeArguments: string[];
  /** The source with the series in it. Its objects are in `tree`, which is inside it, so a copy of the whole can be changed and made again. */
  source?: string;
  /** Modules that make the host's files visible, in the order in which they are loaded. */
  modules: string[];
  /** Where the host's programs don't run: the folder that the root is made of, and what of the host is seen in it, from where and as what. */
  userland?: { folder: string; binds: [from: string, to: string][] };
}

const sources: Record<string, From> = {
  '5.10': { package: 'linux-source-5.10', suites: ['bullseye', 'bullseye-security'] },
  '6.1': { package: 'linux-source-6.1', suites: ['bookworm', 'bookworm-security'] },
  '6.12': { package: 'linux-source-6.12', suites: ['trixie', 'trixie-security'] },
  '7.3': { package: 'linux-source-7.3', suites: ['trixie-backports'] },
};

/** User-Mode Linux: a process, its files are the host's. One processor. */
function uml(line: string, series: string | undefined, ...more: string[]): Built {
  return {
    name: `uml-${line}${series === undefined ? '-plain' : ''}`,
    machine: 'uml',
    from: sources[line]!,
    ...(series === undefined ? {} : { series }),
    configs: ['guest', 'uml', ...more],
    ...(line.startsWith('7.') ? {} : { fixes: ['uml-xstate'] }),
    image: 'linux',
    cpus: 1,
    // A start of Node takes five times as long, other things hardly longer.
    slowness: 2,
  };
}

/** qemu's smallest machine, without PCI and ACPI. */
function microvm(name: string, series: string | undefined, ...more: string[]): Built {
  const isDebug = more.includes('debug');
  return {
    name,
    machine: 'microvm',
    from: sources['6.1']!,
    ...(series === undefined ? {} : { series }),
    configs: ['guest', 'microvm', ...more],
    // The entry that a vmlinux is booted by doesn't bear KASAN.
    image: isDebug ? 'arch/x86/boot/bzImage' : 'vmlinux',
    cpus: 2,
    slowness: isDebug ? 10 : 2,
  };
}

function stock(line: string, suites: string[], cc?: string): Stock {
  return {
    name: `stock-${line}`,
    machine: 'pc',
    from: { package: 'linux-image-amd64', suites },
    headers: 'linux-headers-amd64',
    ...(cc === undefined ? {} : { cc }),
    cpus: 2,
    slowness: 2,
  };
}

/** A kernel with the patch of linux_patch/io_uring as well, made from the objects of the one without. */
function withPriority({ name, series, ...kernel }: Built): Built {
  return { ...kernel, name: `${name}-pri`, ...(series === undefined ? {} : { series, further: [`io_uring/${series}`] }) };
}

/** SYSCTL, which is on unless it is turned off, says it alone there. */
const GONE_IN_7 = ['CONFIG_PROC_SYSCTL=y'];

/** Every kernel that is booted, in the order in which they are. A `plain` one has no series, to compare with. */
export const kernels: Kernel[] = [
  uml('6.1', 'v6.1'),
  microvm('microvm-6.1', 'v6.1', 'quiet'),
  microvm('microvm-6.1-plain', undefined, 'quiet'),
  stock('6.1', ['bookworm', 'bookworm-security']),
  // As built for bookworm: the programs in the headers of a newer release don't run on an older one.
  stock('6.12', ['bookworm-backports']),
  // Its headers ask for the compiler of its own release.
  stock('5.10', ['bullseye', 'bullseye-security'], 'gcc'),
  uml('6.12', 'v6.12', 'memcg'),
  uml('6.12', undefined, 'memcg'),
  microvm('microvm-6.1-kasan', 'v6.1', 'debug', 'kasan'),
  microvm('microvm-6.1-kcsan', 'v6.1', 'debug', 'kcsan'),
  uml('5.10', 'v5.10', 'block'),
  uml('5.10', undefined, 'block'),
  { ...uml('7.3', 'v7.3', 'memcg'), gone: GONE_IN_7 },
  { ...uml('7.3', undefined, 'memcg'), gone: GONE_IN_7 },
  withPriority(microvm('microvm-6.1', 'v6.1', 'quiet')),
  withPriority(uml('6.12', 'v6.12', 'memcg')),
  withPriority({ ...uml('7.3', 'v7.3', 'memcg'), gone: GONE_IN_7 }),
  {
    name: 'stock-6.1-arm64',
    machine: 'virt',
    from: { package: 'linux-image-arm64', suites: ['bookworm', 'bookworm-security'] },
    cpus: 2,
    slowness: 6,
  },
];

/** The kernel of that name. */
export function kernelNamed(name: string): Kernel {
  const found = kernels.find((kernel) => kernel.name === name);
  if (!found) throw new Error(`no kernel ${name}; there are ${kernels.map((kernel) => kernel.name).join(', ')}`);
  return found;
}
