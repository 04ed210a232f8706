/* SPDX-License-Identifier: MIT */
/*
 * What the capability objects share in taking parameters apart and in sizing answers.
 * Invariant: a non-zero return is an exception already raised, to be returned by the method as it is.
 */
#ifndef KERNEL_CAP_PARAMS_H
#define KERNEL_CAP_PARAMS_H

#include "abi/errno.h"
#include "abi/fields.h"
#include "abi/layout.h"
#include "kernel/cap.h"
#include "kernel/string.h"

static inline int param_text(struct call *c, uint16_t ptr, const char **text, uint32_t *len)
{
    return capnp_get_text(&c->params, ptr, text, len) < 0 ? call_raise_errno(c, -EINVAL, "text") : 0;
}

static inline int param_data(struct call *c, uint16_t ptr, const uint8_t **data, uint32_t *len)
{
    return capnp_get_data(&c->params, ptr, data, len) < 0 ? call_raise_errno(c, -EINVAL, "data") : 0;
}

/*
 * Bytes of data that an answer with `words` data words and `ptrs` pointers may carry besides: what the
 * caller's buffer and the limit on inline data leave. 0: not even one word fits.
 */
static inline uint32_t answer_room(const struct call *c, unsigned words, unsigned ptrs)
{
    uint32_t limit = c->result_cap < CAPOS_INLINE_DATA_BYTES ? c->result_cap : CAPOS_INLINE_DATA_BYTES;
    uint32_t fixed = 8u * (2u + words + ptrs); /* segment table, root pointer */

    return limit < fixed + 8u ? 0 : (limit - fixed) & ~7u;
}

#endif
