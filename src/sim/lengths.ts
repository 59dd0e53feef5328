// SPDX-License-Identifier: LGPL-2.1-or-later

// How long the runs of an exploration are. PCT puts its changes of priority at random among the steps of a run, so it must know how many there
// are: too few, and what comes late is never reached; too many, and most changes come after the end (Burckhardt et al., ASPLOS 2010).

/** So many of the last runs are kept in mind: the longest of all may have been a run that waited in a loop. */
const KEPT = 16;

export class Lengths {
  readonly #last: number[] = [];

  /** The run with this number had so many steps. Numbers come in order. */
  add(index: number, steps: number): void {
    this.#last[index % KEPT] = steps;
  }

  /**
   * How long the run with this number may be: as one of those before it, each as likely as the others. Where lengths differ, changes come
   * among the steps of short runs as well as of long ones. Undefined for the first run.
   */
  guess(index: number): number | undefined {
    const { length } = this.#last;
    return length === 0 ? undefined : this.#last[(Math.imul(index, 0x9e3779b1) >>> 8) % length];
  }
}
