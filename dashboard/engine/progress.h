/* SPDX-License-Identifier: MIT */
/*
 * Progress on standard error: one line that is rewritten on a terminal, plain lines elsewhere.
 * Invariant: what is shown is escaped by the caller; the estimate comes from boots already done, and before
 * the first from the definitions' expectSeconds.
 */
#ifndef ENGINE_PROGRESS_H
#define ENGINE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
    bool on, terminal;
    double start;        /* monotonic seconds */
    double expect_total; /* expected seconds of all boots */
    double expect_done;  /* of those, finished */
    double spent_done;   /* what the finished ones took */
    double boot_start, boot_expect;
    size_t total, done;
    char boot[160]; /* what runs now */
    char step[128];
    double drawn;
    char last[512]; /* last plain line, not repeated */
};

/* Starts the clock. `on` false keeps everything silent. */
void progress_start(struct progress *p, bool on);
/* Adds a boot that is planned, with its expected length. */
void progress_plan(struct progress *p, double expect_seconds);
/* Takes a planned boot that will not happen off the estimate. */
void progress_drop(struct progress *p, double expect_seconds);
/* A boot begins; `what` is its line. */
void progress_boot(struct progress *p, const char *what, double expect_seconds);
/* The boot is at this step. */
void progress_step(struct progress *p, const char *step);
/* Called often: redraws on a terminal at most ten times a second. */
void progress_tick(struct progress *p);
/* The boot has ended after so many seconds; `outcome` is one word or line. */
void progress_boot_end(struct progress *p, double seconds, const char *outcome);
/* A line of its own. */
void progress_note(struct progress *p, const char *line);
/* Seconds left, as estimated; negative when unknown. */
double progress_left(const struct progress *p);
/* Clears the line. */
void progress_end(struct progress *p);
/* Monotonic seconds. */
double progress_now(void);

#endif
