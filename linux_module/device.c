// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vpoll: file descriptors whose poll events a program decides.
 *
 * Each open(2) makes an instance: a set of events, and those who wait for
 * them. For libraries that implement a network stack or a device in user
 * space: their files can be polled beside those of the kernel.
 */

#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "users.h"
#include "vpoll.h"

/*
 * What a program may set. All other bits are the kernel's own or a waiter's.
 * POLLFREE in a wake key would detach a sleeping epoll for good, and
 * EPOLL_URING_WAKE would end a multishot request. EPOLLNVAL says that there
 * is no file at all.
 */
#define VPOLL_EVENTS	(EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR | EPOLLHUP | \
			 EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM | \
			 EPOLLWRBAND | EPOLLMSG | EPOLLRDHUP)

/* What concerns all who wait, not the one of them that takes the next task. */
#define VPOLL_WAKES_ALL	(EPOLLERR | EPOLLHUP | EPOLLRDHUP)

/**
 * struct vpoll_ctx - an instance: what one open(2) has made
 * @wqh: those who wait for its events
 * @lock: taken first, outside of @wqh's own
 * @events: what it shows; written under @lock, read anywhere by READ_ONCE()
 * @user: the user who opened it, to whom it counts until its end; constant
 */
struct vpoll_ctx {
	wait_queue_head_t wqh;
	/* A request changes the events and wakes as one step. */
	spinlock_t lock;
	__poll_t events;
	struct vpoll_user *user;
};

static int vpoll_open(struct inode *inode, struct file *file)
{
	struct vpoll_ctx *ctx;
	struct vpoll_user *user;

	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return -ENOMEM;

	user = vpoll_charge();
	if (IS_ERR(user)) {
		kfree(ctx);
		return PTR_ERR(user);
	}

	ctx->user = user;
	init_waitqueue_head(&ctx->wqh);
	spin_lock_init(&ctx->lock);
	file->private_data = ctx;

	/* Neither read nor write ever blocks, whatever O_NONBLOCK says. */
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

static int vpoll_release(struct inode *inode, struct file *file)
{
	struct vpoll_ctx *ctx = file->private_data;

	vpoll_uncharge(ctx->user);
	kfree(ctx);
	return 0;
}

static __poll_t vpoll_poll(struct file *file, poll_table *wait)
{
	struct vpoll_ctx *ctx = file->private_data;

	poll_wait(file, &ctx->wqh, wait);

	/*
	 * This read takes no lock, and still no wakeup gets lost: poll_wait()
	 * has taken wqh.lock to queue a caller that will sleep, and the read
	 * can't move above that. Either the request sees the waiter, or the
	 * waiter sees the request:
	 *
	 *     poll                          request
	 *     --------------------------    ---------------------------
	 *     lock wqh.lock (in poll_wait)
	 *     __add_wait_queue
	 *     unlock it
	 *     read events: old
	 *                                   write events
	 *                                   lock wqh.lock (in __wake_up)
	 *                                   somebody waits: wake it
	 *                                   unlock it
	 * or
	 *                                   write events
	 *                                   lock wqh.lock (in __wake_up)
	 *                                   nobody waits: wake none
	 *                                   unlock it
	 *     lock wqh.lock (in poll_wait)
	 *     __add_wait_queue
	 *     unlock it
	 *     read events: new
	 *
	 * What can't happen is that the read gives the old events and that
	 * the queue is still empty when the request looks at it.
	 */
	return READ_ONCE(ctx->events);
}

/* Carries out a request: the new set of events, or -EINVAL. */
static long vpoll_request(struct vpoll_ctx *ctx, unsigned int op,
			  unsigned long arg)
{
	const unsigned long settable = (__force unsigned long)VPOLL_EVENTS;
	__poll_t raised = (__force __poll_t)(arg & settable);
	__poll_t events;

	if (op != VPOLL_OP_DELEVENTS && (arg & ~settable))
		return -EINVAL;

	spin_lock_irq(&ctx->lock);
	switch (op) {
	case VPOLL_OP_ADDEVENTS:
		events = ctx->events | raised;
		break;
	case VPOLL_OP_DELEVENTS:
		events = ctx->events & ~raised;
		raised = 0;
		break;
	default:
		events = raised;
	}
	WRITE_ONCE(ctx->events, events);

	/*
	 * The key is what this request asserts, set before or not: an edge
	 * for each ADD, as a socket gives one for each packet. A waiter for
	 * other events gets none. Of several EPOLLEXCLUSIVE waiters one wakes,
	 * or all, as when a socket's or a pipe's other end goes.
	 *
	 * No wakeup handler leads back here, since only system calls make
	 * requests: the two locks are always the outermost of a chain.
	 */
	if (raised)
		__wake_up(&ctx->wqh, TASK_NORMAL,
			  raised & VPOLL_WAKES_ALL ? 0 : 1, poll_to_key(raised));
	spin_unlock_irq(&ctx->lock);

	return (__force long)events;
}

/* The argument is a value, no pointer: compat callers need no conversion. */
static long vpoll_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case VPOLL_IO_ADDEVENTS:
	case VPOLL_IO_DELEVENTS:
	case VPOLL_IO_SETEVENTS:
		if (!(file->f_mode & FMODE_WRITE))
			return -EBADF;
		return vpoll_request(file->private_data, _IOC_NR(cmd), arg);
	default:
		return -ENOTTY;
	}
}

static ssize_t vpoll_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct vpoll_ctx *ctx = iocb->ki_filp->private_data;
	u64 events = (__force u64)READ_ONCE(ctx->events);

	if (iov_iter_count(to) < sizeof(events))
		return -EINVAL;
	if (copy_to_iter(&events, sizeof(events), to) != sizeof(events))
		return -EFAULT;

	return sizeof(events);
}

/*
 * No ->write: without ->write_iter, io_uring takes a file for one that blocks
 * and waits until it is writable first. A vpoll need never show EPOLLOUT.
 */
static ssize_t vpoll_write(struct kiocb *iocb, struct iov_iter *from)
{
	long res;
	u64 request;
	u32 op;

	if (iov_iter_count(from) < sizeof(request))
		return -EINVAL;
	if (copy_from_iter(&request, sizeof(request), from) != sizeof(request))
		return -EFAULT;

	op = request >> VPOLL_OP_SHIFT;
	if (op < VPOLL_OP_ADDEVENTS || op > VPOLL_OP_SETEVENTS)
		return -EINVAL;

	res = vpoll_request(iocb->ki_filp->private_data, op, (u32)request);
	return res < 0 ? res : sizeof(request);
}

static void vpoll_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct vpoll_ctx *ctx = file->private_data;

	seq_printf(m, "vpoll-events: %x\n",
		   (__force u32)READ_ONCE(ctx->events));
}

/* No llseek: stream_open() has made it, pread and pwrite say ESPIPE. */
static const struct file_operations vpoll_fops = {
	.owner		= THIS_MODULE,
	.open		= vpoll_open,
	.release	= vpoll_release,
	.poll		= vpoll_poll,
	.read_iter	= vpoll_read,
	.write_iter	= vpoll_write,
	.unlocked_ioctl	= vpoll_ioctl,
	.compat_ioctl	= vpoll_ioctl,
	.show_fdinfo	= vpoll_show_fdinfo,
};

/* Root's alone by default; 99-vpoll.rules opens it to more. */
static struct miscdevice vpoll_misc = {
	.minor		= MISC_DYNAMIC_MINOR,
	.name		= "vpoll",
	.fops		= &vpoll_fops,
};
module_misc_device(vpoll_misc);

MODULE_AUTHOR("The vpoll authors");
MODULE_DESCRIPTION("File descriptors whose poll events a program decides");
MODULE_VERSION("0.2.0");
MODULE_LICENSE("GPL");
