/* SPDX-License-Identifier: MIT */
/*
 * BlockDevice: the machine's disk. Every call but `info` waits for the device and is ended from its
 * interrupt. Invariant: the bytes a request moves lie in memory of its own from the check of the call until
 * the device has ended it, whether the caller still lives or not. All capabilities are to the same disk, and
 * nothing orders their calls: who wants one after another waits for the first.
 */
#include "kernel/cap_params.h"

struct block_call {
    struct block_request request; /* first */
    struct call *call;            /* NULL: its process has died */
};

static void block_call_free(struct block_call *b)
{
    heap_free(b->request.data);
    heap_free(b);
}

static void answer(struct call *c, const struct block_request *r)
{
    struct capnp_bstruct results;

    if (r->op != BLOCK_READ)
        return;
    (void)call_results(c, CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_WORDS, CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_PTRS,
                       &results);
    (void)capnp_set_data(&results, CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_DATA_PTR, r->data, r->count * BLOCK_SIZE);
}

static void block_done(struct block_request *r, int err)
{
    struct block_call *b = (struct block_call *)r;
    struct call *c = b->call;

    if (c != NULL) {
        const char *method = c->object->cls->methods[c->method].name;

        c->priv = NULL;
        if (err == -EOPNOTSUPP) {
            call_fail(c, CAPOS_EXC_UNIMPLEMENTED, "unimplemented: the disk has no %s", method);
        } else if (err != 0) {
            call_fail(c, CAPOS_EXC_FAILED, "input/output error: BlockDevice.%s", method);
        } else {
            call_resume(c);
            answer(c, r);
            call_complete(c);
        }
    }
    block_call_free(b);
}

static void block_cancel(struct call *c)
{
    struct block_call *b = c->priv;

    b->call = NULL; /* the device still has its memory: block_done frees it */
}

/* Submits a request; `data` (NULL for none) is copied into it. */
static int block_start(struct call *c, enum block_op op, const uint8_t *data)
{
    const char *method = c->object->cls->methods[c->method].name;
    const uint32_t count =
        op == BLOCK_FLUSH ? 0 : capnp_get_u32(&c->params, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_COUNT);
    struct block_call *b = heap_alloc(sizeof *b);
    int err;

    if (b == NULL)
        return call_raise_errno(c, -ENOMEM, method);
    b->call = c;
    b->request = (struct block_request){.op = op, .count = count, .done = block_done};
    if (count > 0) {
        b->request.lba = capnp_get_u64(&c->params, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_START_LBA);
        b->request.data = heap_alloc((size_t)count * BLOCK_SIZE);
        if (b->request.data == NULL) {
            block_call_free(b);
            return call_raise_errno(c, -ENOMEM, method);
        }
        if (data != NULL)
            memcpy(b->request.data, data, (size_t)count * BLOCK_SIZE);
    }
    c->priv = b;
    c->cancel = block_cancel;
    err = block_submit(&b->request);
    if (err == 0)
        return CALL_PENDING;
    c->priv = NULL;
    block_call_free(b);
    return err < 0 ? call_raise_errno(c, err, method) : 0;
}

static int block_range(struct call *c, uint64_t lba, uint32_t count)
{
    if (count == 0)
        return call_raise_errno(c, -EINVAL, "no blocks");
    if (lba >= block_count() || count > block_count() - lba)
        return call_raise_errno(c, -ERANGE, "past the end of the disk");
    return 0;
}

static int block_read(struct call *c)
{
    const uint64_t lba = capnp_get_u64(&c->params, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_START_LBA);
    const uint32_t count = capnp_get_u32(&c->params, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_COUNT);
    const uint32_t room =
        answer_room(c, CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_WORDS, CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_PTRS);
    int err = block_range(c, lba, count);

    if (err != 0)
        return err;
    if (count > room / BLOCK_SIZE)
        return call_raise_errno(c, -EFBIG, "blocks for the result buffer");
    return block_start(c, BLOCK_READ, NULL);
}

_Static_assert(CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_COUNT == CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_COUNT &&
                   CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_START_LBA == CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_START_LBA,
               "block_start reads both");

static int block_write(struct call *c)
{
    const uint64_t lba = capnp_get_u64(&c->params, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_START_LBA);
    const uint32_t count = capnp_get_u32(&c->params, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_COUNT);
    const uint8_t *data = NULL;
    uint32_t len = 0;
    int err = param_data(c, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_DATA_PTR, &data, &len);

    if (err == 0)
        err = block_range(c, lba, count);
    if (err != 0)
        return err;
    if (len > CAPOS_INLINE_DATA_BYTES)
        return call_raise_errno(c, -EFBIG, "data");
    if (len != (uint64_t)count * BLOCK_SIZE)
        return call_raise_errno(c, -EINVAL, "data is not count blocks");
    if (block_read_only())
        return call_raise_errno(c, -EROFS, "disk");
    return block_start(c, BLOCK_WRITE, data);
}

static int block_info(struct call *c)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_BLOCK_DEVICE_INFO_WORDS, CAPOS_R_BLOCK_DEVICE_INFO_PTRS, &results);
    capnp_set_u32(&results, CAPOS_R_BLOCK_DEVICE_INFO_BLOCK_SIZE, BLOCK_SIZE);
    capnp_set_u64(&results, CAPOS_R_BLOCK_DEVICE_INFO_BLOCK_COUNT, block_count());
    capnp_set_bool(&results, CAPOS_R_BLOCK_DEVICE_INFO_READ_ONLY_BIT, block_read_only());
    return 0;
}

static int block_flush(struct call *c)
{
    return block_start(c, BLOCK_FLUSH, NULL);
}

static void block_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method block_methods[] = {
    [CAPOS_M_BLOCK_DEVICE_READ_BLOCKS] = {"readBlocks", block_read},
    [CAPOS_M_BLOCK_DEVICE_WRITE_BLOCKS] = {"writeBlocks", block_write},
    [CAPOS_M_BLOCK_DEVICE_INFO] = {"info", block_info},
    [CAPOS_M_BLOCK_DEVICE_FLUSH] = {"flush", block_flush},
};

static const struct cap_class block_class = {
    .name = "BlockDevice",
    .interface_id = CAPOS_IFACE_BLOCK_DEVICE,
    .transferable = true,
    .methods = block_methods,
    .nmethods = sizeof block_methods / sizeof block_methods[0],
    .destroy = block_destroy,
};

struct cap_object *cap_block_device_new(void)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    if (o != NULL)
        cap_object_init(o, &block_class);
    return o;
}
