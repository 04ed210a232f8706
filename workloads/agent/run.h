/* SPDX-License-Identifier: MIT */
/*
 * Running one program of the plan: pipes, marks, limits, and how it ended.
 * Invariant: when run_program returns the program has ended and everything it wrote has been sent or was over
 * the limit.
 */
#ifndef AGENT_RUN_H
#define AGENT_RUN_H

#include "plan.h"

struct run_place {
    uint32_t iteration, region;
    bool warmup;
    bool timed; /* begin and end marks around it */
};

/*
 * Runs it. Output goes out as frames: at once when not timed, else when 56 KiB have gathered and at the end.
 * *fine: it exited with 0 (else the exit frame says how). 0, or a negative errno when the host, which the
 * plan says is to be waited for at the marks, did not answer.
 */
int run_program(const struct plan *plan, const struct program *prog, const struct run_place *place,
                bool *fine);

#endif
