// SPDX-License-Identifier: LGPL-2.1-or-later

// What a backend is to the rest of the core: a record of the table in ../index.ts. Each backend's file fills one, by a class that says what
// is its own. The rest is as here: a backend that shows every bit.
//
// So no class of these has fields: a backend keeps what it has to know in variables of its file.

import * as file from './vpollfile';

export abstract class Backend {
  /** Its place in the table, by which tables, hosts and C know it. */
  abstract get number(): i32;

  /** Its name in options, VPOLL_BACKEND and scenarios. */
  abstract get name(): string;

  /** Where it comes when `needs` looks for the cheapest: 0 first. */
  get cost(): i32 {
    return 0;
  }

  /** Whether a process has to be started for it, which the caller of the core does. */
  get needsProcess(): bool {
    return false;
  }

  /** Whether the seed's libvpoll has it. */
  get isSeeds(): bool {
    return false;
  }

  /** Whether a vpoll is two ends, one of them hidden; else it is a file by itself. */
  get isEmulated(): bool {
    return false;
  }

  /** Whether any kernel has what it stands on. */
  get isEverywhere(): bool {
    return false;
  }

  /** Whether the simulated kernel has what it stands on. */
  get isSimulated(): bool {
    return false;
  }

  /** What is to be said of its limits beyond the bits that it gives; '' for nothing. */
  get remark(): string {
    return '';
  }

  /** Whether every subset of `needs` can be shown, entered and left. */
  gives(_needs: u32, _flags: u32): bool {
    return true;
  }

  /** A request with the bits that can't be told apart from those asked for. */
  aliased(events: u32): u32 {
    return events;
  }

  /** The mask, reachable from `shown`, that is nearest to `wanted`, companions and all. */
  nearest(_shown: u32, wanted: u32, _flags: u32): u32 {
    return wanted;
  }

  /** The steps from one mask to another, a nibble each, first step lowest; 0 where one call does it. */
  plan(_shown: u32, _target: u32, _asserted: u32): u32 {
    return 0;
  }

  /** A new vpoll, in the table: its descriptor, -errno (ECHILD: CAN_START), or UNAVAILABLE. With LOOK among the flags nothing stays, and 0 says that it is here. */
  abstract create(events: u32, fdFlags: i32, flags: u32): i32;

  /** Whether a request of a VPoll object can do without the descriptor, so that nobody need compare it. */
  isByPeer(_op: i32, _events: u32): bool {
    return false;
  }

  /** ADD, DEL or SET: 0 or -errno. `byObject`: asked for by the one object that stands for the vpoll, not by a number. */
  ctl(entry: usize, op: i32, events: u32, byObject: bool): i32 {
    return file.ctl(entry, op, events, byObject);
  }

  /** What poll(2) shows, or -errno. */
  events(entry: usize): i32 {
    return file.events(entry);
  }

  /** Closes the descriptor and what belongs to it: 0 or -errno. */
  close(entry: usize): i32 {
    return file.close(entry);
  }

  /** Whether a vpoll file of this type (S_IFMT) that was found under a number is one of its own. */
  owns(_type: u32): bool {
    return false;
  }

  /** Whether two descriptors are the ends of a vpoll of its own: the sockets that their maker has named. */
  isPair(_a: i32, _b: i32, _ino: u64, _peerIno: u64): bool {
    return false;
  }

  /** Enters a pair that was made elsewhere: `a`, -errno, or UNAVAILABLE. */
  adopt(_a: i32, _b: i32, _flags: u32): i32 {
    return unreachable();
  }

  /** Forgets what it has found out about the kernel, which is another one now (simulation). */
  forget(): void {}
}
