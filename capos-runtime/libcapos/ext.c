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
