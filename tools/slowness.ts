// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * How many times longer than on a quiet machine anything that ends what hangs may take: VPOLL_SLOWNESS, which test/vm sets in its guests.
 * No test is judged by how long it takes.
 */
export const slowness = Number(process.env.VPOLL_SLOWNESS ?? 1);
