/* SPDX-License-Identifier: MIT */
/*
 * Derived facts; see query.h.
 * Invariant: nothing here looks at a clock: the time comes in.
 */
#include "query.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "results.h"

const char *row_state_word(enum row_state s)
{
    static const char *const words[RS_COUNT] = {"queued",      "running",        "waiting",
                                                "passed",      "failed",         "invalid",
                                                "unsupported", "not applicable", "stopped"};

    return words[s];
}

const char *boot_verifier_word(const struct model_boot *b)
{
    if (!b)
        return "-";
    if (b->phase == MP_VERIFYING)
        return "verifying";
    if (b->verdict)
        return strcmp(b->verdict, "passed") == 0     ? "verified"
               : strcmp(b->verdict, "rejected") == 0 ? "rejected"
                                                     : "not judged";
    return b->phase == MP_ENDED && b->status == MS_PASSED ? "verified" : "-";
}

const char *boot_phase_word(const struct model_boot *b)
{
    static const char *const words[] = {"starting", "booting", "set-up",    "warm-up",
                                        "timed",    "working", "verifying", "ended"};

    return words[b->phase];
}

static bool boot_counts(const struct model_boot *b)
{
    return b->counts && !b->repeated;
}

size_t cell_done(const struct model_cell *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->nboots; i++)
        n += c->boot[i]->phase == MP_ENDED && boot_counts(c->boot[i]);
    return n;
}

const struct model_boot *cell_newest(const struct model_cell *c)
{
    return c->nboots ? c->boot[c->nboots - 1] : NULL;
}

static bool cell_has(const struct model_cell *c, enum model_status s)
{
    for (size_t i = 0; i < c->nboots; i++)
        if (c->boot[i]->status == s && boot_counts(c->boot[i]))
            return true;
    return false;
}

static bool work_broken(const struct model_work *w)
{
    for (int g = 0; g < 3; g++)
        if (cell_has(&w->cell[g], MS_FAILED) || cell_has(&w->cell[g], MS_INVALID))
            return true;
    return false;
}

/* Boots of this cell still to come. A broken workload only completes the pair it is in. */
static size_t cell_left(const struct model *m, const struct model_work *w, int guest)
{
    const struct model_cell *c = &w->cell[guest];
    size_t planned = m->pairs, done = cell_done(c);

    if (!c->wanted || m->ended)
        return 0;
    if (work_broken(w)) {
        planned = 0;
        for (int g = 0; g < 3; g++)
            for (size_t i = 0; i < w->cell[g].nboots; i++)
                planned = w->cell[g].boot[i]->pair + 1u > planned ? w->cell[g].boot[i]->pair + 1u : planned;
    }
    return planned > done ? planned - done : 0;
}

enum row_state cell_state(const struct model *m, const struct model_work *w, int guest)
{
    const struct model_cell *c = &w->cell[guest];

    if (c->not_run != MS_NONE)
        return c->not_run == MS_NA ? RS_NA : RS_UNSUPPORTED;
    if (!c->wanted && c->nboots == 0)
        return RS_NA;
    if (m->now && m->work[m->now_work] == w && (int)m->now_guest == guest)
        return RS_RUNNING;
    if (cell_has(c, MS_FAILED))
        return RS_FAILED;
    if (cell_has(c, MS_INVALID))
        return RS_INVALID;
    if (cell_left(m, w, guest) == 0)
        return cell_has(c, MS_PASSED) ? RS_PASSED : RS_STOPPED;
    return cell_done(c) ? RS_WAITING : RS_QUEUED;
}

enum row_state work_state(const struct model *m, const struct model_work *w)
{
    static const enum row_state order[] = {RS_FAILED, RS_INVALID, RS_RUNNING,    RS_WAITING,
                                           RS_QUEUED, RS_STOPPED, RS_UNSUPPORTED};
    bool has[RS_COUNT] = {false};
    bool any = false;

    for (int g = 0; g < 3; g++) {
        enum row_state s = cell_state(m, w, g);

        if (!w->cell[g].wanted && w->cell[g].not_run == MS_NONE && w->cell[g].nboots == 0)
            continue;
        any = true;
        has[s] = true;
        if (cell_has(&w->cell[g], MS_FAILED))
            has[RS_FAILED] = true;
        if (cell_has(&w->cell[g], MS_INVALID))
            has[RS_INVALID] = true;
    }
    if (has[RS_QUEUED] && has[RS_PASSED])
        return RS_WAITING;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (has[order[i]])
            return order[i];
    return !any ? RS_QUEUED : has[RS_PASSED] ? RS_PASSED : RS_NA;
}

const struct model_boot *work_trouble(const struct model_work *w, int *guest)
{
    static const enum model_status bad[] = {MS_FAILED, MS_INVALID};

    for (int k = 0; k < 2; k++)
        for (int g = 0; g < 3; g++)
            for (size_t i = 0; i < w->cell[g].nboots; i++)
                if (w->cell[g].boot[i]->status == bad[k] && boot_counts(w->cell[g].boot[i])) {
                    *guest = g;
                    return w->cell[g].boot[i];
                }
    return NULL;
}

static size_t boot_samples(const struct model_boot *b, double *out)
{
    size_t n = 0;

    for (size_t i = 0; i < b->nsamples; i++)
        if (!b->sample[i].warmup)
            out[n++] = b->sample[i].ms;
    return n;
}

size_t cell_samples(const struct model_cell *c, double **out)
{
    size_t n = 0;

    *out = NULL;
    for (size_t i = 0; i < c->nboots; i++) {
        const struct model_boot *b = c->boot[i];

        if (b->status != MS_PASSED || !boot_counts(b) || b->nsamples == 0)
            continue;
        *out = mem_grow(*out, n + b->nsamples, sizeof **out);
        n += boot_samples(b, *out + n);
    }
    return n;
}

int cell_summary(const struct model_cell *c, struct stats_summary *out)
{
    double *x;
    size_t n = cell_samples(c, &x);
    int rc = n ? stats_summarise(x, n, out) : -EINVAL;

    free(x);
    return rc;
}

static int boot_median(const struct model_boot *b, double *out)
{
    double *x = mem_zalloc((b->nsamples + 1) * sizeof *x);
    size_t n = boot_samples(b, x);

    if (n)
        *out = stats_median(x, n);
    free(x);
    return n ? 0 : -EINVAL;
}

static int ratio_compute(const struct model *m, const struct model_work *w, struct stats_ratio *out)
{
    const struct model_cell *a = &w->cell[GUEST_CAPOS], *b = &w->cell[GUEST_LINUX];
    double *x = mem_zalloc((a->nboots + 1) * sizeof *x), *y = mem_zalloc((a->nboots + 1) * sizeof *y);
    size_t n = 0;
    int rc;

    for (size_t i = 0; i < a->nboots; i++)
        for (size_t k = 0; k < b->nboots; k++) {
            const struct model_boot *p = a->boot[i], *q = b->boot[k];

            if (p->pair == q->pair && p->status == MS_PASSED && q->status == MS_PASSED && boot_counts(p) &&
                boot_counts(q) && boot_median(p, &x[n]) == 0 && boot_median(q, &y[n]) == 0) {
                n++;
                break;
            }
        }
    rc = n == 0 || work_broken(w) || results_no_ratio(m->accel, w->backing)
             ? -EINVAL
             : stats_pair_ratio(x, y, n, results_seed(m->seed, w->name, w->backing), out);
    free(x);
    free(y);
    return rc;
}

int work_ratio(const struct model *m, struct model_work *w, struct stats_ratio *out)
{
    if (!w->ratio_known) {
        w->ratio_rc = ratio_compute(m, w, &w->ratio);
        w->ratio_known = true;
    }
    *out = w->ratio;
    return w->ratio_rc;
}

int work_speed(const struct model *m, struct model_work *w, struct speed *out)
{
    struct stats_ratio r;
    int rc = work_ratio(m, w, &r);
    bool flip;

    if (rc < 0)
        return rc;
    /* `times` is how many times faster the faster one is: the ratio turned so that it is at least 1. */
    flip = r.ratio < 1;
    *out = (struct speed){.times = flip ? 1 / r.ratio : r.ratio,
                          .low = flip ? 1 / r.high : r.low,
                          .high = flip ? 1 / r.low : r.high,
                          .pairs = r.pairs};
    out->who = flip == w->lower_is_better ? 1 : -1;
    if (r.ratio == 1 || (isfinite(r.low) && r.low <= 1 && r.high >= 1))
        out->who = 0;
    return 0;
}

void run_boots(const struct model *m, size_t *done, size_t *total)
{
    *done = *total = 0;
    for (size_t i = 0; i < m->nworks; i++)
        for (int g = 0; g < 3; g++) {
            size_t d = cell_done(&m->work[i]->cell[g]);

            *done += d;
            *total += d + cell_left(m, m->work[i], g);
        }
}

/* How much slower or faster than expected this machine is, by the boots that are done. */
static double run_rate(const struct model *m)
{
    double expected = 0, spent = 0;

    for (size_t i = 0; i < m->nworks; i++)
        for (int g = 0; g < 3; g++) {
            const struct model_cell *c = &m->work[i]->cell[g];

            for (size_t k = 0; k < c->nboots; k++)
                if (c->boot[k]->phase == MP_ENDED && c->expect > 0) {
                    expected += c->expect;
                    spent += (double)(c->boot[k]->end_ms - c->boot[k]->start_ms) / 1e3;
                }
        }
    return expected > 0 ? spent / expected : 1;
}

double cell_expect(const struct model *m, const struct model_cell *c)
{
    double sum = 0;
    size_t n = 0;

    for (size_t i = 0; i < c->nboots; i++)
        if (c->boot[i]->phase == MP_ENDED) {
            sum += (double)(c->boot[i]->end_ms - c->boot[i]->start_ms) / 1e3;
            n++;
        }
    return n ? sum / (double)n : c->expect * run_rate(m);
}

double run_left(const struct model *m, int64_t now_ms)
{
    double left = 0;

    if (m->ended)
        return 0;
    if (m->nworks == 0)
        return -1;
    for (size_t i = 0; i < m->nworks; i++)
        for (int g = 0; g < 3; g++) {
            const struct model_cell *c = &m->work[i]->cell[g];
            size_t n = cell_left(m, m->work[i], g);
            double each = cell_expect(m, c);

            if (n && each <= 0)
                return -1;
            left += (double)n * each;
            if (n && m->now && m->now_work == i && (int)m->now_guest == g) {
                double in = (double)(now_ms - m->now->start_ms) / 1e3;

                left -= in < 0 ? 0 : in < each ? in : each;
            }
        }
    return left > 0 ? left : 0;
}

double run_spent(const struct model *m, int64_t now_ms)
{
    int64_t end = m->ended ? m->last_ms : now_ms;

    return m->first_ms && end > m->first_ms ? (double)(end - m->first_ms) / 1e3 : 0;
}

bool run_timing(const struct model *m)
{
    return m->now && m->now->open;
}
