// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls of net/socket.c. This kernel has AF_UNIX and no other family (as without CONFIG_INET), and its sockets come in pairs: they are
// connected, and have no name.

import { AF_UNIX, CLOEXEC, EBADF, EINVAL, EMFILE, NONBLOCK } from '../constants';
import { EAFNOSUPPORT, ENOTSOCK } from '../abi';
import * as files from './file';
import * as n from './numbers';
import * as processes from './process';
import { OpenFile, Task } from './structs';
import * as unix from './unix';
import * as data from './unixdata';
import * as version from './version';

const FLAGS: i32 = CLOEXEC | NONBLOCK;
/** SOCK_TYPE_MASK: the type without its flags. */
export const SOCK_TYPES: i32 = 0xf;
/** SOCK_MAX */
export const TYPES_END: i32 = 11;
/** NPROTO, since AF_MCTP is there. */
const FAMILIES_END: i32 = 46;
/** sizeof(struct sockaddr_storage) */
const ADDRESS_MAX: u32 = 128;

/** __sock_create(): 0 where the family is there. */
export function checkFamily(domain: i32, type: i32): i32 {
  const end = version.number >= version.FAMILY_45 ? FAMILIES_END : FAMILIES_END - 1;
  if (<u32>domain >= <u32>end) return -EAFNOSUPPORT;
  if ((type & SOCK_TYPES) >= TYPES_END) return -EINVAL;
  return domain == AF_UNIX ? 0 : -EAFNOSUPPORT;
}

/** __sys_socket(). A unix socket that is not one of a pair is refused (refusals.ts). */
function socket(domain: i32, type: i32): i32 {
  return type & ~(SOCK_TYPES | FLAGS) ? -EINVAL : checkFamily(domain, type);
}

/** __sys_accept4_file() takes a number before do_accept() asks whether the file is a socket; then unix_accept(): it doesn't listen. */
function accept4(t: Task, file: OpenFile | null, flags: i32): i32 {
  if (file === null) return -EBADF;
  if (flags & ~FLAGS) return -EINVAL;
  if (processes.lowest(t.process, 0) < 0) return -EMFILE;
  return file.kind == files.SOCKET ? -EINVAL : -ENOTSOCK;
}

/** unix_getname() of a socket without a name, and move_addr_to_user(). The other end may be gone: it is still known. */
function name(address: usize, size: usize): i32 {
  const room = load<i32>(size);
  if (room < 0) return -EINVAL;
  if (room >= 2) store<u16>(address, <u16>AF_UNIX);
  else if (room == 1) store<u8>(address, <u8>AF_UNIX);
  store<u32>(size, 2);
  return 0;
}

function getOption(t: Task, file: OpenFile): i32 {
  const value = unix.getOption(file, t.b, t.c);
  if (value >= 0) store<i32>(t.d, value);
  return min(value, 0);
}

/** A call on a socket; `file` is that of its first argument. */
export function socketCall(t: Task, file: OpenFile | null): i32 {
  if (t.call == n.SOCKET) return socket(t.a, t.b);
  if (t.call == n.ACCEPT4) return accept4(t, file, t.b);
  if (file === null) return -EBADF;
  // __sys_connect() copies the address before __sys_connect_file() asks what the file is; __sys_bind() asks first.
  if (t.call == n.CONNECT && <u32>t.c > ADDRESS_MAX) return -EINVAL;
  if (file.kind != files.SOCKET) return -ENOTSOCK;
  files.touch(file);
  switch (t.call) {
    case n.SEND:
      return data.send(file, t.b, t.c, t.d);
    case n.RECV:
      return data.recv(file, t.b, t.c, t.d);
    case n.SHUTDOWN:
      return unix.shutdown(file, t.b);
    case n.SETSOCKOPT:
      return unix.setOption(file, t.b, t.c, load<u32>(t.d));
    // unix_validate_addr(): an address of another family; unix_listen() of a socket without a name.
    case n.BIND:
    case n.CONNECT:
    case n.LISTEN:
      return -EINVAL;
    case n.GETSOCKNAME:
    case n.GETPEERNAME:
      return name(t.b, t.c);
    default:
      return getOption(t, file);
  }
}
