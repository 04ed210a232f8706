/* SPDX-License-Identifier: MIT */
/* The extension interface. Invariant: the original capability stays with the caller: it is copied, never
 * moved. */
#include "capos/ext.h"

int capos_ext_read_only(uint32_t ext, uint32_t cap, uint32_t *view)
{
    struct capos_request r;
    struct capos_reply reply;
    capos_request_begin(&r, ext, CAPBENCH_M_EXT_READ_ONLY, 0, 0);
    int err = capos_request_transfer(&r, cap, CAPOS_XFER_COPY);
    if (err == 0)
        err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    uint16_t index = capnp_get_u16(&reply.root, CAPBENCH_R_EXT_READ_ONLY_HANDLE_INDEX);
    return capos_reply_cap(&reply, index, 0, view);
}

int capos_ext_restrict_spawner(uint32_t ext, uint32_t spawner, const char *names, uint32_t *restricted)
{
    struct capos_request r;
    struct capos_reply reply;
    struct capnp_blist list;
    uint32_t n = 0, i = 0;
    for (const char *p = names; p && *p; p++)
        n += p == names || p[-1] == ',';
    capos_request_begin(&r, ext, CAPBENCH_M_EXT_RESTRICT_SPAWNER, CAPBENCH_P_EXT_RESTRICT_SPAWNER_WORDS,
                        CAPBENCH_P_EXT_RESTRICT_SPAWNER_PTRS);
    capnp_set_bool(&r.root, CAPBENCH_P_EXT_RESTRICT_SPAWNER_ANY_NAME_BIT, names == NULL);
    int err = capnp_set_text_list(&r.root, CAPBENCH_P_EXT_RESTRICT_SPAWNER_NAMES_PTR, n, &list);
    for (const char *p = names; err == 0 && i < n; i++) {
        size_t len = 0;
        while (p[len] && p[len] != ',')
            len++;
        err = capnp_blist_text(&list, i, p, len);
        p += len + 1;
    }
    if (err == 0)
        err = capos_request_transfer(&r, spawner, CAPOS_XFER_COPY);
    if (err == 0)
        err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    uint16_t index = capnp_get_u16(&reply.root, CAPBENCH_R_EXT_RESTRICT_SPAWNER_HANDLE_INDEX);
    return capos_reply_cap(&reply, index, 0, restricted);
}

int capos_ext_end_job(uint32_t ext, uint32_t handle)
{
    struct capos_request r;
    capos_request_begin(&r, ext, CAPBENCH_M_EXT_END_JOB, 0, 0);
    int err = capos_request_transfer(&r, handle, CAPOS_XFER_COPY);
    return err < 0 ? err : capos_request_do(&r);
}
