/* SPDX-License-Identifier: MIT */
/*
 * Booting one guest for one workload; see boot.h.
 * Invariant: while a guest runs, callbacks only append to files and to memory: nothing here blocks a timed
 * region.
 */
#include "boot.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/bench.h"
#include "collect.h"
#include "files.h"
#include "interrupt.h"
#include "json.h"
#include "judge.h"
#include "mem.h"
#include "plan.h"
#include "prng.h"
#include "serial.h"
#include "text.h"
#include "verifier.h"

#define MIB UINT64_C(1048576)

/*
 * While a guest runs the engine only reads and stamps: where the host allows it, it does so ahead of ordinary
 * work, so that a busy host does not pass for a slow guest. Children do not inherit this.
 */
static void stamp_promptly(bool on)
{
    struct sched_param p = {.sched_priority = on ? 1 : 0};

    (void)sched_setscheduler(0, on ? SCHED_FIFO | SCHED_RESET_ON_FORK : SCHED_OTHER, &p);
}

struct watch {
    struct session *s;
    struct boot *b;
    struct collect collected;
    struct serial_log serial;
    const char *verdict; /* "passed", "rejected", "broken"; NULL: the verifier was not asked */
    FILE *output;        /* what the programs wrote */
};

const char *boot_flavour(enum guest_kind guest)
{
    return guest == GUEST_CAPOS ? "capos" : "linux";
}

char *boot_program_path(const struct def_program *p, enum guest_kind guest)
{
    return p->program ? mem_printf("%s/ports/%s/%s", files_build_dir(), boot_flavour(guest), p->program)
                      : NULL;
}

double boot_expect(const struct session *s, const struct definition *d, enum guest_kind guest)
{
    double t = d->expect_seconds[s->size];

    if (guest == GUEST_NATIVE || s->accel == ACCEL_KVM)
        return t / 5 + 1;
    return s->accel == ACCEL_ICOUNT ? t * 2 : t;
}

static cJSON *watch_event(struct watch *w, const char *name)
{
    cJSON *e = events_new(&w->s->events, name);

    json_add_u64(e, "boot", w->b->number);
    return e;
}

static void watch_step(struct watch *w, const char *text)
{
    cJSON *e = watch_event(w, "step");

    json_add_text(e, "text", text);
    events_add(&w->s->events, e);
    progress_step(&w->s->progress, text);
}

static void watch_text(struct watch *w, const char *name, const void *bytes, size_t len)
{
    cJSON *e = watch_event(w, name);
    char *text = text_escaped(bytes, len, 400);

    json_add_text(e, "text", text);
    events_add(&w->s->events, e);
    free(text);
}

static void watch_mark(struct watch *w, unsigned type, uint64_t guest_ns, uint64_t host_ns,
                       const void *payload)
{
    cJSON *e = watch_event(w, "mark");
    struct bench_mark m;

    memcpy(&m, payload, sizeof m);
    json_add_text(e, "what", type == BENCH_BEGIN ? "begin" : "end");
    json_add_u64(e, "iteration", m.iteration);
    json_add_u64(e, "region", m.region);
    cJSON_AddBoolToObject(e, "warmup", m.warmup != 0);
    json_add_u64(e, "guestNs", guest_ns);
    json_add_u64(e, "hostNs", host_ns > w->collected.start_host ? host_ns - w->collected.start_host : 0);
    events_add(&w->s->events, e);
}

static void on_started(void *ctx, char *const *argv, uint64_t host_ns)
{
    struct watch *w = ctx;
    cJSON *e = watch_event(w, "guest_started"), *a = cJSON_AddArrayToObject(e, "argv");

    w->collected.start_host = host_ns;
    json_add_u64(e, "hostNs", host_ns);
    for (size_t i = 0; argv[i]; i++)
        cJSON_AddItemToArray(a, cJSON_CreateString(argv[i]));
    events_add(&w->s->events, e);
    progress_step(&w->s->progress, "booting");
}

static void on_frame(void *ctx, unsigned type, uint64_t guest_ns, uint64_t host_ns, const void *payload,
                     size_t len)
{
    struct watch *w = ctx;

    collect_frame(&w->collected, type, guest_ns, host_ns, payload, len);
    if ((type == BENCH_BEGIN || type == BENCH_END) && len == sizeof(struct bench_mark))
        watch_mark(w, type, guest_ns, host_ns, payload);
    else if (type == BENCH_STEP)
        watch_step(w, w->collected.step);
    else if (type == BENCH_HELLO)
        watch_text(w, "hello", payload, len);
    else if (type == BENCH_LOG)
        watch_text(w, "log", payload, len);
    else if (type == BENCH_ERROR)
        watch_text(w, "agent_error", payload, len);
    else if (type == BENCH_STAT)
        watch_text(w, "stat", payload, len);
    else if (type == BENCH_OUTPUT && w->output && len > sizeof(struct bench_output))
        fwrite((const char *)payload + sizeof(struct bench_output), 1, len - sizeof(struct bench_output),
               w->output);
}

static void on_serial(void *ctx, const void *bytes, size_t n)
{
    struct watch *w = ctx;

    if (w->b->guest == GUEST_CAPOS)
        serial_feed(&w->serial, bytes, n);
}

static bool on_interrupted(void *ctx)
{
    struct watch *w = ctx;

    progress_tick(&w->s->progress);
    return interrupt_seen();
}

struct guest_file *boot_image_files(const struct definition *d, const struct corpus *c, const char *programs,
                                    size_t *n)
{
    struct guest_file *f = mem_zalloc((d->nprograms + c->n + 1) * sizeof *f);

    *n = 0;
    for (size_t i = 0; i < d->nprograms; i++) {
        const char *name = d->programs[i].program;
        bool known = !name;

        for (size_t k = 0; k < i && !known; k++)
            known = d->programs[k].program && strcmp(d->programs[k].program, name) == 0;
        if (known)
            continue;
        f[*n].path = mem_printf("bin/%s", name);
        f[*n].host_path = mem_printf("%s/%s", programs, name);
        f[(*n)++].executable = true;
    }
    for (size_t i = 0; i < c->n; i++) {
        f[*n].path = mem_printf("tree/in/%s", c->file[i].name);
        f[(*n)++].host_path = mem_dup(c->file[i].path);
    }
    return f;
}

void boot_free_files(struct guest_file *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        union {
            const char *in;
            char *out;
        } path = {f[i].path}, host = {f[i].host_path};

        free(path.out);
        free(host.out);
    }
    free(f);
}

uint64_t boot_export_limit(const struct definition *d, enum def_size size, const struct corpus *c)
{
    unsigned mib = d->export_mib[size];

    return mib ? mib * MIB : 4 * c->bytes + 16 * MIB;
}

char *boot_plan(const struct definition *d, enum def_size size, const struct corpus *c, const char *flavour)
{
    struct plan_limits limits = {.seconds = d->limit_seconds[size],
                                 .output_bytes = 8 * MIB,
                                 .export_bytes = boot_export_limit(d, size, c)};
    char **names = mem_zalloc((c->n + 1) * sizeof *names), *plan;

    for (size_t i = 0; i < c->n; i++)
        names[i] = c->file[i].name;
    plan = plan_build(d, size, flavour, names, c->n, &limits);
    free(names);
    return plan;
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

/* Asks the verifier; keeps case and verdict beside the raw data. */
static void boot_verify(struct watch *w, struct judge_case *j, const struct corpus *c, uint64_t nonce,
                        const char *raw, const char *artifacts, struct boot *b, char **why)
{
    char *case_path = mem_printf("%s/case.json", raw), *verdict_path = mem_printf("%s/verdict.json", raw);
    cJSON *verdict = NULL, *cs = verifier_case(j->d, c, nonce);
    enum verifier_result r = VERIFIER_BROKEN;

    watch_step(w, "verifying");
    if (json_write(case_path, cs) < 0)
        *why = mem_dup("the case file could not be written");
    else
        r = verifier_run(j->d->verifier_kind, case_path, artifacts, &verdict, why);
    if (verdict)
        (void)json_write(verdict_path, verdict);
    j->verified = r == VERIFIER_PASSED;
    j->verifier_broken = r == VERIFIER_BROKEN;
    j->verifier_reason = *why;
    w->verdict = j->verified ? "passed" : j->verifier_broken ? "broken" : "rejected";
    if (r == VERIFIER_FAILED)
        b->difference = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(verdict, "first_difference"), 1);
    if (cJSON_IsNull(b->difference)) {
        cJSON_Delete(b->difference);
        b->difference = NULL;
    }
    cJSON_Delete(verdict);
    cJSON_Delete(cs);
    free(verdict_path);
    free(case_path);
}

static void event_start(struct watch *w, const struct definition *d, uint64_t nonce)
{
    cJSON *e = watch_event(w, "boot_start");
    char text[20];

    snprintf(text, sizeof text, "%016llx", (unsigned long long)nonce);
    json_add_u64(e, "pair", w->b->pair);
    json_add_text(e, "workload", d->name);
    json_add_text(e, "guest", definition_guest_name(w->b->guest));
    json_add_text(e, "name", w->b->name);
    json_add_text(e, "nonce", text);
    json_add_text(e, "treeHash", w->b->tree_hash);
    json_add_text(e, "accelerator", w->b->guest == GUEST_NATIVE ? "native" : guest_accel_name(w->s->accel));
    events_add(&w->s->events, e);
    (void)events_sync(&w->s->events);
}

static void event_end(struct watch *w, const struct guest_outcome *o)
{
    struct boot *b = w->b;
    cJSON *e = watch_event(w, "boot_end");

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
    json_add_text(e, "artifactHash", *b->artifact_hash ? b->artifact_hash : NULL);
    cJSON_AddNumberToObject(e, "seconds", b->seconds);
    if (isfinite(b->hello_ms))
        cJSON_AddNumberToObject(e, "firstProcessMs", b->hello_ms);
    if (isfinite(b->init_ms))
        cJSON_AddNumberToObject(e, "guestInitMs", b->init_ms);
    json_add_u64(e, "frames", o->frames);
    if (b->guest == GUEST_CAPOS) {
        json_add_u64(e, "kernelFramesStart", w->serial.frames_start);
        json_add_u64(e, "kernelFramesEnd", w->serial.frames_end);
    }
    events_add(&w->s->events, e);
    (void)events_sync(&w->s->events);
}

static void boot_times(struct boot *b, const struct watch *w, const struct guest_outcome *o)
{
    b->seconds = o->end_ns > o->start_ns ? (double)(o->end_ns - o->start_ns) / 1e9 : 0;
    b->hello_ms = o->first_frame_ns > o->start_ns ? (double)(o->first_frame_ns - o->start_ns) / 1e6 : NAN;
    b->init_ms = w->serial.init_ns ? (double)w->serial.init_ns / 1e6 : NAN;
    b->argv = copy_argv(o->argv);
}

/* After the guest has ended: verify, hash, judge, keep. */
static void boot_finish(struct watch *w, struct judge_case *j, const struct corpus *c, uint64_t nonce,
                        const char *raw, const char *artifacts)
{
    struct session *s = w->s;
    struct boot *b = w->b;
    char changed[512], *why = NULL, *marks = mem_printf("%s/marks.json", raw);

    b->interrupted = j->started == 0 && j->outcome->end == GUEST_INTERRUPTED;
    if (!b->interrupted && judge_wants_verifier(j))
        boot_verify(w, j, c, nonce, raw, artifacts, b, &why);
    if (files_is_dir(artifacts) && digest_tree(artifacts, "NONCE", b->artifact_hash) < 0)
        b->artifact_hash[0] = '\0';
    if (inputs_check(&s->inputs, false, changed, sizeof changed) != 0)
        j->changed_input = changed;
    judge_boot(b, j);
    (void)json_write(marks, b->marks);
    event_end(w, j->outcome);
    free(why);
    free(marks);
}

struct boot *boot_run(struct session *s, const struct definition *d, const struct corpus *c,
                      enum guest_kind guest, unsigned pair)
{
    struct watch *w = mem_zalloc(sizeof *w);
    struct boot *b = mem_zalloc(sizeof *b);
    struct guest_outcome outcome = {0};
    struct guest_callbacks cb = {.ctx = w,
                                 .started = on_started,
                                 .frame = on_frame,
                                 .serial = on_serial,
                                 .interrupted = on_interrupted};
    struct judge_case j = {.d = d,
                           .size = s->size,
                           .accel = s->accel,
                           .collected = &w->collected,
                           .serial = &w->serial,
                           .outcome = &outcome};
    char *raw, *artifacts, *plan, *path, why[256];
    uint64_t nonce = 0;
    struct guest_job job = {.kind = guest, .accel = s->accel};
    size_t nfiles;
    char *programs = mem_printf("%s/ports/%s", files_build_dir(), boot_flavour(guest));
    struct guest_file *files = boot_image_files(d, c, programs, &nfiles);

    b->number = ++s->boots;
    b->pair = pair;
    b->guest = guest;
    b->name = mem_printf("%03u-%s-%s", b->number, definition_guest_name(guest), d->name);
    for (char *p = b->name; *p; p++)
        if (*p == '/')
            *p = '-';
    w->s = s;
    w->b = b;
    raw = mem_printf("%s/raw/%s", s->dir, b->name);
    artifacts = mem_printf("%s/artifacts/%s", s->dir, b->name);
    plan = boot_plan(d, s->size, c, boot_flavour(guest));
    path = mem_printf("%s/plan.txt", raw);
    j.started = files_mkdir(raw);
    if (j.started == 0)
        j.started = files_write_atomic(path, plan, strlen(plan));
    free(path);
    path = mem_printf("%s/output.log", raw);
    w->output = fopen(path, "we");
    free(path);
    if (j.started == 0)
        j.started = prng_fresh(&nonce);
    if (j.started < 0)
        snprintf(outcome.reason, sizeof outcome.reason, "result directory: %s", strerror(-j.started));
    else
        j.started = guest_tree_hash(files, nfiles, b->tree_hash, why, sizeof why);
    event_start(w, d, nonce);
    job.memory_mib = d->memory_mib[s->size];
    job.nonce = nonce;
    job.files = files;
    job.nfiles = nfiles;
    job.plan = plan;
    job.run_dir = raw;
    job.artifact_dir = artifacts;
    job.limit_seconds = d->limit_seconds[s->size] * (s->accel == ACCEL_ICOUNT ? 4 : 2) + 60;
    job.limit_output_bytes = 64 * MIB;
    job.limit_artifact_bytes = boot_export_limit(d, s->size, c);
    if (j.started == 0) {
        stamp_promptly(true);
        j.started = guest_run(&job, &cb, &outcome);
        stamp_promptly(false);
    } else if (!*outcome.reason)
        snprintf(outcome.reason, sizeof outcome.reason, "%.250s", why);
    if (w->output)
        fclose(w->output);
    boot_times(b, w, &outcome);
    boot_finish(w, &j, c, nonce, raw, artifacts);
    collect_free(&w->collected);
    serial_free(&w->serial);
    guest_outcome_free(&outcome);
    boot_free_files(files, nfiles);
    free(programs);
    free(plan);
    free(raw);
    free(artifacts);
    free(w);
    return b;
}
