// SPDX-License-Identifier: LGPL-2.1-or-later

// Simulated tasks, as the library over this kernel knows of them: none of these may make a vpoll of this kernel. Nothing of vpoll/sim is loaded for that.

let refuse: ((what: string) => void) | undefined;

/** From now on this is asked before something of this kernel is made. It throws where a simulated task asks. */
export function refuseInTasks(toRefuse: (what: string) => void): void {
  refuse = toRefuse;
}

/** Something of this kernel, by its name and what a task's own kernel has in its place, is about to be made. */
export function outsideOfTasks(name: string, instead: string): void {
  refuse?.(`${name} of 'vpoll' (use ${instead} of its own kernel)`);
}
