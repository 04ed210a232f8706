/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a workload definition: refused with a line that names the file, or accepted whole.
 * Invariant: an accepted definition has a program behind every timed step.
 */
#include <string.h>

#include "definition.h"
#include "fuzz.h"

static const char seed_whole[] =
    "{\"schema\":1,\"name\":\"a/"
    "b\",\"title\":\"t\",\"tier\":3,\"unit\":\"ms\",\"lowerIsBetter\":true,\"ports\":[\"p\"],"
    "\"corpus\":\"mixed\",\"backings\":[\"ram\"],\"warmups\":1,\"iterations\":{\"smoke\":1,\"standard\":1,"
    "\"long\":1},"
    "\"memoryMiB\":{\"smoke\":512,\"standard\":512,\"long\":512},\"limitSeconds\":{\"smoke\":1,\"standard\":"
    "1,\"long\":1},"
    "\"expectSeconds\":{\"smoke\":1,\"standard\":1,\"long\":1},\"programs\":{\"run\":{\"port\":\"p\","
    "\"program\":\"p\","
    "\"args\":[\"-x\",\"@corpus:%s.z\"],\"cwd\":\"/"
    "work\",\"env\":{\"A\":\"b\"},\"capabilities\":[{\"name\":\"timer\"},"
    "{\"name\":\"w\",\"kind\":\"directory\",\"path\":\"/work\",\"mode\":\"rw\"}]}},\"setup\":[[\"mkdir\",\"/"
    "work/a\"]],"
    "\"iteration\":[[\"timed\",\"run\"]],\"export\":[[\"/work/"
    "a\",\"a\"]],\"verifier\":{\"kind\":\"k\",\"golden\":\"g\"},"
    "\"nondeterminism\":[],\"unsupportedPolicy\":\"report\",\"parserVersion\":1}";

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static const struct fuzz_seed all[] = {{seed_whole, sizeof seed_whole - 1}, {"{\"schema\":1}", 12}};

    *seeds = all;
    return sizeof all / sizeof all[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *why = NULL;
    struct definition *d = definition_parse((const char *)data, len, "input", NULL, &why);

    fuzz_check((d == NULL) == (why != NULL));
    if (d) {
        int program[64];
        size_t n = definition_regions(d, program, 64);

        fuzz_check(n > 0 && d->canonical);
        for (size_t i = 0; i < n && i < 64; i++)
            fuzz_check(program[i] >= 0 && (size_t)program[i] < d->nprograms);
    } else {
        fuzz_check(strncmp(why, "input: ", 7) == 0);
        for (const char *p = why; *p; p++)
            fuzz_check(*p >= 0x20 && *p <= 0x7e);
    }
    definition_free(d);
    free(why);
    return 0;
}
