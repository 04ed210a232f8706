/* SPDX-License-Identifier: MIT */
/*
 * Judging boots; see judge.h.
 * Invariant: a boot is passed only when no rule below speaks against it.
 */
#include "judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority.h"
#include "json.h"
#include "measure.h"
#include "mem.h"
#include "text.h"

bool judge_wants_verifier(const struct judge_case *j)
{
    return j->started == 0 && j->outcome->end == GUEST_OK && !j->collected->failed_exit &&
           !j->collected->broken;
}

bool judge_guest_clock(enum guest_kind guest, enum guest_accel accel)
{
    return guest == GUEST_NATIVE || accel == ACCEL_ICOUNT;
}

/* The first verdict stays. */
static void verdict(struct boot *b, enum result_status status, char *reason, char *detail)
{
    if (b->reason) {
        free(reason);
        free(detail);
        return;
    }
    b->status = status;
    b->reason = reason;
    b->detail = detail;
}

size_t judge_planned(const struct definition *d, enum def_size size, bool reopen, int **out)
{
    size_t setup = definition_runs(d, &d->setup, NULL, 0), each = definition_runs(d, &d->iteration, NULL, 0);
    size_t after = definition_runs(d, &d->after, NULL, 0);
    size_t rounds = (size_t)d->warmups + d->iterations[size], n = setup + each * rounds + after;

    if (reopen) {
        n = definition_runs(d, &d->reopen, NULL, 0);
        *out = mem_zalloc((n + 1) * sizeof **out);
        return definition_runs(d, &d->reopen, *out, n);
    }
    *out = mem_zalloc((n + 1) * sizeof **out);
    definition_runs(d, &d->setup, *out, setup);
    for (size_t i = 0; i < rounds; i++)
        definition_runs(d, &d->iteration, *out + setup + i * each, each);
    definition_runs(d, &d->after, *out + setup + rounds * each, after);
    return n;
}

static void judge_programs(struct boot *b, const struct judge_case *j, const int *program, size_t planned)
{
    const struct collect *c = j->collected;
    char *how, *tail;

    if (!c->failed_exit)
        return;
    how = collect_exit_text(c->fail_kind, c->fail_code, b->guest);
    tail = text_escaped(c->tail, c->tail_len, COLLECT_TAIL);
    /* The failing program is the last that ran: the plan stops there. */
    verdict(b, RESULT_FAILED,
            mem_printf("%s: %s",
                       c->runs && c->runs <= planned ? j->d->programs[program[c->runs - 1]].id : "program",
                       how),
            *tail ? mem_printf("its last output: %s", tail) : NULL);
    free(tail);
    free(how);
}

/* What was not granted must have been refused, and in the way the definition says. */
static void judge_attempts(struct boot *b, const struct judge_case *j)
{
    char why[256];
    int rc = attempts_judge(j->d, b->guest, &j->collected->attempts, b->authority, why, sizeof why);

    if (rc == -EPERM)
        verdict(b, RESULT_INVALID, mem_dup("broader authority than declared"), mem_dup(why));
    else if (rc == -ENODATA)
        verdict(b, RESULT_INVALID, mem_dup("an attempt on authority was not made"), mem_dup(why));
    else if (rc < 0)
        verdict(b, RESULT_FAILED, mem_dup("an attempt on authority ended otherwise"), mem_dup(why));
}

static void judge_authority(struct boot *b, const struct judge_case *j, const int *program, size_t planned)
{
    char why[256];
    int rc;

    if (b->guest != GUEST_CAPOS) {
        b->authority = authority_ambient(j->d);
        return;
    }
    rc =
        authority_capos(j->d, j->serial, program, j->collected->runs < planned ? j->collected->runs : planned,
                        &b->authority, why, sizeof why);
    if (rc == -EPERM)
        verdict(b, RESULT_INVALID, mem_dup("broader authority than declared"),
                text_escaped(why, strlen(why), 255));
    else if (rc < 0)
        verdict(b, RESULT_INVALID, mem_dup("authority report does not match the plan"),
                text_escaped(why, strlen(why), 255));
}

static void judge_marks(struct boot *b, const struct judge_case *j)
{
    bool guest_clock = judge_guest_clock(b->guest, j->accel);
    char why[256];
    int rc;

    b->marks = collect_marks(j->collected, j->d, j->size, b->backing, b->guest, guest_clock);
    if (b->reason)
        return;
    rc = measure_check(b->marks, why, sizeof why);
    b->clocks_disagree = rc == -ERANGE;
    if (rc == -ERANGE)
        verdict(b, RESULT_INVALID, mem_dup("guest and host clocks disagree"), mem_dup(why));
    else if (rc < 0)
        verdict(b, RESULT_INVALID, mem_dup("timed regions are not as planned"), mem_dup(why));
    if (!b->reason && measure_label(b->marks, why, sizeof why) < 0)
        verdict(b, RESULT_INVALID, mem_dup("the backing is not what its label says"), mem_dup(why));
    if (!b->reason && latency_check(b->marks, why, sizeof why) < 0)
        verdict(b, RESULT_INVALID, mem_dup("a latency distribution is missing or not whole"), mem_dup(why));
}

/* The rules that hold for every boot, whatever is measured in it. */
static void judge_rules(struct boot *b, const struct judge_case *j, bool reopen)
{
    int *program;
    size_t planned = judge_planned(j->d, j->size, reopen, &program);
    const struct guest_outcome *o = j->outcome;

    b->status = RESULT_PASSED;
    if (j->started < 0) {
        verdict(b, RESULT_INVALID, mem_dup("the guest could not be started"),
                text_escaped(o->reason, strlen(o->reason), 255));
        b->harness_failed = true;
    } else if (o->end != GUEST_OK) {
        verdict(b, RESULT_INVALID, mem_printf("guest: %s", guest_end_name(o->end)),
                j->collected->error ? mem_dup(j->collected->error)
                                    : text_escaped(o->reason, strlen(o->reason), 255));
    }
    judge_programs(b, j, program, planned);
    if (j->changed_input)
        verdict(b, RESULT_INVALID, mem_dup("an input changed during the run"),
                text_escaped(j->changed_input, strlen(j->changed_input), 255));
    if (j->verifier_reason)
        verdict(
            b, j->verifier_broken ? RESULT_INVALID : RESULT_FAILED,
            mem_dup(j->verifier_broken ? "the verifier could not judge" : "the verifier rejects the output"),
            mem_dup(j->verifier_reason));
    if (j->collected->broken)
        verdict(b, RESULT_INVALID, mem_dup("bench channel: impossible sequence"),
                mem_dup(j->collected->broken));
    judge_authority(b, j, program, planned);
    if (!reopen)
        judge_attempts(b, j);
    free(program);
}

void judge_boot(struct boot *b, const struct judge_case *j)
{
    judge_rules(b, j, false);
    b->resources = resources_build(b->authority, &j->collected->resources);
    judge_marks(b, j);
    if (!b->reason && !j->verified)
        verdict(b, RESULT_INVALID, mem_dup("the output was not verified"), NULL);
}

void judge_reopen(struct boot *b, const struct judge_case *j, bool same_disk)
{
    struct boot second = {.guest = b->guest, .backing = b->backing};

    judge_rules(&second, j, true);
    if (!second.reason && !same_disk)
        verdict(&second, RESULT_FAILED, mem_dup("what the first boot had written is not on the disk"), NULL);
    if (!second.reason && !j->verified)
        verdict(&second, RESULT_INVALID, mem_dup("the output was not verified"), NULL);
    b->harness_failed |= second.harness_failed;
    if (second.reason) {
        verdict(b, second.status, mem_printf("second boot: %s", second.reason), second.detail);
        second.detail = NULL;
    }
    authority_second(b->authority, second.authority);
    free(second.reason);
    free(second.detail);
}
