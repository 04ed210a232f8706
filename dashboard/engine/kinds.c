/* SPDX-License-Identifier: MIT */
/*
 * The table of capability kinds; see kinds.h.
 * Invariant: each name occurs once.
 */
#include "kinds.h"

#include <string.h>

#include "mem.h"

static const struct kind kinds[] = {
    {"console", "Console"},
    {"terminal_session", "TerminalSession"},
    {"timer", "Timer"},
    {"wall_clock", "WallClock"},
    {"entropy_source", "EntropySource"},
    {"system_info", "SystemInfo"},
    {"boot_package", "BootPackage"},
    {"virtual_memory", "VirtualMemory"},
    {"thread_control", "ThreadControl"},
    {"thread_spawner", "ThreadSpawner"},
    {"park_space", "ParkSpace"},
    {"process_spawner", "ProcessSpawner"},
    {"capability_manager", "CapabilityManager"},
    {"directory", "Directory"},
    {"file", "File"},
    {"block_device", "BlockDevice"},
    {"read_only_fs_root", "Directory"},
    {"writable_fs_root", "Directory"},
    {"persistent_store", "Store"},
    {"store", "Store"},
    {"namespace", "Namespace"},
    {"frame_allocator", "FrameAllocator"},
    {"endpoint", "Endpoint"},
    {"null", "NullCap"},
    {"capbench_ext", "CapbenchExt"},
    {"file_spawner", "FileSpawner"},
};

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

bool kind_on_disk(const char *name)
{
    static const char *const on_disk[] = {"block_device", "read_only_fs_root", "writable_fs_root",
                                          "persistent_store"};

    for (size_t i = 0; i < sizeof on_disk / sizeof on_disk[0]; i++)
        if (strcmp(on_disk[i], name) == 0)
            return true;
    return false;
}

const struct kind *kind_at(size_t i)
{
    return i < sizeof kinds / sizeof kinds[0] ? &kinds[i] : NULL;
}

char *kind_list(void)
{
    struct buf b = {0};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", kinds[i].name);
    return buf_take(&b);
}
