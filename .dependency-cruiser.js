// SPDX-License-Identifier: LGPL-2.1-or-later

/** The rooms of the house: data flows down, one way. @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'src-imports-down',
      comment: 'src/ imports src/, host/ and the built core, helper and simulated kernel, nothing else of this repository.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '^(?!src/|host/|node_modules/|build/((core|sim|vpoll-sim)\\.wasm|helper\\.text)\\.)',
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
      // A runtime's files begin with its name: node.ts, node-waiter.ts.
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
      comment: 'The core does no I/O of its own: its only way out is the sys boundary.',
      severity: 'error',
      from: { path: '^assembly/' },
      to: { pathNot: '^assembly/' },
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
      name: 'nothing-ships-a-dev-dependency',
      comment: 'What is shipped runs without our tools.',
      severity: 'error',
      from: { path: '^(src|host)/' },
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
