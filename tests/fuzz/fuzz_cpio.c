/* SPDX-License-Identifier: MIT */
/*
 * Boot images from outside: every entry lies inside the image, every walk ends.
 * Invariant: cpio.h's.
 */
#include <string.h>
#include "fuzz.h"
#include "host_image.h"
#include "kernel/cpio.h"

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static struct host_image hi;
    static struct fuzz_seed seed;
    if (hi.bytes == NULL) {
        hi_add(&hi, "bin", 0040755, NULL, 0);
        hi_add(&hi, "bin/prog", 0100755, "program", 7);
        hi_add(&hi, "bin/name", 0120777, "prog", 4);
        hi_add(&hi, "./tree/in/a", 0100644, "some bytes", 10);
        hi_end(&hi);
    }
    seed = (struct fuzz_seed){hi.bytes, hi.len};
    *seeds = &seed;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct cpio_iter it;
    struct cpio_entry e;
    const char *why = NULL;
    size_t entries = 0;
    int r;
    cpio_start(&it, data, len);
    while ((r = cpio_next(&it, &e, &why)) == 1) {
        const uint8_t *name = (const uint8_t *)e.name;
        fuzz_check(name >= data && name + e.name_len < data + len && e.name[e.name_len] == '\0');
        fuzz_check(strlen(e.name) == e.name_len && e.name_len > 0 && e.name_len <= CPIO_NAME_MAX &&
                   e.name[0] != '/');
        fuzz_check(e.size == 0 ? e.data == NULL : e.data >= data && e.size <= (size_t)(data + len - e.data));
        fuzz_check(++entries <= len / 110);
        if (e.is_link && cpio_follow(data, len, &e, &why) == 0)
            fuzz_check(!e.is_link &&
                       (e.size == 0 || (e.data >= data && e.size <= (size_t)(data + len - e.data))));
    }
    fuzz_check(r == 0 || why != NULL);
    return 0;
}
