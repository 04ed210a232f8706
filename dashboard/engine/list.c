/* SPDX-License-Identifier: MIT */
/*
 * `capbench list`: ports and workloads, each with its level.
 * Invariant: a level is claimed from evidence only: files under the build folder, and records under results/
 * of the working directory. Levels in order: defined, fetched, built, boots, verified, Linux-matched, stable.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "command.h"
#include "corpus.h"
#include "files.h"
#include "json.h"
#include "mem.h"
#include "port.h"

#define STABLE_RUNS 3u /* verified runs, none of them broken, to be called stable */

static const char help[] = "usage: capbench list [--json]\n"
                           "Lists ports and workloads with the level their evidence supports: defined, "
                           "fetched, built, boots (on capOS),\n"
                           "verified (its output, on capOS), Linux-matched (same artifact from both guests "
                           "in one run), stable (verified in\n"
                           "the last 3 runs). Evidence is what lies under the build folder and results/.\n";

enum level { DEFINED, FETCHED, BUILT, BOOTS, VERIFIED, MATCHED, STABLE };

static const char *const level_names[] = {"defined",  "fetched",       "built", "boots",
                                          "verified", "Linux-matched", "stable"};

/* What past runs say about one workload. */
struct history {
    bool boots, verified, matched;
    unsigned streak; /* verified runs since the last one that was not */
};

static const cJSON *find_record(const cJSON *records, const char *name, const char *guest)
{
    const cJSON *r;

    cJSON_ArrayForEach(r, records)
    {
        const char *n = json_text(r, "benchmarkName"), *g = json_text(r, "guest");

        if (n && g && strcmp(n, name) == 0 && strcmp(g, guest) == 0)
            return r;
    }
    return NULL;
}

static bool passed(const cJSON *record)
{
    const char *s = json_text(record, "status");

    return s && strcmp(s, "passed") == 0;
}

static bool reached_agent(const cJSON *record)
{
    const cJSON *b;

    cJSON_ArrayForEach(b, cJSON_GetObjectItemCaseSensitive(record, "boots"))
    {
        if (cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(b, "firstProcessMs")))
            return true;
    }
    return false;
}

static void history_add(struct history *h, const cJSON *records, const char *name)
{
    const cJSON *capos = find_record(records, name, "capos"), *lin = find_record(records, name, "linux");
    const char *a = json_text(capos, "artifactHash"), *b = json_text(lin, "artifactHash");

    if (!capos)
        return;
    h->boots |= reached_agent(capos);
    h->verified |= passed(capos);
    h->matched |= passed(capos) && passed(lin) && a && b && strcmp(a, b) == 0;
    h->streak = passed(capos) ? h->streak + 1 : 0;
}

/* All runs under results/, oldest first (their names begin with the time). */
static void read_history(const struct catalog *c, struct history *h)
{
    struct files list;

    if (files_list("results", &list) < 0)
        return;
    for (size_t i = 0; i < list.n; i++) {
        const char *slash = strchr(list.path[i], '/');
        char *path, *why;
        cJSON *o;

        if (!slash || strcmp(slash, "/results.json") != 0)
            continue;
        path = mem_printf("results/%s", list.path[i]);
        o = json_load(path, &why);
        for (size_t k = 0; o && k < c->n; k++)
            history_add(&h[k], cJSON_GetObjectItemCaseSensitive(o, "records"), c->d[k]->name);
        cJSON_Delete(o);
        free(why);
        free(path);
    }
    files_free(&list);
}

static enum level port_base(const struct port *p)
{
    char *archive = mem_printf("%s/fetch/%s", files_build_dir(), p->archive);
    bool fetched = files_is_file(archive), built = fetched;

    free(archive);
    for (size_t i = 0; i < p->nproducts; i++) {
        char *path = mem_printf("%s/ports/capos/%s", files_build_dir(), p->product[i]);

        built = built && files_is_file(path);
        free(path);
    }
    if (p->nproducts == 0) { /* a C library or a corpus source: built when its sysroot is */
        char *key = mem_printf("%s/sysroot/capos/key", files_build_dir());

        built = fetched && strcmp(p->name, "musl") == 0 && files_is_file(key);
        free(key);
    }
    return built ? BUILT : fetched ? FETCHED : DEFINED;
}

static enum level history_level(const struct history *h, enum level base)
{
    if (base < BUILT || !h->boots)
        return base;
    if (!h->verified)
        return BOOTS;
    if (!h->matched)
        return VERIFIED;
    return h->streak >= STABLE_RUNS ? STABLE : MATCHED;
}

static enum level port_level(const struct port *p, const struct catalog *c, const struct history *h)
{
    enum level base = port_base(p), best = base;

    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->d[i]->nports; k++)
            if (strcmp(c->d[i]->ports[k], p->name) == 0 && history_level(&h[i], base) > best)
                best = history_level(&h[i], base);
    return best;
}

static enum level workload_base(const struct definition *d, const struct ports *ports)
{
    enum level base = BUILT;

    for (size_t i = 0; i < d->nports; i++) {
        enum level each = DEFINED;

        for (size_t k = 0; k < ports->n; k++)
            if (strcmp(ports->port[k].name, d->ports[i]) == 0)
                each = port_base(&ports->port[k]);
        base = each < base ? each : base;
    }
    return base;
}

static void print_text(const struct ports *ports, const struct catalog *c, const struct history *h)
{
    printf("%-22s %-12s %-24s %s\n", "port", "version", "licence", "level");
    for (size_t i = 0; i < ports->n; i++)
        printf("%-22s %-12s %-24s %s\n", ports->port[i].name, ports->port[i].version, ports->port[i].licence,
               level_names[port_level(&ports->port[i], c, h)]);
    printf("\n%-26s %-4s %-12s %-15s %s\n", "workload", "tier", "backings", "level", "what");
    for (size_t i = 0; i < c->n; i++) {
        const struct definition *d = c->d[i];

        printf("%-26s %-4u %-12s %-15s %s\n", d->name, d->tier,
               d->backing[BACKING_RAM] && d->backing[BACKING_STORE] ? "ram, store"
               : d->backing[BACKING_RAM]                            ? "ram"
                                                                    : "store",
               level_names[history_level(&h[i], workload_base(d, ports))], d->title);
    }
}

static void print_json(const struct ports *ports, const struct catalog *c, const struct history *h)
{
    cJSON *o = cJSON_CreateObject(), *a;
    char *text;

    json_add_u64(o, "schema", 1);
    a = cJSON_AddArrayToObject(o, "ports");
    for (size_t i = 0; i < ports->n; i++) {
        cJSON *e = cJSON_CreateObject();

        json_add_text(e, "name", ports->port[i].name);
        json_add_text(e, "version", ports->port[i].version);
        json_add_text(e, "licence", ports->port[i].licence);
        json_add_text(e, "level", level_names[port_level(&ports->port[i], c, h)]);
        cJSON_AddItemToArray(a, e);
    }
    a = cJSON_AddArrayToObject(o, "workloads");
    for (size_t i = 0; i < c->n; i++) {
        cJSON *e = cJSON_CreateObject(), *p;

        json_add_text(e, "name", c->d[i]->name);
        json_add_text(e, "title", c->d[i]->title);
        json_add_u64(e, "tier", c->d[i]->tier);
        p = cJSON_AddArrayToObject(e, "ports");
        for (size_t k = 0; k < c->d[i]->nports; k++)
            cJSON_AddItemToArray(p, cJSON_CreateString(c->d[i]->ports[k]));
        json_add_text(e, "level", level_names[history_level(&h[i], workload_base(c->d[i], ports))]);
        cJSON_AddItemToArray(a, e);
    }
    text = cJSON_Print(o);
    puts(text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(o);
}

int command_list(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct catalog c;
    struct ports ports = {0};
    struct history *h;
    bool json = false;
    char *why = NULL;
    int opt;

    while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (opt == 'h') {
            fputs(help, stdout);
            return EXIT_FINE;
        }
        if (opt != 'j')
            return command_usage_error("list", "see above");
        json = true;
    }
    if (optind != argc)
        return command_usage_error("list", "takes no arguments");
    if (catalog_load(&c, &why) < 0) {
        int rc = command_usage_error("list", "%s", why);

        free(why);
        return rc;
    }
    ports_load(&ports);
    h = mem_zalloc((c.n + 1) * sizeof *h);
    read_history(&c, h);
    if (json)
        print_json(&ports, &c, h);
    else
        print_text(&ports, &c, h);
    free(h);
    ports_free(&ports);
    catalog_free(&c);
    return EXIT_FINE;
}
