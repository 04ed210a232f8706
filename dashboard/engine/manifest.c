/* SPDX-License-Identifier: MIT */
/*
 * The boot manifest and the agent's startup block.
 * Invariant: sizes are computed before anything is built, so the builder never runs out of room.
 */
#include "manifest.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "abi/fields.h"
#include "abi/startup.h"
#include "capnp/capnp.h"
#include "mem.h"

#define SCHEMA_VERSION 1u
/* Room for one capability or binary beside its texts: list elements, structs, pointers, padding. */
#define ITEM_BYTES 512u

static const struct manifest_cap agent_caps[] = {
    {"stdio_3", "bench_channel", NULL},
    {"startup", "image_file", "boot/startup"},
    {"root", "image_directory", NULL},
    {"virtual_memory", "virtual_memory", NULL},
    {"timer", "timer", NULL},
    {"wall_clock", "wall_clock", NULL},
    {"entropy_source", "entropy_source", NULL},
    {"thread_control", "thread_control", NULL},
    {"process_spawner", "process_spawner", NULL},
    {"capbench_ext", "capbench_ext", NULL},
    {"file_spawner", "file_spawner", NULL},
    {"frame_allocator", "frame_allocator", NULL},
    {"console", "console", NULL},
    {"store_root", "writable_fs_root", NULL}, /* the last: only where /work is on the disk */
};

const struct manifest_cap *manifest_agent_caps(bool store, size_t *n)
{
    *n = sizeof agent_caps / sizeof agent_caps[0] - (store ? 0 : 1);
    return agent_caps;
}

/* Makes `v` a record of `count` fields. */
static void value_fields(struct capnp_bstruct *v, uint32_t count, struct capnp_blist *fields)
{
    capnp_set_u16(v, CAPOS_S_CUE_VALUE_TAG, CAPOS_S_CUE_VALUE_TAG_FIELDS);
    capnp_set_struct_list(v, CAPOS_S_CUE_VALUE_FIELDS_PTR, count, CAPOS_S_CUE_FIELD_WORDS,
                          CAPOS_S_CUE_FIELD_PTRS, fields);
}

/* Names field i of a record and gives its value, still null. */
static void field_value(const struct capnp_blist *fields, uint32_t i, const char *name,
                        struct capnp_bstruct *v)
{
    struct capnp_bstruct field;

    capnp_blist_struct(fields, i, &field);
    capnp_set_text(&field, CAPOS_S_CUE_FIELD_NAME_PTR, name, strlen(name));
    capnp_set_struct(&field, CAPOS_S_CUE_FIELD_VALUE_PTR, CAPOS_S_CUE_VALUE_WORDS, CAPOS_S_CUE_VALUE_PTRS, v);
}

static void field_text(const struct capnp_blist *fields, uint32_t i, const char *name, const char *text)
{
    struct capnp_bstruct v;

    field_value(fields, i, name, &v);
    capnp_set_u16(&v, CAPOS_S_CUE_VALUE_TAG, CAPOS_S_CUE_VALUE_TAG_TEXT);
    capnp_set_text(&v, CAPOS_S_CUE_VALUE_TEXT_PTR, text, strlen(text));
}

static void caps_build(struct capnp_bstruct *v, const struct manifest_cap *caps, size_t ncaps)
{
    struct capnp_blist list, fields;
    struct capnp_bstruct item;

    capnp_set_u16(v, CAPOS_S_CUE_VALUE_TAG, CAPOS_S_CUE_VALUE_TAG_LIST);
    capnp_set_struct_list(v, CAPOS_S_CUE_VALUE_LIST_PTR, (uint32_t)ncaps, CAPOS_S_CUE_VALUE_WORDS,
                          CAPOS_S_CUE_VALUE_PTRS, &list);
    for (uint32_t i = 0; i < ncaps; i++) {
        capnp_blist_struct(&list, i, &item);
        value_fields(&item, caps[i].path ? 3 : 2, &fields);
        field_text(&fields, 0, "name", caps[i].name);
        field_text(&fields, 1, "source", caps[i].source);
        if (caps[i].path)
            field_text(&fields, 2, "path", caps[i].path);
    }
}

static size_t manifest_room(const char *const *binaries, size_t nbinaries, const struct manifest_cap *caps,
                            size_t ncaps)
{
    size_t room = 4 * ITEM_BYTES;

    for (size_t i = 0; i < nbinaries; i++)
        room += ITEM_BYTES + strlen(binaries[i]);
    for (size_t i = 0; i < ncaps; i++)
        room += ITEM_BYTES + strlen(caps[i].name) + strlen(caps[i].source) +
                (caps[i].path ? strlen(caps[i].path) : 0);
    return room & ~(size_t)7;
}

int manifest_build(const char *const *binaries, size_t nbinaries, const char *init,
                   const struct manifest_cap *caps, size_t ncaps, void **out, size_t *len)
{
    size_t room = manifest_room(binaries, nbinaries, caps, ncaps) + strlen(init) * 2;
    struct capnp_builder b;
    struct capnp_bstruct root, blob, config, process, value;
    struct capnp_blist blobs, top, fields;
    void *bytes;
    int64_t used;

    if (nbinaries > UINT16_MAX || ncaps > UINT16_MAX)
        return -E2BIG;
    bytes = mem_zalloc(room);
    capnp_build_init(&b, bytes, room & ~(size_t)7);
    capnp_build_root(&b, CAPOS_S_SYSTEM_MANIFEST_WORDS, CAPOS_S_SYSTEM_MANIFEST_PTRS, &root);
    capnp_set_u32(&root, CAPOS_S_SYSTEM_MANIFEST_SCHEMA_VERSION, SCHEMA_VERSION);
    capnp_set_struct_list(&root, CAPOS_S_SYSTEM_MANIFEST_BINARIES_PTR, (uint32_t)nbinaries,
                          CAPOS_S_NAMED_BLOB_WORDS, CAPOS_S_NAMED_BLOB_PTRS, &blobs);
    for (uint32_t i = 0; i < nbinaries; i++) {
        capnp_blist_struct(&blobs, i, &blob);
        capnp_set_text(&blob, CAPOS_S_NAMED_BLOB_NAME_PTR, binaries[i], strlen(binaries[i]));
    }
    capnp_set_struct(&root, CAPOS_S_SYSTEM_MANIFEST_INIT_CONFIG_PTR, CAPOS_S_CUE_VALUE_WORDS,
                     CAPOS_S_CUE_VALUE_PTRS, &config);
    value_fields(&config, 1, &top);
    field_value(&top, 0, "init", &process);
    value_fields(&process, 3, &fields);
    field_text(&fields, 0, "binary", init);
    field_text(&fields, 1, "name", init);
    field_value(&fields, 2, "caps", &value);
    caps_build(&value, caps, ncaps);
    used = capnp_build_finish(&b);
    if (used < 0) {
        free(bytes);
        return (int)used;
    }
    *out = bytes;
    *len = (size_t)used;
    return 0;
}

/* Where each text begins in the startup block's strings. */
enum { AT_ROOT_PATH = 6, AT_ROOT = 8, AT_WORK_PATH = 13, AT_STORE = 19 };

void manifest_startup(bool store, void **out, size_t *len)
{
    static const char strings[] = "agent\0/\0root\0/work\0store_root";
    static const uint32_t argc = 1, nfds = 4;
    uint32_t npreopens = store ? 2 : 1;
    struct startup_header h = {.magic = STARTUP_MAGIC,
                               .version = STARTUP_VERSION,
                               .argc = argc,
                               .npreopens = npreopens,
                               .nfds = nfds,
                               .umask = 022};
    struct buf b = {0};
    uint32_t at = (uint32_t)(sizeof h + argc * sizeof(uint32_t) + npreopens * sizeof(struct startup_preopen) +
                             nfds * sizeof(struct startup_fd));
    const struct startup_preopen preopens[] = {{.path = at + AT_ROOT_PATH, .name = at + AT_ROOT},
                                               {.path = at + AT_WORK_PATH, .name = at + AT_STORE}};

    h.total = at + (uint32_t)sizeof strings;
    h.cwd = at + AT_ROOT_PATH;
    buf_add(&b, &h, sizeof h);
    buf_add(&b, &at, sizeof at);
    buf_add(&b, preopens, npreopens * sizeof preopens[0]);
    for (uint32_t fd = 0; fd < nfds; fd++) {
        struct startup_fd d = {.fd = fd,
                               .kind = fd == 3 ? STARTUP_FD_PIPE_BOTH : STARTUP_FD_NULL,
                               .flags = 2,
                               .ofd = UINT32_MAX};
        buf_add(&b, &d, sizeof d);
    }
    buf_add(&b, strings, sizeof strings);
    *len = b.len;
    *out = buf_take(&b);
}
