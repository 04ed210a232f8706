/* SPDX-License-Identifier: MIT */
/*
 * Children of programs; see authority_children.h.
 * Invariant: a process is only ever compared with its own parent's spawn line.
 */
#include "authority_children.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "abi/startup.h"
#include "mem.h"

/* Is it a name for a child's start and its open files? */
static bool is_standard(const char *name)
{
    if (strncmp(name, "stdio_", 6) == 0)
        return isdigit((unsigned char)name[6]) && strspn(name + 6, "0123456789") == strlen(name + 6);
    return strcmp(name, "startup") == 0 || strcmp(name, STARTUP_SHARED_NAME) == 0;
}

/* Parents come before their children in the log. */
static const struct serial_process *before(const struct serial_log *log, size_t i, unsigned pid)
{
    while (i > 0)
        if (log->proc[--i].pid == pid)
            return &log->proc[i];
    return NULL;
}

const struct serial_process **authority_roots(const struct serial_log *log)
{
    const struct serial_process **roots = mem_zalloc((log->nproc + 1) * sizeof *roots), *parent;
    unsigned init = log->nproc ? log->proc[0].pid : 0;

    for (size_t i = 1; i < log->nproc; i++) {
        const struct serial_process *p = &log->proc[i];

        parent = p->parent == init ? NULL : before(log, i, p->parent);
        roots[i] = p->parent == init ? p : parent ? roots[parent - log->proc] : NULL;
    }
    return roots;
}

/* Interfaces that are about one process: each is given its own. */
static bool bound(const char *interface)
{
    return strcmp(interface, "VirtualMemory") == 0 || strcmp(interface, "ThreadControl") == 0 ||
           strcmp(interface, "ThreadSpawner") == 0;
}

static const struct serial_cap *granted(const struct serial_process *p, const char *name)
{
    for (size_t i = 0; i < p->ngranted; i++)
        if (strcmp(p->granted[i].name, name) == 0)
            return &p->granted[i];
    return NULL;
}

/* Does the child's object allow more than what it came from? */
static bool wider(const struct serial_cap *from, const struct serial_cap *g)
{
    static const char *const narrow[] = {"ro", "restricted", "any"};

    for (size_t i = 0; i < sizeof narrow / sizeof narrow[0]; i++)
        if (strcmp(from->mode, narrow[i]) == 0)
            return *g->mode && strcmp(g->mode, narrow[i]) != 0 &&
                   !(i == 2 && strcmp(g->mode, "restricted") == 0);
    return false;
}

/* Something the parent could have made this of: the grant of that name, or another one of the same interface,
 * or a Directory, which gives Directories and Files below it. */
static const struct serial_cap *origin(const struct serial_process *parent, const struct serial_cap *g)
{
    const struct serial_cap *own = granted(parent, g->name);

    if (own)
        return strcmp(own->interface, g->interface) == 0 ? own : NULL;
    for (size_t i = 0; i < parent->ngranted; i++) {
        own = &parent->granted[i];
        if (!is_standard(own->name) && !wider(own, g) &&
            (strcmp(own->interface, g->interface) == 0 ||
             (strcmp(own->interface, "Directory") == 0 && strcmp(g->interface, "File") == 0)))
            return own;
    }
    return NULL;
}

static int check(const struct serial_process *parent, const struct serial_process *child, char *why, size_t n)
{
    for (size_t i = 0; i < child->ngranted; i++) {
        const struct serial_cap *g = &child->granted[i], *from = origin(parent, g);

        if (is_standard(g->name))
            continue;
        if (!from && !bound(g->interface)) {
            snprintf(
                why, n,
                "broader authority than declared: %s, started by %s, was granted %s (%s), which it has not",
                child->name, parent->name, g->name, g->interface);
            return -EPERM;
        }
        if (from && wider(from, g)) {
            snprintf(why, n, "broader authority than declared: %s, started by %s, was granted %s as %s",
                     child->name, parent->name, g->name, g->mode);
            return -EPERM;
        }
    }
    return 0;
}

int authority_children(const struct serial_log *log, char *why, size_t n)
{
    unsigned init = log->nproc ? log->proc[0].pid : 0;

    for (size_t i = 1; i < log->nproc; i++) {
        const struct serial_process *p = &log->proc[i];
        const struct serial_process *parent = p->parent == init ? NULL : before(log, i, p->parent);

        if (p->parent == init)
            continue;
        if (!parent) {
            snprintf(why, n, "broader authority than declared: %s was started by no program of the workload",
                     p->name);
            return -EPERM;
        }
        if (check(parent, p, why, n) < 0)
            return -EPERM;
    }
    return 0;
}
