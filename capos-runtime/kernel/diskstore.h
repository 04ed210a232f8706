/* SPDX-License-Identifier: MIT */
/*
 * The persistent store on the machine's disk. Invariant: mounted at most once, at the first use; every call
 * of the store runs inside the call that needs it and may wait for the disk (block_wait); unmounted by
 * diskstore_end, so that the next boot has nothing to recover.
 */
#ifndef KERNEL_DISKSTORE_H
#define KERNEL_DISKSTORE_H

#include "store/store.h"

/* The store, mounted if need be; NULL with *err and *why, a static text that says what to do: -ENODEV (no
 * disk), -EINVAL (no store on it), -EUCLEAN (damaged), -EIO, -ENOMEM. Asking again tries again. */
struct store *diskstore_get(int *err, const char **why);
/* An error of the store as the rest of the kernel spells it: damage is -EUCLEAN, not a malformed message. */
int diskstore_error(int err);
/* The machine ends: unmounts, if it was mounted. No object of the store is left. */
void diskstore_end(void);

#endif
