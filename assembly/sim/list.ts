// SPDX-License-Identifier: LGPL-2.1-or-later

// Circular lists whose nodes lie inside what is listed (include/linux/list.h). A node is two addresses, next and previous; one that
// is in no list points to itself, and so does the head of an empty one.

export function init(node: usize): void {
  store<u32>(node, node);
  store<u32>(node, node, 4);
}

export function next(node: usize): usize {
  return load<u32>(node);
}

/** Whether a head has no nodes, or a node is in no list. */
export function isEmpty(node: usize): bool {
  return load<u32>(node) == <u32>node;
}

function insert(node: usize, before: usize, after: usize): void {
  store<u32>(node, after);
  store<u32>(node, before, 4);
  store<u32>(before, node);
  store<u32>(after, node, 4);
}

/** list_add(): right behind `head`. */
export function add(node: usize, head: usize): void {
  insert(node, head, load<u32>(head));
}

/** list_add_tail(): right before `head`, which is last. */
export function addTail(node: usize, head: usize): void {
  insert(node, load<u32>(head, 4), head);
}

/** list_del_init(); a node that is in no list stays so. */
export function remove(node: usize): void {
  const before: usize = load<u32>(node, 4);
  const after: usize = load<u32>(node);
  store<u32>(before, after);
  store<u32>(after, before, 4);
  init(node);
}

/** list_splice_init(): all nodes of `list`, in order, to the front of `head`. */
export function splice(list: usize, head: usize): void {
  if (isEmpty(list)) return;
  const first: usize = load<u32>(list);
  const last: usize = load<u32>(list, 4);
  const after: usize = load<u32>(head);
  store<u32>(first, head, 4);
  store<u32>(head, first);
  store<u32>(last, after);
  store<u32>(after, last, 4);
  init(list);
}
