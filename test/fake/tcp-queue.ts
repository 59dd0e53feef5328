// SPDX-License-Identifier: LGPL-2.1-or-later

/** What a TCP socket has received and not yet read, with the urgent byte in it: tcp_urg() and tcp_recvmsg_locked() of net/ipv4/tcp*.c. */
export class TcpQueue {
  /** Bytes unread, and how many of them come before the urgent one. */
  size = 0;
  #mark: number | undefined;
  isUrgent = false;

  /** Whether it is long enough for poll(2) to show IN (tcp_epollin_ready()). */
  isReadable(lowat: number): boolean {
    return this.size > 0 && this.size >= lowat + (this.#mark === 0 ? 1 : 0);
  }

  put(size: number): void {
    this.size += size;
  }

  /** Its last byte is the urgent one. */
  putUrgent(size: number): void {
    this.size += size;
    this.#mark = this.size - 1;
    this.isUrgent = true;
  }

  /** How many bytes one receive would get. */
  get length(): number {
    return this.#mark === 0 ? this.size - 1 : (this.#mark ?? this.size);
  }

  /** A receive stops at the urgent byte, and skips it when it begins there. */
  take(size: number): number {
    if (this.#mark === 0 && this.size > 0) {
      this.#mark = undefined;
      this.isUrgent = false;
      this.size--;
    }
    const n = Math.min(size, this.#mark ?? this.size);
    this.size -= n;
    if (this.#mark !== undefined) this.#mark -= n;
    return n;
  }

  /** An urgent byte that came with data which is not queued. */
  announceUrgent(): void {
    this.#mark = undefined;
    this.isUrgent = true;
  }

  clear(): void {
    this.size = 0;
    this.#mark = undefined;
    this.isUrgent = false;
  }
}
