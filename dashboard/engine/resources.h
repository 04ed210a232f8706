/* SPDX-License-Identifier: MIT */
/*
 * What memory the programs of a boot used: on capOS by the kernel's own account (serial.h), on Linux by what
 * wait4 told the agent, which its STAT frames bring. Invariant: a program that did not run, or of which
 * nothing is known, has no entry.
 */
#ifndef ENGINE_RESOURCES_H
#define ENGINE_RESOURCES_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#define RESOURCES_MAX 1024u /* programs */

/* Zero-initialise, feed STAT texts, free. */
struct resources {
    struct resources_use {
        char program[64];
        uint64_t runs, peak_kib;
    } * use;
    size_t n;
};

/* Takes a STAT frame's text, `program=ID max_rss_kib=N ...`; any other is none of ours. */
void resources_stat(struct resources *r, const char *text, size_t len);
void resources_free(struct resources *r);

/*
 * A boot's "resources": {"source":"kernel"|"wait4","peak": what peakKiB
 * is,"programs":[{"name","runs","peakKiB"}]}. `authority`: of a capOS boot, from the kernel; without a source
 * there, STAT frames are it. Caller deletes.
 */
cJSON *resources_build(const cJSON *authority, const struct resources *r);
/* Of several boots: runs added up, the largest peak of each program. NULL when none has any. Caller deletes.
 */
cJSON *resources_merge(const cJSON *const *boots, size_t n);

#endif
