/* SPDX-License-Identifier: MIT */
/*
 * What the serial log says of processes: workloads/PROTOCOL.md.
 * Invariant: whoever chose a name cannot make it look like another field; a list of capabilities is shown
 * whole, or by the process that was shown with the very same.
 */
#include "kernel/report.h"

#include "kernel/process.h"
#include "kernel/serial.h"
#include "kernel/string.h"

#define REFUSALS_SHOWN 32u /* of a process: the rest is only counted */

const char *report_name(char *to, size_t cap, const char *name)
{
    size_t i = 0;
    for (; name[i] != '\0' && i + 1 < cap; i++) {
        char c = name[i];
        bool plain = c > ' ' && c <= '~' && c != ',' && c != ':' && c != '=' && c != '\\';
        to[i] = plain ? c : '?';
    }
    to[i] = '\0';
    return to;
}

int report_refused(const struct process_spec *spec, int err)
{
    char shown[sizeof(((struct process *)0)->name)];
    klog("exit pid=0 name=%s code=%d why=%s", report_name(shown, sizeof(shown), spec->name), err,
         process_why_name(WHY_EXEC));
    return err;
}

/* Lists that were shown whole, and whose they are: children mostly have what their parent has, and do what
 * others of their kind did, and the serial port is slow. */
#define LISTS      8u
#define LIST_NAMES 24u
static struct shown {
    struct shown_list {
        uint32_t pid, n;
        struct captable_grant grants[LIST_NAMES];
    } lists[LISTS];
    unsigned next;
} shown_held, shown_used;

static bool is_list(const struct shown_list *l, const struct captable_grant *grants, uint32_t n)
{
    if (l->n != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (l->grants[i].cls != grants[i].cls || l->grants[i].mode != grants[i].mode ||
            l->grants[i].calls != grants[i].calls ||
            memcmp(l->grants[i].name, grants[i].name, sizeof(grants[i].name)) != 0)
            return false;
    return true;
}

/* The process that was shown with this very list, or 0: it is kept as p's. */
static uint32_t list_of(struct shown *shown, const struct process *p, const struct captable_grant *grants,
                        uint32_t n)
{
    if (n == 0 || n > LIST_NAMES)
        return 0;
    for (unsigned i = 0; i < LISTS; i++)
        if (is_list(&shown->lists[i], grants, n))
            return shown->lists[i].pid;
    struct shown_list *l = &shown->lists[shown->next++ % LISTS];
    memcpy(l->grants, grants, n * sizeof(grants[0]));
    l->n = n;
    l->pid = p->pid;
    return 0;
}

/* " caps=" with every capability's name, class and mode (before it was used) or number of calls. */
static void caps_part(struct shown *shown, const struct process *p, bool used)
{
    char name[CAPOS_CAPSET_NAME_MAX + 1];
    uint32_t n;
    const struct captable_grant *grants = captable_grants(p, &n);
    uint32_t same = list_of(shown, p, grants, n);
    if (same != 0) {
        klog_part(" caps=@%u", same);
        return;
    }
    klog_part(" caps=");
    const char *comma = "";
    for (uint32_t i = 0; i < n; i++) {
        const struct captable_grant *g = &grants[i];
        if (used && g->calls == 0)
            continue;
        klog_part("%s%s:%s", comma, report_name(name, sizeof(name), g->name), g->cls);
        if (used)
            klog_part(":%lu", g->calls);
        else if (g->mode != NULL)
            klog_part(":%s", g->mode);
        comma = ",";
    }
}

void process_refused(struct process *p, const char *cap, const char *interface, const char *method,
                     const char *why)
{
    char shown[CAPOS_CAPSET_NAME_MAX + 1];
    if (p->refused++ < REFUSALS_SHOWN)
        klog("refused pid=%u name=%s cap=%s method=%s%s%s why=%s", p->pid, p->name,
             report_name(shown, sizeof(shown), cap), interface != NULL ? interface : "-",
             interface != NULL ? "." : "", interface != NULL ? method : "", why);
}

void report_start(const struct process *p)
{
    klog_begin();
    klog_part("spawn pid=%u parent=%u name=%s", p->pid, p->parent, p->name);
    caps_part(&shown_held, p, false);
    klog_end();
}

void report_end(const struct process *p)
{
    klog_begin();
    klog_part("exit pid=%u name=%s code=%ld why=%s peak_frames=%lu calls=%lu refused=%u", p->pid, p->name,
              (long)p->exit_code, process_why_name(p->why), p->peak_frames, p->calls, p->refused);
    caps_part(&shown_used, p, true);
    klog_end();
}
