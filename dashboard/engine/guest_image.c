/* SPDX-License-Identifier: MIT */
/*
 * The complete file list of a guest's run image.
 * Invariant: see guest_image.h; strings made here live until guest_image_free.
 */
#include "guest_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "manifest.h"
#include "mem.h"

#define PLAN_HEADER "capbench-plan 1\n"
#define ORDER_MAX   4096u

struct guest_image {
    struct image *image;
    struct guest_file *f;
    size_t n;
    void **owned; /* freed with it */
    size_t nowned;
};

static void *keep(struct guest_image *g, void *p)
{
    g->owned = mem_grow(g->owned, g->nowned + 1, sizeof *g->owned);
    g->owned[g->nowned++] = p;
    return p;
}

static void add(struct guest_image *g, struct guest_file f)
{
    g->f = mem_grow(g->f, g->n + 1, sizeof *g->f);
    g->f[g->n++] = f;
}

static void add_host(struct guest_image *g, char *path, char *host, bool executable)
{
    keep(g, path);
    keep(g, host);
    add(g, (struct guest_file){.path = path, .host_path = host, .executable = executable});
}

char *guest_image_plan(const char *plan, uint64_t nonce, char *why, size_t whylen)
{
    size_t n = strlen(PLAN_HEADER);

    if (strncmp(plan, PLAN_HEADER, n) != 0 || strncmp(plan + n, "nonce ", 6) == 0) {
        snprintf(why, whylen, "the plan must start with '%.*s' and leave the nonce to the engine", (int)n - 1,
                 PLAN_HEADER);
        return NULL;
    }
    return mem_printf("%snonce %016llx\n%s", PLAN_HEADER, (unsigned long long)nonce, plan + n);
}

/* boot/manifest and boot/startup, from what is in bin/ so far. */
static int add_capos(struct guest_image *g, bool store)
{
    const char **names = mem_zalloc((g->n + 1) * sizeof *names);
    const struct manifest_cap *caps;
    size_t ncaps, nnames = 0, len = 0;
    void *bytes = NULL;
    int err;

    for (size_t i = 0; i < g->n; i++) {
        if (strncmp(g->f[i].path, "bin/", 4) == 0)
            names[nnames++] = g->f[i].path + 4;
    }
    caps = manifest_agent_caps(store, &ncaps);
    err = manifest_build(names, nnames, "agent", caps, ncaps, &bytes, &len);
    free(names);
    if (err)
        return err;
    add(g, (struct guest_file){.path = "boot/manifest", .data = keep(g, bytes), .len = len});
    manifest_startup(store, &bytes, &len);
    add(g, (struct guest_file){.path = "boot/startup", .data = keep(g, bytes), .len = len});
    return 0;
}

/* /init and the modules in their order of loading. */
static int add_linux(struct guest_image *g, const char *build, const char *agent, char *why, size_t whylen)
{
    char *order_path = mem_printf("%s/linux-guest/modules/order", build), *order = NULL, *state;
    size_t len;
    int err = files_read(order_path, ORDER_MAX, &order, &len);

    if (err)
        snprintf(why, whylen, "%s: %s", order_path, strerror(-err));
    free(order_path);
    if (err)
        return err;
    add_host(g, mem_dup("init"), mem_dup(agent), true);
    for (char *m = strtok_r(order, "\n", &state); m; m = strtok_r(NULL, "\n", &state))
        add_host(g, mem_printf("modules/%s", m), mem_printf("%s/linux-guest/modules/%s", build, m), false);
    free(order);
    return 0;
}

static int add_fixed(struct guest_image *g, const struct guest_job *job, char *why, size_t whylen)
{
    const char *build = files_build_dir();
    char *agent =
        keep(g, mem_printf("%s/agent/%s/agent", build, job->kind == GUEST_CAPOS ? "capos" : "linux"));
    char *plan = guest_image_plan(job->plan, job->nonce, why, whylen);
    int err = 0;

    if (!plan)
        return -EINVAL;
    keep(g, plan);
    add(g, (struct guest_file){.path = "plan", .data = plan, .len = strlen(plan)});
    if (!files_is_file(agent)) {
        snprintf(why, whylen, "no agent at %s", agent);
        return -ENOENT;
    }
    add_host(g, mem_dup("bin/agent"), mem_dup(agent), true);
    if (job->kind == GUEST_CAPOS)
        err = add_capos(g, job->store);
    else if (job->kind == GUEST_LINUX)
        err = add_linux(g, build, agent, why, whylen);
    if (err && !why[0])
        snprintf(why, whylen, "cannot make the boot manifest: %s", strerror(-err));
    return err;
}

int guest_image_new(const struct guest_job *job, struct guest_image **out, char *why, size_t whylen)
{
    struct guest_image *g = mem_zalloc(sizeof *g);
    int err = 0;

    why[0] = 0;
    for (size_t i = 0; i < job->nfiles && !err; i++) {
        const char *path = job->files[i].path;
        if (strncmp(path, "bin/", 4) != 0 && strncmp(path, "tree/", 5) != 0) {
            snprintf(why, whylen, "image: only bin/ and tree/ are the caller's");
            err = -EINVAL;
        }
        add(g, job->files[i]);
    }
    if (!err)
        err = add_fixed(g, job, why, whylen);
    if (!err)
        err = image_new(g->f, g->n, &g->image, why, whylen);
    if (err) {
        guest_image_free(g);
        return err;
    }
    *out = g;
    return 0;
}

const struct image *guest_image_files(const struct guest_image *g)
{
    return g->image;
}

void guest_image_free(struct guest_image *g)
{
    if (!g)
        return;
    image_free(g->image);
    for (size_t i = 0; i < g->nowned; i++)
        free(g->owned[i]);
    free(g->owned);
    free(g->f);
    free(g);
}
