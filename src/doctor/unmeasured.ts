// SPDX-License-Identifier: LGPL-2.1-or-later

// What an examination does with an error of a call: it says what could not be measured by which, and goes on.

/** What to raise, by the errno that says that there is too little. */
const RAISED: Readonly<Record<string, string>> = { EMFILE: 'ulimit -n', ENFILE: 'fs.file-max' };

/** The errno that kept something from being measured: `EMFILE (ulimit -n)`. Throws what is no error of a call. */
export function whyNotMeasured(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^E[A-Z0-9]+$/.test(code)) throw error;
  const raised = RAISED[code];
  return raised === undefined ? code : `${code} (${raised})`;
}

/** `use`, and then `clean`: whose error is thrown only where there is no other. The first one says what is wrong. */
export async function cleaned<T>(use: () => T | Promise<T>, clean: () => void): Promise<T> {
  let result: T;
  try {
    result = await use();
  } catch (error) {
    try {
      clean();
    } catch {
      // It failed for the same reason, or because nothing was begun.
    }
    throw error;
  }
  clean();
  return result;
}
