/* SPDX-License-Identifier: MIT */
/*
 * What the serial log says of processes: workloads/PROTOCOL.md.
 * Invariant: whoever chose a name cannot make it look like another field; a list of capabilities is shown
 * whole, or by the process that was shown with the very same.
 */
#include "kernel/report.h"

#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/text.h"

#define REFUSALS_SHOWN 32u /* of a process: the rest is only counted */

static char line[8192];

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

static void add_cap(void *ctx, const struct captable_grant *g)
{
    struct text *t = ctx;
    char shown[CAPOS_CAPSET_NAME_MAX + 1];
    text_add(t, "%s%s:%s%s%s", t->len > 0 ? "," : "", report_name(shown, sizeof(shown), g->name), g->cls,
             g->mode != NULL ? ":" : "", g->mode != NULL ? g->mode : "");
}

/* Lists of capabilities that were shown whole, and whose they are: children mostly have what their parent
 * has, and the serial port is slow. */
static struct shown_list {
    uint32_t pid, len;
    char text[1016];
} shown_lists[8];
static unsigned next_list;

/* The process that was shown with this very list, or 0: it is kept as p's. */
static uint32_t list_of(const struct process *p, const char *text, size_t len)
{
    for (unsigned i = 0; i < sizeof(shown_lists) / sizeof(shown_lists[0]); i++)
        if (shown_lists[i].len == len && len > 0 && memcmp(shown_lists[i].text, text, len) == 0)
            return shown_lists[i].pid;
    struct shown_list *l = &shown_lists[next_list++ % (sizeof(shown_lists) / sizeof(shown_lists[0]))];
    if (len <= sizeof(l->text)) {
        memcpy(l->text, text, len);
        l->len = (uint32_t)len;
        l->pid = p->pid;
    }
    return 0;
}

static void add_cap_calls(void *ctx, const struct captable_grant *g)
{
    struct text *t = ctx;
    char shown[CAPOS_CAPSET_NAME_MAX + 1];
    if (g->calls == 0)
        return;
    text_add(t, "%s%s:%s:%lu", t->len > 0 ? "," : "", report_name(shown, sizeof(shown), g->name), g->cls,
             g->calls);
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
    struct text t;
    text_init(&t, line, sizeof(line));
    captable_names(p, add_cap, &t);
    uint32_t same = list_of(p, line, t.len);
    if (same != 0)
        klog("spawn pid=%u parent=%u name=%s caps=@%u", p->pid, p->parent, p->name, same);
    else
        klog("spawn pid=%u parent=%u name=%s caps=%s", p->pid, p->parent, p->name, line);
}

void report_end(const struct process *p)
{
    struct text t;
    text_init(&t, line, sizeof(line));
    captable_names(p, add_cap_calls, &t);
    klog("exit pid=%u name=%s code=%ld why=%s peak_frames=%lu calls=%lu refused=%u caps=%s", p->pid, p->name,
         (long)p->exit_code, process_why_name(p->why), p->peak_frames, p->calls, p->refused, line);
}
