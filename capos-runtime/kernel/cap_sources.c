/* SPDX-License-Identifier: MIT */
/*
 * The table of sources: see cap_sources.h.
 * Invariant: one row a source; a row has exactly one of the three constructors.
 */
#include "abi/errno.h"
#include "kernel/cap_sources.h"
#include "kernel/string.h"

static const uint8_t *boot_image, *boot_manifest;
static size_t boot_image_len, boot_manifest_len;

static struct cap_object *boot_package_new(void)
{
    return cap_boot_package_new(boot_manifest, boot_manifest_len);
}

struct source {
    unsigned number;
    struct cap_object *(*make)(void);
    struct cap_object *(*make_bound)(struct process *p);
    bool (*present)(void); /* NULL: always; else the source is served only while this says so */
    struct cap_object *(*make_or)(int *err, const char **why); /* may fail for more reasons than memory */
};

static const struct source sources[] = {
    {CAPOS_SRC_CONSOLE, cap_console_new, NULL, NULL, NULL},
    {CAPOS_SRC_FRAME_ALLOCATOR, NULL, cap_frame_allocator_new, NULL, NULL},
    {CAPOS_SRC_VIRTUAL_MEMORY, NULL, cap_vm_new, NULL, NULL},
    {CAPOS_SRC_PROCESS_SPAWNER, NULL, cap_spawner_new, NULL, NULL},
    {CAPOS_SRC_BOOT_PACKAGE, boot_package_new, NULL, NULL, NULL},
    {CAPOS_SRC_TERMINAL_SESSION, cap_terminal_new, NULL, NULL, NULL},
    {CAPOS_SRC_ENTROPY_SOURCE, cap_entropy_new, NULL, NULL, NULL},
    {CAPOS_SRC_SYSTEM_INFO, cap_system_info_new, NULL, NULL, NULL},
    {CAPOS_SRC_NULL_CAP, cap_null_new, NULL, NULL, NULL},
    {CAPOS_SRC_TIMER, cap_timer_new, NULL, NULL, NULL},
    {CAPOS_SRC_THREAD_CONTROL, NULL, cap_thread_control_new, NULL, NULL},
    {CAPOS_SRC_THREAD_SPAWNER, NULL, cap_thread_spawner_new, NULL, NULL},
    {CAPOS_SRC_DIRECTORY, cap_directory_new, NULL, NULL, NULL},
    {CAPOS_SRC_STORE, cap_store_new, NULL, NULL, NULL},
    {CAPOS_SRC_NAMESPACE, cap_namespace_new, NULL, NULL, NULL},
    {CAPOS_SRC_WALL_CLOCK, cap_wall_clock_new, NULL, NULL, NULL},
    {CAPOS_SRC_BLOCK_DEVICE, cap_block_device_new, NULL, block_present, NULL},
    {CAPOS_SRC_READ_ONLY_FS_ROOT, NULL, NULL, NULL, cap_read_only_fs_root_new},
    {CAPOS_SRC_PERSISTENT_STORE, NULL, NULL, NULL, cap_persistent_store_new},
    {CAPOS_SRC_WRITABLE_FS_ROOT, NULL, NULL, NULL, cap_writable_fs_root_new},
};

/* Manifest names of ours, in the order of the enumeration; upstream has no manifest name for a StdIO source.
 */
static const char *const our_names[] = {"bench_channel", "image_directory", "image_file", "capbench_ext",
                                        "file_spawner"};

void sources_init(const uint8_t *image, size_t image_len, const uint8_t *manifest, size_t manifest_len)
{
    boot_image = image;
    boot_image_len = image_len;
    boot_manifest = manifest;
    boot_manifest_len = manifest_len;
}

static const struct source *find(unsigned number)
{
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        if (sources[i].number == number && (sources[i].present == NULL || sources[i].present()))
            return &sources[i];
    return NULL;
}

static bool same(const char *name, size_t len, const char *other)
{
    return strlen(other) == len && memcmp(name, other, len) == 0;
}

int source_by_name(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(our_names) / sizeof(our_names[0]); i++)
        if (same(name, len, our_names[i]))
            return SRC_BENCH_CHANNEL + (int)i;
    size_t count;
    const struct capos_source_info *info = capos_source_table(&count);
    for (size_t i = 0; i < count; i++)
        if (same(name, len, info[i].name))
            return find(info[i].value) != NULL ? info[i].value : -EOPNOTSUPP;
    return -ENOENT;
}

uint64_t source_interface(unsigned source)
{
    size_t count;
    const struct capos_source_info *info = capos_source_table(&count);
    for (size_t i = 0; i < count && find(source) != NULL; i++)
        if (info[i].value == source)
            return info[i].interface_id;
    return 0;
}

struct cap_object *source_make(unsigned source, struct process *p, int *err, const char **why)
{
    const struct source *s = find(source);
    struct cap_object *o = NULL;
    if (s == NULL) {
        *err = -EOPNOTSUPP;
        *why = "kernel source not served";
        return NULL;
    }
    if (s->make_or != NULL)
        return s->make_or(err, why);
    o = s->make != NULL ? s->make() : s->make_bound(p);
    *err = o != NULL ? 0 : -ENOMEM;
    *why = "no memory";
    return o;
}

struct cap_object *source_make_ours(unsigned source, const char *path, bool read_only, int *err)
{
    struct cap_object *o;
    *err = -ENOMEM;
    switch (source) {
    case SRC_BENCH_CHANNEL:
        o = cap_bench_channel_new();
        break;
    case SRC_IMAGE_DIRECTORY:
        *err = -ENOENT;
        o = cap_image_directory_new(boot_image, boot_image_len, path, read_only);
        break;
    case SRC_IMAGE_FILE:
        *err = -ENOENT;
        o = cap_image_file_new(boot_image, boot_image_len, path);
        break;
    case SRC_CAPBENCH_EXT:
        o = cap_ext_new();
        break;
    case SRC_FILE_SPAWNER:
        o = cap_file_spawner_new(false);
        break;
    default:
        *err = -EOPNOTSUPP;
        return NULL;
    }
    if (o != NULL)
        *err = 0;
    return o;
}
