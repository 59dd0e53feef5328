// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit of a user: how many instances each has open.
 *
 * It counts as inotify_init(2) does by inc_ucount(), which no kernel exports
 * to this module, and says the same beyond it: EMFILE, to root as well.
 */

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "users.h"

/*
 * As many as the system service gives that serves the same file where this
 * module isn't (vpoll-fuse.service). Guarded by kernel_param_lock().
 */
static unsigned int max_user_instances = 16384;
module_param(max_user_instances, uint, 0644);
MODULE_PARM_DESC(max_user_instances,
		 "how many instances a user may have open (default 16384)");

/**
 * struct vpoll_user - a user who has instances open
 * @node: in its chain of vpoll_users; guarded by vpoll_users_lock
 * @uid: who it is; constant
 * @count: of the instances, at least 1; guarded by vpoll_users_lock
 */
struct vpoll_user {
	struct hlist_node node;
	kuid_t uid;
	unsigned int count;
};

static DEFINE_HASHTABLE(vpoll_users, 6);
static DEFINE_SPINLOCK(vpoll_users_lock);

/*
 * The effective uid of who opens; in a user namespace, the owner of the
 * outermost one, so that the uids that newuidmap(1) hands out are no more
 * users. The walk is that of inc_ucount(), of which the first namespace's
 * limit is the only one that isn't infinite by default.
 */
static kuid_t vpoll_payer(void)
{
	const struct user_namespace *ns = current_user_ns();
	kuid_t uid = current_euid();

	for (; ns->parent; ns = ns->parent)
		uid = ns->owner;
	return uid;
}

static struct vpoll_user *vpoll_find_user(kuid_t uid)
{
	struct vpoll_user *user;

	lockdep_assert_held(&vpoll_users_lock);
	hash_for_each_possible(vpoll_users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

/**
 * vpoll_charge() - count one more instance of the user who opens it
 *
 * Return: to whom it counts, for vpoll_uncharge(); -EMFILE as an ERR_PTR()
 * where that user has as many as may be, -ENOMEM without memory.
 */
struct vpoll_user *vpoll_charge(void)
{
	struct vpoll_user *user, *fresh;
	unsigned int max;

	/* Mostly in vain, but nothing may sleep under the lock. */
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return ERR_PTR(-ENOMEM);
	fresh->uid = vpoll_payer();

	kernel_param_lock(THIS_MODULE);
	max = max_user_instances;
	kernel_param_unlock(THIS_MODULE);

	spin_lock(&vpoll_users_lock);
	user = vpoll_find_user(fresh->uid);
	if ((user ? user->count : 0) >= max) {
		user = ERR_PTR(-EMFILE);
	} else {
		if (!user) {
			user = fresh;
			fresh = NULL;
			hash_add(vpoll_users, &user->node, __kuid_val(user->uid));
		}
		user->count++;
	}
	spin_unlock(&vpoll_users_lock);

	kfree(fresh);
	return user;
}

/**
 * vpoll_uncharge() - count one instance less
 * @user: what vpoll_charge() gave; freed with its last instance
 */
void vpoll_uncharge(struct vpoll_user *user)
{
	bool is_last;

	spin_lock(&vpoll_users_lock);
	is_last = --user->count == 0;
	if (is_last)
		hash_del(&user->node);
	spin_unlock(&vpoll_users_lock);

	if (is_last)
		kfree(user);
}
