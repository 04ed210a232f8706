/* SPDX-License-Identifier: MIT */
/*
 * The executable format: static non-PIE ELF64 for x86-64.
 * Invariant: after elf_parse says 0, every segment's file bytes lie inside the image, its pages lie inside
 * the process's image window, no page belongs to two segments, no segment is writable and executable, and the
 * entry is in an executable one. Source: the ELF specification, and the checks of the published ELF module.
 */
#ifndef KERNEL_ELF_H
#define KERNEL_ELF_H

#include <stddef.h>
#include <stdint.h>

#define ELF_MAX_SEGMENTS 16u

struct elf_segment {
    uint64_t vaddr, filesz, memsz;
    const uint8_t *data; /* filesz bytes inside the image */
    unsigned prot;       /* PROT_* of machine.h */
};

struct elf_image {
    uint64_t entry;
    unsigned nsegments;
    struct elf_segment segments[ELF_MAX_SEGMENTS]; /* by address; memsz > 0 */
    const uint8_t *tls_data;
    uint64_t tls_filesz, tls_memsz, tls_align; /* memsz 0: no thread-local storage */
};

/* elf_parse: checks image[0, len) wholly. 0, or -ENOEXEC with *why set to a static text. */
int elf_parse(const uint8_t *image, size_t len, struct elf_image *out, const char **why);
/* elf_tls_layout: where the first thread's block lies, from the start of the TLS area: *start its first byte,
 *tp the thread pointer, which holds its own address. 0, or -ENOEXEC with *why when it does not fit. */
int elf_tls_layout(const struct elf_image *e, uint64_t *start, uint64_t *tp, const char **why);

#endif
