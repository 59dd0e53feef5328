// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page is made of, by its ids, and tables in it.

/** An element of the page, as the kind that it is there (parts.html). */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- In place of an assertion at each use.
export function find<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** A cell's text, and its class where it has one. */
export type Cell = string | readonly [text: string, className: string];

function toRow(kind: 'th' | 'td', cells: readonly Cell[]): HTMLTableRowElement {
  const row = document.createElement('tr');
  for (const each of cells) {
    const made = document.createElement(kind);
    [made.textContent, made.className] = typeof each === 'string' ? [each, ''] : each;
    if (kind === 'th') made.scope = 'col';
    row.append(made);
  }
  return row;
}

export function fill(id: string, head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const table = find<HTMLTableElement>(id);
  table.tHead!.replaceChildren(toRow('th', head));
  table.tBodies[0]!.replaceChildren(...rows.map((cells) => toRow('td', cells)));
}

/** Has the browser save a text as a file. */
export function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  Object.assign(document.createElement('a'), { href: address, download: name }).click();
  // Not at once: the browser reads it later.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 10_000);
}
