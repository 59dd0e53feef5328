// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * What works on a regular file and not on a device, tried on descriptor 3: prints each call with its errno, or what it returned. What was granted is kept
 * until a line can be read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TRY(name, call)                                                                                \
	do {                                                                                               \
		long r_ = (long)(call);                                                                        \
		printf("%s: ", name);                                                                          \
		if (r_ == -1)                                                                                  \
			printf("%s\n", strerrorname_np(errno));                                                    \
		else                                                                                           \
			printf("%s\n", r_ == 0 ? "0" : "ok");                                                      \
	} while (0)

static const int fd = 3;
static char path[] = "/proc/self/fd/3";

static void lock_it(void)
{
	struct flock whole = { .l_type = F_WRLCK }, owner = whole;

	TRY("F_SETLEASE F_WRLCK", fcntl(fd, F_SETLEASE, F_WRLCK));
	TRY("F_SETLEASE F_RDLCK", fcntl(fd, F_SETLEASE, F_RDLCK));
	TRY("F_NOTIFY", fcntl(fd, F_NOTIFY, DN_MODIFY | DN_MULTISHOT));
	TRY("flock", flock(fd, LOCK_EX | LOCK_NB));
	TRY("F_SETLK", fcntl(fd, F_SETLK, &whole));
	owner.l_pid = 0;
	TRY("F_OFD_SETLK", fcntl(fd, F_OFD_SETLK, &owner));
	TRY("lockf", lockf(fd, F_TLOCK, 0));
}

static void move_data(void)
{
	int pipes[2], null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY), temp = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	char bytes[16] = "";
	struct iovec one = { .iov_base = bytes, .iov_len = 8 };
	off_t from = 0;

	if (pipe(pipes) < 0 || ftruncate(temp, 4096) < 0)
		exit(1);
	TRY("splice from", splice(fd, NULL, pipes[1], NULL, 8, SPLICE_F_NONBLOCK));
	TRY("splice to", write(pipes[1], bytes, 8) == 8 ? splice(pipes[0], NULL, fd, NULL, 8, SPLICE_F_NONBLOCK) : -1);
	TRY("sendfile from", sendfile(null, fd, NULL, 8));
	TRY("sendfile to", sendfile(fd, temp, &from, 8));
	TRY("copy_file_range from", copy_file_range(fd, NULL, temp, NULL, 8, 0));
	TRY("copy_file_range to", copy_file_range(temp, NULL, fd, NULL, 8, 0));
	TRY("FICLONE", ioctl(fd, FICLONE, temp));
	TRY("preadv2 NOWAIT", preadv2(fd, &one, 1, -1, RWF_NOWAIT));
	TRY("preadv2 at 0", preadv2(fd, &one, 1, 0, 0));
	TRY("preadv2 HIPRI", preadv2(fd, &one, 1, -1, RWF_HIPRI));
	TRY("pwritev2 APPEND", pwritev2(fd, &one, 1, -1, RWF_APPEND));
	TRY("pwrite", pwrite(fd, bytes, 8, 0));
	TRY("lseek", lseek(fd, 0, SEEK_SET));
	TRY("lseek SEEK_DATA", lseek(fd, 0, SEEK_DATA));
	TRY("readahead", readahead(fd, 0, 4096));
	close(null);
	close(zero);
	close(temp);
}

static void map_it(void)
{
	void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	TRY("mmap shared", shared == MAP_FAILED ? -1 : 1);
	TRY("mmap private", private == MAP_FAILED ? -1 : 1);
}

static void size_it(void)
{
	TRY("ftruncate", ftruncate(fd, 4096));
	TRY("fallocate", fallocate(fd, 0, 0, 4096));
	TRY("fallocate PUNCH_HOLE", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	TRY("fadvise", errno ? -1 : 0);
	TRY("fsync", fsync(fd));
	TRY("fdatasync", fdatasync(fd));
	TRY("sync_file_range", sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
	TRY("syncfs", syncfs(fd));
}

static void describe_it(void)
{
	struct stat found;
	struct statvfs system;
	struct timespec now[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
	int flags = 0;
	uint64_t hint = RWH_WRITE_LIFE_SHORT;
	char name[8];
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} map = { .map = { .fm_length = 4096, .fm_extent_count = 1 } };

	TRY("fstat", fstat(fd, &found));
	TRY("size", found.st_size);
	TRY("fstatvfs", fstatvfs(fd, &system));
	TRY("fchmod", fchmod(fd, 0600));
	TRY("fchown", fchown(fd, geteuid(), getegid()));
	TRY("futimens", futimens(fd, now));
	TRY("fsetxattr", fsetxattr(fd, "user.vpoll", "1", 1, 0));
	TRY("fgetxattr", fgetxattr(fd, "user.vpoll", name, sizeof name));
	TRY("flistxattr", flistxattr(fd, name, sizeof name));
	TRY("FS_IOC_GETFLAGS", ioctl(fd, FS_IOC_GETFLAGS, &flags));
	TRY("FS_IOC_SETFLAGS", ioctl(fd, FS_IOC_SETFLAGS, &flags));
	TRY("FS_IOC_FIEMAP", ioctl(fd, FS_IOC_FIEMAP, &map));
	TRY("FIBMAP", ioctl(fd, FIBMAP, &flags));
	TRY("FIONREAD", ioctl(fd, FIONREAD, &flags));
	TRY("F_SET_RW_HINT", fcntl(fd, F_SET_RW_HINT, &hint));
	TRY("F_ADD_SEALS", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	TRY("F_SETPIPE_SZ", fcntl(fd, F_SETPIPE_SZ, 65536));
	TRY("F_SETOWN", fcntl(fd, F_SETOWN, getpid()));
	TRY("O_ASYNC", fcntl(fd, F_SETFL, O_RDWR | O_ASYNC));
	TRY("O_APPEND", fcntl(fd, F_SETFL, O_RDWR | O_APPEND));
	TRY("O_DIRECT", fcntl(fd, F_SETFL, O_RDWR | O_DIRECT));
	TRY("flags back", fcntl(fd, F_SETFL, O_RDWR));
}

static void watch_it(void)
{
	int notify = inotify_init1(IN_NONBLOCK), fan = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDWR);

	TRY("inotify", inotify_add_watch(notify, path, IN_ALL_EVENTS));
	if (fan >= 0)
		TRY("fanotify", fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE | FAN_MODIFY, AT_FDCWD, path));
	TRY("execveat", execveat(fd, "", (char *[]){ "x", NULL }, (char *[]){ NULL }, AT_EMPTY_PATH));
	TRY("linkat", linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/vpoll-link", AT_SYMLINK_FOLLOW));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* O_ASYNC may ask for one. */
	signal(SIGIO, SIG_IGN);
	lock_it();
	move_data();
	map_it();
	size_it();
	describe_it();
	watch_it();
	printf("done\n");
	return getchar() == 0;
}
