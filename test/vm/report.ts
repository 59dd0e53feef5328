// SPDX-License-Identifier: LGPL-2.1-or-later

/** What a part of a run came to. */
export interface Verdict {
  passed: number;
  failed: number;
  /** What is printed where something failed. */
  details?: string;
}

/** A verdict on one thing. */
export function verdict(isGood: boolean, details?: string): Verdict {
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, ...(details === undefined ? {} : { details }) };
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `     ${line}`)
    .join('\n');
}

/** Counts and prints what a run comes to. */
export class Report {
  passed = 0;
  failed = 0;
  skipped = 0;
  readonly failing: string[] = [];

  /** `name` says where (kernel, suite) and what. */
  add(name: string, { passed, failed, details }: Verdict): void {
    this.passed += passed;
    this.failed += failed;
    if (failed === 0) {
      console.log(`ok   ${name}: ${passed} passed`);
      return;
    }
    this.failing.push(name);
    console.log(`FAIL ${name}: ${passed} passed, ${failed} FAILED`);
    if (details) console.log(indented(details));
  }

  /** What can't be run here. A failure in CI, as in test/support/needs.ts. */
  skip(name: string, reason: string): void {
    if (process.env.CI || process.env.VPOLL_NO_SKIP === '1') {
      this.add(name, verdict(false, reason));
      return;
    }
    this.skipped++;
    console.log(`SKIP ${name}: ${reason}`);
  }

  /** The last lines of a run. Its status: a run in which nothing passed failed. */
  end(): number {
    for (const name of this.failing) console.log(`failed: ${name}`);
    if (this.passed === 0) console.log('nothing passed');
    console.log(`\n${this.passed} passed, ${this.failed} failed${this.skipped ? `, ${this.skipped} skipped` : ''}`);
    return this.failed > 0 || this.passed === 0 ? 1 : 0;
  }
}
