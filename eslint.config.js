// SPDX-License-Identifier: LGPL-2.1-or-later

import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Limits of size hold everywhere, the core included: a file is read at one sitting, a function on one screen.
 *
 * @type {import('eslint').Linter.RulesRecord}
 */
const size = {
  'max-lines': ['error', { max: 300 }],
  'max-lines-per-function': ['error', { max: 60 }],
};

/** AssemblyScript: the core, the simulated kernel, and what tests add to them. */
const assembly = ['assembly/**/*.ts', 'test/scenario/support/guest/*.ts', 'test/project/added/pipe.ts'];

export default defineConfig(
  { ignores: ['build/', 'coverage/', 'docs/', 'bench/results/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.js'],
    ignores: assembly,
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...size,
      eqeqeq: 'error',
      // noUncheckedIndexedAccess doubts each index; where the code knows better, `!` says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'prefer-const': 'error',
      // Numbers are what this project prints most.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/poller/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ObjectExpression > SpreadElement',
          message:
            'V8 gives each such object a shape of its own, which makes every look at it slow (src/poller/registration.ts).',
        },
      ],
    },
  },
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/unbound-method': 'off' },
  },
  {
    // AssemblyScript is TypeScript to a parser only: `i32` is no type of tsc's, and == compares machine numbers.
    files: assembly,
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      ...size,
      'no-var': 'error',
      'no-unreachable': 'error',
      'no-self-compare': 'error',
      'no-duplicate-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
    },
  },
);
