/* SPDX-License-Identifier: MIT */
/* Timers on the host; see host_timers.h. */
#include "host_timers.h"

struct ktimer *host_timers;

void ktimer_arm(struct ktimer *t, uint64_t deadline_ns)
{
    ktimer_cancel(t);
    t->deadline_ns = deadline_ns;
    t->next = host_timers;
    t->prev = &host_timers;
    if (host_timers != NULL)
        host_timers->prev = &t->next;
    host_timers = t;
}

void ktimer_cancel(struct ktimer *t)
{
    if (t->prev == NULL)
        return;
    *t->prev = t->next;
    if (t->next != NULL)
        t->next->prev = t->prev;
    t->prev = NULL;
    t->next = NULL;
}

void host_timers_fire(uint64_t now_ns)
{
    for (struct ktimer *t = host_timers; t != NULL;) {
        if (t->deadline_ns > now_ns) {
            t = t->next;
            continue;
        }
        ktimer_cancel(t);
        t->fire(t);
        t = host_timers; /* the list may have changed */
    }
}
