/* SPDX-License-Identifier: MIT */
/*
 * ELF images from outside: parsed, and when accepted, what was promised about them holds.
 * Invariant: elf.h's.
 */
#include <string.h>
#include "abi/layout.h"
#include "fuzz.h"
#include "host_process.h"
#include "kernel/elf.h"

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static struct fuzz_seed all[2];
    static uint8_t tls[0x2000];
    size_t len;
    const uint8_t *elf = hp_elf(&len);
    memcpy(tls, elf, len);
    tls[64 + 56] = 7; /* the data segment as thread-local storage */
    all[0] = (struct fuzz_seed){elf, len};
    all[1] = (struct fuzz_seed){tls, len};
    *seeds = all;
    return 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct elf_image e;
    const char *why = NULL;
    uint64_t start, tp;
    if (elf_parse(data, len, &e, &why) != 0) {
        fuzz_check(why != NULL);
        return 0;
    }
    bool entry = false;
    fuzz_check(e.nsegments > 0 && e.nsegments <= ELF_MAX_SEGMENTS);
    for (unsigned i = 0; i < e.nsegments; i++) {
        const struct elf_segment *s = &e.segments[i];
        fuzz_check(s->filesz <= s->memsz && s->memsz > 0);
        fuzz_check(s->data >= data && s->filesz <= (size_t)(data + len - s->data));
        fuzz_check(s->vaddr >= CAPOS_IMAGE_BASE && s->vaddr + s->memsz <= CAPOS_IMAGE_LIMIT);
        fuzz_check((s->prot & (PROT_W | PROT_X)) != (PROT_W | PROT_X));
        fuzz_check(i == 0 || (s[-1].vaddr + s[-1].memsz - 1) / PAGE_SIZE < s->vaddr / PAGE_SIZE);
        entry |= e.entry >= s->vaddr && e.entry < s->vaddr + s->memsz && (s->prot & PROT_X) != 0;
    }
    fuzz_check(entry);
    if (e.tls_memsz > 0 && elf_tls_layout(&e, &start, &tp, &why) == 0)
        fuzz_check(start >= CAPOS_TLS_BASE && tp >= start + e.tls_memsz && tp + 8 <= CAPOS_TLS_LIMIT &&
                   tp % 16 == 0 && e.tls_filesz <= e.tls_memsz);
    return 0;
}
