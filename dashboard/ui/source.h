/* SPDX-License-Identifier: MIT */
/*
 * Feeds a model from an event log: as it grows, or replayed at a speed, paused and stepped either way.
 * Invariant: the model is always the fold of lines 0 .. at - 1, whatever was done to get there.
 */
#ifndef UI_SOURCE_H
#define UI_SOURCE_H

#include "evlog.h"
#include "model.h"
#include "view.h"

struct source {
    struct evlog log;
    enum source_mode mode;
    size_t at; /* lines folded */
    bool paused;
    double speed;
    double clock_ms; /* replay: UTC ms of its clock */
};

/* Opens DIR's log (which may not be there yet). */
void source_init(struct source *s, const char *dir, enum source_mode mode);
void source_close(struct source *s);
/*
 * Lets `elapsed_ms` pass: looks for new lines and folds what is due. Returns true when the model changed.
 * Nothing is folded while `frozen`.
 */
bool source_advance(struct source *s, struct model *m, double elapsed_ms, bool frozen);
/* Goes to the state after `at` lines. */
void source_seek(struct source *s, struct model *m, size_t at);
/* Carries out a replay action. */
void source_action(struct source *s, struct model *m, enum action a);
/* UTC ms to show as now: the wall clock while live, the replay's clock otherwise. */
int64_t source_now(const struct source *s, const struct model *m, int64_t wall_ms);
/* True when there is nothing more to come by itself: a replay at its end, or the run has ended. */
bool source_idle(const struct source *s, const struct model *m);
/* Fills what the views show of it. */
void source_fill(const struct source *s, struct source_view *v);

#endif
