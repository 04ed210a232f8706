/* SPDX-License-Identifier: MIT */
/*
 * Booting a guest for one workload, and judging it; see boot.h. The guest itself is boot_guest.c's.
 * Invariant: nothing of a boot counts before all of it has been judged, its second start included.
 */
#include "boot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_guest.h"
#include "files.h"
#include "json.h"
#include "judge.h"
#include "latency.h"
#include "mem.h"
#include "plan.h"

double boot_expect(const struct session *s, const struct definition *d, enum guest_kind guest,
                   enum def_backing backing)
{
    double t = d->expect_seconds[s->size] * (backing == BACKING_STORE ? 2.0 : 1.0);

    if (guest == GUEST_NATIVE || s->accel == ACCEL_KVM)
        return t / 5 + 1;
    return s->accel == ACCEL_ICOUNT ? t * 2 : t;
}

static char **copy_argv(char *const *argv)
{
    size_t n = 0;
    char **out;

    while (argv && argv[n])
        n++;
    out = mem_zalloc((n + 1) * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = mem_dup(argv[i]);
    return out;
}

static void event_start(struct boot_guest *w)
{
    cJSON *e = boot_guest_event(w, "boot_start");
    char text[20];

    snprintf(text, sizeof text, "%016llx", (unsigned long long)w->nonce);
    json_add_u64(e, "pair", w->b->pair);
    json_add_text(e, "workload", w->cell->d->name);
    json_add_text(e, "backing", definition_backing_name(w->b->backing));
    json_add_text(e, "guest", definition_guest_name(w->b->guest));
    json_add_text(e, "name", w->b->name);
    json_add_text(e, "nonce", text);
    json_add_text(e, "treeHash", w->b->tree_hash);
    json_add_text(e, "accelerator", w->b->guest == GUEST_NATIVE ? "native" : guest_accel_name(w->s->accel));
    events_add(&w->s->events, e);
    (void)events_sync(&w->s->events);
}

static void event_end(struct boot_guest *w)
{
    const struct guest_outcome *o = &w->outcome;
    struct boot *b = w->b;
    const cJSON *marks[] = {b->marks};
    cJSON *e = boot_guest_event(w, "boot_end"),
          *latency = b->status == RESULT_PASSED ? latency_build(marks, 1) : NULL;

    json_add_text(e, "name", b->name);
    json_add_text(e, "guestEnd", guest_end_name(o->end));
    json_add_u64(e, "qemuStatus", o->qemu_status < 0 ? 0 : (uint64_t)o->qemu_status);
    cJSON_AddBoolToObject(e, "counts", !b->interrupted);
    json_add_text(e, "status", result_status_name(b->status));
    json_add_text(e, "reason", b->reason);
    json_add_text(e, "detail", b->detail);
    if (b->difference)
        cJSON_AddItemToObject(e, "firstDifference", cJSON_Duplicate(b->difference, 1));
    json_add_text(e, "verdict", w->verdict);
    if (b->authority)
        cJSON_AddItemToObject(e, "authority", cJSON_Duplicate(b->authority, 1));
    if (b->resources)
        cJSON_AddItemToObject(e, "resources", cJSON_Duplicate(b->resources, 1));
    if (latency)
        cJSON_AddItemToObject(e, "latency", latency);
    json_add_text(e, "artifactHash", *b->artifact_hash ? b->artifact_hash : NULL);
    cJSON_AddNumberToObject(e, "seconds", b->seconds);
    if (isfinite(b->hello_ms))
        cJSON_AddNumberToObject(e, "firstProcessMs", b->hello_ms);
    if (isfinite(b->init_ms))
        cJSON_AddNumberToObject(e, "guestInitMs", b->init_ms);
    json_add_u64(e, "frames", o->frames);
    if (w->cell->d->keep.program)
        json_add_u64(e, "outputLines", b->kept_lines);
    if (b->guest == GUEST_CAPOS) {
        json_add_u64(e, "kernelFramesStart", w->serial.frames_start);
        json_add_u64(e, "kernelFramesEnd", w->serial.frames_end);
    }
    events_add(&w->s->events, e);
    (void)events_sync(&w->s->events);
}

static void boot_times(struct boot *b, const struct boot_guest *w)
{
    const struct guest_outcome *o = &w->outcome;

    b->seconds = o->end_ns > o->start_ns ? (double)(o->end_ns - o->start_ns) / 1e9 : 0;
    b->hello_ms = o->first_frame_ns > o->start_ns ? (double)(o->first_frame_ns - o->start_ns) / 1e6 : NAN;
    b->init_ms = w->serial.init_ns ? (double)w->serial.init_ns / 1e6 : NAN;
    b->argv = copy_argv(o->argv);
}

/* After the guest has ended: verify, hash, judge, keep. */
static void first_judge(struct boot_guest *w)
{
    struct session *s = w->s;
    struct boot *b = w->b;
    struct judge_case j;
    char changed[512], *marks = mem_printf("%s/marks.json", w->raw);

    boot_guest_case(w, &j);
    b->interrupted = w->started == 0 && w->outcome.end == GUEST_INTERRUPTED;
    if (!b->interrupted && judge_wants_verifier(&j))
        boot_guest_verify(w, &j);
    if (files_is_dir(w->artifacts) && digest_tree(w->artifacts, "NONCE", b->artifact_hash) < 0)
        b->artifact_hash[0] = '\0';
    if (inputs_check(&s->inputs, false, changed, sizeof changed) != 0)
        j.changed_input = changed;
    judge_boot(b, &j);
    (void)json_write(marks, b->marks);
    free(marks);
}

/* Did the second boot find the first one's nonce? The file is no part of the artifact that is verified. */
static bool same_disk(const struct boot_guest *w, uint64_t first)
{
    char *path = mem_printf("%s/" PLAN_FIRST_NONCE, w->artifacts), *text = NULL, want[20];
    size_t len = 0;
    int err = files_read(path, 64, &text, &len);

    snprintf(want, sizeof want, "%016llx\n", (unsigned long long)first);
    bool same = err == 0 && len == strlen(want) && memcmp(text, want, len) == 0;
    (void)files_remove(path);
    free(text);
    free(path);
    return same;
}

/* The second start on the same disk: what the first one wrote must be there, whole. */
static void boot_second(struct boot_guest *first, const struct disk *disk)
{
    struct boot *b = first->b;
    struct boot_guest *w = boot_guest_new(first->s, b, first->cell, first->corpus, true);
    struct judge_case j;
    bool same;

    if (boot_guest_prepare(w) == 0)
        boot_guest_run(w, disk);
    b->seconds +=
        w->outcome.end_ns > w->outcome.start_ns ? (double)(w->outcome.end_ns - w->outcome.start_ns) / 1e9 : 0;
    boot_guest_case(w, &j);
    same = same_disk(w, first->nonce);
    b->interrupted = w->started == 0 && w->outcome.end == GUEST_INTERRUPTED;
    if (!b->interrupted && same && judge_wants_verifier(&j))
        boot_guest_verify(w, &j);
    judge_reopen(b, &j, same);
    boot_guest_free(w);
}

static int disk_fresh(struct boot_guest *w, struct disk *disk)
{
    struct session *s = w->s;
    const struct definition *d = w->cell->d;

    *disk = (struct disk){0};
    if (w->started < 0 || !definition_disk(d, w->b->guest))
        return 0;
    w->started = disk_images_fresh(&s->disks, s->dir, w->b->guest, d->disk_mib[s->size], disk,
                                   w->outcome.reason, sizeof w->outcome.reason);
    return w->started;
}

struct boot *boot_run(struct session *s, const struct cell *cell, const struct corpus *c, unsigned pair)
{
    const struct definition *d = cell->d;
    struct boot *b = mem_zalloc(sizeof *b);
    struct boot_guest *w;
    struct disk disk;

    b->number = ++s->boots;
    b->pair = pair;
    b->guest = cell->guest;
    b->backing = cell->backing;
    b->name = mem_printf("%03u-%s-%s%s", b->number, definition_guest_name(b->guest), d->name,
                         b->backing == BACKING_STORE ? "-store" : "");
    for (char *p = b->name; *p; p++)
        if (*p == '/')
            *p = '-';
    w = boot_guest_new(s, b, cell, c, false);
    (void)boot_guest_prepare(w);
    memcpy(b->tree_hash, w->tree_hash, sizeof b->tree_hash);
    event_start(w);
    disk_fresh(w, &disk);
    boot_guest_run(w, disk.image ? &disk : NULL);
    boot_times(b, w);
    first_judge(w);
    if (!b->interrupted && b->status == RESULT_PASSED && b->backing == BACKING_STORE && d->reopen.n)
        boot_second(w, &disk);
    event_end(w);
    disk_free(&disk);
    boot_guest_free(w);
    return b;
}
