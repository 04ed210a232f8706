/* SPDX-License-Identifier: MIT */
/*
 * Boot manifests from outside, in an otherwise good image.
 * Invariant: manifest.h's; what is accepted is within its bounds, what is refused has a reason.
 */
#include <string.h>
#include "abi/capset.h"
#include "fuzz.h"
#include "host_image.h"
#include "kernel/manifest.h"

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static uint8_t message[4096] __attribute__((aligned(8)));
    static struct fuzz_seed seed;
    static const struct hi_cap caps[] = {
        {"console", "console", NULL}, {"root", "image_directory", "tree"}, {"timer", "timer", NULL}};
    seed = (struct fuzz_seed){message, hi_manifest(message, sizeof(message), caps, 3)};
    *seeds = &seed;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct manifest m;
    struct host_image hi = {NULL, 0, 0};
    const char *why = NULL;
    hi_add(&hi, "bin/prog", 0100755, "program", 7);
    hi_add(&hi, "boot/manifest", 0100644, data, len);
    hi_end(&hi);
    if (manifest_load(hi.bytes, hi.len, &m, &why) == 0) {
        fuzz_check(m.ncaps <= CAPOS_CAPSET_MAX_ENTRIES && m.nbinaries > 0 &&
                   m.nbinaries <= MANIFEST_MAX_BINARIES);
        fuzz_check(manifest_find(&m, m.init_binary, strlen(m.init_binary)) != NULL && m.init_name != NULL);
        for (uint32_t i = 0; i < m.ncaps; i++)
            fuzz_check(strlen(m.caps[i].name) > 0 && strlen(m.caps[i].name) <= CAPOS_CAPSET_NAME_MAX &&
                       strlen(m.caps[i].path) <= 255);
        for (uint32_t i = 0; i < m.nbinaries; i++)
            fuzz_check(m.binaries[i].len == 0 || m.binaries[i].elf != NULL);
    } else {
        fuzz_check(why != NULL);
    }
    hi_free(&hi);
    return 0;
}
