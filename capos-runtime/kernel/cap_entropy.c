/* SPDX-License-Identifier: MIT */
/* EntropySource: random bytes from the machine's own source. Invariant: never gives bytes that did not come
 * from it. */
#include "kernel/cap_params.h"

#define FILL_MAX 4096u /* bytes of one call */

static int entropy_source_fill(struct call *c)
{
    uint32_t want = capnp_get_u32(&c->params, CAPOS_P_ENTROPY_SOURCE_FILL_BYTES);
    struct capnp_bstruct results;
    uint8_t *bytes = NULL;
    bool got = false;

    if (want > FILL_MAX)
        return call_raise_errno(c, -ERANGE, "EntropySource.fill gives at most 4096 bytes");
    (void)call_results(c, CAPOS_R_ENTROPY_SOURCE_FILL_WORDS, CAPOS_R_ENTROPY_SOURCE_FILL_PTRS, &results);
    bytes = capnp_reserve_data(&results, CAPOS_R_ENTROPY_SOURCE_FILL_DATA_PTR, want);
    if (bytes == NULL)
        return 0; /* the answer does not fit: the ring says so */
    got = entropy_fill(bytes, want) == 0;
    capnp_commit_data(&results, CAPOS_R_ENTROPY_SOURCE_FILL_DATA_PTR, got ? want : 0);
    capnp_set_u16(&results, CAPOS_R_ENTROPY_SOURCE_FILL_STATUS,
                  got ? CAPOS_ENTROPY_OK : CAPOS_ENTROPY_UNAVAILABLE);
    return 0;
}

static void entropy_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method entropy_methods[] = {
    [CAPOS_M_ENTROPY_SOURCE_FILL] = {"fill", entropy_source_fill},
};

static const struct cap_class entropy_class = {
    .name = "EntropySource",
    .interface_id = CAPOS_IFACE_ENTROPY_SOURCE,
    .transferable = true,
    .methods = entropy_methods,
    .nmethods = sizeof entropy_methods / sizeof entropy_methods[0],
    .destroy = entropy_destroy,
};

struct cap_object *cap_entropy_new(void)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    if (o != NULL)
        cap_object_init(o, &entropy_class);
    return o;
}
