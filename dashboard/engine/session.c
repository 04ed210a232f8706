/* SPDX-License-Identifier: MIT */
/*
 * Names and cleaning up for session.h.
 * Invariant: boot_free frees exactly what boot.c and verify.c put into a boot.
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static const char *const status_names[] = {"passed", "failed", "unsupported", "invalid", "not_applicable"};

const char *result_status_name(enum result_status s)
{
    return status_names[s];
}

int result_status_parse(const char *text, enum result_status *out)
{
    for (size_t i = 0; text && i < sizeof status_names / sizeof status_names[0]; i++)
        if (strcmp(status_names[i], text) == 0) {
            *out = (enum result_status)i;
            return 0;
        }
    return -EINVAL;
}

enum result_status cell_excuse(const struct definition *d, enum guest_kind guest, enum def_backing backing,
                               char **why)
{
    *why = mem_dup(d->not_applicable[guest]);
    if (*why)
        return RESULT_NOT_APPLICABLE;
    *why = mem_dup(d->unsupported[guest]);
    if (!*why && !d->backing[backing])
        *why = mem_printf("the workload has no %s-backed profile", definition_backing_name(backing));
    if (*why)
        return RESULT_UNSUPPORTED;
    if (guest == GUEST_NATIVE && backing == BACKING_STORE) {
        *why = mem_dup("the host itself has no virtual disk to compare with");
        return RESULT_NOT_APPLICABLE;
    }
    return RESULT_PASSED;
}

bool cell_runs(const struct definition *d, enum guest_kind guest, enum def_backing backing)
{
    char *why;
    bool runs = cell_excuse(d, guest, backing, &why) == RESULT_PASSED;

    free(why);
    return runs;
}

void boot_free(struct boot *b)
{
    if (!b)
        return;
    free(b->name);
    free(b->reason);
    free(b->detail);
    cJSON_Delete(b->difference);
    cJSON_Delete(b->marks);
    cJSON_Delete(b->authority);
    cJSON_Delete(b->resources);
    for (size_t i = 0; b->argv && b->argv[i]; i++)
        free(b->argv[i]);
    free(b->argv);
    free(b);
}
