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
