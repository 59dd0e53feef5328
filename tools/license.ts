// SPDX-License-Identifier: LGPL-2.1-or-later

/** The line that each generated source begins with. */
// REUSE-IgnoreStart
export const LICENSE = '// SPDX-License-Identifier: LGPL-2.1-or-later';
// REUSE-IgnoreEnd
