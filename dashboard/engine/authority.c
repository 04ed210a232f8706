/* SPDX-License-Identifier: MIT */
/*
 * Declared, granted, exercised; see authority.h.
 * Invariant: granted and exercised come from the kernel's own lines, declared from the definition.
 */
#include "authority.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/startup.h"
#include "authority_children.h"
#include "json.h"
#include "kinds.h"
#include "mem.h"
#include "text.h"

enum { REFUSALS_SHOWN = 64 };

static const char *const standard[] = {"startup", "stdio_0", "stdio_1", "stdio_2"};

static bool is_standard(const char *name)
{
    for (size_t i = 0; i < sizeof standard / sizeof standard[0]; i++)
        if (strcmp(standard[i], name) == 0)
            return true;
    return false;
}

static const struct def_cap *declared_cap(const struct def_program *p, const char *name)
{
    for (size_t i = 0; i < p->ncaps; i++)
        if (strcmp(p->caps[i].name, name) == 0)
            return &p->caps[i];
    return NULL;
}

/* What the agent gives a program that may start others, beside what is declared (abi/startup.h). */
static bool is_shared(const struct def_program *p, const struct serial_cap *g)
{
    if (strcmp(g->name, STARTUP_SHARED_NAME) != 0 || strcmp(g->interface, "MemoryObject") != 0)
        return false;
    for (size_t i = 0; i < p->ncaps; i++)
        if (strcmp(p->caps[i].kind, "process_spawner") == 0)
            return true;
    return false;
}

/* How much the granted object allows, where the kernel says so, against the declaration. */
static bool broader(const struct def_cap *c, const struct serial_cap *g)
{
    if (strcmp(c->kind, "process_spawner") == 0)
        return strcmp(g->mode, "all") == 0 || (c->only && strcmp(g->mode, "any") == 0);
    return c->read_only && strcmp(g->mode, "rw") == 0;
}

/* One process against its declaration: the first discrepancy. */
static int check_process(const struct def_program *p, const struct serial_process *proc, char *why, size_t n)
{
    for (size_t i = 0; i < proc->ngranted; i++) {
        const struct serial_cap *g = &proc->granted[i];
        const struct def_cap *c = declared_cap(p, g->name);

        if (!c && !is_standard(g->name) && !is_shared(p, g)) {
            snprintf(why, n, "broader authority than declared: %s was granted %s (%s)", p->id, g->name,
                     g->interface);
            return -EPERM;
        }
        if (c && strcmp(kind_find(c->kind)->interface, g->interface) != 0) {
            snprintf(why, n, "broader authority than declared: %s of %s is a %s, declared as %s", g->name,
                     p->id, g->interface, kind_find(c->kind)->interface);
            return -EPERM;
        }
    }
    for (size_t i = 0; i < proc->ngranted; i++) {
        const struct serial_cap *g = &proc->granted[i];
        const struct def_cap *c = declared_cap(p, g->name);

        if (c && broader(c, g)) {
            snprintf(why, n, "broader authority than declared: %s of %s was granted as %s", g->name, p->id,
                     g->mode);
            return -EPERM;
        }
    }
    for (size_t i = 0; i < p->ncaps; i++) {
        size_t k = 0;

        while (k < proc->ngranted && strcmp(proc->granted[k].name, p->caps[i].name) != 0)
            k++;
        if (k == proc->ngranted) {
            snprintf(why, n, "%s was declared to have %s, the kernel granted it none", p->id,
                     p->caps[i].name);
            return -EINVAL;
        }
    }
    return 0;
}

static void add_cap(cJSON *array, const char *name, const char *interface, const uint64_t *calls)
{
    cJSON *c = cJSON_CreateObject();

    json_add_text(c, "name", name);
    json_add_text(c, "interface", interface);
    if (calls)
        json_add_u64(c, "calls", *calls);
    cJSON_AddItemToArray(array, c);
}

static void add_declared(cJSON *o, const struct def_program *p)
{
    cJSON *a = cJSON_AddArrayToObject(o, "declared");

    for (size_t i = 0; i < p->ncaps; i++) {
        cJSON *c = cJSON_CreateObject();

        json_add_text(c, "name", p->caps[i].name);
        json_add_text(c, "kind", p->caps[i].kind);
        if (p->caps[i].path) {
            json_add_text(c, "path", p->caps[i].path);
            json_add_text(c, "mode", p->caps[i].read_only ? "ro" : "rw");
        }
        if (p->caps[i].only)
            json_add_text(c, "only", p->caps[i].only);
        cJSON_AddItemToArray(a, c);
    }
}

/* Calls on a granted name by the runs of one program and by all that they started. */
static uint64_t calls_on(const struct serial_log *log, const struct serial_process *const *roots,
                         const struct serial_process *const *proc, size_t nproc, const char *name)
{
    uint64_t calls = 0;

    for (size_t i = 1; i < log->nproc; i++) {
        bool own = false;

        for (size_t k = 0; k < nproc && !own; k++)
            own = proc[k] == roots[i];
        for (size_t u = 0; own && u < log->proc[i].nused; u++)
            if (strcmp(log->proc[i].used[u].name, name) == 0)
                calls += log->proc[i].used[u].calls;
    }
    return calls;
}

/* Processes that the runs of one program started, and the largest of all of them in frames. */
static void add_processes(cJSON *o, const struct serial_log *log, const struct serial_process *const *roots,
                          const struct serial_process *const *proc, size_t nproc)
{
    uint64_t peak = 0, children = 0, refused = 0;

    for (size_t i = 1; i < log->nproc; i++) {
        const struct serial_process *p = &log->proc[i];

        for (size_t k = 0; k < nproc; k++)
            if (proc[k] == roots[i]) {
                children += p != roots[i];
                refused += p->refused;
                peak = p->peak_frames > peak ? p->peak_frames : peak;
                break;
            }
    }
    json_add_u64(o, "children", children);
    json_add_u64(o, "refusedCalls", refused);
    json_add_u64(o, "peakFrames", peak);
}

/* Sums the calls that all runs of one program, and what they started, made on each granted name. */
static void add_program(cJSON *programs, const struct def_program *p, const struct serial_log *log,
                        const struct serial_process *const *roots, const struct serial_process *const *proc,
                        size_t nproc)
{
    cJSON *o = cJSON_CreateObject(), *granted, *exercised, *unused;

    json_add_text(o, "name", p->id);
    json_add_u64(o, "runs", nproc);
    add_declared(o, p);
    granted = cJSON_AddArrayToObject(o, "granted");
    exercised = cJSON_AddArrayToObject(o, "exercised");
    unused = cJSON_AddArrayToObject(o, "unused");
    for (size_t i = 0; nproc && i < proc[0]->ngranted; i++) {
        const struct serial_cap *g = &proc[0]->granted[i];
        uint64_t calls = calls_on(log, roots, proc, nproc, g->name);

        add_cap(granted, g->name, g->interface, NULL);
        if (calls)
            add_cap(exercised, g->name, g->interface, &calls);
        else
            cJSON_AddItemToArray(unused, cJSON_CreateString(g->name));
    }
    add_processes(o, log, roots, proc, nproc);
    cJSON_AddItemToArray(programs, o);
}

/* Interfaces of ours that were really used: by programs, or by the agent to start one. A read-only view the
 * agent makes (CapbenchExt) is not counted: it only takes authority away. */
static void add_extensions(cJSON *out, const struct serial_log *log)
{
    static const char *const ours[] = {"FileSpawner", "CapbenchExt"};
    cJSON *a = NULL;

    for (size_t k = 0; k < sizeof ours / sizeof ours[0]; k++) {
        uint64_t calls = 0;

        for (size_t i = k == 1; i < log->nproc; i++)
            for (size_t u = 0; u < log->proc[i].nused; u++)
                if (strcmp(log->proc[i].used[u].interface, ours[k]) == 0)
                    calls += log->proc[i].used[u].calls;
        if (calls && !a)
            a = cJSON_AddArrayToObject(out, "extensions");
        if (calls)
            add_cap(a, k ? "capbench_ext" : "file_spawner", ours[k], &calls);
    }
}

/* What the kernel refused, process by process as far as it told. */
static void add_refusals(cJSON *out, const struct serial_log *log)
{
    cJSON *o, *a;
    uint64_t calls = 0;

    for (size_t i = 0; i < log->nproc; i++)
        calls += log->proc[i].refused;
    if (!calls && !log->nrefusals)
        return;
    o = cJSON_AddObjectToObject(out, "refusals");
    json_add_u64(o, "calls", calls);
    a = cJSON_AddArrayToObject(o, "shown");
    for (size_t i = 0; i < log->nrefusals && i < REFUSALS_SHOWN; i++) {
        const struct serial_refusal *r = &log->refusal[i];
        const struct serial_process *p = serial_process(log, r->pid);
        cJSON *e = cJSON_CreateObject();

        json_add_text(e, "process", p ? p->name : NULL);
        json_add_text(e, "capability", r->cap);
        json_add_text(e, "method", r->method);
        json_add_text(e, "why", r->why);
        cJSON_AddItemToArray(a, e);
    }
}

/* The whole of it in one row: has each program exactly what was declared? */
static void add_bundle(cJSON *out, const char *status, const char *reason)
{
    cJSON *o = cJSON_AddObjectToObject(out, "bundle");
    char *text = reason ? text_escaped(reason, strlen(reason), 255) : NULL;

    json_add_text(o, "status", status);
    if (text)
        json_add_text(o, "reason", text);
    free(text);
}

int authority_capos(const struct definition *d, const struct serial_log *log, const int *expected,
                    size_t nexpected, cJSON **out, char *why, size_t n)
{
    unsigned init = log->nproc ? log->proc[0].pid : 0;
    const struct serial_process **run = mem_zalloc((log->nproc + 1) * sizeof *run), **own,
                                **roots = authority_roots(log);
    size_t nrun = 0;
    cJSON *programs;
    int rc = 0;

    *out = cJSON_CreateObject();
    json_add_text(*out, "source", "kernel");
    programs = cJSON_AddArrayToObject(*out, "programs");
    for (size_t i = 1; i < log->nproc; i++)
        if (log->proc[i].parent == init)
            run[nrun++] = &log->proc[i];
    if (nrun != nexpected) {
        snprintf(why, n, "the kernel reports %zu programs started, %zu were planned", nrun, nexpected);
        rc = -EINVAL;
    }
    for (size_t i = 0; i < nrun && i < nexpected && rc == 0; i++)
        rc = check_process(&d->programs[expected[i]], run[i], why, n);
    if (rc == 0)
        rc = authority_children(log, why, n);
    add_bundle(*out, rc == 0 ? "passed" : "invalid", rc == 0 ? NULL : why);
    own = mem_zalloc((nrun + 1) * sizeof *own);
    for (size_t p = 0; p < d->nprograms; p++) {
        size_t nown = 0;

        for (size_t i = 0; i < nrun && i < nexpected; i++)
            if (expected[i] == (int)p)
                own[nown++] = run[i];
        add_program(programs, &d->programs[p], log, roots, own, nown);
    }
    free(own);
    free(run);
    free(roots);
    add_extensions(*out, log);
    add_refusals(*out, log);
    return rc;
}

void authority_second(cJSON *first, cJSON *second)
{
    if (first && second)
        cJSON_AddItemToObject(first, "secondBoot", second);
    else
        cJSON_Delete(second);
}

cJSON *authority_ambient(const struct definition *d)
{
    cJSON *o = cJSON_CreateObject(), *programs;

    json_add_text(o, "source", "definition");
    json_add_text(
        o, "note",
        "authority on this guest is ambient: capabilities can be declared, not withheld or counted");
    add_bundle(o, "not_applicable",
               "authority on this guest is ambient: there is no bundle to hold against the declaration");
    programs = cJSON_AddArrayToObject(o, "programs");
    for (size_t p = 0; p < d->nprograms; p++) {
        cJSON *each = cJSON_CreateObject();

        json_add_text(each, "name", d->programs[p].id);
        add_declared(each, &d->programs[p]);
        cJSON_AddNullToObject(each, "granted");
        cJSON_AddNullToObject(each, "exercised");
        cJSON_AddNullToObject(each, "unused");
        cJSON_AddItemToArray(programs, each);
    }
    return o;
}
