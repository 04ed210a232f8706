/* SPDX-License-Identifier: MIT */
/*
 * Looking at an ELF file's headers; see elfcheck.h.
 * Invariant: every offset is held against the file's length before it is used.
 */
#include "elfcheck.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

static int refuse(char *why, size_t n, const char *text)
{
    snprintf(why, n, "%s", text);
    return -ENOEXEC;
}

static int looks_like_text(const unsigned char *p, size_t len)
{
    size_t k = len < 512 ? len : 512;

    for (size_t i = 0; i < k; i++)
        if (p[i] < 0x20 && p[i] != '\n' && p[i] != '\t' && p[i] != '\r')
            return 0;
    return k > 0;
}

static int check_header(const Elf64_Ehdr *h, size_t len, char *why, size_t n)
{
    if (h->e_ident[EI_CLASS] != ELFCLASS64)
        return refuse(why, n, "a 32-bit ELF file; guests run 64-bit ones");
    if (h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != EM_X86_64)
        return refuse(why, n, "an ELF file for another machine than x86-64");
    if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
        return refuse(why, n, "an ELF file that is no executable (an object or a core file)");
    if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0)
        return refuse(why, n, "an ELF file without program headers");
    if (h->e_phoff > len || (len - h->e_phoff) / sizeof(Elf64_Phdr) < h->e_phnum)
        return refuse(why, n, "truncated: the ELF program headers lie beyond the end of the file");
    return 0;
}

int elfcheck_bytes(const unsigned char *p, size_t len, char *why, size_t n)
{
    Elf64_Ehdr h;
    int rc, loads = 0;

    if (len == 0)
        return refuse(why, n, "an empty file");
    if (len < SELFMAG || memcmp(p, ELFMAG, SELFMAG) != 0)
        return refuse(
            why, n, looks_like_text(p, len) ? "a text file, not an ELF executable" : "not an ELF executable");
    if (len < sizeof h)
        return refuse(why, n, "truncated: shorter than an ELF header");
    memcpy(&h, p, sizeof h);
    rc = check_header(&h, len, why, n);
    for (unsigned i = 0; rc == 0 && i < h.e_phnum; i++) {
        Elf64_Phdr ph;

        memcpy(&ph, p + h.e_phoff + i * sizeof ph, sizeof ph);
        if (ph.p_type == PT_INTERP)
            return refuse(why, n, "dynamically linked (it asks for an interpreter); link it with -static");
        if (ph.p_type != PT_LOAD)
            continue;
        loads++;
        if (ph.p_offset > len || ph.p_filesz > len - ph.p_offset)
            return refuse(why, n, "truncated: a segment lies beyond the end of the file");
        if (ph.p_filesz > ph.p_memsz)
            return refuse(why, n, "malformed: a segment is larger in the file than in memory");
    }
    if (rc == 0 && loads == 0)
        return refuse(why, n, "an ELF file with nothing to load");
    return rc;
}

int elfcheck_file(const char *path, char *why, size_t n)
{
    char *bytes;
    size_t len;
    int rc = files_read(path, (size_t)1 << 30, &bytes, &len);

    if (rc < 0) {
        snprintf(why, n, "%s", strerror(-rc));
        return rc;
    }
    rc = elfcheck_bytes((unsigned char *)bytes, len, why, n);
    free(bytes);
    return rc;
}
