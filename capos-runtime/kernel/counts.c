/* SPDX-License-Identifier: MIT */
/* See counts.h. Invariant: counting takes nothing. */
#include "kernel/counts.h"

#include "kernel/cmdline.h"
#include "kernel/machine.h"
#include "kernel/process.h"
#include "kernel/string.h"

static const char *counted; /* up to a space or the end; NULL: off */

bool counts_start(const char *cmdline)
{
    counted = cmdline_value(cmdline, "spawn-counts");
    return counted == NULL || (*counted != '\0' && *counted != ' ');
}

void counts_spawn(const struct process *parent, const char *name)
{
    const size_t n = strlen(name);

    if (counted == NULL || strlen(counted) < n || memcmp(counted, name, n) != 0 ||
        (counted[n] != '\0' && counted[n] != ' '))
        return;
    klog("spawn-counts parent=%u frames=%lu slots=%u", parent->pid, frame_free_count(),
         captable_held_slots(parent));
}
