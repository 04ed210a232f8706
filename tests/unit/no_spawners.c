/* SPDX-License-Identifier: MIT */
/* For tests of the extension without processes: there are no spawners. Invariant: says so, and nothing else. */
#include "abi/errno.h"
#include "kernel/cap.h"

struct cap_object *cap_spawner_restrict(struct cap_object *base, struct capnp_list *names, bool any_name,
                                        int *err)
{
    (void)base, (void)names, (void)any_name;
    *err = -EINVAL;
    return NULL;
}

struct cap_object *cap_file_spawner_new(bool restricted)
{
    (void)restricted;
    return NULL;
}
