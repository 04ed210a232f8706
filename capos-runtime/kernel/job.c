/* SPDX-License-Identifier: MIT */
/* Jobs: see job.h. */
#include "kernel/job.h"

#include "abi/errno.h"
#include "kernel/process.h"

uint64_t job_reserve(void)
{
    uint64_t part = frame_total_count() / 32;
    return part > 512 ? part : 512;
}

static int job_new(struct process *p)
{
    uint64_t free = frame_free_count(), reserve = job_reserve();
    p->job = heap_alloc(sizeof(*p->job));
    if (p->job == NULL)
        return -ENOMEM;
    p->job->frame_limit = free > 2 * reserve ? free - reserve : free / 2;
    return 0;
}

int job_join(struct process *p, const struct process *parent, const char **why)
{
    *why = "too many processes";
    if (process_count() >= MACHINE_PROCESSES)
        return -EAGAIN;
    if (parent != NULL && process_children(parent->pid) >= JOB_CHILDREN)
        return -EAGAIN;
    bool own = parent == NULL || parent->parent == 0;
    if (!own && parent->job->processes >= JOB_PROCESSES)
        return -EAGAIN;
    *why = "no memory";
    if (!own && frame_free_count() < job_reserve() / 2)
        return -ENOMEM;
    int r = own ? job_new(p) : 0;
    if (r != 0)
        return r;
    if (!own)
        p->job = parent->job;
    p->job->refs++;
    p->job->processes++;
    return 0;
}

void job_leave(struct process *p)
{
    KASSERT(p->job->processes > 0);
    p->job->processes--;
}

void job_unref(struct job *j)
{
    if (j != NULL && --j->refs == 0)
        heap_free(j);
}

bool job_charge(struct process *p, uint64_t frames)
{
    struct job *j = p->job;
    if (frames > j->frame_limit - j->frames)
        return false;
    j->frames += frames;
    return true;
}

void job_uncharge(struct process *p, uint64_t frames)
{
    KASSERT(frames <= p->job->frames);
    p->job->frames -= frames;
}

void job_end(const struct process *p)
{
    struct process *one;
    while ((one = process_of_job(p->job)) != NULL)
        process_end(one, PROCESS_CODE_KILLED, WHY_KILLED);
}
