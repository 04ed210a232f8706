/* SPDX-License-Identifier: MIT */
/*
 * Plain lines; see narrate.h.
 * Invariant: a boot is told once when it begins and once when it ends, in the order of their numbers.
 */
#include "narrate.h"

#include <string.h>

#include "query.h"
#include "show.h"

static void line_out(struct buf *b, FILE *out)
{
    struct buf plain = {0};

    mk_plain(&plain, b->p ? b->p : "", true);
    fprintf(out, "%s\n", plain.p ? plain.p : "");
    fflush(out);
    buf_free(&plain);
    buf_free(b);
}

/* The boot of that number; *w and *guest where it is. */
static struct model_boot *find(struct model *m, uint64_t number, struct model_work **w, int *guest)
{
    for (size_t i = 0; i < m->nworks; i++)
        for (int g = 0; g < 3; g++)
            for (size_t k = 0; k < m->work[i]->cell[g].nboots; k++)
                if (m->work[i]->cell[g].boot[k]->number == number) {
                    *w = m->work[i];
                    *guest = g;
                    return m->work[i]->cell[g].boot[k];
                }
    return NULL;
}

static void told_end(struct model *m, struct model_work *w, int guest, const struct model_boot *b, FILE *out)
{
    struct buf line = {0};
    size_t done, total;

    run_boots(m, &done, &total);
    mk_printf(&line, "%zu of %zu: %s on %s, pair %u: %s", done, total, w->label, show_guest(guest),
              b->pair + 1,
              b->counts ? b->repeated ? "done again" : model_status_word(b->status) : "interrupted");
    if (b->reason)
        mk_printf(&line, ": %s%s%s", b->reason, b->detail ? ": " : "", b->detail ? b->detail : "");
    else if (b->nsamples)
        mk_printf(&line, ", %.4g ms, output %s", b->sample[b->nsamples - 1].ms, boot_verifier_word(b));
    line_out(&line, out);
}

static void told_run(struct model *m, FILE *out)
{
    struct buf line = {0};

    mk_printf(&line, "run %s: size %s, backing %s, %u pairs, %s", m->run_id ? m->run_id : "?",
              m->size ? m->size : "?", m->backing ? m->backing : "?", m->pairs, show_accel(m));
    line_out(&line, out);
}

void narrate(struct narrate *n, struct model *m, bool detailed, FILE *out)
{
    struct model_work *w;
    struct model_boot *b;
    struct buf line = {0};
    int g;

    if (m->started && !n->begun) {
        n->begun = true;
        told_run(m, out);
    }
    for (;;) {
        if (n->boots_ended < n->boots_begun) {
            b = find(m, n->boots_ended + 1, &w, &g);
            if (detailed && b && b->phase != MP_ENDED &&
                (n->phase_boot != b->number || n->phase != (int)b->phase)) {
                n->phase_boot = b->number;
                n->phase = (int)b->phase;
                mk_printf(&line, "%s on %s: %s", w->label, show_guest(g), boot_phase_word(b));
                line_out(&line, out);
            }
            if (!b || (b->phase != MP_ENDED && m->now == b))
                break;
            told_end(m, w, g, b, out);
            n->boots_ended++;
        } else {
            b = find(m, n->boots_begun + 1, &w, &g);
            if (!b)
                break;
            mk_printf(&line, "%s on %s, pair %u of %u: begins", w->label, show_guest(g), b->pair + 1,
                      m->pairs);
            line_out(&line, out);
            n->boots_begun++;
        }
    }
    if (m->ended && !n->ended) {
        n->ended = true;
        narrate_table(m, out);
    }
}

void narrate_table(struct model *m, FILE *out)
{
    struct buf line = {0};

    for (size_t i = 0; i < m->nworks; i++) {
        struct model_work *w = m->work[i];
        struct stats_summary s;

        mk_printf(&line, "%s: %s", w->label, row_state_word(work_state(m, w)));
        for (int g = 0; g < 3; g++)
            if (cell_summary(&w->cell[g], &s) == 0)
                mk_printf(&line, ", %s median %.4g ms", show_guest(g), s.median);
        mk_text(&line, ", ");
        show_speed(&line, m, w, true);
        line_out(&line, out);
    }
    if (m->accel && strcmp(m->accel, "kvm") != 0) {
        mk_printf(&line, "warning: %s", show_accel(m));
        line_out(&line, out);
    }
    mk_printf(&line, "%s, exit %d", m->interrupted ? "interrupted" : "the run has ended", m->exit);
    line_out(&line, out);
}
