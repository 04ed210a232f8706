/* SPDX-License-Identifier: MIT */
/*
 * Feeding the model; see source.h.
 * Invariant: folding happens in fold_to alone.
 */
#include "source.h"

#include <stdlib.h>

void source_init(struct source *s, const char *dir, enum source_mode mode)
{
    *s = (struct source){.mode = mode, .speed = 10};
    evlog_init(&s->log, dir);
    (void)evlog_poll(&s->log);
}

void source_close(struct source *s)
{
    evlog_close(&s->log);
}

static bool fold_to(struct source *s, struct model *m, size_t at)
{
    bool changed = false;

    for (; s->at < at && s->at < s->log.n; s->at++) {
        size_t len;
        const char *line = evlog_line(&s->log, s->at, &len);

        (void)model_fold(m, line ? line : "", line ? len : 0);
        changed = true;
    }
    return changed;
}

void source_seek(struct source *s, struct model *m, size_t at)
{
    if (at < s->at) {
        model_free(m);
        s->at = 0;
    }
    (void)fold_to(s, m, at);
    if (m->last_ms)
        s->clock_ms = (double)m->last_ms;
}

bool source_advance(struct source *s, struct model *m, double elapsed_ms, bool frozen)
{
    size_t due = s->at;

    (void)evlog_poll(&s->log);
    if (frozen)
        return false;
    if (s->mode != SRC_REPLAY)
        return fold_to(s, m, s->log.n);
    if (s->paused || s->at >= s->log.n)
        return false;
    if (s->clock_ms == 0)
        s->clock_ms = (double)s->log.time[0];
    s->clock_ms += elapsed_ms * s->speed;
    while (due < s->log.n && (double)s->log.time[due] <= s->clock_ms)
        due++;
    (void)fold_to(s, m, due);
    return true;
}

void source_action(struct source *s, struct model *m, enum action a)
{
    switch (a) {
    case ACT_PAUSE:
        s->paused = !s->paused;
        break;
    case ACT_STEP:
        s->paused = true;
        source_seek(s, m, s->at + 1);
        break;
    case ACT_STEP_BACK:
        s->paused = true;
        source_seek(s, m, s->at ? s->at - 1 : 0);
        break;
    case ACT_FASTER:
        s->speed = s->speed < 1000 ? s->speed * 2 : s->speed;
        break;
    case ACT_SLOWER:
        s->speed = s->speed > 0.1 ? s->speed / 2 : s->speed;
        break;
    case ACT_TO_START:
        source_seek(s, m, 0);
        s->clock_ms = 0;
        s->paused = false;
        break;
    case ACT_TO_END:
        source_seek(s, m, s->log.n);
        break;
    default:
        break;
    }
}

int64_t source_now(const struct source *s, const struct model *m, int64_t wall_ms)
{
    if (s->mode != SRC_REPLAY && !m->ended)
        return wall_ms;
    if (s->mode == SRC_REPLAY && s->clock_ms > (double)m->last_ms)
        return (int64_t)s->clock_ms;
    return m->last_ms;
}

bool source_idle(const struct source *s, const struct model *m)
{
    return s->mode == SRC_REPLAY ? s->paused || s->at >= s->log.n : m->ended;
}

void source_fill(const struct source *s, struct source_view *v)
{
    v->mode = s->mode;
    v->paused = s->paused;
    v->speed = s->speed;
    v->at = s->at;
    v->total = s->log.n;
}
