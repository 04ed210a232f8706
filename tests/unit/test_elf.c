/* SPDX-License-Identifier: MIT */
/*
 * The ELF checks: each refusal by its reason, and the placement of thread-local storage.
 * Invariant: every refusal comes from one change to a program that is accepted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "abi/errno.h"
#include "host_process.h"
#include "kernel/elf.h"

struct change {
    size_t at, width;
    uint64_t value;
    const char *why; /* NULL: still accepted */
};

enum {
    PH0 = 64,
    PH1 = 120,
    TYPE = 0,
    FLAGS = 4,
    OFFSET = 8,
    VADDR = 16,
    FILESZ = 32,
    MEMSZ = 40,
    ALIGN = 48
};

static const struct change changes[] = {
    {0, 1, 0x7e, "not an ELF file"},
    {4, 1, 1, "not a 64-bit ELF file"},
    {5, 1, 2, "not little-endian"},
    {6, 1, 0, "unknown ELF version"},
    {18, 2, 0xb7, "not for x86-64"},
    {16, 2, 3, "not a static non-PIE executable"},
    {54, 2, 55, "program header entries too small"},
    {54, 2, 0xffff, "program headers outside the file"},
    {56, 2, 0xffff, "program headers outside the file"},
    {32, 8, UINT64_MAX - 8, "program headers outside the file"},
    {32, 8, 0x1fff, "program headers outside the file"},
    {56, 2, 0, "no segments to load"},
    {24, 8, 0x1fffff, "entry point not in an executable segment"},
    {24, 8, HP_DATA, "entry point not in an executable segment"},
    {24, 8, 0x201000 - 1, NULL},
    {PH0 + FLAGS, 4, 7, "segment both writable and executable"},
    {PH0 + FLAGS, 4, 4, "entry point not in an executable segment"},
    {PH0 + VADDR, 8, 0x200800, "file and virtual page offsets of a segment differ"},
    {PH0 + FILESZ, 8, 0x2001, "segment data outside the file"},
    {PH0 + OFFSET, 8, UINT64_MAX - 4095, "segment data outside the file"},
    {PH0 + FILESZ, 8, 0x1001, "segment larger in the file than in memory"},
    {PH0 + ALIGN, 8, 12, "segment alignment is not a power of two"},
    {PH0 + ALIGN, 8, 0, NULL},
    {PH0 + VADDR, 8, UINT64_C(0x800000000000), "segment outside the user address space"},
    {PH0 + VADDR, 8, UINT64_C(0xffffffff80000000), "segment outside the user address space"},
    {PH1 + MEMSZ, 8, UINT64_MAX, "segment outside the user address space"},
    {PH0 + VADDR, 8, 0x1ff000, "segment outside the image window"},
    {PH1 + VADDR, 8, 0xfe1000, "segment outside the image window"},
    {PH1 + VADDR, 8, 0xfe0000, NULL}, /* ends exactly at the limit */
    {PH1 + VADDR, 8, 0x200000, "segments overlap in a page"},
    {PH0 + MEMSZ, 8, 0x1001, "segments overlap in a page"},
    {PH0 + TYPE, 4, 7, "entry point not in an executable segment"},
    {PH1 + TYPE, 4, 7, NULL},
    {PH1 + TYPE, 4, 0x6474e551, NULL}, /* what is not for us is passed over */
};

static void refusals(void **state)
{
    (void)state;
    struct elf_image e;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        size_t len;
        uint8_t *image = hp_elf(&len);
        const char *why = NULL;
        memcpy(image + changes[i].at, &changes[i].value, changes[i].width);
        int r = elf_parse(image, len, &e, &why);
        if (changes[i].why == NULL) {
            assert_int_equal(r, 0);
            continue;
        }
        assert_int_equal(r, -ENOEXEC);
        assert_string_equal(why, changes[i].why);
    }
}

static void truncations(void **state)
{
    (void)state;
    size_t len;
    uint8_t *image = hp_elf(&len);
    struct elf_image e;
    const char *why;
    for (size_t n = 0; n < 0x1010; n += n < 200 ? 1 : 97) {
        uint8_t *exact = malloc(n == 0 ? 1 : n); /* so that a read past the end is seen */
        memcpy(exact, image, n);
        assert_int_equal(elf_parse(exact, n, &e, &why), -ENOEXEC);
        free(exact);
    }
}

static void segments_are_sorted(void **state)
{
    (void)state;
    size_t len;
    uint8_t *image = hp_elf(&len), swapped[56];
    struct elf_image e;
    const char *why;
    memcpy(swapped, image + PH0, 56);
    memcpy(image + PH0, image + PH1, 56);
    memcpy(image + PH1, swapped, 56);
    assert_int_equal(elf_parse(image, len, &e, &why), 0);
    assert_int_equal(e.nsegments, 2);
    assert_int_equal(e.segments[0].vaddr, 0x200000);
    assert_int_equal(e.segments[0].prot, PROT_R | PROT_X);
    assert_int_equal(e.segments[1].prot, PROT_R | PROT_W);
    assert_int_equal(e.tls_memsz, 0);
}

static void tls_twice(void **state)
{
    (void)state;
    size_t len;
    uint8_t *image = hp_elf(&len);
    struct elf_image e;
    const char *why;
    uint32_t type = 7;
    uint16_t n = 4;
    memcpy(image + 56, &n, 2);
    for (unsigned i = 0; i < 2; i++) {
        memset(image + 176 + 56 * i, 0, 56);
        memcpy(image + 176 + 56 * i, &type, 4);
    }
    assert_int_equal(elf_parse(image, len, &e, &why), -ENOEXEC);
    assert_string_equal(why, "more than one TLS segment");
}

static void tls_layout(void **state)
{
    (void)state;
    struct elf_image e = {.tls_filesz = 5, .tls_memsz = 20, .tls_align = 8};
    uint64_t start, tp;
    const char *why;
    assert_int_equal(elf_tls_layout(&e, &start, &tp, &why), 0);
    assert_int_equal(tp % 16, 0);
    assert_int_equal(tp - start, 32); /* the size, rounded up to the alignment */
    assert_true(start >= CAPOS_TLS_BASE);
    e.tls_align = 0x1000;
    assert_int_equal(elf_tls_layout(&e, &start, &tp, &why), 0);
    assert_int_equal(tp % 0x1000, 0);
    assert_int_equal(tp - start, 0x1000);
    e.tls_memsz = CAPOS_TLS_LIMIT - CAPOS_TLS_BASE;
    assert_int_equal(elf_tls_layout(&e, &start, &tp, &why), -ENOEXEC);
    e.tls_memsz = 1;
    e.tls_align = UINT64_C(1) << 63;
    assert_int_equal(elf_tls_layout(&e, &start, &tp, &why), -ENOEXEC);
    assert_string_equal(why, "thread-local storage too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),  cmocka_unit_test(truncations), cmocka_unit_test(segments_are_sorted),
        cmocka_unit_test(tls_twice), cmocka_unit_test(tls_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
