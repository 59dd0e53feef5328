// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows the file ABI: 8 bytes each way, read never blocks and never consumes, which sizes, operations and pointers are refused.

#include <sys/uio.h>

#include "guest.h"

/** What a write of more than 8 bytes comes to. */
static long long_write;

static void sizes(int fd) {
  uint64_t words[2] = {(uint64_t)ADD << 32 | EPOLLIN, (uint64_t)ADD << 32 | EPOLLPRI};
  for (int size = 0; size < 8; size++) equal("a short write", result(write(fd, words, size)), -EINVAL);
  for (int size = 1; size < 8; size++) equal("a short read", result(read(fd, words, size)), -EINVAL);
  equal("nothing came of it", shown(fd), 0);
  equal("a long write", result(write(fd, words, sizeof words)), long_write);
  equal("its first word counts", shown(fd), long_write == 8 ? EPOLLIN : 0);
  equal("nine bytes", result(write(fd, words, 9)), long_write);
  by_write(fd, SET, EPOLLIN);
  words[1] = 42;
  equal("a long read", read(fd, words, sizeof words), 8);
  equal("the rest is left alone", words[1], 42);
}

static void operations(int fd) {
  by_write(fd, SET, EPOLLMSG);
  equal("operation 0", by_write(fd, 0, EPOLLIN), -EINVAL);
  equal("operation 4", by_write(fd, 4, EPOLLIN), -EINVAL);
  equal("operation 0x101", by_write(fd, 0x101, EPOLLIN), -EINVAL);
  equal("all ones", by_write(fd, ~0u, ~0u), -EINVAL);
  equal("nothing came of it", shown(fd), EPOLLMSG);
  equal("ADD", by_write(fd, ADD, EPOLLIN), 0);
  equal("ors", shown(fd), EPOLLMSG | EPOLLIN);
  equal("DEL", by_write(fd, DEL, EPOLLMSG | EPOLLPRI), 0);
  equal("clears", shown(fd), EPOLLIN);
  equal("SET", by_write(fd, SET, EPOLLHUP), 0);
  equal("assigns", shown(fd), EPOLLHUP);
  equal("a second read gives the same", shown(fd), EPOLLHUP);
}

static void pointers_and_offsets(int fd) {
  uint64_t word = (uint64_t)ADD << 32 | EPOLLIN;
  void *bad = (void *)8;
  by_write(fd, SET, 0);
  equal("read of nothing", shown(fd), 0);
  equal("write from a bad pointer", result(syscall(SYS_write, fd, bad, 8)), -EFAULT);
  equal("read to a bad pointer", result(syscall(SYS_read, fd, bad, 8)), -EFAULT);
  equal("pwrite", result(pwrite(fd, &word, 8, 0)), -ESPIPE);
  equal("pread", result(pread(fd, &word, 8, 0)), -ESPIPE);
  equal("nothing came of it", shown(fd), 0);
}

/** writev(2) and readv(2) hand a file all parts at once, as one request: they may split a word, and what follows is ignored. */
static void parts(int fd) {
  uint64_t words[2] = {(uint64_t)ADD << 32 | EPOLLIN | EPOLLPRI, (uint64_t)DEL << 32 | EPOLLIN};
  struct iovec whole[2] = {{words, 8}, {words + 1, 8}}, halves[2] = {{words, 4}, {(char *)words + 4, 4}};
  by_write(fd, SET, 0);
  equal("two words", result(writev(fd, whole, 2)), long_write);
  equal("the first counts", shown(fd), long_write == 8 ? EPOLLIN | EPOLLPRI : 0);
  words[0] = (uint64_t)ADD << 32 | EPOLLIN | EPOLLPRI;
  by_write(fd, SET, EPOLLOUT);
  equal("two halves", result(writev(fd, halves, 2)), 8);
  equal("are one word", shown(fd), EPOLLIN | EPOLLPRI | EPOLLOUT);
  halves[1].iov_len = 3;
  equal("seven bytes", result(writev(fd, halves, 2)), -EINVAL);
  halves[1].iov_len = 4;
  equal("a read in halves", readv(fd, halves, 2), 8);
  equal("joins them", words[0], EPOLLIN | EPOLLPRI | EPOLLOUT);
}

int main(int argc, char **argv) {
  begin(argc, argv);
  int fd = need_vpoll(0);
  long_write = by_long_write();
  sizes(fd);
  operations(fd);
  pointers_and_offsets(fd);
  parts(fd);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  by_write(fd, SET, 0);
  equal("O_NONBLOCK changes nothing", shown(fd), 0);
  return end();
}
