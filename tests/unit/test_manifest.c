/* SPDX-License-Identifier: MIT */
/*
 * The boot manifest and the boot itself: exactly the named capabilities, each refusal by its reason, halt and
 * frame count. Invariant: a boot that is refused says why on the serial port and ends with the status for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "abi/bench.h"
#include "abi/errno.h"
#include "host_image.h"
#include "host_process.h"
#include "kernel/manifest.h"

static struct manifest m;

static const char *refusal(const struct hi_cap *caps, size_t n)
{
    static char text[128];
    struct host_image hi = hi_standard(caps, n);
    const char *why = "accepted";
    int r = manifest_load(hi.bytes, hi.len, &m, &why);
    snprintf(text, sizeof(text), "%s", r == 0 ? "accepted" : why);
    hi_free(&hi);
    return text;
}

static void loads(void **state)
{
    (void)state;
    const struct hi_cap caps[] = {{"console", "console", NULL},
                                  {"root", "image_directory", "tree"},
                                  {"stdio_3", "bench_channel", NULL}};
    struct host_image hi = hi_standard(caps, 3);
    const char *why;
    assert_int_equal(manifest_load(hi.bytes, hi.len, &m, &why), 0);
    assert_string_equal(m.init_binary, "prog");
    assert_string_equal(m.init_name, "first");
    assert_int_equal(m.ncaps, 3);
    assert_string_equal(m.caps[1].name, "root");
    assert_string_equal(m.caps[1].path, "tree");
    assert_int_equal(m.caps[0].source, CAPOS_SRC_CONSOLE);
    assert_true(m.caps[1].source >= 0x1000 && m.caps[2].source >= 0x1000);
    const struct manifest_binary *b = manifest_find(&m, "prog", 4);
    assert_non_null(b);
    assert_int_equal(b->len, 0x2000);
    assert_memory_equal(b->elf, "\177ELF", 4);
    assert_null(manifest_find(&m, "pro", 3));
    hi_free(&hi);
}

static void refusals(void **state)
{
    (void)state;
    struct hi_cap many[CAPOS_CAPSET_MAX_ENTRIES + 1];
    for (size_t i = 0; i < CAPOS_CAPSET_MAX_ENTRIES + 1; i++)
        many[i] = (struct hi_cap){"x", "timer", NULL};
    assert_string_equal(refusal(many, CAPOS_CAPSET_MAX_ENTRIES), "accepted");
    assert_string_equal(refusal(many, CAPOS_CAPSET_MAX_ENTRIES + 1), "more than 85 capabilities");
    struct hi_cap one = {"x", "nonsense", NULL};
    assert_string_equal(refusal(&one, 1), "unknown capability source");
    one.source = "network_manager";
    assert_string_equal(refusal(&one, 1), "capability source not served");
    one.source = NULL;
    assert_string_equal(refusal(&one, 1), "a capability lacks name or source");
    one = (struct hi_cap){"", "timer", NULL};
    assert_string_equal(refusal(&one, 1), "name of a capability empty or longer than 32 bytes");
    one.name = "123456789012345678901234567890123";
    assert_string_equal(refusal(&one, 1), "name of a capability empty or longer than 32 bytes");
    one.name = "12345678901234567890123456789012";
    assert_string_equal(refusal(&one, 1), "accepted");
}

static void broken_messages(void **state)
{
    (void)state;
    static uint8_t message[4096] __attribute__((aligned(8)));
    const struct hi_cap caps[] = {{"console", "console", NULL}};
    size_t len = hi_manifest(message, sizeof(message), caps, 1), elf_len;
    const uint8_t *elf = hp_elf(&elf_len);
    const char *why;
    for (size_t n = 0; n < len; n += 8) { /* truncated anywhere: refused, and by a reason */
        struct host_image hi = {NULL, 0, 0};
        hi_add(&hi, "boot/manifest", 0100644, message, n);
        hi_add(&hi, "bin/prog", 0100644, elf, elf_len);
        hi_end(&hi);
        why = NULL;
        assert_int_equal(manifest_load(hi.bytes, hi.len, &m, &why), -EINVAL);
        assert_non_null(why);
        hi_free(&hi);
    }
    struct host_image hi = {NULL, 0, 0};
    hi_add(&hi, "boot/manifest", 0100644, message, len);
    hi_end(&hi);
    assert_int_equal(manifest_load(hi.bytes, hi.len, &m, &why), -EINVAL);
    assert_string_equal(why, "a binary of the manifest is not in the image");
    hi_free(&hi);
    message[16] = 2; /* schemaVersion, the first data word behind framing and root pointer */
    hi_add(&hi, "boot/manifest", 0100644, message, len);
    hi_end(&hi);
    assert_int_equal(manifest_load(hi.bytes, hi.len, &m, &why), -EINVAL);
    assert_string_equal(why, "schemaVersion is not 1");
    hi_free(&hi);
    hi_add(&hi, "boot/other", 0100644, message, len);
    hi_end(&hi);
    assert_int_equal(manifest_load(hi.bytes, hi.len, &m, &why), -EINVAL);
    assert_string_equal(why, "no boot/manifest in the image");
    hi_free(&hi);
}

static unsigned boot(const uint8_t *bytes, size_t len)
{
    host_reset();
    HOST_RUN(objects_start(bytes, len, ""));
    return host.exit_value;
}

static void boot_and_halt(void **state)
{
    (void)state;
    const struct hi_cap caps[] = {{"console", "console", NULL},
                                  {"root", "image_directory", ""},
                                  {"startup", "image_file", "tree/file"},
                                  {"stdio_3", "bench_channel", NULL},
                                  {"process_spawner", "process_spawner", NULL},
                                  {"capbench_ext", "capbench_ext", NULL}};
    struct host_image hi = hi_standard(caps, 6);
    for (int64_t code = 0; code < 2; code++) {
        assert_int_equal(boot(hi.bytes, hi.len), 0);
        /* A list that was shown already is named by the process that had it. */
        assert_non_null(strstr(
            host.log, code == 0 ? "caps=console:Console,root:Directory:rw,startup:File:ro,stdio_3:Pipe,"
                                  "process_spawner:ProcessSpawner:all,"
                                : "caps=@1"));
        assert_non_null(strstr(host.log, "name=first "));
        assert_non_null(strstr(host.log, "init ns="));
        struct process *p = process_find(1 + (uint32_t)code);
        assert_non_null(p);
        for (unsigned i = 0; i < 6; i++)
            assert_int_equal(hp_id(p, caps[i].name), i);
        assert_int_equal(hp_id(p, "timer"), UINT32_MAX);
        hp_end(p, code);
        assert_non_null(host.idle);
        HOST_RUN(host.idle(host.idle_ctx));
        assert_int_equal(host.exit_value, code == 0 ? BENCH_QEMU_SUCCESS : BENCH_QEMU_INIT_FAILED);
        assert_null(strstr(host.log, "frames lost"));
        assert_non_null(strstr(host.log, code == 0 ? "halt code=0\n" : "halt code=1\n"));
        assert_int_equal(process_count(), 0);
    }
    hi_free(&hi);
}

static void boot_refused(void **state)
{
    (void)state;
    struct hi_cap cap = {"startup", "image_file", "tree/nothing"};
    struct host_image hi = hi_standard(&cap, 1);
    assert_int_equal(boot(NULL, 0), BENCH_QEMU_BOOT_REFUSED);
    assert_non_null(strstr(host.log, "boot refused: image: no boot image"));
    assert_int_equal(boot(hi.bytes, hi.len), BENCH_QEMU_BOOT_REFUSED);
    assert_non_null(strstr(host.log, "boot refused: startup: no such path in the image"));
    assert_int_equal(boot(hi.bytes, hi.len / 2), BENCH_QEMU_BOOT_REFUSED);
    hi_free(&hi);
    hi = hi_standard(NULL, 0);
    for (size_t i = 0; i + 4 < hi.len; i++) /* the program itself: no ELF any more */
        if (memcmp(hi.bytes + i, "\177ELF", 4) == 0)
            hi.bytes[i] = 0;
    assert_int_equal(boot(hi.bytes, hi.len), BENCH_QEMU_BOOT_REFUSED);
    assert_non_null(strstr(host.log, "boot refused: prog: not an ELF file"));
    hi_free(&hi);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads),         cmocka_unit_test(refusals),     cmocka_unit_test(broken_messages),
        cmocka_unit_test(boot_and_halt), cmocka_unit_test(boot_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
