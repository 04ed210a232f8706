/* SPDX-License-Identifier: MIT */
/*
 * The CapSet page: the capabilities a process was granted, by name, mapped read-only at CAPOS_CAPSET_VADDR.
 * Invariant: header, then `count` entries without gaps, all inside one page; names are not cut, unused name
 * bytes are 0. Source: the published CapSet layout.
 */
#ifndef ABI_CAPSET_H
#define ABI_CAPSET_H

#include <stddef.h>
#include <stdint.h>

#define CAPOS_CAPSET_MAGIC       UINT64_C(0x3176746573706163) /* "capsetv1" */
#define CAPOS_CAPSET_VERSION     UINT32_C(1)
#define CAPOS_CAPSET_NAME_MAX    32u
#define CAPOS_CAPSET_MAX_ENTRIES 85u

struct capos_capset_header {
    uint64_t magic;
    uint32_t version;
    uint32_t count; /* entries that follow */
};

struct capos_capset_entry {
    uint32_t cap_id;
    uint32_t name_len; /* bytes of `name` in use, 1..32 */
    uint64_t interface_id;
    uint8_t name[CAPOS_CAPSET_NAME_MAX];
};

_Static_assert(sizeof(struct capos_capset_header) == 16, "CapSet header");
_Static_assert(offsetof(struct capos_capset_header, version) == 8, "CapSet version");
_Static_assert(offsetof(struct capos_capset_header, count) == 12, "CapSet count");
_Static_assert(sizeof(struct capos_capset_entry) == 48, "CapSet entry");
_Static_assert(offsetof(struct capos_capset_entry, name_len) == 4, "CapSet name_len");
_Static_assert(offsetof(struct capos_capset_entry, interface_id) == 8, "CapSet interface_id");
_Static_assert(offsetof(struct capos_capset_entry, name) == 16, "CapSet name");
_Static_assert(16 + 48 * CAPOS_CAPSET_MAX_ENTRIES <= 4096 && 16 + 48 * (CAPOS_CAPSET_MAX_ENTRIES + 1) > 4096,
               "as many entries as a page holds");

#endif
