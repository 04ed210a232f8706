/* SPDX-License-Identifier: MIT */
/*
 * The fold; see model.h. One function an event, a table of them at the end.
 * Invariant: every event function checks what it reads before it changes anything.
 */
#include "model.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guest_block.h"
#include "json.h"
#include "mem.h"
#include "model_parts.h"

const char *model_status_word(enum model_status s)
{
    static const char *const words[] = {"-", "passed", "failed", "invalid", "unsupported", "not applicable"};

    return words[s];
}

/* The number of n digits at s; -1 when one is none. */
static int digits(const char *s, int n)
{
    int v = 0;

    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = 10 * v + s[i] - '0';
    }
    return v;
}

int64_t model_time(const char *iso)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    struct tm tm = {0};

    if (!iso || strlen(iso) != sizeof form - 1)
        return 0;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? digits(iso + i, 1) < 0 : iso[i] != form[i])
            return 0;
    tm.tm_year = digits(iso, 4) - 1900;
    tm.tm_mon = digits(iso + 5, 2) - 1;
    tm.tm_mday = digits(iso + 8, 2);
    tm.tm_hour = digits(iso + 11, 2);
    tm.tm_min = digits(iso + 14, 2);
    tm.tm_sec = digits(iso + 17, 2);
    if (tm.tm_year < 70)
        return 0;
    return (int64_t)timegm(&tm) * 1000 + digits(iso + 20, 3);
}

static void on_run_start(struct model *m, const cJSON *e, int64_t at)
{
    const cJSON *g, *c;
    struct buf b = {0};
    uint64_t n;

    (void)at;
    m->started = true;
    part_text(&m->run_id, e, "runId");
    part_text(&m->size, e, "size");
    part_text(&m->backing, e, "backing");
    part_text(&m->accel, e, "accelerator");
    part_text(&m->accel_why, e, "acceleratorWhy");
    part_text(&m->version, e, "version");
    if (json_u64(e, "pairs", &n) == 0 && n <= MODEL_BOOTS)
        m->pairs = (unsigned)n;
    if (json_text(e, "seed"))
        m->seed = strtoull(json_text(e, "seed"), NULL, 10);
    cJSON_ArrayForEach(g, cJSON_GetObjectItemCaseSensitive(e, "guests"))
    {
        int k = part_guest(cJSON_GetStringValue(g));

        if (k >= 0)
            m->guest[k] = true;
    }
    cJSON_ArrayForEach(c, cJSON_GetObjectItemCaseSensitive(e, "command"))
    {
        if (cJSON_IsString(c) && b.len < (size_t)4 * MODEL_TEXT)
            buf_printf(&b, "%s%.200s", b.len ? " " : "", c->valuestring);
    }
    free(m->command);
    m->command = buf_take(&b);
}

static void plan_guest(struct model *m, struct model_work *w, const cJSON *e, int k, const char *name)
{
    const cJSON *no = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(e, "notRun"), name);
    double expect = json_number(cJSON_GetObjectItemCaseSensitive(e, "expectSeconds"), name, 0);
    struct model_cell *c = &w->cell[k];

    c->expect = expect > 0 && expect < 1e7 ? expect : 0;
    c->wanted = m->guest[k] && !no;
    if (!cJSON_IsObject(no))
        return;
    c->not_run = part_status(json_text(no, "status"));
    if (c->not_run != MS_NA)
        c->not_run = MS_UNSUPPORTED;
    part_text(&c->not_run_reason, no, "reason");
}

static void on_plan(struct model *m, const cJSON *e, int64_t at)
{
    const cJSON *p, *r;

    (void)at;
    cJSON_ArrayForEach(p, cJSON_GetObjectItemCaseSensitive(e, "workloads"))
    {
        struct model_work *w = part_work(m, p, "name");
        uint64_t n;

        if (!w)
            continue;
        part_text(&w->title, p, "title");
        part_text(&w->durability, p, "durability");
        part_text(&w->unit, p, "unit");
        part_text(&w->verifier, p, "verifier");
        part_text(&w->golden, p, "golden");
        w->lower_is_better = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(p, "lowerIsBetter"));
        w->tier = json_u64(p, "tier", &n) == 0 && n < 100 ? (unsigned)n : 0;
        w->warmups = json_u64(p, "warmups", &n) == 0 && n < 100000 ? (unsigned)n : 0;
        w->iterations = json_u64(p, "iterations", &n) == 0 && n < 100000 ? (unsigned)n : 0;
        cJSON_ArrayForEach(r, cJSON_GetObjectItemCaseSensitive(p, "regions"))
        {
            if (cJSON_IsString(r) && w->nregions < MODEL_REGIONS)
                w->region[w->nregions++] = part_cut(r->valuestring);
        }
        for (int k = 0; k < 3; k++)
            plan_guest(m, w, p, k, part_guest_name(k));
    }
}

static void on_context(struct model *m, const cJSON *e, int64_t at)
{
    (void)at;
    cJSON_Delete(m->context);
    m->context = cJSON_Duplicate(e, 1);
}

static void on_input(struct model *m, const cJSON *e, int64_t at)
{
    struct model_input *in;

    (void)at;
    if (!json_text(e, "path"))
        return;
    if (m->ninputs >= MODEL_INPUTS) {
        m->dropped++;
        return;
    }
    m->input = mem_grow(m->input, m->ninputs + 1, sizeof *m->input);
    in = &m->input[m->ninputs++];
    *in = (struct model_input){0};
    part_text(&in->path, e, "path");
    part_text(&in->sha256, e, "sha256");
}

static void on_boot_start(struct model *m, const cJSON *e, int64_t at)
{
    struct model_work *w = part_work(m, e, "workload");
    int g = part_guest(json_text(e, "guest"));
    struct model_cell *c;
    struct model_boot *b;
    uint64_t number, pair;

    if (!w || g < 0 || json_u64(e, "boot", &number) < 0 || json_u64(e, "pair", &pair) < 0 ||
        number > UINT32_MAX || pair > UINT32_MAX)
        return;
    c = &w->cell[g];
    if (c->nboots >= MODEL_BOOTS) {
        m->dropped++;
        return;
    }
    b = mem_zalloc(sizeof *b);
    b->number = (unsigned)number;
    b->pair = (unsigned)pair;
    b->start_ms = at;
    b->seconds = b->first_ms = b->init_ms = NAN;
    b->counts = true;
    part_text(&b->name, e, "name");
    part_text(&b->nonce, e, "nonce");
    part_text(&b->tree_hash, e, "treeHash");
    c->boot = mem_grow(c->boot, c->nboots + 1, sizeof(struct model_boot *));
    c->boot[c->nboots++] = b;
    c->wanted = true;
    m->now = b;
    m->now_guest = (enum guest_kind)g;
    for (size_t i = 0; i < m->nworks; i++)
        if (m->work[i] == w)
            m->now_work = i;
}

/* The running boot when the event speaks of it; NULL for any other. */
static struct model_boot *boot_of(struct model *m, const cJSON *e)
{
    uint64_t n;

    return m->now && json_u64(e, "boot", &n) == 0 && n == m->now->number ? m->now : NULL;
}

static void on_guest_started(struct model *m, const cJSON *e, int64_t at)
{
    struct model_boot *b = boot_of(m, e);
    struct model_cell *c;
    const cJSON *a;

    (void)at;
    if (!b)
        return;
    b->phase = MP_BOOTING;
    c = &m->work[m->now_work]->cell[m->now_guest];
    part_free_list(&c->argv, &c->nargv);
    cJSON_ArrayForEach(a, cJSON_GetObjectItemCaseSensitive(e, "argv"))
    {
        if (cJSON_IsString(a) && c->nargv < 128)
            part_push(&c->argv, &c->nargv, a->valuestring);
    }
}

static void note(struct model *m, const cJSON *e, const char *what)
{
    struct model_boot *b = boot_of(m, e);
    char *line;

    if (!b || !json_text(e, "text"))
        return;
    if (b->nlog >= MODEL_LOG) {
        m->dropped++;
        return;
    }
    line = mem_printf("%s: %.400s", what, json_text(e, "text"));
    part_push(&b->log, &b->nlog, line);
    free(line);
}

static void on_hello(struct model *m, const cJSON *e, int64_t at)
{
    struct model_boot *b = boot_of(m, e);

    (void)at;
    if (b)
        b->phase = MP_SETUP;
    note(m, e, "agent");
}

static void on_log(struct model *m, const cJSON *e, int64_t at)
{
    (void)at, note(m, e, "log");
}
static void on_agent_error(struct model *m, const cJSON *e, int64_t at)
{
    (void)at, note(m, e, "error");
}
static void on_stat(struct model *m, const cJSON *e, int64_t at)
{
    (void)at, note(m, e, "stat");
}

static void on_step(struct model *m, const cJSON *e, int64_t at)
{
    struct model_boot *b = boot_of(m, e);

    (void)at;
    if (!b || !json_text(e, "text"))
        return;
    part_text(&b->step, e, "text");
    if (strcmp(b->step, "verifying") == 0)
        b->phase = MP_VERIFYING;
}

static void sample_add(struct model *m, struct model_boot *b, bool warmup, double ms)
{
    struct model_sample *s = b->nsamples ? &b->sample[b->nsamples - 1] : NULL;

    if (!s || s->iteration != b->iteration) {
        if (b->nsamples >= MODEL_SAMPLES) {
            m->dropped++;
            return;
        }
        b->sample = mem_grow(b->sample, b->nsamples + 1, sizeof *b->sample);
        s = &b->sample[b->nsamples++];
        *s = (struct model_sample){.iteration = b->iteration, .warmup = warmup};
    }
    s->ms += ms;
    if (b->region < MODEL_REGIONS)
        s->region[b->region] += ms;
}

static void on_mark(struct model *m, const cJSON *e, int64_t at)
{
    struct model_boot *b = boot_of(m, e);
    const char *what = json_text(e, "what");
    bool warm = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(e, "warmup"));
    bool guest_clock = m->now_guest == GUEST_NATIVE || (m->accel && strcmp(m->accel, "icount") == 0);
    uint64_t iteration, region, guest, host;

    if (!b || !what || json_u64(e, "iteration", &iteration) < 0 || json_u64(e, "region", &region) < 0 ||
        json_u64(e, "guestNs", &guest) < 0 || json_u64(e, "hostNs", &host) < 0 || iteration > UINT32_MAX ||
        region > UINT32_MAX)
        return;
    if (strcmp(what, "begin") == 0) {
        b->iteration = (unsigned)iteration;
        b->region = (unsigned)region;
        b->phase = warm ? MP_WARMUP : MP_TIMED;
        b->open = true;
        b->begin_guest = guest;
        b->begin_host = host;
        b->mark_ms = at;
    } else if (b->open && b->iteration == iteration && b->region == region && guest >= b->begin_guest &&
               host >= b->begin_host) {
        b->open = false;
        b->phase = MP_WORKING;
        sample_add(m, b, warm, (double)(guest_clock ? guest - b->begin_guest : host - b->begin_host) / 1e6);
    }
}

/* The disk's counters, outside the timed regions, on either side of each. */
static void on_block(struct model *m, const cJSON *e, int64_t at)
{
    struct model_boot *b = boot_of(m, e);
    const char *where = json_text(e, "at");
    struct guest_block_stats now, *sum;

    (void)at;
    if (!b || !where || guest_block_get(e, &now) < 0)
        return;
    if (strncmp(where, "begin", 5) == 0) {
        b->block_begin = now;
        b->block_begun = true;
    } else if (b->block_begun && b->nsamples && !b->sample[b->nsamples - 1].warmup) {
        sum = &b->block_sum;
        sum->read_ops += now.read_ops - b->block_begin.read_ops;
        sum->read_bytes += now.read_bytes - b->block_begin.read_bytes;
        sum->write_ops += now.write_ops - b->block_begin.write_ops;
        sum->write_bytes += now.write_bytes - b->block_begin.write_bytes;
        sum->flush_ops += now.flush_ops - b->block_begin.flush_ops;
        b->block_known = true;
        b->block_begun = false;
    }
}

static void on_boot_end(struct model *m, const cJSON *e, int64_t at)
{
    struct model_boot *b = boot_of(m, e);
    double s = json_number(e, "seconds", -1);

    if (!b)
        return;
    b->phase = MP_ENDED;
    b->end_ms = at;
    b->open = false;
    b->counts = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(e, "counts"));
    b->status = part_status(json_text(e, "status"));
    b->seconds = s >= 0 ? s : NAN;
    b->first_ms = json_number(e, "firstProcessMs", NAN);
    b->init_ms = json_number(e, "guestInitMs", NAN);
    part_text(&b->reason, e, "reason");
    part_text(&b->detail, e, "detail");
    part_text(&b->guest_end, e, "guestEnd");
    part_text(&b->artifact_hash, e, "artifactHash");
    part_text(&b->verdict, e, "verdict");
    b->difference = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(e, "firstDifference"), 1);
    b->authority = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(e, "authority"), 1);
    b->latency = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(e, "latency"), 1);
    b->resources = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(e, "resources"), 1);
    m->work[m->now_work]->ratio_known = false;
    m->now = NULL;
}

static struct model_boot *boot_numbered(struct model *m, const cJSON *e, struct model_work **work)
{
    uint64_t n;

    if (json_u64(e, "boot", &n) < 0)
        return NULL;
    for (size_t i = 0; i < m->nworks; i++)
        for (int g = 0; g < 3; g++)
            for (size_t k = m->work[i]->cell[g].nboots; k-- > 0;)
                if (m->work[i]->cell[g].boot[k]->number == n) {
                    *work = m->work[i];
                    return m->work[i]->cell[g].boot[k];
                }
    return NULL;
}

static void on_boot_invalidated(struct model *m, const cJSON *e, int64_t at)
{
    struct model_work *w;
    struct model_boot *b = boot_numbered(m, e, &w);

    (void)at;
    if (!b || b->status != MS_PASSED)
        return;
    b->status = MS_INVALID;
    part_text(&b->reason, e, "reason");
    part_text(&b->detail, e, "detail");
    w->ratio_known = false;
}

static void on_boot_repeated(struct model *m, const cJSON *e, int64_t at)
{
    struct model_work *w;
    struct model_boot *b = boot_numbered(m, e, &w);

    (void)at;
    if (!b)
        return;
    b->repeated = true;
    w->ratio_known = false;
}

static void on_command_lines(struct model *m, const cJSON *e, int64_t at)
{
    struct model_work *w = part_find(m, e, "workload");
    const char *diff = json_text(e, "diff");

    (void)at;
    if (!w)
        return;
    free(w->diff);
    w->diff = diff ? part_cut_to(diff, (size_t)8 * MODEL_TEXT) : NULL;
    w->diff_known = true;
    w->beyond = (int)json_number(e, "beyondAllowList", 0);
}

static void on_input_changed(struct model *m, const cJSON *e, int64_t at)
{
    (void)at;
    part_text(&m->input_changed, e, "path");
}

static void on_run_end(struct model *m, const cJSON *e, int64_t at)
{
    (void)at;
    m->ended = true;
    m->now = NULL;
    m->interrupted = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(e, "interrupted"));
    m->exit = (int)json_number(e, "exit", 0);
}

static const struct {
    const char *name;
    void (*fold)(struct model *m, const cJSON *e, int64_t at);
} events[] = {
    {"run_start", on_run_start},
    {"plan", on_plan},
    {"context", on_context},
    {"input", on_input},
    {"boot_start", on_boot_start},
    {"guest_started", on_guest_started},
    {"hello", on_hello},
    {"step", on_step},
    {"log", on_log},
    {"agent_error", on_agent_error},
    {"stat", on_stat},
    {"mark", on_mark},
    {"block", on_block},
    {"boot_end", on_boot_end},
    {"command_lines", on_command_lines},
    {"input_changed", on_input_changed},
    {"boot_invalidated", on_boot_invalidated},
    {"boot_repeated", on_boot_repeated},
    {"run_end", on_run_end},
};

int model_fold(struct model *m, const char *line, size_t len)
{
    char *why = NULL;
    cJSON *e = json_parse(line, len, &why);
    const char *name = json_text(e, "event");
    int64_t at = model_time(json_text(e, "time"));

    free(why);
    m->lines++;
    if (!name || at == 0) {
        m->dropped++;
        cJSON_Delete(e);
        return -EINVAL;
    }
    if (m->first_ms == 0)
        m->first_ms = at;
    if (at > m->last_ms)
        m->last_ms = at;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (strcmp(events[i].name, name) == 0)
            events[i].fold(m, e, at);
    cJSON_Delete(e);
    return 0;
}
