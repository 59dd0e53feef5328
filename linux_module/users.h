/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has instances open, and how many: no user may have more than the
 * parameter max_user_instances says.
 */

#ifndef _VPOLL_USERS_H
#define _VPOLL_USERS_H

struct vpoll_user;

struct vpoll_user *vpoll_charge(void);
void vpoll_uncharge(struct vpoll_user *user);

#endif /* _VPOLL_USERS_H */
