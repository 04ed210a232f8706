/* SPDX-License-Identifier: MIT */
/*
 * `capbench reference`: carries out a workload's plan on the host, once, with the programs of the host's own
 * build (build/host), and keeps what it exports, for verifiers that compare byte by byte.
 * Invariant: OUT appears whole, with OUT.json beside it that says from which inputs, or not at all.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/bench.h"
#include "boot.h"
#include "catalog.h"
#include "collect.h"
#include "command.h"
#include "corpus.h"
#include "files.h"
#include "interrupt.h"
#include "json.h"
#include "mem.h"
#include "plan.h"
#include "prng.h"
#include "verifier.h"

#define MIB UINT64_C(1048576)

static const char help[] =
    "usage: capbench reference WORKLOAD [--size smoke|standard|long] [--out DIR]\n"
    "Carries the workload's plan out on the host with the host's own build of its programs and keeps the\n"
    "artifacts in DIR (default build/reference/WORKLOAD/SIZE), for the verifier.\n"
    "Exit: 0 fine, 2 usage or bad definition, 3 it could not be made (nothing is left), 130 interrupted.\n";

static const struct option options[] = {{"size", required_argument, NULL, 's'},
                                        {"out", required_argument, NULL, 'o'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "capbench reference: %s: %s\n", what, why);
    return EXIT_HARNESS;
}

static void on_frame(void *ctx, unsigned type, uint64_t guest_ns, uint64_t host_ns, const void *payload,
                     size_t len)
{
    collect_frame(ctx, type, guest_ns, host_ns, payload, len);
}

static bool on_interrupted(void *ctx)
{
    (void)ctx;
    return interrupt_seen();
}

/* What the plan's end says: 0, or EXIT_HARNESS after one line. */
static int outcome_judge(const struct collect *c, const struct guest_outcome *o, const char *name)
{
    char *how = NULL;
    int rc = 0;

    if (o->end != GUEST_OK)
        rc = fail(name, c->error ? c->error : o->reason);
    else if (c->broken)
        rc = fail(name, c->broken);
    else if (c->failed_exit) {
        how = collect_exit_text(c->fail_kind, c->fail_code, GUEST_NATIVE);
        fprintf(stderr, "%.*s", (int)c->tail_len, c->tail);
        rc = fail(c->step, how);
    }
    free(how);
    return rc;
}

/* Runs the plan below `work`; its exports go to `artifacts`. */
static int plan_run(const struct definition *d, enum def_size size, const struct corpus *c, const char *work,
                    const char *artifacts)
{
    struct collect collected = {0};
    struct guest_callbacks cb = {.ctx = &collected, .frame = on_frame, .interrupted = on_interrupted};
    struct guest_outcome outcome = {0};
    const struct plan_boot boot = {.size = size, .flavour = "linux"};
    char *programs = mem_printf("%s/host", files_build_dir()), *plan = boot_plan(d, &boot, c);
    size_t n;
    struct guest_file *files = boot_image_files(d, c, programs, &n);
    struct guest_job job = {.kind = GUEST_NATIVE,
                            .memory_mib = d->memory_mib[size],
                            .files = files,
                            .nfiles = n,
                            .plan = plan,
                            .run_dir = work,
                            .artifact_dir = artifacts,
                            .limit_seconds = 2 * d->limit_seconds[size] + 60,
                            .limit_output_bytes = 64 * MIB,
                            .limit_artifact_bytes = boot_export_limit(d, size, c)};
    int rc = prng_fresh(&job.nonce);

    if (rc == 0)
        rc = guest_run(&job, &cb, &outcome);
    rc = rc < 0 ? fail(d->name, *outcome.reason ? outcome.reason : strerror(-rc))
                : outcome_judge(&collected, &outcome, d->name);
    if (rc != 0 && interrupt_seen())
        rc = EXIT_INTERRUPTED;
    collect_free(&collected);
    guest_outcome_free(&outcome);
    boot_free_files(files, n);
    free(plan);
    free(programs);
    return rc;
}

static cJSON *description(const struct definition *d, const struct corpus *c)
{
    char hex[DIGEST_HEX];
    cJSON *o = cJSON_CreateObject();

    verifier_definition_hash(d, hex);
    json_add_u64(o, "schema", 1);
    json_add_text(o, "workload", d->name);
    json_add_text(o, "size", c->size);
    json_add_text(o, "definition_sha256", hex);
    json_add_text(o, "corpus_sha256", c->sha256);
    return o;
}

static int reference_make(const struct definition *d, enum def_size size, const struct corpus *c,
                          const char *out)
{
    char *work = mem_printf("%s.work", out), *part = mem_printf("%s.part", out),
         *json = mem_printf("%s.json", out), *nonce = mem_printf("%s/NONCE", part);
    cJSON *o = description(d, c);
    int rc = files_remove(work), done;

    if (rc == 0)
        rc = files_remove(part);
    if (rc == 0)
        rc = files_remove(json);
    if (rc == 0)
        rc = files_mkdir(work);
    rc = rc < 0 ? fail(out, strerror(-rc)) : plan_run(d, size, c, work, part);
    if (rc == 0) {
        done = files_remove(nonce);
        if (done == 0)
            done = files_remove(out);
        if (done == 0 && rename(part, out) < 0)
            done = -errno;
        if (done == 0)
            done = json_write(json, o);
        if (done < 0)
            rc = fail(out, strerror(-done));
    }
    (void)files_remove(work);
    (void)files_remove(part);
    cJSON_Delete(o);
    free(nonce);
    free(json);
    free(part);
    free(work);
    return rc;
}

static int start(char *name, enum def_size size, const char *out)
{
    struct catalog all, sel = {0};
    struct corpus *c = NULL;
    char *why = NULL, *path = NULL;
    int rc = catalog_load(&all, &why);

    if (rc == 0)
        rc = catalog_select(&all, &name, 1, &sel, &why);
    if (rc < 0)
        rc = command_usage_error("reference", "%s", why);
    else if (sel.n != 1)
        rc = command_usage_error("reference", "%s is a family; name one workload of it", name);
    if (rc == 0) {
        /* What is exported is the last iteration's: one is enough. */
        sel.d[0]->warmups = 0;
        sel.d[0]->iterations[size] = 1;
        c = corpus_load(sel.d[0]->corpus, definition_size_name(size), &why);
        if (!c || corpus_check(c, &why) < 0)
            rc = fail(name, why);
    }
    if (rc == 0) {
        path = out ? mem_dup(out)
                   : mem_printf("%s/reference/%s/%s", files_build_dir(), name, definition_size_name(size));
        rc = reference_make(sel.d[0], size, c, path);
    }
    free(path);
    free(why);
    corpus_free(c);
    free(sel.d);
    catalog_free(&all);
    return rc;
}

int command_reference(int argc, char **argv)
{
    enum def_size size = SIZE_SMOKE;
    const char *out = NULL;
    int opt;

    while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (opt == 'h') {
            fputs(help, stdout);
            return EXIT_FINE;
        }
        if (opt == 'o')
            out = optarg;
        else if (opt != 's' || definition_size_parse(optarg, &size) < 0)
            return command_usage_error("reference", "--size is smoke, standard or long");
    }
    if (optind + 1 != argc)
        return command_usage_error("reference", "name one workload");
    interrupt_install();
    return start(argv[optind], size, out);
}
