/* SPDX-License-Identifier: MIT */
/*
 * The ELF checks: see elf.h.
 * Invariant: no field is used before it is checked, and no sum is formed that could wrap.
 */
#include "abi/errno.h"
#include "abi/layout.h"
#include "kernel/elf.h"
#include "kernel/machine.h"
#include "kernel/string.h"

#define EHDR_BYTES 64u
#define PHDR_BYTES 56u
#define PT_LOAD    1u
#define PT_TLS     7u
#define PF_X       1u
#define PF_W       2u
#define PF_R       4u
#define USER_LIMIT UINT64_C(0x800000000000)
#define TCB_BYTES  64u /* room after the thread pointer */

static uint16_t get16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t page_down(uint64_t v)
{
    return v & ~(CAPOS_PAGE_SIZE - 1);
}

static uint64_t page_up(uint64_t v)
{
    return (v + CAPOS_PAGE_SIZE - 1) & ~(CAPOS_PAGE_SIZE - 1);
}

/* header_check: the fixed header; NULL or what is wrong with it. */
static const char *header_check(const uint8_t *h, size_t len)
{
    if (len < EHDR_BYTES)
        return "too small for an ELF header";
    if (memcmp(h, "\177ELF", 4) != 0)
        return "not an ELF file";
    if (h[4] != 2)
        return "not a 64-bit ELF file";
    if (h[5] != 1)
        return "not little-endian";
    if (h[6] != 1)
        return "unknown ELF version";
    if (get16(h + 18) != 0x3e)
        return "not for x86-64";
    if (get16(h + 16) != 2)
        return "not a static non-PIE executable";
    if (get16(h + 54) < PHDR_BYTES)
        return "program header entries too small";
    uint64_t at = get64(h + 32), bytes = (uint64_t)get16(h + 54) * get16(h + 56);
    if (at > len || bytes > len - at)
        return "program headers outside the file";
    return NULL;
}

/* extent_check: what PT_LOAD and PT_TLS have in common. */
static const char *extent_check(const uint8_t *ph, size_t len)
{
    uint64_t offset = get64(ph + 8), vaddr = get64(ph + 16), filesz = get64(ph + 32), memsz = get64(ph + 40);
    uint64_t align = get64(ph + 48);
    if (offset > len || filesz > len - offset)
        return "segment data outside the file";
    if (memsz < filesz)
        return "segment larger in the file than in memory";
    if ((align & (align - 1)) != 0)
        return "segment alignment is not a power of two";
    if (vaddr >= USER_LIMIT || memsz > USER_LIMIT - vaddr)
        return "segment outside the user address space";
    return NULL;
}

/* load_add: one PT_LOAD, kept in order of addresses. */
static const char *load_add(struct elf_image *out, const uint8_t *image, const uint8_t *ph)
{
    uint64_t offset = get64(ph + 8), vaddr = get64(ph + 16), memsz = get64(ph + 40);
    uint32_t flags = get32(ph + 4);
    if (vaddr % CAPOS_PAGE_SIZE != offset % CAPOS_PAGE_SIZE)
        return "file and virtual page offsets of a segment differ";
    if ((flags & PF_W) != 0 && (flags & PF_X) != 0)
        return "segment both writable and executable";
    if (memsz == 0)
        return NULL;
    if (vaddr < CAPOS_IMAGE_BASE || vaddr + memsz > CAPOS_IMAGE_LIMIT)
        return "segment outside the image window";
    if (out->nsegments == ELF_MAX_SEGMENTS)
        return "too many segments";
    unsigned i = out->nsegments++;
    while (i > 0 && out->segments[i - 1].vaddr > vaddr) {
        out->segments[i] = out->segments[i - 1];
        i--;
    }
    struct elf_segment *s = &out->segments[i];
    s->vaddr = vaddr;
    s->filesz = get64(ph + 32);
    s->memsz = memsz;
    s->data = image + offset;
    s->prot =
        (flags & PF_R ? PROT_R : 0) | (flags & PF_W ? PROT_W | PROT_R : 0) | (flags & PF_X ? PROT_X : 0);
    return NULL;
}

static const char *segments_check(const struct elf_image *e)
{
    bool entry_found = false;
    if (e->nsegments == 0)
        return "no segments to load";
    for (unsigned i = 0; i < e->nsegments; i++) {
        const struct elf_segment *s = &e->segments[i];
        if (i > 0 && page_up(s[-1].vaddr + s[-1].memsz) > page_down(s->vaddr))
            return "segments overlap in a page";
        if (e->entry >= s->vaddr && e->entry - s->vaddr < s->memsz && (s->prot & PROT_X) != 0)
            entry_found = true;
    }
    return entry_found ? NULL : "entry point not in an executable segment";
}

static const char *parse(const uint8_t *image, size_t len, struct elf_image *out)
{
    const char *why = header_check(image, len);
    bool tls_seen = false;
    if (why != NULL)
        return why;
    out->entry = get64(image + 24);
    const uint8_t *ph = image + get64(image + 32);
    unsigned n = get16(image + 56), step = get16(image + 54);
    for (unsigned i = 0; i < n; i++, ph += step) {
        uint32_t type = get32(ph);
        if (type != PT_LOAD && type != PT_TLS)
            continue;
        if ((why = extent_check(ph, len)) != NULL)
            return why;
        if (type == PT_LOAD) {
            if ((why = load_add(out, image, ph)) != NULL)
                return why;
            continue;
        }
        if (tls_seen)
            return "more than one TLS segment";
        tls_seen = true;
        out->tls_data = image + get64(ph + 8);
        out->tls_filesz = get64(ph + 32);
        out->tls_memsz = get64(ph + 40);
        out->tls_align = get64(ph + 48);
    }
    return segments_check(out);
}

int elf_parse(const uint8_t *image, size_t len, struct elf_image *out, const char **why)
{
    memset(out, 0, sizeof(*out));
    const char *reason = parse(image, len, out);
    if (reason == NULL)
        return 0;
    *why = reason;
    return -ENOEXEC;
}

int elf_tls_layout(const struct elf_image *e, uint64_t *start, uint64_t *tp, const char **why)
{
    uint64_t align = e->tls_align > 16 ? e->tls_align : 16;
    uint64_t area = CAPOS_TLS_LIMIT - CAPOS_TLS_BASE;
    if (align > area || e->tls_memsz > area - align) {
        *why = "thread-local storage too large";
        return -ENOEXEC;
    }
    uint64_t size = (e->tls_memsz + align - 1) & ~(align - 1);
    uint64_t pointer = (CAPOS_TLS_BASE + size + align - 1) & ~(align - 1);
    if (pointer + TCB_BYTES > CAPOS_TLS_LIMIT) {
        *why = "thread-local storage too large";
        return -ENOEXEC;
    }
    *tp = pointer;
    *start = pointer - size;
    return 0;
}
