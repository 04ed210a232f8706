/* SPDX-License-Identifier: MIT */
/* For tests of the extension without processes: there are no spawners and handles. Invariant: says so, and
 * nothing else. */
#include "abi/errno.h"
#include "kernel/cap.h"
#include "kernel/job.h"

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

struct process *cap_process_handle_target(struct cap_object *o)
{
    (void)o;
    return NULL;
}

void job_end(const struct process *p)
{
    (void)p;
}
