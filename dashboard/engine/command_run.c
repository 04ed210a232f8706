/* SPDX-License-Identifier: MIT */
/*
 * `capbench run`: options, then run_session.
 * Invariant: nothing is written before every option, name and definition has been checked.
 */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalog.h"
#include "interrupt.h"
#include "mem.h"
#include "prng.h"
#include "run.h"

static const char help[] =
    "usage: capbench run [WORKLOAD|FAMILY...] [options]\n"
    "Boots guests, runs each workload in pairs, verifies every output on the host, prints a table.\n"
    "  --size smoke|standard|long     how much work (default smoke)\n"
    "  --guest capos|linux|both|native  which guests (default both); native is the host itself, context "
    "only\n"
    "  --backing ram|store|all        where files live in the guest: its memory, or a disk that keeps them\n"
    "                                 (default all: every backing that a workload declares, a row for each)\n"
    "  --pairs N                      boots of each guest and workload (default 3)\n"
    "  --accel auto|kvm|tcg|icount    QEMU's accelerator (default auto: kvm where it works, else tcg)\n"
    "  --out DIR                      result directory (default results/<time>-<id>)\n"
    "  --seed N                       order of boots and bootstrap (default: fresh, recorded)\n"
    "  --json                         the results as JSON on standard output instead of the table\n"
    "  --quiet                        no progress on standard error\n"
    "Exit: 0 fine, 1 a verifier failed, 2 usage or bad definition, 3 harness or guest failed, 130 "
    "interrupted.\n";

enum {
    OPT_SIZE = 256,
    OPT_GUEST,
    OPT_BACKING,
    OPT_PAIRS,
    OPT_ACCEL,
    OPT_OUT,
    OPT_SEED,
    OPT_JSON,
    OPT_QUIET,
    OPT_HELP
};

static const struct option options[] = {{"size", required_argument, NULL, OPT_SIZE},
                                        {"guest", required_argument, NULL, OPT_GUEST},
                                        {"backing", required_argument, NULL, OPT_BACKING},
                                        {"pairs", required_argument, NULL, OPT_PAIRS},
                                        {"accel", required_argument, NULL, OPT_ACCEL},
                                        {"out", required_argument, NULL, OPT_OUT},
                                        {"seed", required_argument, NULL, OPT_SEED},
                                        {"json", no_argument, NULL, OPT_JSON},
                                        {"quiet", no_argument, NULL, OPT_QUIET},
                                        {"help", no_argument, NULL, OPT_HELP},
                                        {NULL, 0, NULL, 0}};

int command_accel(const char *text, enum guest_accel *out)
{
    for (int a = ACCEL_AUTO; a <= ACCEL_ICOUNT; a++)
        if (strcmp(text, guest_accel_name((enum guest_accel)a)) == 0) {
            *out = (enum guest_accel)a;
            return 0;
        }
    return -EINVAL;
}

static int set_guest(struct session *s, const char *text)
{
    enum guest_kind g;

    memset(s->guest, 0, sizeof s->guest);
    if (strcmp(text, "both") == 0) {
        s->guest[GUEST_CAPOS] = s->guest[GUEST_LINUX] = true;
        return 0;
    }
    if (definition_guest_parse(text, &g) < 0)
        return -EINVAL;
    s->guest[g] = true;
    return 0;
}

static int set_option(struct session *s, int opt, const char *arg, enum guest_accel *accel, bool *seeded)
{
    unsigned long long n;

    switch (opt) {
    case OPT_SIZE:
        return definition_size_parse(arg, &s->size) < 0
                   ? command_usage_error("run", "--size is smoke, standard or long, not %s", arg)
                   : 0;
    case OPT_GUEST:
        return set_guest(s, arg) < 0
                   ? command_usage_error("run", "--guest is capos, linux, both or native, not %s", arg)
                   : 0;
    case OPT_BACKING:
        s->backing_asked = strcmp(arg, "all") != 0;
        return s->backing_asked && definition_backing_parse(arg, &s->backing) < 0
                   ? command_usage_error("run", "--backing is ram, store or all, not %s", arg)
                   : 0;
    case OPT_PAIRS:
        if (command_number(arg, 1, 1000, &n) < 0)
            return command_usage_error("run", "--pairs is a number from 1 to 1000, not %s", arg);
        s->pairs = (unsigned)n;
        return 0;
    case OPT_ACCEL:
        return command_accel(arg, accel) < 0
                   ? command_usage_error("run", "--accel is auto, kvm, tcg or icount, not %s", arg)
                   : 0;
    case OPT_OUT:
        free(s->dir);
        s->dir = mem_dup(arg);
        return *arg ? 0 : command_usage_error("run", "--out needs a directory");
    case OPT_SEED:
        if (command_number(arg, 0, UINT64_MAX, &n) < 0)
            return command_usage_error("run", "--seed is a number from 0 to 2^64-1, not %s", arg);
        s->seed = n;
        *seeded = true;
        return 0;
    case OPT_JSON:
        s->json = true;
        return 0;
    case OPT_QUIET:
        s->quiet = true;
        return 0;
    default:
        return command_usage_error("run", "see above");
    }
}

/* Run id and default directory: UTC time and six random hex digits. */
static int name_run(struct session *s, bool seeded)
{
    time_t now = time(NULL);
    struct tm tm;
    char when[24];
    uint64_t id, seed;
    int rc = prng_fresh(&id);

    if (rc == 0)
        rc = prng_fresh(&seed);
    if (rc < 0)
        return rc;
    if (!seeded)
        s->seed = seed >> 12;
    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &tm);
    snprintf(s->run_id, sizeof s->run_id, "%s-%06llx", when, (unsigned long long)(id & 0xffffff));
    if (!s->dir)
        s->dir = mem_printf("results/%s", s->run_id);
    return 0;
}

static int start(struct session *s, enum guest_accel accel, bool seeded, char *const *names, size_t n,
                 char *const *command)
{
    struct catalog all, sel = {0};
    char *why = NULL;
    int rc = catalog_load(&all, &why);

    if (rc == 0)
        rc = catalog_select(&all, names, n, &sel, &why);
    if (rc < 0) {
        rc = command_usage_error("run", "%s", why);
    } else if (sel.n == 0) {
        rc = command_usage_error("run", "there are no workloads");
    } else if (!(s->guest[GUEST_CAPOS] || s->guest[GUEST_LINUX])) {
        s->accel = ACCEL_TCG; /* of no meaning without a guest */
        snprintf(s->accel_why, sizeof s->accel_why, "no guest is booted");
    } else if (guest_accel_resolve(accel, &s->accel, s->accel_why, sizeof s->accel_why) < 0) {
        fprintf(stderr, "capbench run: --accel %s: %s\n", guest_accel_name(accel), s->accel_why);
        rc = EXIT_HARNESS;
    } else if (!s->quiet) {
        fprintf(stderr, "%s\n", s->accel_why);
    }
    if (rc == 0 && name_run(s, seeded) < 0) {
        fputs("capbench run: the host gives no randomness\n", stderr);
        rc = EXIT_HARNESS;
    }
    if (rc == 0)
        rc = run_session(s, &sel, command);
    free(why);
    free(sel.d);
    catalog_free(&all);
    return rc;
}

int command_run(int argc, char **argv)
{
    struct session *s = mem_zalloc(sizeof *s);
    enum guest_accel accel = ACCEL_AUTO;
    bool seeded = false;
    char **command = mem_zalloc(((size_t)argc + 1) * sizeof *command);
    int opt, rc = 0;

    for (int i = 0; i < argc; i++)
        command[i] = argv[i];
    s->pairs = 3;
    s->guest[GUEST_CAPOS] = s->guest[GUEST_LINUX] = true;
    while (rc == 0 && (opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (opt == OPT_HELP || opt == 'h') {
            fputs(help, stdout);
            free(command);
            free(s->dir);
            free(s);
            return EXIT_FINE;
        }
        rc = set_option(s, opt, optarg, &accel, &seeded);
    }
    if (rc == 0) {
        interrupt_install();
        rc = start(s, accel, seeded, argv + optind, (size_t)(argc - optind), command);
    }
    free(command);
    free(s->dir);
    free(s);
    return rc;
}
