/* SPDX-License-Identifier: MIT */
/* BootPackage: the boot manifest's bytes, read only. Invariant: the bytes stay where they are for ever. */
#include "kernel/cap_params.h"

struct boot_package {
    struct cap_object object;
    const uint8_t *manifest;
    size_t len;
};

static struct boot_package *boot_package_of(struct call *c)
{
    return (struct boot_package *)c->object;
}

static int boot_package_size(struct call *c)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_BOOT_PACKAGE_MANIFEST_SIZE_WORDS, CAPOS_R_BOOT_PACKAGE_MANIFEST_SIZE_PTRS,
                       &results);
    capnp_set_u64(&results, CAPOS_R_BOOT_PACKAGE_MANIFEST_SIZE_SIZE, boot_package_of(c)->len);
    return 0;
}

static int boot_package_read(struct call *c)
{
    const struct boot_package *b = boot_package_of(c);
    uint64_t offset = capnp_get_u64(&c->params, CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_OFFSET);
    uint32_t want = capnp_get_u32(&c->params, CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_MAX_BYTES);
    uint32_t room =
        answer_room(c, CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_WORDS, CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_PTRS);
    struct capnp_bstruct results;

    if (offset > b->len)
        return call_raise_errno(c, -ERANGE, "BootPackage.readManifest offset");
    if (room == 0 && want > 0)
        return call_raise_errno(c, -EINVAL, "result buffer");
    if (want > room)
        want = room;
    if (want > b->len - offset)
        want = (uint32_t)(b->len - offset);
    (void)call_results(c, CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_WORDS, CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_PTRS,
                       &results);
    (void)capnp_set_data(&results, CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_DATA_PTR, b->manifest + offset, want);
    return 0;
}

static void boot_package_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method boot_package_methods[] = {
    [CAPOS_M_BOOT_PACKAGE_MANIFEST_SIZE] = {"manifestSize", boot_package_size},
    [CAPOS_M_BOOT_PACKAGE_READ_MANIFEST] = {"readManifest", boot_package_read},
};

static const struct cap_class boot_package_class = {
    .name = "BootPackage",
    .interface_id = CAPOS_IFACE_BOOT_PACKAGE,
    .transferable = true,
    .methods = boot_package_methods,
    .nmethods = sizeof boot_package_methods / sizeof boot_package_methods[0],
    .destroy = boot_package_destroy,
};

struct cap_object *cap_boot_package_new(const uint8_t *manifest, size_t len)
{
    struct boot_package *b = heap_alloc(sizeof *b);

    if (b == NULL)
        return NULL;
    cap_object_init(&b->object, &boot_package_class);
    b->manifest = manifest;
    b->len = len;
    return &b->object;
}
