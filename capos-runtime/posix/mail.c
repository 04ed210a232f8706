/* SPDX-License-Identifier: MIT */
/* Boxes. Invariant: see mail.h; what a box held before it was taken is thrown away first. */
#include "posix/mail.h"

#include "posix/shared.h"

struct startup_shared_box *mail_box;

/* Where the search for a process's box begins: most are found there. */
static struct startup_shared_box *box_at(struct startup_shared_box *boxes, uint32_t pid, uint32_t i)
{
    return &boxes[(pid + i) % STARTUP_SHARED_BOXES];
}

static struct startup_shared_box *box_of(uint32_t pid)
{
    struct startup_shared_box *boxes = shared_boxes();
    for (uint32_t i = 0; boxes && pid != 0 && i < STARTUP_SHARED_BOXES; i++)
        if (__atomic_load_n(&box_at(boxes, pid, i)->pid, __ATOMIC_ACQUIRE) == pid)
            return box_at(boxes, pid, i);
    return NULL;
}

static struct startup_shared_box *box_take(uint32_t pid)
{
    struct startup_shared_box *boxes = shared_boxes();
    for (uint32_t i = 0; boxes && i < STARTUP_SHARED_BOXES; i++) {
        uint32_t none = 0;
        if (__atomic_compare_exchange_n(&box_at(boxes, pid, i)->pid, &none, pid, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return box_at(boxes, pid, i);
    }
    return NULL;
}

void mail_open(void)
{
    uint32_t pid = (uint32_t)posix_tid();
    struct startup_shared_box *box = box_of(pid);
    if (!box)
        box = box_take(pid);
    if (box) {
        __atomic_store_n(&box->pending, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&box->caught, 0, __ATOMIC_RELEASE);
    }
    mail_box = box;
}

void mail_leave(void)
{
    mail_box = NULL;
}

void mail_end(void)
{
    if (mail_box)
        __atomic_store_n(&mail_box->pid, 0, __ATOMIC_RELEASE);
    mail_box = NULL;
}

void mail_close(uint32_t pid)
{
    struct startup_shared_box *box = box_of(pid);
    if (box)
        __atomic_store_n(&box->pid, 0, __ATOMIC_RELEASE);
}

int mail_post(uint32_t pid, int sig)
{
    struct startup_shared_box *box = box_of(pid);
    if (!box)
        return -ESRCH;
    if (sig)
        __atomic_or_fetch(&box->pending, UINT64_C(1) << (sig - 1), __ATOMIC_ACQ_REL);
    return 0;
}

bool mail_others(void)
{
    struct startup_shared_box *boxes = mail_box ? shared_boxes() : NULL;
    for (uint32_t i = 0; boxes && i < STARTUP_SHARED_BOXES; i++)
        if (&boxes[i] != mail_box && __atomic_load_n(&boxes[i].pid, __ATOMIC_RELAXED) != 0)
            return true;
    return false;
}

uint64_t mail_caught(uint32_t pid)
{
    struct startup_shared_box *box = box_of(pid);
    return box ? __atomic_load_n(&box->caught, __ATOMIC_ACQUIRE) : 0;
}

void mail_catch(uint64_t set)
{
    if (mail_box)
        __atomic_store_n(&mail_box->caught, set, __ATOMIC_RELEASE);
}

uint64_t mail_take(void)
{
    return mail_box ? __atomic_exchange_n(&mail_box->pending, 0, __ATOMIC_ACQ_REL) : 0;
}
