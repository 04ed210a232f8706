/* SPDX-License-Identifier: MIT */
/*
 * One start of a guest for a boot; see boot_guest.h.
 * Invariant: while a guest runs, callbacks only append to files and to memory: nothing here blocks a timed
 * region.
 */
#include "boot_guest.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "abi/bench.h"
#include "boot.h"
#include "files.h"
#include "guest_block.h"
#include "interrupt.h"
#include "json.h"
#include "mem.h"
#include "plan.h"
#include "prng.h"
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

cJSON *boot_guest_event(struct boot_guest *w, const char *name)
{
    cJSON *e = events_new(&w->s->events, name);

    json_add_u64(e, "boot", w->b->number);
    return e;
}

void boot_guest_step(struct boot_guest *w, const char *text)
{
    cJSON *e = boot_guest_event(w, "step");

    json_add_text(e, "text", text);
    events_add(&w->s->events, e);
    progress_step(&w->s->progress, text);
}

static void watch_text(struct boot_guest *w, const char *name, const void *bytes, size_t len)
{
    cJSON *e = boot_guest_event(w, name);
    char *text = text_escaped(bytes, len, 400);

    json_add_text(e, "text", text);
    events_add(&w->s->events, e);
    free(text);
}

static void watch_mark(struct boot_guest *w, unsigned type, uint64_t guest_ns, uint64_t host_ns,
                       const void *payload)
{
    cJSON *e = boot_guest_event(w, "mark");
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
    struct boot_guest *w = ctx;
    cJSON *e, *a;

    w->collected.start_host = host_ns;
    if (w->reopen) {
        boot_guest_step(w, "second boot, on the same disk");
        return;
    }
    e = boot_guest_event(w, "guest_started");
    a = cJSON_AddArrayToObject(e, "argv");
    json_add_u64(e, "hostNs", host_ns);
    for (size_t i = 0; argv[i]; i++)
        cJSON_AddItemToArray(a, cJSON_CreateString(argv[i]));
    events_add(&w->s->events, e);
    progress_step(&w->s->progress, "booting");
}

/* Is it the program whose output is kept that runs now? */
static bool keeps(const struct boot_guest *w)
{
    const struct def_keep *k = &w->cell->d->keep;
    size_t at = w->collected.runs;

    return k->program && at < w->nplanned && strcmp(w->cell->d->programs[w->planned[at]].id, k->program) == 0;
}

static void line_keep(struct boot_guest *w)
{
    const struct def_keep *k = &w->cell->d->keep;
    bool skip = false;

    for (size_t i = 0; i < k->nskip && w->line.len; i++)
        skip |= strncmp(w->line.p, k->skip[i], strlen(k->skip[i])) == 0;
    if (!skip) {
        buf_add(&w->kept, w->line.p, w->line.len);
        w->b->kept_lines++;
    }
    w->line.len = 0;
}

/* Whole lines of standard output; what the channel let through is bounded by its own limit. */
static void output_keep(struct boot_guest *w, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        buf_putc(&w->line, bytes[i]);
        if (bytes[i] == '\n')
            line_keep(w);
    }
}

static void on_output(struct boot_guest *w, const char *payload, size_t len)
{
    struct bench_output head;

    if (len <= sizeof head)
        return;
    memcpy(&head, payload, sizeof head);
    if (w->output)
        fwrite(payload + sizeof head, 1, len - sizeof head, w->output);
    if (head.stream == 1 && keeps(w))
        output_keep(w, payload + sizeof head, len - sizeof head);
}

static void on_frame(void *ctx, unsigned type, uint64_t guest_ns, uint64_t host_ns, const void *payload,
                     size_t len)
{
    struct boot_guest *w = ctx;

    collect_frame(&w->collected, type, guest_ns, host_ns, payload, len);
    if ((type == BENCH_BEGIN || type == BENCH_END) && len == sizeof(struct bench_mark))
        watch_mark(w, type, guest_ns, host_ns, payload);
    else if (type == BENCH_STEP)
        boot_guest_step(w, w->collected.step);
    else if (type == BENCH_HELLO && !w->reopen)
        watch_text(w, "hello", payload, len);
    else if (type == BENCH_LOG)
        watch_text(w, "log", payload, len);
    else if (type == BENCH_ERROR)
        watch_text(w, "agent_error", payload, len);
    else if (type == BENCH_STAT)
        watch_text(w, "stat", payload, len);
    else if (type == BENCH_OUTPUT)
        on_output(w, payload, len);
}

static int artifact_put(const struct boot_guest *w, const char *as, const struct buf *bytes)
{
    char *path = mem_printf("%s/%s", w->artifacts, as), *slash;
    int err;

    slash = strrchr(path, '/');
    *slash = '\0';
    err = files_mkdir(path);
    *slash = '/';
    if (!err)
        err = files_write_atomic(path, bytes->p ? bytes->p : "", bytes->len);
    free(path);
    return err;
}

/* Puts what was kept into the artifact. */
static int kept_write(struct boot_guest *w)
{
    const struct definition *d = w->cell->d;
    int err = 0;

    if (w->reopen || w->started < 0)
        return 0;
    if (w->line.len)
        line_keep(w);
    if (d->keep.program)
        err = artifact_put(w, d->keep.as, &w->kept);
    if (err == 0 && w->typing.session)
        err = artifact_put(w, d->session.as, &w->typing.said);
    return err;
}

static void on_console(void *ctx, const void *bytes, size_t n)
{
    struct boot_guest *w = ctx;

    if (w->typing.session)
        typing_said(&w->typing, bytes, n);
}

static void on_opened(void *ctx, struct guest_input *in)
{
    struct boot_guest *w = ctx;

    w->typing.in = in;
}

/* The disk's counters at a SYNC. */
static void on_block(void *ctx, const char *text, const struct guest_block_stats *stats)
{
    struct boot_guest *w = ctx;
    cJSON *e = boot_guest_event(w, "block");

    json_add_text(e, "at", text);
    guest_block_put(e, stats);
    events_add(&w->s->events, e);
    collect_block(&w->collected, stats);
}

static void on_serial(void *ctx, const void *bytes, size_t n)
{
    struct boot_guest *w = ctx;

    if (w->b->guest == GUEST_CAPOS)
        serial_feed(&w->serial, bytes, n);
}

static bool on_interrupted(void *ctx)
{
    struct boot_guest *w = ctx;

    progress_tick(&w->s->progress);
    typing_tick(&w->typing);
    return interrupt_seen();
}

/* Where /work really is. */
static enum def_backing real_backing(const struct boot_guest *w)
{
    bool store = w->b->backing == BACKING_STORE;

    if (getenv("CAPBENCH_TEST_MISLABEL") && definition_disk(w->cell->d, w->b->guest))
        store = !store;
    return store ? BACKING_STORE : BACKING_RAM;
}

/*
 * Under icount the guest's clock runs ahead while it waits for the disk, by hours if its kernel has timers
 * armed: there the host's limit for the boot is the one that means something.
 */
#define VIRTUAL_PATIENCE 1000u

static char *plan_text(const struct boot_guest *w)
{
    const struct plan_boot boot = {
        .size = w->s->size,
        .backing = real_backing(w),
        .disk = definition_disk(w->cell->d, w->b->guest),
        .reopen = w->reopen,
        .flavour = boot_flavour(w->b->guest),
        .patience =
            w->s->accel == ACCEL_ICOUNT && definition_disk(w->cell->d, w->b->guest) ? VIRTUAL_PATIENCE : 1};

    return boot_plan(w->cell->d, &boot, w->corpus);
}

static struct guest_file *image_files(struct boot_guest *w)
{
    char *programs = mem_printf("%s/ports/%s", files_build_dir(), boot_flavour(w->b->guest));
    struct guest_file *files = boot_image_files(w->cell->d, w->corpus, programs, &w->nfiles);

    free(programs);
    return files;
}

static int start_fail(struct boot_guest *w, int err, const char *what)
{
    w->started = err;
    snprintf(w->outcome.reason, sizeof w->outcome.reason, "%s: %s", what, strerror(-err));
    return err;
}

int boot_guest_prepare(struct boot_guest *w)
{
    char *path, why[256];
    int err = files_mkdir(w->raw);

    w->files = image_files(w);
    w->plan = plan_text(w);
    w->nplanned = judge_planned(w->cell->d, w->s->size, w->reopen, &w->planned);
    path = mem_printf("%s/plan.txt", w->raw);
    if (err == 0)
        err = files_write_atomic(path, w->plan, strlen(w->plan));
    free(path);
    path = mem_printf("%s/output.log", w->raw);
    w->output = fopen(path, "we");
    free(path);
    if (err == 0)
        err = prng_fresh(&w->nonce);
    if (err < 0)
        return start_fail(w, err, "result directory");
    w->started = guest_tree_hash(w->files, w->nfiles, w->tree_hash, why, sizeof why);
    if (w->started < 0)
        snprintf(w->outcome.reason, sizeof w->outcome.reason, "%.250s", why);
    return w->started;
}

void boot_guest_run(struct boot_guest *w, const struct disk *disk)
{
    const struct session *s = w->s;
    const struct definition *d = w->cell->d;
    struct guest_callbacks cb = {.ctx = w,
                                 .started = on_started,
                                 .frame = on_frame,
                                 .serial = on_serial,
                                 .block = on_block,
                                 .console = on_console,
                                 .opened = on_opened,
                                 .interrupted = on_interrupted};
    struct guest_job job = {.kind = w->b->guest,
                            .accel = s->accel,
                            .memory_mib = d->memory_mib[s->size],
                            .nonce = w->nonce,
                            .files = w->files,
                            .nfiles = w->nfiles,
                            .plan = w->plan,
                            .run_dir = w->raw,
                            .artifact_dir = w->artifacts,
                            .limit_seconds =
                                d->limit_seconds[s->size] * (s->accel == ACCEL_ICOUNT ? 4 : 2) + 60,
                            .limit_output_bytes = 64 * MIB,
                            .limit_artifact_bytes = boot_export_limit(d, s->size, w->corpus),
                            .terminal = d->session.program && !w->reopen,
                            .disk = disk,
                            .store = disk && real_backing(w) == BACKING_STORE};

    if (job.terminal)
        w->typing.session = &d->session;
    if (w->started == 0) {
        stamp_promptly(true);
        w->started = guest_run(&job, &cb, &w->outcome);
        stamp_promptly(false);
    }
    if (w->output)
        fclose(w->output);
    w->output = NULL;
    if (kept_write(w) < 0 && w->started == 0) {
        w->started = -EIO;
        snprintf(w->outcome.reason, sizeof w->outcome.reason, "the kept output cannot be written");
    }
}

void boot_guest_verify(struct boot_guest *w, struct judge_case *j)
{
    char *case_path = mem_printf("%s/case.json", w->raw),
         *verdict_path = mem_printf("%s/verdict.json", w->raw);
    cJSON *verdict = NULL, *cs = verifier_case(j->d, w->corpus, w->nonce);
    enum verifier_result r = VERIFIER_BROKEN;
    struct boot *b = w->b;

    boot_guest_step(w, "verifying");
    if (json_write(case_path, cs) < 0)
        w->why = mem_dup("the case file could not be written");
    else
        r = verifier_run(j->d->verifier_kind, case_path, w->artifacts, &verdict, &w->why);
    if (verdict)
        (void)json_write(verdict_path, verdict);
    j->verified = r == VERIFIER_PASSED;
    j->verifier_broken = r == VERIFIER_BROKEN;
    j->verifier_reason = w->why;
    w->verdict = j->verified ? "passed" : j->verifier_broken ? "broken" : "rejected";
    if (r == VERIFIER_FAILED && !b->difference)
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

void boot_guest_case(struct boot_guest *w, struct judge_case *j)
{
    *j = (struct judge_case){.d = w->cell->d,
                             .size = w->s->size,
                             .accel = w->s->accel,
                             .collected = &w->collected,
                             .serial = &w->serial,
                             .outcome = &w->outcome,
                             .started = w->started};
}

struct boot_guest *boot_guest_new(struct session *s, struct boot *b, const struct cell *cell,
                                  const struct corpus *corpus, bool reopen)
{
    struct boot_guest *w = mem_zalloc(sizeof *w);

    w->s = s;
    w->b = b;
    w->cell = cell;
    w->corpus = corpus;
    w->reopen = reopen;
    w->raw = mem_printf("%s/raw/%s%s", s->dir, b->name, reopen ? "/reopen" : "");
    w->artifacts = mem_printf("%s/artifacts/%s%s", s->dir, b->name, reopen ? BOOT_REOPEN_SUFFIX : "");
    return w;
}

void boot_guest_free(struct boot_guest *w)
{
    if (!w)
        return;
    if (w->output)
        fclose(w->output);
    collect_free(&w->collected);
    serial_free(&w->serial);
    guest_outcome_free(&w->outcome);
    boot_free_files(w->files, w->nfiles);
    free(w->why);
    free(w->planned);
    buf_free(&w->kept);
    buf_free(&w->line);
    buf_free(&w->typing.said);
    free(w->plan);
    free(w->raw);
    free(w->artifacts);
    free(w);
}
