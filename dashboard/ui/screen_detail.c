/* SPDX-License-Identifier: MIT */
/*
 * Screen 3: everything about the selected workload: outcome, samples, pairs, hashes, authority, command
 * lines, log. Invariant: expected and got stand beside each other wherever both are known, and a missing fact
 * shows as "-".
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detail_records.h"
#include "json.h"
#include "show.h"
#include "view.h"

static const cJSON *member(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

static void outcome(struct page *p, const struct ui *u, struct model_work *w)
{
    struct buf b = {0};
    int g;
    const struct model_boot *t = work_trouble(w, &g);

    mk_text(&b, "  ");
    show_state(&b, work_state(u->m, w));
    mk_text(&b, "  ");
    show_speed(&b, u->m, w, true);
    page_add(p, &b, -1, false);
    if (!t)
        return;
    page_field(p, "why", t->reason);
    page_field(p, "detail", t->detail);
    page_text(p, ST_NORMAL, "  in boot %u, %s, pair %u (guest ended: %s)", t->number, show_guest(g),
              t->pair + 1, t->guest_end ? t->guest_end : "-");
}

static void difference(struct page *p, const struct model_work *w)
{
    int g;
    const struct model_boot *t = work_trouble(w, &g);
    const cJSON *c;

    if (!t || !cJSON_IsObject(t->difference))
        return;
    page_title(p, "First differing block");
    cJSON_ArrayForEach(c, t->difference)
    {
        char *text = cJSON_IsString(c) ? mem_dup(c->valuestring) : cJSON_PrintUnformatted(c);

        page_field(p, c->string, text);
        free(text);
    }
}

/* Smallest and largest sample of both guests, a little widened. */
static bool common_scale(const struct model_work *w, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int g = 0; g < 3; g++) {
        double *x;
        size_t n = cell_samples(&w->cell[g], &x);

        for (size_t i = 0; i < n; i++) {
            *low = fmin(*low, x[i]);
            *high = fmax(*high, x[i]);
        }
        free(x);
    }
    return *low <= *high;
}

static void samples_guest(struct page *p, const struct model_work *w, int g, double low, double high)
{
    double *x;
    size_t n = cell_samples(&w->cell[g], &x);
    struct stats_summary s;
    struct buf b = {0};
    int columns = p->width - 26;

    if (n && cell_summary(&w->cell[g], &s) == 0) {
        mk_style(&b, g == GUEST_CAPOS ? ST_CAPOS : ST_LINUX);
        mk_printf(&b, "  %-6s", show_guest(g));
        mk_style(&b, ST_NORMAL);
        if (columns >= 10) {
            show_strip(&b, x, n, low, high, columns);
            mk_printf(&b, " %zu sample%s", n, n == 1 ? "" : "s");
        }
        page_add(p, &b, -1, false);
        mk_pad(&b, 0, 8);
        mk_text(&b, "median");
        show_figure(&b, s.median, 8);
        mk_text(&b, "  min");
        show_figure(&b, s.min, 8);
        mk_text(&b, "  max");
        show_figure(&b, s.max, 8);
        mk_text(&b, "  sd");
        show_figure(&b, s.stddev, 8);
        page_add(p, &b, -1, false);
    }
    free(x);
}

static void samples(struct page *p, const struct model_work *w)
{
    double low, high;
    char title[80], a[40], z[40];

    snprintf(title, sizeof title, "Samples (%.20s)", w->unit ? w->unit : "ms");
    page_title(p, title);
    if (!common_scale(w, &low, &high)) {
        page_text(p, ST_DIM, "  none yet");
        return;
    }
    for (int g = 0; g < 3; g++)
        samples_guest(p, w, g, low, high);
    snprintf(a, sizeof a, "%.4g", low);
    snprintf(z, sizeof z, "%.4g", high);
    page_text(p, ST_DIM, "  scale %s to %s; the bar is the median, dots are samples", a, z);
}

static void boot_line(struct page *p, const struct model_boot *t, int g)
{
    struct buf b = {0};
    size_t n = 0;

    mk_printf(&b, "  %4u %4u  %-6s %-14s ", t->number, t->pair + 1, show_guest(g),
              t->phase == MP_ENDED ? t->repeated ? "done again" : model_status_word(t->status)
                                   : boot_phase_word(t));
    if (isfinite(t->first_ms))
        show_figure(&b, t->first_ms, 9);
    else
        mk_printf(&b, "%9s", "-");
    mk_text(&b, "  ");
    for (size_t i = 0; i < t->nsamples && n < 6; i++)
        if (!t->sample[i].warmup) {
            show_figure(&b, t->sample[i].ms, 0);
            mk_text(&b, " ");
            n++;
        }
    page_add(p, &b, -1, false);
}

static void boots(struct page *p, const struct model_work *w)
{
    size_t at[3] = {0};

    page_title(p, "Boots, in order");
    page_text(p, ST_DIM, "  boot pair  guest  status         to agent  samples (ms)");
    for (;;) {
        int next = -1;

        for (int g = 0; g < 3; g++)
            if (at[g] < w->cell[g].nboots &&
                (next < 0 || w->cell[g].boot[at[g]]->number < w->cell[next].boot[at[next]]->number))
                next = g;
        if (next < 0)
            break;
        boot_line(p, w->cell[next].boot[at[next]++], next);
    }
}

static double region_median(const struct model_cell *c, size_t r)
{
    double *x = NULL, m;
    size_t n = 0;

    for (size_t i = 0; i < c->nboots; i++)
        for (size_t k = 0;
             c->boot[i]->status == MS_PASSED && !c->boot[i]->repeated && k < c->boot[i]->nsamples; k++)
            if (!c->boot[i]->sample[k].warmup) {
                x = mem_grow(x, n + 1, sizeof *x);
                x[n++] = c->boot[i]->sample[k].region[r];
            }
    m = n ? stats_median(x, n) : NAN;
    free(x);
    return m;
}

static void regions(struct page *p, const struct model_work *w)
{
    if (w->nregions == 0)
        return;
    page_title(p, "Timed regions (median ms)");
    for (size_t r = 0; r < w->nregions; r++) {
        double a = region_median(&w->cell[GUEST_CAPOS], r), l = region_median(&w->cell[GUEST_LINUX], r);
        struct buf b = {0};

        mk_printf(&b, "  %-18.18s capOS", w->region[r]);
        show_figure(&b, a, 9);
        mk_text(&b, "  Linux");
        show_figure(&b, l, 9);
        if (isfinite(a / l))
            mk_printf(&b, "  of Linux's %.3f", a / l);
        page_add(p, &b, -1, false);
    }
}

/* Sums over the passed boots, and how many samples they are of; 0: not known. */
static size_t block_sum(const struct model_cell *c, struct guest_block_stats *sum)
{
    size_t n = 0;

    *sum = (struct guest_block_stats){0};
    for (size_t i = 0; i < c->nboots; i++) {
        const struct model_boot *t = c->boot[i];

        if (!t->block_known || t->status != MS_PASSED || t->repeated)
            continue;
        sum->read_ops += t->block_sum.read_ops;
        sum->write_ops += t->block_sum.write_ops;
        sum->write_bytes += t->block_sum.write_bytes;
        sum->flush_ops += t->block_sum.flush_ops;
        for (size_t k = 0; k < t->nsamples; k++)
            n += !t->sample[k].warmup;
    }
    return n;
}

/* What the emulator counted at the virtual disk, and what of it is safe when. */
static void disk(struct page *p, const struct model_work *w)
{
    bool any = false;

    for (int g = 0; g < 2; g++) {
        struct guest_block_stats s;
        size_t n = block_sum(&w->cell[g], &s);

        if (!n)
            continue;
        if (!any)
            page_title(p, "Disk, per iteration");
        any = true;
        page_text(p, ST_NORMAL, "  %-6s %.4g writes, %.4g KiB, %.4g flushes, %.4g reads", show_guest(g),
                  (double)s.write_ops / (double)n, (double)s.write_bytes / 1024 / (double)n,
                  (double)s.flush_ops / (double)n, (double)s.read_ops / (double)n);
    }
    if (w->durability) {
        if (!any)
            page_title(p, "Disk");
        page_field(p, "durability", w->durability);
    }
}

/* Digests of the newest judged boot, out of its verdict. */
static void digests(struct page *p, struct ui *u, const struct model_boot *t)
{
    size_t len;
    int cut;
    const char *text = rawfile_get(u->raw, u->dir, t->name, "verdict.json", &len, &cut);
    char *why = NULL;
    cJSON *o = text && !cut ? json_parse(text, len, &why) : NULL;
    const cJSON *d;

    free(why);
    if (!o)
        return;
    page_field(p, "verdict", json_text(o, "reason"));
    cJSON_ArrayForEach(d, member(o, "digests"))
    {
        if (cJSON_IsString(d))
            page_text(p, ST_DIM, "    %-34.34s %.*s", d->string,
                      p->width > 106  ? 64
                      : p->width > 60 ? 36
                                      : 12,
                      d->valuestring);
    }
    cJSON_Delete(o);
}

static void hashes(struct page *p, struct ui *u, const struct model_work *w)
{
    page_title(p, "Hashes and verdict");
    page_field(p, "expected", w->golden);
    page_field(p, "verifier", w->verifier);
    for (int g = 0; g < 3; g++) {
        const struct model_boot *t = cell_newest(&w->cell[g]);
        char *key;

        if (!t)
            continue;
        key = mem_printf("%s got", show_guest(g));
        page_field(p, key, t->artifact_hash);
        free(key);
        page_field(p, "", boot_verifier_word(t));
        digests(p, u, t);
    }
}

/* Names of an array of objects or texts, as one line. */
static char *names_of(const cJSON *a)
{
    struct buf b = {0};
    const cJSON *c;

    cJSON_ArrayForEach(c, a)
    {
        const char *name = cJSON_IsString(c) ? c->valuestring : json_text(c, "name");

        if (!name || b.len > 900)
            continue;
        buf_printf(&b, "%s%.80s", b.len ? ", " : "", name);
        if (cJSON_IsNumber(member(c, "calls")))
            buf_printf(&b, " (%.0f calls)", json_number(c, "calls", 0));
    }
    return buf_take(&b);
}

static void authority(struct page *p, const struct model_work *w)
{
    static const char *const keys[] = {"declared", "granted", "exercised", "unused"};

    page_title(p, "Authority");
    for (int g = 0; g < 3; g++) {
        const struct model_boot *t = cell_newest(&w->cell[g]);
        const cJSON *prog;

        for (size_t i = w->cell[g].nboots; i-- > 0 && !(t && t->authority);)
            t = w->cell[g].boot[i];
        if (!t || !t->authority)
            continue;
        page_text(p, ST_BOLD, "  %s", show_guest(g));
        if (json_text(t->authority, "note"))
            page_wrap(p, ST_DIM, 4, json_text(t->authority, "note"));
        detail_authority(p, t->authority);
        cJSON_ArrayForEach(prog, member(t->authority, "programs"))
        {
            page_text(p, ST_NORMAL, "   %s", json_text(prog, "name") ? json_text(prog, "name") : "?");
            for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
                char *names = names_of(member(prog, keys[k]));

                page_field(p, keys[k],
                           cJSON_IsArray(member(prog, keys[k])) ? *names ? names : "none" : "not known");
                free(names);
            }
        }
    }
}

static void commands(struct page *p, const struct model_work *w)
{
    page_title(p, "Command lines");
    for (int g = 0; g < 3; g++) {
        struct buf b = {0};

        if (!w->cell[g].nargv)
            continue;
        for (size_t i = 0; i < w->cell[g].nargv; i++)
            buf_printf(&b, "%s%s", i ? " " : "", w->cell[g].argv[i]);
        page_field(p, show_guest(g), b.p);
        buf_free(&b);
    }
}

static void notes(struct page *p, const struct model_work *w)
{
    page_title(p, "Log");
    for (int g = 0; g < 3; g++)
        for (size_t i = 0; i < w->cell[g].nboots; i++) {
            const struct model_boot *t = w->cell[g].boot[i];

            for (size_t k = 0; k < t->nlog; k++) {
                char *line = mem_printf("%s, boot %u: %s", show_guest(g), t->number, t->log[k]);

                page_wrap(p, strncmp(t->log[k], "error", 5) == 0 ? ST_FAIL : ST_NORMAL, 2, line);
                free(line);
            }
        }
}

void screen_detail(struct ui *u, struct page *p)
{
    struct model_work *w = ui_selected(u);
    struct buf b = {0};

    if (!w) {
        page_text(p, ST_DIM, "no workload yet");
        return;
    }
    mk_style(&b, ST_TITLE);
    mk_text(&b, w->label);
    mk_style(&b, ST_DIM);
    mk_printf(&b, "  tier %u  %s", w->tier, w->title ? w->title : "");
    page_head(p, 0, &b);
    outcome(p, u, w);
    difference(p, w);
    samples(p, w);
    regions(p, w);
    detail_latency(p, w);
    boots(p, w);
    disk(p, w);
    detail_resources(p, w);
    hashes(p, u, w);
    authority(p, w);
    commands(p, w);
    notes(p, w);
}
