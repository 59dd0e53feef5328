// SPDX-License-Identifier: LGPL-2.1-or-later

/** The rooms of the house: data flows down, one way. @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or miss a third. Of rooms test/project/rooms.test.ts says the same.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'src-imports-down',
      comment:
        'src/ imports src/, host/ and what is built: the core, FUSE server, digest, helpers, threads and simulated kernel, nothing else of this repository.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '^(?!src/|host/|node_modules/|build/((core|fuse|sha256|sim|vpoll-sim)\\.wasm|(helper|thread)\\.text|native\\.files)\\.)',
        dependencyTypes: ['local'],
      },
    },
    {
      name: 'host-imports-host',
      comment: 'A host maps calls. It knows nothing of what is above it.',
      severity: 'error',
      from: { path: '^host/' },
      to: { path: '^(?!host/)', dependencyTypes: ['local'] },
    },
    {
      name: 'runtimes-are-siblings',
      comment: 'One that pulled in another would load a library that its runtime lacks.',
      severity: 'error',
      // A runtime's files begin with its name: node.ts, node-uv.ts. Who names one in a string: test/project/runtimes.test.ts.
      from: { path: '^host/(node|bun|deno)[-.]' },
      to: { path: '^host/(node|bun|deno)[-.]', pathNot: '^host/$1[-.]' },
    },
    {
      name: 'common-before-runtimes',
      comment: 'What all runtimes share knows none of them: it is given the one that it runs on.',
      severity: 'error',
      from: { path: '^host/', pathNot: '^host/(node|bun|deno)[-.]' },
      to: { path: '^host/(node|bun|deno)[-.]' },
    },
    {
      name: 'core-imports-core',
      comment: 'The core does no I/O of its own: it reaches the kernel by the sys boundary alone.',
      severity: 'error',
      from: { path: '^assembly/' },
      to: { pathNot: '^assembly/' },
    },
    {
      name: 'core-without-simulation',
      comment:
        'The core that is shipped runs over a kernel. The simulated one and its scenarios stand on the core, not under it.',
      severity: 'error',
      from: { path: '^assembly/', pathNot: '^assembly/(sim|scenario|wasi)/' },
      to: { path: '^assembly/(sim|scenario|wasi)/' },
    },
    {
      name: 'backends-are-siblings',
      comment:
        'A backend is a file (and others whose names begin with its own and a dash): what two of them need is in backend/shared/.',
      severity: 'error',
      from: { path: '^assembly/backend/([a-z]+)[-.]', pathNot: '^assembly/backend/(index|describe|order)[.]ts$' },
      to: { path: '^assembly/backend/', pathNot: '^assembly/backend/($1[-.]|shared/)' },
    },
    {
      name: 'shared-before-backends',
      comment: 'What backends share knows none of them.',
      severity: 'error',
      from: { path: '^assembly/backend/shared/' },
      to: { path: '^assembly/backend/', pathNot: '^assembly/backend/(shared/|order[.]ts)' },
    },
    {
      name: 'library-does-not-know-its-cli',
      comment: 'A program that imports vpoll must not load the command line with it.',
      severity: 'error',
      from: { path: '^src/(?!cli/)' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'cli-imports-src',
      comment: 'A command stands in src/ and, like the rest of it, on host/.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^(?!src/|host/)', dependencyTypes: ['local'] },
    },
    {
      name: 'only-a-guest-needs-wasi',
      comment: 'Without a guest a scenario is driven by calls of its own: in a page, and in a command that starts at once.',
      severity: 'error',
      from: { path: '^src/(scenario/command|playground/(main|worker))[.]ts$' },
      to: { path: '^(src/scenario/wasi/|node_modules/@wasmer/)', reachable: true },
    },
    {
      name: 'nothing-ships-a-dev-dependency',
      comment: 'What is shipped runs without our tools. The playground is a page, bundled with its editor (tools/playground.ts).',
      severity: 'error',
      from: { path: '^(src|host)/', pathNot: '^src/playground/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'resolves', comment: 'Every import leads somewhere.', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^build/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
