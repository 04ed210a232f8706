/* SPDX-License-Identifier: MIT */
/* NullCap: the measurement capability. Invariant: a call does nothing, takes any params and has no results.
 */
#include "kernel/cap_params.h"

static int null_call(struct call *c)
{
    (void)c;
    return 0;
}

static void null_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method null_methods[] = {
    {"call", null_call}, {"call", null_call}, {"call", null_call}, {"call", null_call},
    {"call", null_call}, {"call", null_call}, {"call", null_call}, {"call", null_call},
};

static const struct cap_class null_class = {
    .name = "NullCap",
    .interface_id = CAPOS_IFACE_NULL_CAP,
    .transferable = true,
    .methods = null_methods,
    .nmethods = sizeof null_methods / sizeof null_methods[0],
    .destroy = null_destroy,
};

struct cap_object *cap_null_new(void)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    if (o != NULL)
        cap_object_init(o, &null_class);
    return o;
}
