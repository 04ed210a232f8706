/* SPDX-License-Identifier: MIT */
/*
 * Screen 5: what the figures depend on: accelerator and its warning, host, kernels, compiler, ports, corpora,
 * both command lines and their difference. Also the place of screen 7. Invariant: everything comes from the
 * event log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "show.h"
#include "view.h"

static const cJSON *member(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

static void accelerator(struct page *p, const struct ui *u)
{
    const struct model *m = u->m;

    page_title(p, "Accelerator");
    page_field(p, "accelerator", show_accel(m));
    page_field(p, "why", m->accel_why);
    if (m->accel && strcmp(m->accel, "tcg") == 0)
        page_wrap(
            p, ST_WARN, 2,
            "warning: both guests ran on an emulated processor; these figures say nothing about hardware");
    if (m->accel && strcmp(m->accel, "icount") == 0)
        page_wrap(p, ST_WARN, 2,
                  "warning: times are virtual: they count instructions, repeatably, and are no host time");
}

static void run_facts(struct page *p, const struct ui *u)
{
    const struct model *m = u->m;
    char text[80];

    page_title(p, "Run");
    page_field(p, "command", m->command);
    snprintf(text, sizeof text, "%s, %s, %u pairs, seed %llu", m->size ? m->size : "?",
             m->backing ? m->backing : "?", m->pairs, (unsigned long long)m->seed);
    page_field(p, "what", text);
    page_field(p, "engine", m->version);
    if (m->input_changed)
        page_field(p, "input changed", m->input_changed);
}

static void command_lines(struct page *p, struct ui *u)
{
    struct model_work *w = ui_selected(u);

    page_title(p, "Command lines and their difference");
    if (!w)
        return;
    page_field(p, "of workload", w->label);
    if (!w->diff_known)
        page_field(p, "difference", "not compared yet: both guests have to be started once");
    else
        page_field(p, "beyond allowed", w->beyond ? "YES: the pair is invalid" : "no");
    if (w->diff) {
        for (char *s = w->diff, *end; *s; s = end) {
            char *line;

            end = strchr(s, '\n');
            line = end ? mem_printf("%.*s", (int)(end - s), s) : mem_dup(s);
            page_wrap(p, *line == '+' || *line == '-' ? ST_BOLD : ST_NORMAL, 2, line);
            free(line);
            end = end ? end + 1 : s + strlen(s);
        }
    }
    for (int g = 0; g < 2; g++) {
        struct buf b = {0};

        for (size_t i = 0; i < w->cell[g].nargv; i++)
            buf_printf(&b, "%s%s", i ? " " : "", w->cell[g].argv[i]);
        page_field(p, show_guest(g), b.p);
        buf_free(&b);
    }
}

static void host(struct page *p, const struct ui *u)
{
    const cJSON *h = member(u->m->context, "host"), *c;

    page_title(p, "Host");
    cJSON_ArrayForEach(c, h)
    {
        char *text = cJSON_IsString(c) ? mem_dup(c->valuestring) : cJSON_PrintUnformatted(c);

        page_field(p, c->string, text);
        free(text);
    }
    page_field(p, "guest CPU", json_text(u->m->context, "guestCpu"));
}

static void ports(struct page *p, const struct ui *u)
{
    const cJSON *all = member(u->m->context, "ports"), *c;

    page_title(p, "Ports and compiler");
    page_field(p, "compiler", json_text(all, "compiler"));
    page_field(p, "flags", json_text(all, "cflags"));
    cJSON_ArrayForEach(c, member(all, "ports"))
    {
        char *text =
            mem_printf("%s, source sha256 %s", json_text(c, "version") ? json_text(c, "version") : "?",
                       json_text(c, "sha256") ? json_text(c, "sha256") : "?");

        page_field(p, json_text(c, "name") ? json_text(c, "name") : "?", text);
        free(text);
    }
}

static void corpora(struct page *p, const struct ui *u)
{
    const cJSON *c;

    page_title(p, "Corpora");
    cJSON_ArrayForEach(c, member(u->m->context, "corpora"))
    {
        char *text =
            mem_printf("%s, %.0f bytes, sha256 %s", json_text(c, "size") ? json_text(c, "size") : "?",
                       json_number(c, "bytes", 0), json_text(c, "sha256") ? json_text(c, "sha256") : "?");

        page_field(p, json_text(c, "set") ? json_text(c, "set") : "?", text);
        free(text);
    }
}

static void inputs(struct page *p, const struct ui *u)
{
    page_title(p, "Inputs (kernels, agents, programs, goldens, corpus files)");
    for (size_t i = 0; i < u->m->ninputs; i++) {
        const char *path = u->m->input[i].path, *base = path;
        int slashes = 0;

        /* The last three components say enough; the whole path is in the log. */
        for (const char *s = path + strlen(path); s > path && slashes < 3; s--)
            if (s[-1] == '/' && ++slashes <= 3)
                base = s;
        page_text(p, ST_NORMAL, "  %-*.*s %.*s", p->width >= 60 ? 40 : 20, p->width >= 60 ? 40 : 20, base,
                  p->width >= 110  ? 64
                  : p->width >= 60 ? 34
                                   : 12,
                  u->m->input[i].sha256 ? u->m->input[i].sha256 : "-");
    }
}

void screen_context(struct ui *u, struct page *p)
{
    accelerator(p, u);
    run_facts(p, u);
    host(p, u);
    ports(p, u);
    corpora(p, u);
    command_lines(p, u);
    inputs(p, u);
}
