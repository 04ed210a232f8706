/* SPDX-License-Identifier: MIT */
/* SystemInfo: the guest's name and greeting. Invariant: constants only; nothing of the host shows. */
#include "kernel/cap_params.h"

static const char motd[] = "capOS benchmark guest";
static const char hostname[] = "capos";

static int system_info_motd(struct call *c)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_SYSTEM_INFO_MOTD_WORDS, CAPOS_R_SYSTEM_INFO_MOTD_PTRS, &results);
    (void)capnp_set_text(&results, CAPOS_R_SYSTEM_INFO_MOTD_TEXT_PTR, motd, sizeof motd - 1);
    return 0;
}

static int system_info_hostname(struct call *c)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_SYSTEM_INFO_HOSTNAME_WORDS, CAPOS_R_SYSTEM_INFO_HOSTNAME_PTRS, &results);
    (void)capnp_set_text(&results, CAPOS_R_SYSTEM_INFO_HOSTNAME_NAME_PTR, hostname, sizeof hostname - 1);
    return 0;
}

static void system_info_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method system_info_methods[] = {
    [CAPOS_M_SYSTEM_INFO_MOTD] = {"motd", system_info_motd},
    [CAPOS_M_SYSTEM_INFO_HOSTNAME] = {"hostname", system_info_hostname},
};

static const struct cap_class system_info_class = {
    .name = "SystemInfo",
    .interface_id = CAPOS_IFACE_SYSTEM_INFO,
    .transferable = true,
    .methods = system_info_methods,
    .nmethods = sizeof system_info_methods / sizeof system_info_methods[0],
    .destroy = system_info_destroy,
};

struct cap_object *cap_system_info_new(void)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    if (o != NULL)
        cap_object_init(o, &system_info_class);
    return o;
}
