/* SPDX-License-Identifier: MIT */
/*
 * Jobs: a process that the first one starts, and all that comes of it. They share a limit on processes and
 * frames, so that what runs wild ends within it and the first process goes on, and they can be ended
 * together. Invariant: a job lives while a process of it does, or a handle to one; its counters are those of
 * its living processes.
 */
#ifndef KERNEL_JOB_H
#define KERNEL_JOB_H

#include <stdbool.h>
#include <stdint.h>

#define JOB_PROCESSES     128u /* alive at once in a job */
#define JOB_CHILDREN      64u  /* alive at once, of one process */
#define MACHINE_PROCESSES 256u

struct job {
    uint32_t refs, processes;
    uint64_t frames, frame_limit; /* user frames of all its processes */
};
struct process;

/* job_reserve: frames that no user memory may take: the kernel needs them to go on. */
uint64_t job_reserve(void);
/* job_join: puts the new process p in its parent's job, or in one of its own when the parent is the first
 * process or not there (NULL). 0; -EAGAIN, -ENOMEM with *why. */
int job_join(struct process *p, const struct process *parent, const char **why);
/* job_leave: p has ended. job_unref: the struct goes (p->job may be NULL). */
void job_leave(struct process *p);
void job_unref(struct job *j);
/* Frames of p's job: false when its limit is reached. */
bool job_charge(struct process *p, uint64_t frames);
void job_uncharge(struct process *p, uint64_t frames);
/* job_end: every process of p's job is killed, p itself and the caller included. */
void job_end(const struct process *p);

#endif
