/* SPDX-License-Identifier: MIT */
/*
 * Boot images for tests: see host_image.h.
 * Invariant: entries are padded as newc wants it.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/fields.h"
#include "capnp/capnp.h"
#include "host_image.h"
#include "host_process.h"

static void append(struct host_image *hi, const void *p, size_t n)
{
    if (hi->len + n + 4 > hi->cap) {
        hi->cap = 2 * (hi->len + n + 4);
        hi->bytes = realloc(hi->bytes, hi->cap);
        assert(hi->bytes != NULL);
    }
    if (n > 0)
        memcpy(hi->bytes + hi->len, p, n);
    hi->len += n;
}

static void pad(struct host_image *hi)
{
    while (hi->len % 4 != 0)
        append(hi, "", 1);
}

void hi_add(struct host_image *hi, const char *name, unsigned mode, const void *data, size_t len)
{
    char header[111];
    snprintf(header, sizeof(header), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1u, mode,
             0u, 0u, 1u, 0u, (unsigned)len, 0u, 0u, 0u, 0u, (unsigned)strlen(name) + 1, 0u);
    append(hi, header, 110);
    append(hi, name, strlen(name) + 1);
    pad(hi);
    append(hi, data, len);
    pad(hi);
}

void hi_end(struct host_image *hi)
{
    hi_add(hi, "TRAILER!!!", 0, NULL, 0);
}

void hi_free(struct host_image *hi)
{
    free(hi->bytes);
    memset(hi, 0, sizeof(*hi));
}

static struct capnp_bstruct cue_field(const struct capnp_blist *l, uint32_t i, const char *name)
{
    struct capnp_bstruct f, v;
    capnp_blist_struct(l, i, &f);
    capnp_set_text(&f, CAPOS_S_CUE_FIELD_NAME_PTR, name, strlen(name));
    capnp_set_struct(&f, CAPOS_S_CUE_FIELD_VALUE_PTR, CAPOS_S_CUE_VALUE_WORDS, CAPOS_S_CUE_VALUE_PTRS, &v);
    return v;
}

static void cue_text(struct capnp_bstruct v, const char *text)
{
    capnp_set_u16(&v, CAPOS_S_CUE_VALUE_TAG, CAPOS_S_CUE_VALUE_TAG_TEXT);
    capnp_set_text(&v, CAPOS_S_CUE_VALUE_TEXT_PTR, text, strlen(text));
}

static struct capnp_blist cue_fields(struct capnp_bstruct *v, uint32_t n)
{
    struct capnp_blist l;
    capnp_set_u16(v, CAPOS_S_CUE_VALUE_TAG, CAPOS_S_CUE_VALUE_TAG_FIELDS);
    capnp_set_struct_list(v, CAPOS_S_CUE_VALUE_FIELDS_PTR, n, CAPOS_S_CUE_FIELD_WORDS, CAPOS_S_CUE_FIELD_PTRS,
                          &l);
    return l;
}

size_t hi_manifest(uint8_t *buf, size_t cap, const struct hi_cap *caps, size_t n)
{
    struct capnp_builder b;
    struct capnp_bstruct root, blob, config, v;
    struct capnp_blist list, fields;
    capnp_build_init(&b, buf, cap);
    capnp_build_root(&b, CAPOS_S_SYSTEM_MANIFEST_WORDS, CAPOS_S_SYSTEM_MANIFEST_PTRS, &root);
    capnp_set_u32(&root, CAPOS_S_SYSTEM_MANIFEST_SCHEMA_VERSION, 1);
    capnp_set_struct_list(&root, CAPOS_S_SYSTEM_MANIFEST_BINARIES_PTR, 1, CAPOS_S_NAMED_BLOB_WORDS,
                          CAPOS_S_NAMED_BLOB_PTRS, &list);
    capnp_blist_struct(&list, 0, &blob);
    capnp_set_text(&blob, CAPOS_S_NAMED_BLOB_NAME_PTR, "prog", 4);
    capnp_set_struct(&root, CAPOS_S_SYSTEM_MANIFEST_INIT_CONFIG_PTR, CAPOS_S_CUE_VALUE_WORDS,
                     CAPOS_S_CUE_VALUE_PTRS, &config);
    fields = cue_fields(&config, 1);
    v = cue_field(&fields, 0, "init");
    fields = cue_fields(&v, 3);
    cue_text(cue_field(&fields, 0, "binary"), "prog");
    cue_text(cue_field(&fields, 1, "name"), "first");
    v = cue_field(&fields, 2, "caps");
    capnp_set_u16(&v, CAPOS_S_CUE_VALUE_TAG, CAPOS_S_CUE_VALUE_TAG_LIST);
    capnp_set_struct_list(&v, CAPOS_S_CUE_VALUE_LIST_PTR, (uint32_t)n, CAPOS_S_CUE_VALUE_WORDS,
                          CAPOS_S_CUE_VALUE_PTRS, &list);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t count = 0;
        capnp_blist_struct(&list, i, &v);
        fields = cue_fields(&v, 1u + (caps[i].source != NULL) + (caps[i].path != NULL));
        cue_text(cue_field(&fields, count++, "name"), caps[i].name);
        if (caps[i].source != NULL)
            cue_text(cue_field(&fields, count++, "source"), caps[i].source);
        if (caps[i].path != NULL)
            cue_text(cue_field(&fields, count++, "path"), caps[i].path);
    }
    int64_t len = capnp_build_finish(&b);
    assert(len > 0);
    return (size_t)len;
}

struct host_image hi_standard(const struct hi_cap *caps, size_t n)
{
    static uint8_t manifest[32768] __attribute__((aligned(8)));
    struct host_image hi = {NULL, 0, 0};
    size_t elf_len, len = hi_manifest(manifest, sizeof(manifest), caps, n);
    const uint8_t *elf = hp_elf(&elf_len);
    hi_add(&hi, ".", 0040755, NULL, 0);
    hi_add(&hi, "bin", 0040755, NULL, 0);
    hi_add(&hi, "bin/prog", 0100755, elf, elf_len);
    hi_add(&hi, "boot/manifest", 0100644, manifest, len);
    hi_add(&hi, "tree/file", 0100644, "file of the tree", 16);
    hi_end(&hi);
    return hi;
}
