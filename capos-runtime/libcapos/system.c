/* SPDX-License-Identifier: MIT */
/* Small sources of facts. Invariant: a reply that is longer than asked for is a protocol error, not an
 * overrun. */
#include "capos/system.h"

#define ENTROPY_CHUNK 4096u

int capos_entropy_fill(uint32_t source, void *buf, size_t len)
{
    uint8_t *at = buf;
    while (len) {
        uint32_t n = len < ENTROPY_CHUNK ? (uint32_t)len : ENTROPY_CHUNK;
        struct capos_request r;
        struct capos_reply reply;
        const uint8_t *p;
        uint32_t got;
        capos_request_begin(&r, source, CAPOS_M_ENTROPY_SOURCE_FILL, CAPOS_P_ENTROPY_SOURCE_FILL_WORDS,
                            CAPOS_P_ENTROPY_SOURCE_FILL_PTRS);
        capnp_set_u32(&r.root, CAPOS_P_ENTROPY_SOURCE_FILL_BYTES, n);
        int err = capos_request_send(&r, &reply);
        if (err < 0)
            return err;
        if (capnp_get_u16(&reply.root, CAPOS_R_ENTROPY_SOURCE_FILL_STATUS) != CAPOS_ENTROPY_OK)
            return -EAGAIN;
        err = capnp_get_data(&reply.root, CAPOS_R_ENTROPY_SOURCE_FILL_DATA_PTR, &p, &got);
        if (err < 0)
            return err;
        if (got == 0 || got > n)
            return -EPROTO;
        __builtin_memcpy(at, p, got);
        at += got;
        len -= got;
    }
    return 0;
}

static int text_get(uint32_t info, uint16_t method, char *buf, size_t n)
{
    struct capos_reply reply;
    const char *text;
    uint32_t len;
    int err = capos_call_empty(info, method, &reply);
    if (err == 0)
        err = capnp_get_text(&reply.root, CAPOS_R_SYSTEM_INFO_MOTD_TEXT_PTR, &text, &len);
    if (err < 0)
        return err;
    size_t k = len < n - 1 ? len : n - 1;
    __builtin_memcpy(buf, text, k);
    buf[k] = '\0';
    return 0;
}

int capos_system_motd(uint32_t info, char *buf, size_t n)
{
    return text_get(info, CAPOS_M_SYSTEM_INFO_MOTD, buf, n);
}

int capos_system_hostname(uint32_t info, char *buf, size_t n)
{
    return text_get(info, CAPOS_M_SYSTEM_INFO_HOSTNAME, buf, n);
}

int capos_boot_manifest_size(uint32_t boot, uint64_t *size)
{
    struct capos_reply reply;
    int err = capos_call_empty(boot, CAPOS_M_BOOT_PACKAGE_MANIFEST_SIZE, &reply);
    if (err == 0)
        *size = capnp_get_u64(&reply.root, CAPOS_R_BOOT_PACKAGE_MANIFEST_SIZE_SIZE);
    return err;
}

int64_t capos_boot_manifest_read(uint32_t boot, uint64_t offset, void *buf, uint32_t max)
{
    struct capos_request r;
    struct capos_reply reply;
    const uint8_t *p;
    uint32_t got;
    uint32_t n = max < CAPOS_READ_MAX ? max : CAPOS_READ_MAX;
    capos_request_begin(&r, boot, CAPOS_M_BOOT_PACKAGE_READ_MANIFEST,
                        CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_WORDS, CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_PTRS);
    capnp_set_u64(&r.root, CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_OFFSET, offset);
    capnp_set_u32(&r.root, CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_MAX_BYTES, n);
    int err = capos_request_send(&r, &reply);
    if (err == 0)
        err = capnp_get_data(&reply.root, CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_DATA_PTR, &p, &got);
    if (err < 0)
        return err;
    if (got > n)
        return -EPROTO;
    __builtin_memcpy(buf, p, got);
    return got;
}

int capos_null_call(uint32_t null)
{
    struct capos_reply reply;
    return capos_call_empty(null, 0, &reply);
}
