/* SPDX-License-Identifier: MIT */
/*
 * The guest agent: reads the run plan, carries it out, reports over the bench channel. One source for both
 * guests; with
 * `--native --root DIR` it does the same on the host itself, the channel being descriptor 3.
 * Invariant: the last frame is DONE, whatever went wrong before it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frames.h"
#include "launch.h"
#include "plan.h"
#include "run.h"
#include "steps.h"

#define AGENT_VERSION "1"
#define PLAN_MAX      (16u << 20)

static char why[512];

static char *plan_read(size_t *len)
{
    char path[4096];
    struct stat st;
    char *text = NULL;
    if (steps_path("/plan", path, sizeof path) != 0)
        return NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= (off_t)PLAN_MAX)
        text = malloc((size_t)st.st_size + 1);
    size_t have = 0;
    while (text != NULL && have < (size_t)st.st_size) {
        ssize_t got = read(fd, text + have, (size_t)st.st_size - have);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    (void)close(fd);
    if (text != NULL)
        text[have] = '\0';
    *len = have;
    return text;
}

static int file_step(const struct plan *plan, const struct step *s, uint64_t *export_left)
{
    switch (s->kind) {
    case STEP_MKDIR:
        return step_mkdir(s->a, why, sizeof why);
    case STEP_REMOVE:
        return step_remove(s->a, why, sizeof why);
    case STEP_COPY:
        return step_copy(s->a, s->b, why, sizeof why);
    case STEP_MOVE_SUFFIX:
        return step_move(s->a, s->b, 1, s->c, why, sizeof why);
    case STEP_MOVE_OTHER:
        return step_move(s->a, s->b, 0, s->c, why, sizeof why);
    case STEP_NONCE_FILE:
        return step_nonce_file(s->a, plan->nonce, why, sizeof why);
    case STEP_EXPORT:
        frames_text(BENCH_STEP, "export %s", s->a);
        return step_export(s->a, s->b, export_left, why, sizeof why);
    case STEP_TIMED:
    case STEP_RUN:
    case STEP_ITERATE:
    case STEP_ENDITERATE:
        break;
    }
    (void)snprintf(why, sizeof why, "a step of kind %d is no file step", (int)s->kind);
    return -EINVAL;
}

struct loop {
    bool inside;
    size_t start; /* index of the ITERATE step */
    uint32_t warmups, total, iteration, region;
};

static void announce(const struct loop *l, const struct step *s)
{
    if (!l->inside)
        frames_text(BENCH_STEP, "run %s", s->a);
    else if (l->iteration < l->warmups)
        frames_text(BENCH_STEP, "warm-up %u/%u %s", l->iteration + 1, l->warmups, s->a);
    else
        frames_text(BENCH_STEP, "iteration %u/%u %s", l->iteration - l->warmups + 1, l->total - l->warmups,
                    s->a);
}

/* Carries out the steps. 0, or a negative errno with `why`; *program_failed when a program did not end with
 * 0. */
static int plan_execute(const struct plan *plan, bool *program_failed)
{
    struct loop loop = {0};
    uint64_t export_left = plan->limit_export;
    for (size_t i = 0; i < plan->nsteps; i++) {
        const struct step *s = &plan->steps[i];
        if (*program_failed && s->kind != STEP_EXPORT && s->kind != STEP_NONCE_FILE)
            continue;
        if (s->kind == STEP_ITERATE) {
            loop = (struct loop){
                .inside = true, .start = i, .warmups = s->warmups, .total = s->warmups + s->iterations};
            while (loop.total == 0 && plan->steps[i].kind != STEP_ENDITERATE)
                i++;
        } else if (s->kind == STEP_ENDITERATE) {
            loop.region = 0;
            if (++loop.iteration < loop.total)
                i = loop.start;
            else
                loop.inside = false;
        } else if (s->kind == STEP_TIMED || s->kind == STEP_RUN) {
            announce(&loop, s);
            struct run_place place = {.iteration = loop.iteration,
                                      .region = loop.region,
                                      .warmup = loop.inside && loop.iteration < loop.warmups,
                                      .timed = s->kind == STEP_TIMED};
            bool fine = false;
            int rc = run_program(plan, &plan->programs[s->program], &place, &fine);
            if (rc != 0) {
                (void)snprintf(why, sizeof why, "the host did not answer as it should: %s", strerror(-rc));
                return rc;
            }
            *program_failed |= !fine;
            loop.region += place.timed ? 1 : 0;
        } else {
            int rc = file_step(plan, s, &export_left);
            /* After a failed program what there is comes out; what is missing is no further error. */
            if (rc != 0 && !*program_failed)
                return rc;
        }
    }
    return 0;
}

static int agent_run(void)
{
    struct plan plan;
    size_t len = 0;
    bool program_failed = false;
    char *text = plan_read(&len);
    int rc = text != NULL ? plan_parse(text, len, &plan, why, sizeof why) : -ENOENT;

    frames_init(guest_bench_channel(), text != NULL ? plan.nonce : 0);
    frames_text(BENCH_HELLO, "agent %s %s", AGENT_VERSION, guest_name());
    if (text == NULL)
        (void)snprintf(why, sizeof why, "no plan in the run image");
    if (rc == 0)
        rc = guest_work_begin(plan.store, why, sizeof why);
    if (rc == 0) {
        rc = plan_execute(&plan, &program_failed);
        if (rc == 0 && plan.store)
            rc = step_settle("/work", why, sizeof why);
        if (rc == 0)
            rc = guest_work_end(plan.store, why, sizeof why);
    }
    if (rc != 0)
        frames_text(BENCH_ERROR, "%s", why);
    struct bench_done done = {.status = rc != 0 ? 1 : 0, .frames = frames_sent()};
    frames_send(BENCH_DONE, &done, sizeof done, NULL, 0);
    if (text != NULL)
        plan_free(&plan);
    free(text);
    return rc != 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--root") == 0 && i + 1 < argc) {
            /* Where the host does not let us have a root of our own, paths are looked up below it. */
            steps_set_root(guest_confine(argv[++i]) == 0 ? "" : argv[i]);
        } else if (strcmp(argv[i], "--native") != 0) {
            (void)fprintf(stderr, "usage: agent [--native --root DIR]\n");
            return 2;
        }
    }
    int rc = guest_prepare();
    if (rc != 0)
        guest_shutdown(1);
    guest_shutdown(agent_run());
}
