/* SPDX-License-Identifier: MIT */
/*
 * What the loader hands over at the PVH entry. Invariant: physical addresses throughout; layout as published.
 * Source: the Xen project's description of the x86/HVM direct boot ABI, version 1 of the start info.
 */
#ifndef KERNEL_PVH_H
#define KERNEL_PVH_H

#include <stddef.h>
#include <stdint.h>

#define PVH_MAGIC   UINT32_C(0x336ec578)
#define PVH_RAM     1u
#define PVH_MODULES 8u /* more than any loader gives */

struct pvh_start_info {
    uint32_t magic, version, flags, nmodules;
    uint64_t modules, cmdline, rsdp, memmap;
    uint32_t nmemmap, zero;
};

struct pvh_module {
    uint64_t address, size, cmdline, zero;
};

struct pvh_memmap {
    uint64_t address, size;
    uint32_t type, zero;
};

_Static_assert(sizeof(struct pvh_start_info) == 56 && offsetof(struct pvh_start_info, memmap) == 40,
               "start info");
_Static_assert(sizeof(struct pvh_module) == 32 && sizeof(struct pvh_memmap) == 24, "module and map entries");

#endif
