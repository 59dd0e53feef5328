/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes two vpolls: ends with 1 where neither can be. */
#include <vpoll.h>

int main(void)
{
	const int first = vpoll_create(0, 0), second = vpoll_create(0, 0);

	return first < 0 && second < 0;
}
